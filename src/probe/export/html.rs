//! A walk as one page of HTML: no script, nothing fetched, every text from outside inert.

use std::fmt::Write as _;

use super::arrows::timed;
use super::style::STYLE;
use crate::mail::clean::clean;
use crate::probe::lines::{Written, every};
use crate::probe::report::Report;
use crate::probe::walk::{Plan, Walk};
use crate::probe::words;

/// The page. What the command lines of the plan would tell of a command to speak through is left out of them. Each of the
/// `sections` stands behind the findings as it is, its first line as the heading; an empty one is left out.
#[must_use]
pub fn html(walk: &Walk, report: &Report, plan: &Plan, sections: &[String]) -> String {
    let host = escaped(&walk.host.name());
    // Nothing is loaded and nothing runs, whatever stands in the page.
    let policy =
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <title>Probe of {host}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>Probe of {host}</h1>\n"
    );
    // Writing into a String cannot fail.
    let _ = writeln!(
        page,
        "<p class=\"dim\">{} · {} · {} ms</p>\n<p class=\"verdict {}\">{}.</p>",
        report.started.strftime("%F %T UTC"),
        walk.host.security,
        report.took_ms,
        report.verdict.name(),
        escaped(&words::sentence(walk)),
    );
    if let Some(open) = words::left_open(walk) {
        let _ = writeln!(page, "<p>{}</p>", escaped(open));
    }
    findings(&mut page, report);
    for section in sections {
        as_it_is(&mut page, section);
    }
    stages(&mut page, report);
    certificates(&mut page, report);
    promises(&mut page, walk);
    let _ = writeln!(
        page,
        "<h2>The conversation</h2>\n<pre>{}</pre>",
        escaped_lines(&timed(&walk.transcript))
    );
    lines(&mut page, plan);
    page.push_str("</body>\n</html>\n");
    page
}

fn findings(page: &mut String, report: &Report) {
    for finding in &report.findings {
        let _ = writeln!(
            page,
            "<h2>{}</h2>\n<p>{}</p>",
            escaped(&finding.title),
            escaped(&finding.explanation)
        );
        if !finding.advice.is_empty() {
            page.push_str("<ol>\n");
            for advice in &finding.advice {
                let _ = writeln!(page, "<li>{}</li>", escaped(advice));
            }
            page.push_str("</ol>\n");
        }
        if !finding.evidence.is_empty() {
            let seen = escaped(&finding.evidence);
            let _ = writeln!(page, "<blockquote>{seen}</blockquote>");
        }
    }
}

fn as_it_is(page: &mut String, section: &str) {
    if let Some((heading, lines)) = section.trim().split_once('\n') {
        let (heading, lines) = (escaped(heading), escaped_lines(lines));
        let _ = writeln!(page, "<h2>{heading}</h2>\n<pre>{lines}</pre>");
    }
}

fn stages(page: &mut String, report: &Report) {
    page.push_str("<h2>Stage by stage</h2>\n<table>\n<tr><th>stage</th><th>status</th><th>ms</th><th>detail</th></tr>\n");
    for check in &report.checks {
        let status = check.status.name();
        let _ = writeln!(
            page,
            "<tr><td>{}</td><td class=\"{status}\">{status}</td><td class=\"n\">{}</td><td>{}</td></tr>",
            check.stage,
            check.took_ms,
            escaped(&check.detail)
        );
    }
    page.push_str("</table>\n");
}

fn certificates(page: &mut String, report: &Report) {
    let tls = report.tls.as_ref();
    let Some(tls) = tls.filter(|tls| !tls.certificates.is_empty()) else {
        return;
    };
    let _ = writeln!(
        page,
        "<h2>Certificates ({})</h2>\n<ul>",
        escaped(&tls.in_words())
    );
    for one in &tls.certificates {
        let _ = writeln!(
            page,
            "<li>{}, issued by {}, for {}, {} to {}, SHA-256 <code>{}</code></li>",
            escaped(&one.subject),
            escaped(&one.issuer),
            escaped(&one.names_in_words()),
            one.not_before.strftime("%F"),
            one.not_after.strftime("%F"),
            one.sha256
        );
    }
    page.push_str("</ul>\n");
}

fn promises(page: &mut String, walk: &Walk) {
    let Some(offered) = walk.capabilities().filter(|all| !all.lines().is_empty()) else {
        return;
    };
    page.push_str("<h2>What the server promises</h2>\n<table>\n");
    for line in offered.lines() {
        let meaning = words::promise(line).unwrap_or_default();
        let _ = writeln!(
            page,
            "<tr><td><code>{}</code></td><td>{}</td></tr>",
            escaped(line),
            escaped(&meaning)
        );
    }
    page.push_str("</table>\n");
}

/// The same walk with other programs.
fn lines(page: &mut String, plan: &Plan) {
    page.push_str("<h2>The same with other programs</h2>\n");
    for Written { line, notes } in every(plan) {
        if let Some(line) = line {
            let _ = writeln!(page, "<pre>{}</pre>", escaped(&line));
        }
        for note in notes {
            let _ = writeln!(page, "<p class=\"dim\">{}</p>", escaped(&note));
        }
    }
}

/// Text as text: no markup, and no sign that acts on whoever reads.
fn escaped(text: &str) -> String {
    escaped_lines(&clean(text))
}

/// The same for text that is clean already and has lines.
fn escaped_lines(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn nothing_is_markup() {
        assert_eq!(
            escaped("<b a='1' c=\"2\">&\u{1b}[31m"),
            "&lt;b a=&#39;1&#39; c=&quot;2&quot;&gt;&amp;\\x1b[31m"
        );
    }
}
