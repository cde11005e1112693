//! Walks once and says what came of it.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use super::asked::{Asked, ask};
use super::history::{Compared, Memory};
use super::ladder::Ladder;
use super::place;
use super::remedy::{self, Given};
use super::told::Told;
use super::{addresses, card, providers, settings};
use crate::cli::args::Form;
use crate::cli::exit::{Exit, Stop, of_walk};
use crate::cli::output;
use crate::config::Loaded;
use crate::mail::clean::Clean;
use crate::mail::clock::SystemClock;
use crate::mail::diagnosis::Finding;
use crate::mail::transcript::{By, Transcript};
use crate::mailer::probe::conclude::{Beside, conclude_with};
use crate::mailer::probe::each::each_address;
use crate::mailer::probe::export::{arrows, conversation, html, markdown};
use crate::mailer::probe::place::Place;
use crate::mailer::probe::remedy::{Remedy, remedies};
use crate::mailer::probe::report::Report;
use crate::mailer::probe::walk::{Event, Plan, Walk, walk};
use crate::mailer::probe::words::sentence;

/// The settings, and how the server was found.
#[derive(Clone, Copy)]
pub(super) struct Target<'a> {
    pub(super) loaded: &'a Loaded,
    pub(super) place: &'a Place,
}

/// All that is known behind the walk.
struct Learnt {
    walk: Walk,
    findings: Vec<Finding>,
    remedies: Vec<Remedy>,
    compared: Option<Compared>,
    others: Option<Vec<Walk>>,
    asked: Option<Asked>,
}

/// Walks, and says it in the form that was asked for.
pub(super) async fn once(
    target: Target<'_>,
    given: Given<'_>,
    beside: Beside<'_>,
) -> Result<Exit, Stop> {
    let Given {
        args, common, plan, ..
    } = given;
    let asked = settings::domain(args, plan, target.place)?;
    let history = Memory::open(target.loaded, args, &plan.host.name(), common.quiet);
    let is_json = common.json || args.export == Some(Form::Json);
    let page = args.export.filter(|_| !is_json);
    let is_seen = !is_json && page.is_none() && !common.quiet;
    let transcript = Transcript::new(Arc::new(SystemClock::new()));
    let walked = if is_seen {
        let color = output::colored(target.loaded.settings.console.color);
        output::print(heading(plan, target.place))?;
        in_sight(plan, &transcript, Ladder::new(color)).await?
    } else {
        walk(plan, &transcript, &mut |_| {}).await
    };
    let beside = Beside {
        last_good: history.last_good(),
        ..beside
    };
    let findings = conclude_with(&walked, &beside);
    let mut learnt = Learnt {
        remedies: remedies(&walked, &findings, beside.cells),
        compared: history.compared(&walked),
        walk: walked,
        findings,
        others: None,
        asked: None,
    };
    if args.all_addresses {
        learnt.others = Some(each_address(plan, &learnt.walk).await);
    }
    if let Some(name) = &asked {
        let asking = Box::pin(ask(&args.names, name, &learnt.walk));
        learnt.asked = Some(asking.await?);
    }
    if let Some(form) = page {
        output::print(as_page(&learnt, given, form))?;
    } else if is_json {
        output::print(as_object(&learnt, target.place, given)?)?;
    } else if !common.quiet {
        output::print(as_text(&learnt, given))?;
    }
    if common.verbose > 0 && (is_json || !args.transcript) {
        output::aside(&conversation(&learnt.walk.transcript));
    }
    // Behind all that is shown: the disk may take its time.
    history.keep(&learnt.walk, common.quiet);
    Ok(of_walk(&learnt.walk))
}

fn as_page(learnt: &Learnt, given: Given<'_>, form: Form) -> String {
    let walk = &learnt.walk;
    let difference = learnt.compared.as_ref().map(Compared::lines);
    let asked = learnt.asked.as_ref().map(Asked::text);
    let sections = [
        remedy::lines(&learnt.remedies, given),
        difference.unwrap_or_default(),
        asked.unwrap_or_default(),
    ];
    let report = Report::with(walk, learnt.findings.clone());
    match form {
        Form::Html => html(walk, &report, given.plan, &sections),
        Form::Text => {
            let verdict = Clean::from(sentence(walk));
            format!("{}=== {verdict}.\n", arrows(&walk.transcript))
        }
        Form::Markdown | Form::Json => markdown(walk, &report, given.plan, &sections),
    }
}

fn as_object(learnt: &Learnt, place: &Place, given: Given<'_>) -> Result<String, Stop> {
    let told = Told {
        report: Report::with(&learnt.walk, learnt.findings.clone()),
        addresses: learnt.others.as_deref().map(addresses::told),
        remedies: remedy::told(&learnt.remedies, given),
        compared: learnt.compared.as_ref().map(Compared::told),
        names: place::told(place, &given.plan.host.host, learnt.asked.as_ref()),
    };
    let object = serde_json::to_string(&told);
    let object = object.map_err(|error| Stop::new(Exit::Io, error.to_string()))?;
    Ok(format!("{object}\n"))
}

fn as_text(learnt: &Learnt, given: Given<'_>) -> String {
    let difference = learnt.compared.as_ref().map(Compared::lines);
    let between = remedy::lines(&learnt.remedies, given) + &difference.unwrap_or_default();
    let between = complaints(&learnt.walk) + &between;
    let mut text = card::all(&learnt.walk, &learnt.findings, &between);
    if let Some(others) = &learnt.others {
        text.push_str(&addresses::lines(others));
    }
    text.push_str(&providers::lines(&given.plan.host.host));
    if let Some(asked) = &learnt.asked {
        text.push_str(&asked.text());
    }
    if given.args.transcript {
        text.push('\n');
        text.push_str(&conversation(&learnt.walk.transcript));
    }
    text
}

/// What a command that is spoken through has complained about, where the walk failed.
fn complaints(walk: &Walk) -> String {
    let lines = walk.transcript.lines().into_iter();
    let said =
        lines.filter(|line| line.by == By::Note && line.text.starts_with("the command says"));
    let said = said.filter(|_| walk.failure.is_some());
    let said: Vec<_> = said.map(|line| format!("{}\n", line.text)).collect();
    said.concat()
}

/// How the server was found, and which it is.
fn heading(plan: &Plan, place: &Place) -> String {
    let how = place.how.as_ref().map(|how| format!("{how}\n"));
    let host = Clean::from(plan.host.name());
    format!(
        "{}{host} {}\n\n",
        how.unwrap_or_default(),
        plan.host.security
    )
}

/// Walks, and shows each stage as it begins and ends.
async fn in_sight(plan: &Plan, transcript: &Transcript, mut ladder: Ladder) -> Result<Walk, Stop> {
    let (tell, mut events) = mpsc::unbounded_channel::<Event>();
    let mut watcher = move |event: &Event| {
        // Nobody listens any more where standard output is gone.
        tell.send(event.clone()).ok();
    };
    let mut second = tokio::time::interval(Duration::from_secs(1));
    let mut walking = std::pin::pin!(walk(plan, transcript, &mut watcher));
    let walked = loop {
        tokio::select! {
            biased;
            Some(event) = events.recv() => ladder.show(&event)?,
            walked = &mut walking => break walked,
            _ = second.tick() => ladder.wait()?,
        }
    };
    while let Ok(event) = events.try_recv() {
        ladder.show(&event)?;
    }
    ladder.clear()?;
    Ok(walked)
}
