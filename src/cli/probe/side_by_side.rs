//! `probe --compare` and `--compare-families`: two walks, one after the other, and what differs between them.

use std::sync::Arc;

use serde_json::json;
use tokio::runtime::Runtime;

use super::history::list;
use super::ladder::took;
use super::settings;
use crate::cli::args::{Common, Host, ProbeArgs};
use crate::cli::exit::{Exit, Stop, of_walk};
use crate::cli::output;
use crate::mail::clock::SystemClock;
use crate::mail::transcript::Transcript;
use crate::mailer::probe::compare::{Pair, Record, compare};
use crate::mailer::probe::conclude::{Beside, conclude_with};
use crate::mailer::probe::report::Report;
use crate::mailer::probe::walk::{Plan, Walk, walk};
use crate::mailer::probe::words::sentence;

/// The other host's plan. The login of the first one is not for another, unless it was given with this very command.
pub(super) fn other(
    args: &ProbeArgs,
    common: &Common,
    host: &Host,
    (name, runtime): (&str, &Runtime),
) -> Result<Plan, Stop> {
    let args = ProbeArgs {
        host: Some(name.to_owned()),
        ..args.clone()
    };
    let mut host = host.clone();
    host.server = None;
    Ok(settings::plan(&args, common, &host, runtime)?.1)
}

/// Walks both ways and says what differs. The status is the worse of the two.
pub(super) async fn side_by_side(
    Pair { plans, names }: Pair,
    common: &Common,
    beside: Beside<'_>,
) -> Result<Exit, Stop> {
    let [first, second] = &plans;
    // One after another where it is the same server: two logins at once could be taken for an attack.
    let first = one(first).await;
    let second = one(second).await;
    let report = |walk: &Walk| Report::with(walk, conclude_with(walk, &beside));
    let differences = compare(&Record::of(&first), &Record::of(&second));
    let [one, other] = names;
    if common.json {
        let object = json!({
            "compared": [one, other],
            "reports": [report(&first), report(&second)],
            "differences": differences,
        });
        output::print(format!("{object}\n"))?;
    } else if !common.quiet {
        let mut text = line(&one, &first) + &line(&other, &second);
        if differences.is_empty() {
            text.push_str("\nNothing differs.\n");
        } else {
            let heading = format!("\nFrom {one} to {other}\n");
            text = text + &heading + &list(&differences);
        }
        output::print(text)?;
    }
    Ok(of_walk(&first).max(of_walk(&second)))
}

async fn one(plan: &Plan) -> Walk {
    let transcript = Transcript::new(Arc::new(SystemClock::new()));
    walk(plan, &transcript, &mut |_| {}).await
}

fn line(name: &str, walk: &Walk) -> String {
    let verdict = walk.verdict().name();
    format!(
        "{name}  {verdict}  {}  {}\n",
        took(walk.took),
        sentence(walk)
    )
}
