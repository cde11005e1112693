//! Decides what kind of look at a smart host is wanted, and has it taken.

use clap::ValueEnum;
use tokio::runtime::Runtime;

use super::history::Memory;
use super::once::{Target, once};
use super::remedy::Given;
use super::{domain, history, lookaround, other, providers, settings, side_by_side, step, watch};
use crate::cli::args::{Common, Form, Host, ProbeArgs};
use crate::cli::exit::{Exit, Stop};
use crate::cli::output;
use crate::cli::request;
use crate::cli::signals::unless_ended;
use crate::config::Loaded;
use crate::mail::reach;
use crate::mailer::probe::compare::Pair;
use crate::mailer::probe::conclude::Beside;
use crate::mailer::probe::machine::is_container;
use crate::mailer::probe::walk::Plan;

/// Probes, and gives the status of where the way ended.
pub(in crate::cli) fn run(args: &ProbeArgs, common: &Common, host: &Host) -> Result<Exit, Stop> {
    if let Some(name) = &args.names.providers {
        return providers::show(name, common);
    }
    if args.history {
        return history::show(args, common, host);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Stop::new(Exit::Io, format!("cannot start: {error}")))?;
    let exit = look(args, common, host, &runtime);
    // A name lookup that still hangs in the system's resolver must not hold up the end.
    runtime.shutdown_background();
    exit
}

fn look(args: &ProbeArgs, common: &Common, host: &Host, runtime: &Runtime) -> Result<Exit, Stop> {
    let (mut args, mut host) = (args.clone(), host.clone());
    for note in other::merged(&mut args, &mut host)? {
        if !common.quiet {
            output::complain(&note);
        }
    }
    page_by_report(&mut args, &mut host)?;
    if args.names.resolver.is_none() {
        // What is wrong with the settings is told where they are read for good.
        let set = request::settings_without_login(common, &host).ok();
        let server = set.and_then(|loaded| loaded.settings.probe.resolver);
        args.names.resolver = server.map(|server| server.value.0);
    }
    let (args, host) = (&args, &host);
    if let Some(domain) = settings::domain_alone(args, common, host)? {
        let asked = domain::alone(&args.names, &domain, common);
        return runtime.block_on(unless_ended(asked));
    }
    let (loaded, mut plan, place) = settings::plan(args, common, host, runtime)?;
    if let Some(program) = args.expert.as_program {
        return other::print_as(&plan, program, common.quiet);
    }
    if args.grid.is_some() && matches!(plan.host.place(), reach::Place::Command(_)) {
        let words = "a look around calls addresses, and this host is spoken with through a command; leave that out";
        return Err(Stop::new(Exit::Usage, words));
    }
    if args.expert.confirm {
        plan.gate = step::confirming();
    }
    let knowledge = loaded.knowledge()?;
    let compared = compared(args, common, host, &plan, runtime)?;
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
    runtime.block_on(async {
        match (compared, &args.grid, args.watch) {
            (Some(pair), ..) => {
                unless_ended(side_by_side::side_by_side(pair, common, beside)).await
            }
            (None, Some(ports), _) => unless_ended(lookaround::look(&ports.0, given, beside)).await,
            // These two have an end of their own for a signal.
            (None, None, Some(interval)) => {
                let history = Memory::open(&loaded, args, &plan.host.name(), common.quiet);
                watch::watch(&plan, interval, common, beside, &history).await
            }
            (None, None, None) if args.expert.step => step::step(&plan).await,
            (None, None, None) => {
                let target = Target {
                    loaded: &loaded,
                    place: &place,
                };
                unless_ended(Box::pin(once(target, given, beside))).await
            }
        }
    })
}

/// A form of page that was asked for by `--report`, as by `--export`. Here nobody is mailed a report.
fn page_by_report(args: &mut ProbeArgs, host: &mut Host) -> Result<(), Stop> {
    let form = { host.report.as_deref() }.and_then(|text| Form::from_str(text, true).ok());
    let Some(form) = form else {
        return Ok(());
    };
    let others = [
        (args.grid.is_some(), "--grid"),
        (args.watch.is_some(), "--watch"),
        (args.all_addresses, "--all-addresses"),
        (args.transcript, "--transcript"),
        (args.export.is_some(), "--export"),
        (args.compare.is_some(), "--compare"),
        (args.compare_families, "--compare-families"),
        (args.expert.step, "--step"),
    ];
    if let Some((_, other)) = others.iter().find(|(is_there, _)| *is_there) {
        let words = format!("a page by --report is one walk's; leave {other} out");
        return Err(Stop::new(Exit::Usage, words));
    }
    (args.export, host.report) = (Some(form), None);
    Ok(())
}

/// The two walks that are to be held against each other.
fn compared(
    args: &ProbeArgs,
    common: &Common,
    host: &Host,
    plan: &Plan,
    runtime: &Runtime,
) -> Result<Option<Pair>, Stop> {
    if let Some(name) = &args.compare {
        let other = side_by_side::other(args, common, host, (name, runtime))?;
        return Ok(Some(Pair::hosts(plan.clone(), other)));
    }
    if !args.compare_families {
        return Ok(None);
    }
    let pair = Pair::families(plan).map_err(|error| Stop::new(Exit::Usage, error.to_string()))?;
    Ok(Some(pair))
}

/// The server as the settings write it.
fn written(loaded: &Loaded) -> Option<&str> {
    let server = loaded.selected()?.smtp.server.as_ref()?;
    Some(&server.text)
}
