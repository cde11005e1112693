//! Walks once and says what came of it.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use super::ladder::Ladder;
use super::{addresses, card, lookaround, markdown, other, settings, step, watch};
use crate::cli::args::{Common, Form, Host, ProbeArgs};
use crate::cli::exit::{Exit, Stop, of_walk};
use crate::cli::{output, table};
use crate::config::Loaded;
use crate::mail::clean::Clean;
use crate::mail::clock::SystemClock;
use crate::mail::reach::Place;
use crate::mail::transcript::{By, Transcript};
use crate::mailer::probe::each::each_address;
use crate::mailer::probe::export::{arrows, html};
use crate::mailer::probe::report::Report;
use crate::mailer::probe::walk::{Event, Plan, Walk, walk};
use crate::mailer::probe::words::sentence;

/// Probes, and gives the status of where the way ended.
pub(in crate::cli) fn run(args: &ProbeArgs, common: &Common, host: &Host) -> Result<Exit, Stop> {
    let (loaded, mut plan) = settings::plan(args, common, host)?;
    if let Some(program) = args.expert.as_program {
        return other::print_as(&plan, program, common.quiet);
    }
    if args.grid.is_some() && matches!(plan.host.place(), Place::Command(_)) {
        let words = "a look around calls addresses, and this host is spoken with through a command; leave that out";
        return Err(Stop::new(Exit::Usage, words));
    }
    if args.expert.confirm {
        plan.gate = step::confirming();
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Stop::new(Exit::Io, format!("cannot start: {error}")))?;
    let exit = runtime.block_on(async {
        match (&args.grid, args.watch) {
            (Some(ports), _) => lookaround::look(&plan, &ports.0, common).await,
            (None, Some(interval)) => watch::watch(&plan, interval, common).await,
            (None, None) if args.expert.step => step::step(&plan).await,
            (None, None) => once(args, common, &loaded, &plan).await,
        }
    });
    // A name lookup that still hangs in the system's resolver must not hold up the end.
    runtime.shutdown_background();
    exit
}

async fn once(
    args: &ProbeArgs,
    common: &Common,
    loaded: &Loaded,
    plan: &Plan,
) -> Result<Exit, Stop> {
    let transcript = Transcript::new(Arc::new(SystemClock::new()));
    let is_json = common.json || args.export == Some(Form::Json);
    let page = args.export.filter(|_| !is_json);
    let is_page = page.is_some();
    let walked = if is_json || is_page || common.quiet {
        walk(plan, &transcript, &mut |_| {}).await
    } else {
        let color = output::colored(loaded.settings.console.color);
        let host = Clean::from(plan.host.name());
        output::print(format!("{host} {}\n\n", plan.host.security))?;
        in_sight(plan, &transcript, Ladder::new(color)).await?
    };
    let others = if args.all_addresses {
        Some(each_address(plan, &walked).await)
    } else {
        None
    };
    let lines = || table::conversation(&walked.transcript);
    if let Some(form) = page {
        output::print(match form {
            Form::Html => html(&walked, plan),
            Form::Text => format!(
                "{}=== {}.\n",
                arrows(&transcript),
                Clean::from(sentence(&walked))
            ),
            Form::Markdown | Form::Json => markdown::page(&walked) + &other::section(plan),
        })?;
    } else if is_json {
        let told = addresses::Told::of(Report::of(&walked), others.as_deref());
        let object = serde_json::to_string(&told);
        let object = object.map_err(|error| Stop::new(Exit::Io, error.to_string()))?;
        output::print(format!("{object}\n"))?;
    } else if !common.quiet {
        output::print(card::all(&walked) + &complaints(&walked))?;
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
    Ok(of_walk(&walked))
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
