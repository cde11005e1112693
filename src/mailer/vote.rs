//! The vote before a commit: whatever speaks against a transaction speaks now, while nothing has happened yet.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::door::Mailer;
use super::error::TransactionError;
use super::veto::Veto;
use crate::mail::entry::Route;
use crate::mail::message::Message;
use crate::mail::outcome::Failure;
use crate::mail::stage::Stage;
use crate::queue::Admission;

/// A check of one's own.
pub(super) type Vote = Box<dyn FnMut(&[Admission]) -> Result<(), Veto> + Send>;

/// Messages by account, each with its identity.
type ByRoute<'a> = BTreeMap<&'a Route, Vec<&'a Admission>>;

/// Lets everybody speak: the program's own checks, and each smart host, by what it says within `ask` or else by what is known.
pub(super) async fn vote(
    mailer: &Mailer,
    batch: &[Admission],
    votes: &mut [Vote],
    ask: Option<Duration>,
) -> Result<(), TransactionError> {
    let mut routes = ByRoute::new();
    for admission in batch {
        // The mailer may have been closed since it was staged.
        mailer.open(&admission.route)?;
        routes.entry(&admission.route).or_default().push(admission);
    }
    for vote in votes {
        vote(batch)?;
    }
    for (route, admissions) in &routes {
        match ask {
            Some(limit) => inquire(mailer, route, admissions, limit).await?,
            // What a server says now outweighs what it said before.
            None => known(mailer, route, admissions)?,
        }
    }
    Ok(())
}

/// What the smart host last said of the size that it takes.
fn known(
    mailer: &Mailer,
    route: &Route,
    admissions: &[&Admission],
) -> Result<(), TransactionError> {
    let Some(limit) = mailer.open(route)?.desk.transport.largest() else {
        return Ok(());
    };
    for admission in admissions {
        let size = admission.message.size();
        if size > limit {
            let words = format!("the message is {size} octets, the server takes at most {limit}");
            let failure = Failure::local(Stage::Mail, words);
            return Err(Veto::by_host(Some(admission.id), route, failure).into());
        }
    }
    Ok(())
}

async fn inquire(
    mailer: &Mailer,
    route: &Route,
    admissions: &[&Admission],
    limit: Duration,
) -> Result<(), TransactionError> {
    let post = mailer.open(route)?;
    let messages: Vec<Arc<Message>> = admissions
        .iter()
        .map(|admission| Arc::clone(&admission.message))
        .collect();
    let asked = post.desk.transport.inquire(&messages, limit).await;
    asked.map_err(|objection| {
        let of = |place: usize| admissions.get(place).map(|admission| admission.id);
        Veto::by_host(objection.message.and_then(of), route, objection.failure).into()
    })
}
