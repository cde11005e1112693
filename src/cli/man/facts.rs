//! The sections of the manual that tell what other rooms know: statuses, variables and files.

use clap::ValueEnum as _;
use clap_mangen::roff::{Roff, bold, roman};

use super::roff::{sentence, term};
use crate::cli::exit::Exit;
use crate::cli::heard;
use crate::config::paths::Paths;
use crate::config::variables;

/// Variables that set nothing in the configuration, and what they do.
const OTHERS: [(&str, &str); 6] = [
    (
        "TURBOMAIL_CONFIG",
        "The configuration file, in place of the usual one; --config covers it",
    ),
    (
        heard::VARIABLE,
        "How much a command says on standard error of trouble beside its work, such as a delivery log that cannot be written: off, \
         error, warn (which is the default), info, debug or trace",
    ),
    (
        "NO_COLOR",
        "Where it is set and not empty there are no colours, unless they are demanded",
    ),
    (
        "TERM",
        "What the terminal can do; on a dumb one nothing is redrawn",
    ),
    (
        "VISUAL, EDITOR",
        "The editor for the text of a draft in the console",
    ),
    (
        "XDG_CONFIG_HOME, XDG_STATE_HOME",
        "Where configuration and state are kept on Linux, in place of the folders below",
    ),
];

/// What each status of the program means.
pub(super) fn exit_status(roff: &mut Roff) {
    roff.text([roman("Of several recipients the worst counts.")]);
    for exit in Exit::value_variants() {
        let value = exit.to_possible_value();
        let means = value.and_then(|one| one.get_help().map(ToString::to_string));
        let number = (*exit as u8).to_string();
        term(roff, number, [sentence(&means.unwrap_or_default())]);
    }
}

/// The statuses of a command that talks to nobody.
pub(super) fn exit_status_in_short(roff: &mut Roff) {
    roff.text([
        roman("0 where it is done; the others are listed in "),
        bold("turbomail"),
        roman("(1)."),
    ]);
}

/// The variables, with what the configuration says of the keys that they set.
pub(super) fn environment(roff: &mut Roff) {
    roff.text([
        roman("A variable covers the configuration file, and a flag covers the variable. Each key of the file can be set: "),
        bold("TURBOMAIL_ACCOUNT__WORK__SMTP__SERVER"),
        roman(" is "),
        bold("account.work.smtp.server"),
        roman(", with two underscores for each dot. For those of the selected account there are short names:"),
    ]);
    for one in variables() {
        let sets = [roman(one.about + " It sets "), bold(one.key), roman(".")];
        term(roff, one.name, sets);
    }
    roff.control("PP", []);
    roff.text([roman("Others are read too:")]);
    for (name, means) in OTHERS {
        term(roff, name, [sentence(means)]);
    }
}

/// Where things are kept.
pub(super) fn files(roff: &mut Roff) {
    let usual = Paths::usual();
    for (path, means) in [
        (
            usual.config,
            "the configuration; `turbomail config init` writes one to begin with, and `turbomail config show \
                        --defaults` explains every setting",
        ),
        (
            usual.spool,
            "what is queued: a Maildir with a journal beside it",
        ),
        (usual.drafts, "drafts of the console"),
        (
            usual.probes,
            "the runs of `turbomail probe`, to be compared with later ones",
        ),
    ] {
        term(roff, path.display().to_string(), [sentence(means)]);
    }
    roff.control("PP", []);
    roff.text([roman(
        "`turbomail config path` prints where they are on this machine.",
    )]);
}
