//! `probe --domain`: what the name system says about a mail domain, as a card.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::card;
use crate::cli::args::{Common, NameArgs};
use crate::cli::exit::{Exit, Stop};
use crate::cli::output;
use crate::mail::clean::Clean;
use crate::mailer::probe::names::{
    Dmarc, Domain, Missing, Mx, Question, Resolver, Service, SpfState, look,
};

/// The resolver that the flags name, else the system's.
pub(super) fn resolver(names: &NameArgs) -> Result<Resolver, Missing> {
    names.resolver.map_or_else(Resolver::system, Resolver::at)
}

/// The same, with what to do where it cannot be had.
pub(super) fn ready(names: &NameArgs) -> Result<Resolver, Stop> {
    resolver(names).map_err(|missing| {
        let words = format!("{missing}; name one with --resolver ADDRESS");
        Stop::new(Exit::TempFail, words)
    })
}
/// A domain alone, without a walk.
pub(super) async fn alone(names: &NameArgs, domain: &str, common: &Common) -> Result<Exit, Stop> {
    let resolver = ready(names)?;
    let found = look(&resolver, domain, None, &names.dkim_selector).await;
    if common.json {
        output::print(format!("{}\n", json!({ "domain": object(&found) })))?;
    } else if !common.quiet {
        let mut text = rows(&found);
        for finding in found.findings() {
            card::one(&mut text, &finding);
        }
        output::print(text.trim_start_matches('\n'))?;
    }
    Ok(if found.is_unknown() {
        Exit::NoHost
    } else if found
        .mx
        .0
        .as_ref()
        .is_err_and(|missing| !missing.is_certain())
    {
        Exit::TempFail
    } else {
        Exit::Ok
    })
}

/// For programs.
pub(super) fn object(domain: &Domain) -> Value {
    let mut object = json!(domain);
    if let Some(object) = object.as_object_mut() {
        object.insert("findings".to_owned(), json!(domain.findings()));
    }
    object
}

/// For people: a line for each kind of record.
pub(super) fn rows(domain: &Domain) -> String {
    let mut text = format!("\nMail domain {} ({} ms)\n", domain.name, domain.took_ms);
    let policy =
        |record: &Clean| format!("{record}  (the policy itself is on the web and was not read)");
    let rows = [
        ("address", told(&domain.addresses, |all| listed(all.iter()))),
        ("MX", told(&domain.mx, |all| listed(all.iter().map(server)))),
        (
            "submission",
            told(&domain.submission, |all| listed(all.iter().map(service))),
        ),
        ("SPF", told(&domain.spf, senders)),
        ("DKIM", keys(domain)),
        ("DMARC", told(&domain.dmarc, asked)),
        ("MTA-STS", told(&domain.mta_sts, policy)),
        ("TLS-RPT", told(&domain.tls_reports, Clean::to_string)),
    ];
    for (name, value) in rows {
        // Writing into a String cannot fail.
        let _ = writeln!(text, "  {name:<11}{}", value.trim_end());
    }
    text
}

fn server(mx: &Mx) -> String {
    match mx.host.as_str() {
        "" => "none: it takes no mail (RFC 7505)".to_owned(),
        host => format!("{} {host}", mx.preference),
    }
}

fn service(one: &Service) -> String {
    if one.is_denial() {
        format!("none by {}", one.service)
    } else {
        format!("{}:{} {}", one.host, one.port, one.security)
    }
}

fn senders(state: &SpfState) -> String {
    let lookups = &state.lookups;
    let about = if lookups.is_partial { "at least " } else { "" };
    format!(
        "{}  ({about}{} of 10 lookups)",
        state.spf.record, lookups.count
    )
}

fn asked(dmarc: &Dmarc) -> String {
    let mode = |strict: bool| {
        if strict {
            "the very domain"
        } else {
            "the domain or one below"
        }
    };
    let (dkim, spf) = (mode(dmarc.strict_dkim), mode(dmarc.strict_spf));
    format!(
        "{}  (at {}; aligned: DKIM {dkim}, SPF {spf})",
        dmarc.record, dmarc.at
    )
}

fn keys(domain: &Domain) -> String {
    let tried = listed(domain.dkim_tried.iter());
    match (domain.dkim.as_slice(), domain.dkim_tried.as_slice()) {
        ([], []) if !domain.dkim_unanswered.is_empty() => {
            let asked = listed(domain.dkim_unanswered.iter());
            format!("not learnt: no answer at {asked}")
        }
        ([], []) => {
            "not looked for: a key is found only by its selector (--dkim-selector)".to_owned()
        }
        ([], _) => format!("none at {tried}"),
        (found, _) => listed(found.iter().map(|key| match (key.is_revoked, key.bits) {
            (true, _) => format!("{} taken back", key.selector),
            (false, Some(bits)) => format!("{} {} {bits} bits", key.selector, key.kind),
            (false, None) => format!("{} {}", key.selector, key.kind),
        })),
    }
}

pub(super) fn told<T>(question: &Question<T>, words: impl Fn(&T) -> String) -> String {
    match &question.0 {
        Ok(answer) => words(answer),
        Err(missing) if missing.is_certain() => "none".to_owned(),
        Err(missing) => format!("not learnt: {missing}"),
    }
}

pub(super) fn listed(all: impl Iterator<Item = impl ToString>) -> String {
    all.map(|one| one.to_string())
        .collect::<Vec<_>>()
        .join(", ")
}
