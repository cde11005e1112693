//! What `--domain` asks behind a walk: about the mail domain, and about this machine.

use super::{card, domain, machine};
use crate::cli::args::NameArgs;
use crate::cli::exit::Stop;
use crate::mailer::probe::names::{Domain, Machine, Unseen, look, look_at_machine, seen_as};
use crate::mailer::probe::walk::Walk;

/// What was learnt.
pub(super) struct Asked {
    pub(super) domain: Domain,
    /// This machine as the walk's server sees it.
    pub(super) machine: Result<Machine, Unseen>,
}

impl Asked {
    /// For people.
    pub(super) fn text(&self) -> String {
        let own = machine::lines(self.machine.as_ref());
        let mut text = domain::rows(&self.domain) + &own;
        let own = { self.machine.iter() }.flat_map(Machine::findings);
        for finding in self.domain.findings().into_iter().chain(own) {
            card::one(&mut text, &finding);
        }
        text
    }
}

/// Asks about a domain whose mail is handed in to the walk's server, and at the same time about this machine.
pub(super) async fn ask(names: &NameArgs, domain: &str, walk: &Walk) -> Result<Asked, Stop> {
    let resolver = domain::ready(names)?;
    let (host, selectors) = (Some(walk.host.host.as_str()), &names.dkim_selector);
    let machine = async {
        let seen = seen_as(walk)?;
        Ok(look_at_machine(&resolver, seen, walk).await)
    };
    let (domain, machine) = futures_util::join!(look(&resolver, domain, host, selectors), machine);
    Ok(Asked { domain, machine })
}
