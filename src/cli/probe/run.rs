//! Walks once and says what came of it.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::sync::mpsc;

use super::ladder::Ladder;
use super::place::{self, Place};
use super::{addresses, card, domain, lookaround, markdown, providers, settings, watch};
use crate::cli::args::{Common, Form, Host, ProbeArgs};
use crate::cli::exit::{Exit, Stop, of_walk};
use crate::cli::{output, table};
use crate::config::Loaded;
use crate::mail::clean::Clean;
use crate::mail::clock::SystemClock;
use crate::mail::transcript::Transcript;
use crate::mailer::probe::each::each_address;
use crate::mailer::probe::report::Report;
use crate::mailer::probe::walk::{Event, Plan, Walk, walk};

/// Probes, and gives the status of where the way ended.
pub(in crate::cli) fn run(args: &ProbeArgs, common: &Common, host: &Host) -> Result<Exit, Stop> {
    if let Some(name) = &args.names.providers {
        return providers::show(name, common);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Stop::new(Exit::Io, format!("cannot start: {error}")))?;
    let exit = walk_with(args, common, host, &runtime);
    // A name lookup that still hangs in the system's resolver must not hold up the end.
    runtime.shutdown_background();
    exit
}

fn walk_with(
    args: &ProbeArgs,
    common: &Common,
    host: &Host,
    runtime: &Runtime,
) -> Result<Exit, Stop> {
    if let Some(domain) = settings::domain_alone(args, common, host)? {
        return runtime.block_on(domain::alone(&args.names, &domain, common));
    }
    let (loaded, plan, place) = settings::plan(args, common, host, runtime)?;
    runtime.block_on(async {
        match (&args.grid, args.watch) {
            (Some(ports), _) => lookaround::look(&plan, &ports.0, common).await,
            (None, Some(interval)) => watch::watch(&plan, interval, common).await,
            (None, None) => once(args, common, &loaded, &plan, &place).await,
        }
    })
}

async fn once(
    args: &ProbeArgs,
    common: &Common,
    loaded: &Loaded,
    plan: &Plan,
    place: &Place,
) -> Result<Exit, Stop> {
    let asked = settings::domain(args, plan, place)?;
    let transcript = Transcript::new(Arc::new(SystemClock::new()));
    let is_json = common.json || args.export == Some(Form::Json);
    let is_page = !is_json && args.export == Some(Form::Markdown);
    let walked = if is_json || is_page || common.quiet {
        walk(plan, &transcript, &mut |_| {}).await
    } else {
        let color = output::colored(loaded.settings.console.color);
        output::print(heading(plan, place))?;
        in_sight(plan, &transcript, Ladder::new(color)).await?
    };
    let others = if args.all_addresses {
        Some(each_address(plan, &walked).await)
    } else {
        None
    };
    let domain = match &asked {
        Some(name) => Some(domain::ask(&args.names, name, Some(&plan.host.host)).await?),
        None => None,
    };
    let lines = || table::conversation(&walked.transcript);
    if is_page {
        output::print(markdown::page(&walked))?;
        if let Some(domain) = &domain {
            output::print(markdown::quoted("The mail domain", &domain::text(domain)))?;
        }
    } else if is_json {
        let names = place::told(place, &plan.host.host, domain.as_ref());
        let told = addresses::Told::of(Report::of(&walked), others.as_deref(), names);
        let object = serde_json::to_string(&told);
        let object = object.map_err(|error| Stop::new(Exit::Io, error.to_string()))?;
        output::print(format!("{object}\n"))?;
    } else if !common.quiet {
        output::print(card::all(&walked))?;
        if let Some(others) = &others {
            output::print(addresses::lines(others))?;
        }
        output::print(providers::lines(&plan.host.host))?;
        if let Some(domain) = &domain {
            output::print(domain::text(domain))?;
        }
        if args.transcript {
            output::print(format!("\n{}", lines()))?;
        }
    }
    if common.verbose > 0 && (is_json || !args.transcript) {
        output::aside(&lines());
    }
    Ok(of_walk(&walked))
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
