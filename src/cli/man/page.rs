//! The pages: one for the program and one for each command, with the sections in the order that readers expect.

use clap::builder::PossibleValue;
use clap::{Arg, Command};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, line_break, roman};

use super::examples::EXAMPLES;
use super::facts;
use super::roff::{Sheet, sentence, verbatim};

/// A page and the name of its file.
pub(super) struct Page {
    pub(super) file: String,
    pub(super) text: String,
}

/// Programs whose pages say more of what this one does.
const BESIDE: [&str; 3] = ["mailq(1)", "openssl-s_client(1ssl)", "swaks(1)"];

/// The commands that may end in each of the ways, since they talk to servers.
const SPEAKING: [&str; 3] = ["turbomail send", "turbomail probe", "turbomail queue run"];

/// Every page; the first is that of the program.
pub(super) fn all(mut root: Command) -> Vec<Page> {
    root.build();
    let version = root.get_version().unwrap_or_default().to_owned();
    let mut pages = Vec::new();
    add(&root, None, &version, &mut pages);
    pages
}

fn add(command: &Command, above: Option<&str>, version: &str, pages: &mut Vec<Page>) {
    let is_help = |command: &Command| command.get_name() == "help";
    let below: Vec<&Command> = { command.get_subcommands() }
        .filter(|one| !is_help(one) && !one.is_hide_set())
        .collect();
    let own = command
        .clone()
        .subcommand_help_heading("COMMANDS")
        // What every command knows is explained once, with the program.
        .mut_args(|arg| {
            let hide = arg.is_hide_set() || above.is_some() && arg.is_global_set();
            with_words(arg).hide(hide)
        })
        .mut_subcommands(|one| {
            let hide = one.is_hide_set() || is_help(&one);
            one.hide(hide)
        });
    pages.push(page(own, &below, above, version));
    let name = name(command);
    for one in below {
        add(one, Some(name), version, pages);
    }
}

/// The values that there are as a sentence: a list with a line for each is longer than all else that is said of a flag.
fn with_words(arg: Arg) -> Arg {
    let takes = arg.get_action().takes_values();
    let possible = arg.get_possible_values();
    let words: Vec<&str> = possible.iter().map(PossibleValue::get_name).collect();
    let said = arg.get_long_help().or(arg.get_help());
    let (Some(said), Some((last, others)), true) = (said, words.split_last(), takes) else {
        return arg;
    };
    let said = format!("{said}. One of {} and {last}", others.join(", "));
    arg.hide_possible_values(true).long_help(said)
}

/// `turbomail-queue-list` for `turbomail queue list`.
fn name(command: &Command) -> &str {
    command.get_display_name().unwrap_or(command.get_name())
}

fn page(mut command: Command, below: &[&Command], above: Option<&str>, version: &str) -> Page {
    let name = name(&command).to_owned();
    let usage = command.render_usage().to_string();
    let install = command.get_after_help().map(ToString::to_string);
    let spoken = command.get_bin_name().unwrap_or(&name).to_owned();
    let man = Man::new(command);
    let mut sheet = Sheet::default();
    sheet.add(|out| title(&name, version).to_writer(out));
    sheet.add(|out| man.render_name_section(out));
    sheet.section("SYNOPSIS", |roff| synopsis(roff, &usage, &spoken));
    sheet.add(|out| man.render_description_section(out));
    if let Some(install) = install {
        sheet.section("INSTALLATION", |roff| {
            verbatim(roff, install.lines().skip(1).map(str::trim_start));
        });
    }
    if !below.is_empty() {
        sheet.add(|out| man.render_subcommands_section(out));
    }
    sheet.add(|out| man.render_options_section(out));
    if above.is_some() {
        sheet.section("COMMON OPTIONS", |roff| {
            roff.text([
                roman("The options of "),
                bold("turbomail"),
                roman("(1) may be given too: the account, the smart host, limits and the queue."),
            ]);
        });
    }
    if above.is_none() || SPEAKING.contains(&spoken.as_str()) {
        sheet.section("EXIT STATUS", facts::exit_status);
    } else {
        sheet.section("EXIT STATUS", facts::exit_status_in_short);
    }
    if above.is_none() {
        sheet.section("ENVIRONMENT", facts::environment);
        sheet.section("FILES", facts::files);
    }
    let examples: Vec<_> = { EXAMPLES.iter() }
        .filter(|one| one.page == spoken || above.is_none() && one.of_program)
        .collect();
    if !examples.is_empty() {
        sheet.section("EXAMPLES", |roff| {
            for one in examples {
                roff.control("PP", []);
                roff.text([sentence(one.why)]);
                verbatim(roff, one.lines.lines());
            }
        });
    }
    sheet.section("SEE ALSO", |roff| see_also(roff, below, above));
    Page {
        file: format!("{name}.1"),
        text: sheet.done(),
    }
}

/// The line that names the page, and how its text is set.
fn title(name: &str, version: &str) -> Roff {
    let (name, source) = (name.to_uppercase(), format!("turbomail {version}"));
    let mut roff = Roff::new();
    // No date: the same program writes the same page on every day.
    roff.control("TH", [&name, "1", r#""""#, &source, "turbomail"]);
    // Neither hyphens in the names of flags nor wide gaps between words.
    roff.control("nh", []);
    roff.control("ad", ["l"]);
    roff
}

/// The forms of a command, with its words in bold.
fn synopsis(roff: &mut Roff, usage: &str, spoken: &str) {
    let usage = usage.trim_start_matches("Usage:");
    for (number, form) in usage.lines().map(str::trim).enumerate() {
        let mut line = Vec::new();
        if number > 0 {
            line.push(line_break());
        }
        match form.strip_prefix(spoken) {
            Some(rest) => line.extend([bold(spoken), roman(rest)]),
            None => line.push(roman(form)),
        }
        roff.text(line);
    }
}

fn see_also(roff: &mut Roff, below: &[&Command], above: Option<&str>) {
    let own = |name: &str| format!("{name}(1)");
    let mut pages: Vec<String> = above.map(own).into_iter().collect();
    pages.extend(below.iter().map(|one| own(name(one))));
    if above.is_none() {
        pages.extend(BESIDE.map(str::to_owned));
    }
    let mut line = Vec::new();
    for (number, page) in pages.iter().enumerate() {
        if number > 0 {
            line.push(roman(", "));
        }
        let (name, section) = page.split_at(page.find('(').unwrap_or(page.len()));
        line.extend([bold(name), roman(section)]);
    }
    roff.text(line);
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::cli::args::Arguments;

    #[test]
    fn every_command_has_a_page_with_examples_or_commands() {
        let pages = all(Arguments::command());
        let named: Vec<&str> = pages.iter().map(|page| page.file.as_str()).collect();
        for name in [
            "turbomail.1",
            "turbomail-send.1",
            "turbomail-queue-list.1",
            "turbomail-man.1",
        ] {
            assert!(named.contains(&name), "{named:?}");
        }
        assert!(named.iter().all(|name| !name.contains("help")), "{named:?}");
        for page in &pages {
            let sections: Vec<&str> = { page.text.lines() }
                .filter_map(|line| line.strip_prefix(".SH "))
                .map(|title| title.trim_matches('"'))
                .collect();
            assert_eq!(
                &sections[..3],
                ["NAME", "SYNOPSIS", "DESCRIPTION"],
                "{}",
                page.file
            );
            let has = |title| sections.contains(&title);
            assert!(has("EXIT STATUS") && has("SEE ALSO"), "{sections:?}");
            assert!(
                has("EXAMPLES") || has("COMMANDS"),
                "{}: {sections:?}",
                page.file
            );
            assert!(
                page.text.is_ascii() && !page.text.contains('`'),
                "{}",
                page.file
            );
        }
    }

    #[test]
    fn every_flag_is_in_a_page_and_the_common_ones_in_one() {
        fn each(command: &Command, pages: &[Page], checked: &mut usize) {
            let file = format!("{}.1", name(command));
            let Some(page) = pages.iter().find(|page| page.file == file) else {
                return;
            };
            for arg in command.get_arguments() {
                let Some(long) = arg.get_long() else { continue };
                let shown = page
                    .text
                    .contains(&format!("\\-\\-{}\\fR", long.replace('-', "\\-")));
                let is_here = !arg.is_global_set() || file == "turbomail.1";
                assert!(shown || !is_here, "{file}: --{long}");
                *checked += 1;
            }
            command
                .get_subcommands()
                .for_each(|one| each(one, pages, checked));
        }
        let mut root = Arguments::command();
        let pages = all(root.clone());
        root.build();
        let mut checked = 0;
        each(&root, &pages, &mut checked);
        assert!(checked > 100, "{checked}");
        let send = pages.iter().find(|page| page.file == "turbomail-send.1");
        let send = &send.expect("a page").text;
        assert!(send.contains(r"\-\-subject") && !send.contains(r"\-\-ca\-file"));
    }
}
