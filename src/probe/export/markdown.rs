//! A walk as a page for a ticket or a mail, in Markdown. Secrets were masked before they came here.

use std::fmt::Write as _;

use super::conversation;
use crate::mail::clean::{Clean, clean};
use crate::probe::lines::every;
use crate::probe::report::Report;
use crate::probe::walk::{Plan, Walk};
use crate::probe::words;

/// The page. Each of the sections has its heading on its first line; empty ones are left out.
#[must_use]
pub fn markdown(walk: &Walk, report: &Report, plan: &Plan, sections: &[String]) -> String {
    let host = Clean::from(walk.host.name());
    let mut text = format!("# Probe of {}\n\n", escaped(&host));
    // Writing into a String cannot fail.
    let _ = writeln!(
        text,
        "{} · {} · {} ms · {}\n\n**{}.**\n",
        report.started.strftime("%F %T UTC"),
        walk.host.security,
        report.took_ms,
        report.verdict.name(),
        escaped(&words::sentence(walk))
    );
    if let Some(open) = words::left_open(walk) {
        let _ = writeln!(text, "{open}\n");
    }
    for finding in &report.findings {
        let _ = writeln!(text, "## {}\n", escaped(&finding.title));
        let _ = writeln!(text, "{}\n", escaped(&finding.explanation));
        for advice in &finding.advice {
            let _ = writeln!(text, "1. {}", escaped(advice));
        }
        let _ = writeln!(text, "\n> {}\n", escaped(&finding.evidence));
    }
    for section in sections {
        literal(&mut text, section);
    }
    text.push_str("| stage | status | ms | detail |\n|---|---|---:|---|\n");
    for check in &report.checks {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} |",
            check.stage,
            check.status.name(),
            check.took_ms,
            escaped(&check.detail)
        );
    }
    certificates(&mut text, report);
    if let Some(offered) = walk.capabilities().filter(|all| !all.lines().is_empty()) {
        text.push_str("\n## What the server promises\n\n");
        for line in offered.lines() {
            let meaning = words::promise(line).unwrap_or_default();
            let _ = writeln!(text, "- {} {}", escaped(line), escaped(&meaning));
        }
    }
    text.push_str("\n## The conversation\n\n");
    // Four blanks make it text as it is, whatever stands in it.
    for line in conversation(&walk.transcript).lines() {
        let _ = writeln!(text, "    {line}");
    }
    text + &section(plan)
}

/// A section with its heading on its first line, and the rest as it is: four blanks make it so, whatever stands in it.
fn literal(text: &mut String, section: &str) {
    let mut lines = section.trim().lines();
    let Some(heading) = lines.next() else {
        return;
    };
    let _ = writeln!(text, "## {}\n", escaped(heading));
    for line in lines {
        let _ = writeln!(text, "    {line}");
    }
    text.push('\n');
}

fn certificates(text: &mut String, report: &Report) {
    let Some(tls) = report
        .tls
        .as_ref()
        .filter(|tls| !tls.certificates.is_empty())
    else {
        return;
    };
    let _ = writeln!(text, "\n## Certificates ({})\n", tls.in_words());
    for one in &tls.certificates {
        let _ = writeln!(
            text,
            "- {}, issued by {}, for {}, {} to {}, SHA-256 {}",
            escaped(&one.subject),
            escaped(&one.issuer),
            escaped(&one.names_in_words()),
            one.not_before.strftime("%F"),
            one.not_after.strftime("%F"),
            one.sha256
        );
    }
}

/// The same as lines for other programs, without what may hold a secret.
fn section(plan: &Plan) -> String {
    let mut text = "\n## The same with other programs\n".to_owned();
    for written in every(plan) {
        // Four blanks make it text as it is, whatever stands in it. Writing into a String cannot fail.
        if let Some(line) = &written.line {
            let _ = write!(text, "\n    {line}\n");
        }
        for note in &written.notes {
            let _ = write!(text, "\n- {}\n", clean(note));
        }
    }
    text
}

/// Text from outside as text: nothing in it is markup, a link or a picture.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '!' | '~' => {
                out.push('\\');
                out.push(c);
            }
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn a_server_writes_no_markup() {
        assert_eq!(
            escaped("550 ![x](http://t.example/a.png) <b>|"),
            r"550 \!\[x\](http://t.example/a.png) &lt;b>\|"
        );
    }
}
