//! The page of a run for a ticket, the same that `probe --export markdown` prints.

use std::fmt::{Display, Write as _};

use crate::mailer::probe::compare::{Record, compare};
use crate::mailer::probe::export::markdown;
use crate::mailer::probe::report::Report;
use crate::mailer::probe::walk::Verdict;
use crate::tui::effect::Effect;
use crate::tui::screen::queue::acts::warn;

use super::against::{Against, How};
use super::past::Past;
use super::state::ProbeScreen;

impl ProbeScreen {
    /// Has the page of the run that is shown written into a file.
    pub(super) fn write_page(&self) -> Vec<Effect> {
        let run = match self.runs.past() {
            Some(Past::Here(run)) if self.live.is_none() => run,
            Some(Past::Kept(_)) if self.live.is_none() => {
                return warn(
                    "of a run of an earlier session too little is kept for a page; run again",
                );
            }
            _ => return warn("there is no run yet to write a page of"),
        };
        let walk = &run.walk;
        let report = Report::with(walk, run.findings.clone());
        let sections = [self.remedies(), self.differences(walk.verdict())];
        let text = markdown(walk, &report, &run.plan, &sections);
        let name = file_name(
            &walk.host.name(),
            &walk.started.strftime("%Y%m%d-%H%M%S").to_string(),
        );
        vec![Effect::WritePage(name, text)]
    }

    /// What can be done, a line each.
    fn remedies(&self) -> String {
        let mut text = String::new();
        for fix in &self.fixes {
            let guard = if fix.lowers_guard {
                "! lowers a guard: "
            } else {
                ""
            };
            // Writing into a String cannot fail.
            let _ = writeln!(text, "{guard}{}", fix.words);
        }
        if text.is_empty() {
            return text;
        }
        format!("Worth a try\n{text}")
    }

    /// What differs from the run that it is held against; else from the last good one, where something went wrong.
    fn differences(&self, verdict: Verdict) -> String {
        let Some(now) = self.runs.past().map(Past::record) else {
            return String::new();
        };
        if let Some(Against { before, how }) = &self.against {
            let title = match how {
                How::Good => good(before),
                How::Chosen => format!("Compared with {}, {}", before.server, date(before)),
                How::Both([one, other]) => format!("From {one} to {other}"),
            };
            return lines(&title, before, &now);
        }
        let before = self.runs.last_good().filter(|_| verdict != Verdict::Ok);
        before.map_or_else(String::new, |before| lines(&good(&before), &before, &now))
    }
}

fn good(before: &Record) -> String {
    format!("Compared with the last good run of {}", date(before))
}

fn date(run: &Record) -> impl Display {
    run.started.strftime("%F %H:%M UTC")
}

fn lines(title: &str, before: &Record, now: &Record) -> String {
    let mut text = format!("{title}\n");
    for one in compare(before, now) {
        let mark = if one.worse { '!' } else { ' ' };
        // Writing into a String cannot fail.
        let _ = writeln!(text, "{mark} {}", one.words);
    }
    text
}

/// A file's name without its end: signs that mean something to a file system or a shell become hyphens.
fn file_name(server: &str, date: &str) -> String {
    let sign = |c: char| {
        let fits = c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        if fits { c } else { '-' }
    };
    let server: String = server.chars().take(80).map(sign).collect();
    format!("probe-{}-{date}", server.trim_matches('-'))
}

#[cfg(test)]
mod tests {
    use super::file_name;

    #[test]
    fn a_name_is_one_file_in_this_folder() {
        assert_eq!(
            file_name("relay.example:587", "1"),
            "probe-relay.example-587-1"
        );
        assert_eq!(file_name("[::1]:25", "1"), "probe-1--25-1");
        assert_eq!(
            file_name("unix:/run/../lmtp", "1"),
            "probe-unix--run-..-lmtp-1"
        );
    }
}
