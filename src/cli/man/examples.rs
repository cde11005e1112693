//! The examples of the manual.

/// Lines to copy, and what they are good for.
pub(super) struct Example {
    /// The command whose page it stands in.
    pub(super) page: &'static str,
    /// Whether it stands in the page of the program as well.
    pub(super) of_program: bool,
    pub(super) why: &'static str,
    pub(super) lines: &'static str,
}

/// One that stands in the page of its command.
const fn of(page: &'static str, why: &'static str, lines: &'static str) -> Example {
    Example {
        page,
        of_program: false,
        why,
        lines,
    }
}

/// One that stands in the page of the program too.
const fn first(page: &'static str, why: &'static str, lines: &'static str) -> Example {
    Example {
        of_program: true,
        ..of(page, why, lines)
    }
}

pub(super) const EXAMPLES: &[Example] = &[
    of(
        "turbomail",
        "open the console on the debug smart host; nothing leaves the machine",
        "turbomail --account debug",
    ),
    first(
        "turbomail send",
        "send what a job says, and know by the status whether it was delivered",
        "echo 'It has run.' | turbomail send --account work --subject Nightly ops@example.com",
    ),
    of(
        "turbomail send",
        "a file, with the conversation on standard error",
        "turbomail send -v --body 'Here it is.' --attach report.pdf --subject Report you@example.com",
    ),
    of(
        "turbomail send",
        "keep to the retry schedule for ten minutes, and tell a program what became of each recipient",
        "turbomail send --json --wait 10m --body-file note.txt a@example.com b@example.com",
    ),
    first(
        "turbomail probe",
        "find out why the smart host does not take mail, without sending any",
        "turbomail probe --account work --to someone@example.com",
    ),
    of(
        "turbomail probe",
        "greeting, EHLO, STARTTLS and the certificate of a host, with no login",
        "turbomail probe relay.example.com:587",
    ),
    of(
        "turbomail probe",
        "the mail ports of a host, and which way is the best",
        "turbomail probe relay.example.com --grid",
    ),
    of(
        "turbomail probe",
        "a page for a ticket, in which no password is",
        "turbomail probe --account work --export markdown > probe.md",
    ),
    of(
        "turbomail queue list",
        "what has waited for an hour and more",
        "turbomail queue list --older 1h",
    ),
    of(
        "turbomail queue show",
        "all about a message, by its six letters",
        "turbomail queue show k3f9qa",
    ),
    first(
        "turbomail queue retry",
        "try again at once what has failed",
        "turbomail queue retry --all --failed",
    ),
    of(
        "turbomail queue hold",
        "keep everything to a domain back",
        "turbomail queue hold --all --to '*@example.org'",
    ),
    of(
        "turbomail queue release",
        "let it go on",
        "turbomail queue release --all --to '*@example.org'",
    ),
    of(
        "turbomail queue drop",
        "take a message out for good",
        "turbomail queue drop k3f9qa",
    ),
    first(
        "turbomail queue run",
        "put mail into the spool and be back at once; later, try what is due",
        "turbomail send --queue-only --body 'Done.' --subject Nightly ops@example.com\nturbomail queue run --once",
    ),
    of(
        "turbomail queue watch",
        "each change as an object, for a program",
        "turbomail queue watch --json --interval 5s",
    ),
    of(
        "turbomail transcript",
        "what was said in the last attempt at a message, also by a program that has ended",
        "turbomail transcript k3f9qa --attempt last",
    ),
    of(
        "turbomail config path",
        "where things are",
        "turbomail config path",
    ),
    of(
        "turbomail config check",
        "a configuration before it is used",
        "turbomail config check --config new.toml",
    ),
    of(
        "turbomail config show",
        "every setting, explained",
        "turbomail config show --defaults",
    ),
    first(
        "turbomail config init",
        "write a configuration to begin with",
        "turbomail config init",
    ),
    of(
        "turbomail completions",
        "complete with Tab in this shell, from now on",
        "source <(turbomail completions bash)",
    ),
    of(
        "turbomail man",
        "read the manual without installing it",
        "turbomail man | man -l -",
    ),
    of(
        "turbomail man",
        "install it for oneself",
        "turbomail man --dir ~/.local/share/man/man1",
    ),
];

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::cli::args::Arguments;
    use crate::mailer::probe::lines::split;

    #[test]
    fn each_is_a_command_line_of_the_program_and_stands_where_it_belongs() {
        for one in EXAMPLES {
            let mut runs = 0;
            for line in one.lines.lines() {
                // What stands before and behind is the shell's.
                let start = line.find("turbomail ").expect("the program");
                let rest = line[start..].split([')', '>']).next().unwrap_or_default();
                let rest = rest.split(" | ").next().unwrap_or_default();
                let words = split(rest).unwrap_or_else(|fault| panic!("{rest}: {fault}"));
                let read = Arguments::try_parse_from(&words);
                assert!(read.is_ok(), "{line}: {}", read.unwrap_err());
                runs += usize::from(rest.starts_with(one.page));
            }
            assert_eq!(runs, 1, "{}", one.lines);
        }
    }
}
