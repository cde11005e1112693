//! The place that the argument means, as far as the command line has a say in it: how it is refused, and what is told of it.

use std::io::IsTerminal as _;

use serde_json::{Map, Value, json};

use super::asked::Asked;
use super::{domain, machine, providers};
use crate::cli::exit::{Exit, Stop};
use crate::mailer::probe::place::{Place, PlaceError};
use crate::mailer::probe::presets::Presets;
use crate::mailer::probe::target::TargetError;

/// A password in the argument is seen by everybody on the machine, and there are other ways for it.
pub(super) fn not_taken(error: &PlaceError) -> Stop {
    let words = match error {
        PlaceError::Target(TargetError::Password) => {
            "a password on the command line can be seen by others, and is not taken; write only the host, \
             and give --user and --password-command"
                .to_owned()
        }
        other => other.to_string(),
    };
    Stop::new(Exit::Usage, words)
}

/// Whether a login goes with it where the password is at hand, and none where it is not and cannot be asked for.
pub(super) fn is_content_without_login(place: &Place) -> bool {
    place.guesses_user && !std::io::stdin().is_terminal()
}

/// What a report says of the names: how the server was found, whose it is, and what is known of the mail domain and of
/// this machine.
pub(super) fn told(place: &Place, host: &str, asked: Option<&Asked>) -> Map<String, Value> {
    let mut all = Map::new();
    if let Some(how) = &place.how {
        let found = json!({ "by": place.by, "domain": place.domain, "words": how });
        all.insert("found".to_owned(), found);
    }
    if let Some(preset) = Presets::standard().of_host(host) {
        all.insert("provider".to_owned(), providers::brief(preset));
    }
    if let Some(asked) = asked {
        all.insert("domain".to_owned(), domain::object(&asked.domain));
        let machine = machine::object(asked.machine.as_ref());
        all.insert("this_machine".to_owned(), machine);
    }
    all
}
