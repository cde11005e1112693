//! Walks once and says what came of it.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use super::history::{Compared, History};
use super::ladder::Ladder;
use super::remedy::{self, Given};
use super::{addresses, card, history, lookaround, markdown, settings, side_by_side, watch};
use crate::cli::args::{Common, Form, Host, ProbeArgs};
use crate::cli::exit::{Exit, Stop, of_walk};
use crate::cli::{output, table};
use crate::config::Loaded;
use crate::mail::clean::Clean;
use crate::mail::clock::SystemClock;
use crate::mail::transcript::Transcript;
use crate::mailer::probe::conclude::{Beside, conclude_with};
use crate::mailer::probe::each::each_address;
use crate::mailer::probe::remedy::remedies;
use crate::mailer::probe::report::Report;
use crate::mailer::probe::walk::{Event, Plan, Walk, walk};
use crate::mailer::probes::is_container;

/// Probes, and gives the status of where the way ended.
pub(in crate::cli) fn run(args: &ProbeArgs, common: &Common, host: &Host) -> Result<Exit, Stop> {
    if args.history {
        return history::show(args, common, host);
    }
    let (loaded, plan) = settings::plan(args, common, host)?;
    let knowledge = loaded.knowledge()?;
    let compared = compared(args, common, host, &plan)?;
    let given = Given {
        args,
        common,
        host,
        plan: &plan,
    };
    let beside = Beside {
        container: Some(is_container()),
        written: written(&loaded),
        knowledge: knowledge.as_deref(),
        ..Beside::default()
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Stop::new(Exit::Io, format!("cannot start: {error}")))?;
    let exit = runtime.block_on(async {
        match (compared, &args.grid, args.watch) {
            (Some((plans, names)), ..) => {
                side_by_side::side_by_side(plans, names, common, beside).await
            }
            (None, Some(ports), _) => lookaround::look(&ports.0, given, beside).await,
            (None, None, Some(interval)) => watch::watch(&plan, interval, common, beside).await,
            (None, None, None) => once(&loaded, given, beside).await,
        }
    });
    // A name lookup that still hangs in the system's resolver must not hold up the end.
    runtime.shutdown_background();
    exit
}

/// Two plans, and what they are called.
type Pair = ([Plan; 2], [String; 2]);

/// The two plans that are to be held against each other, and what they are called.
fn compared(
    args: &ProbeArgs,
    common: &Common,
    host: &Host,
    plan: &Plan,
) -> Result<Option<Pair>, Stop> {
    if let Some(name) = &args.compare {
        let other = side_by_side::other(args, common, host, name)?;
        let names = [plan.host.name(), other.host.name()];
        return Ok(Some(([plan.clone(), other], names)));
    }
    let names = ["IPv4", "IPv6"].map(str::to_owned);
    let families = || (side_by_side::families(plan), names);
    Ok(args.compare_families.then(families))
}

/// The server as the settings write it.
fn written(loaded: &Loaded) -> Option<&str> {
    let server = loaded.selected()?.smtp.server.as_ref()?;
    Some(&server.text)
}

async fn once(loaded: &Loaded, given: Given<'_>, beside: Beside<'_>) -> Result<Exit, Stop> {
    let Given {
        args, common, plan, ..
    } = given;
    let history = History::open(loaded, args, &plan.host.name(), common.quiet);
    let transcript = Transcript::new(Arc::new(SystemClock::new()));
    let is_json = common.json || args.export == Some(Form::Json);
    let is_page = !is_json && args.export == Some(Form::Markdown);
    let walked = if is_json || is_page || common.quiet {
        walk(plan, &transcript, &mut |_| {}).await
    } else {
        let color = output::colored(loaded.settings.console.color);
        let host = Clean::from(plan.host.name());
        output::print(format!("{host} {}\n\n", plan.host.security))?;
        in_sight(plan, &transcript, Ladder::new(color)).await?
    };
    let beside = Beside {
        last_good: history.last_good(),
        ..beside
    };
    let findings = conclude_with(&walked, &beside);
    let tries = remedies(&walked, &findings, beside.cells);
    let compared = history.compared(&walked);
    let others = if args.all_addresses {
        Some(each_address(plan, &walked).await)
    } else {
        None
    };
    let lines = || table::conversation(&walked.transcript);
    let difference = compared.as_ref().map_or_else(String::new, Compared::lines);
    let try_these = remedy::lines(&tries, given);
    if is_page {
        let report = Report::with(&walked, findings);
        let page = markdown::page(&walked, &report, &try_these, &difference);
        output::print(page)?;
    } else if is_json {
        let told = addresses::Told::of(
            Report::with(&walked, findings),
            others.as_deref(),
            remedy::told(&tries, given),
            compared.as_ref().map(Compared::told),
        );
        let object = serde_json::to_string(&told);
        let object = object.map_err(|error| Stop::new(Exit::Io, error.to_string()))?;
        output::print(format!("{object}\n"))?;
    } else if !common.quiet {
        output::print(card::all(&walked, &findings, &(try_these + &difference)))?;
        if let Some(others) = &others {
            output::print(addresses::lines(others))?;
        }
        if args.transcript {
            output::print(format!("\n{}", lines()))?;
        }
    }
    if common.verbose > 0 && (is_json || !args.transcript) {
        output::aside(&lines());
    }
    // Behind all that is shown: the disk may take its time.
    history.keep(&walked, common.quiet);
    Ok(of_walk(&walked))
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
