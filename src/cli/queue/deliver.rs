//! `queue run`: delivers what waits in the spool, until everything due was tried or a signal comes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::log::Log;
use super::{place, round};
use crate::cli::args::RunArgs;
use crate::cli::args::{Common, Host};
use crate::cli::exit::{Exit, Stop};
use crate::cli::signals::Signals;
use crate::cli::{output, prompt, request};
use crate::config::Loaded;
use crate::mail::clean::clean;
use crate::mail::entry::Route;
use crate::mailer::{BuildError, Builder, Leaving, Mailer, Scope};

/// How long a reader may take for the last lines.
const LAST_LINES: Duration = Duration::from_secs(1);

/// Delivers from the spool.
pub(super) fn run(args: &RunArgs, common: &Common, host: &Host) -> Result<Exit, Stop> {
    let loaded = request::settings(common, host)?;
    request::remark(&loaded, common.quiet);
    let loaded = prompt::completed(&loaded)?;
    let dir = place::spool_dir(&loaded)?;
    let runtime = place::runtime()?;
    let exit = runtime.block_on(deliver(args, common, &loaded, &dir));
    // A name lookup that still hangs in the system's resolver must not hold up the end.
    runtime.shutdown_background();
    exit
}

async fn deliver(
    args: &RunArgs,
    common: &Common,
    loaded: &Loaded,
    dir: &Path,
) -> Result<Exit, Stop> {
    let cannot = |error: std::io::Error| Stop::new(Exit::Io, format!("cannot start: {error}"));
    // Before anything is sent, so that a signal is never too early.
    let mut signals = Signals::new().map_err(cannot)?;
    let (mailer, ours) = open(common, loaded, dir)?;
    if !common.quiet {
        began(&mailer, &ours, loaded, dir);
    }
    let quiet = CancellationToken::new();
    let mut log = Log::new(&mailer, common).start(quiet.clone());
    let mut failed = None;
    tokio::select! {
        () = work(args, &mailer, &ours) => {}
        () = signals.next() => {}
        // It ends by itself only where it cannot be written.
        ended = &mut log => failed = Some(ended),
    }
    leave(args, &mailer, &mut signals).await;
    quiet.cancel();
    let told = match failed {
        Some(told) => Ok(told),
        None => tokio::time::timeout(LAST_LINES, log).await,
    };
    // Where nobody reads what is said, a last line would wait for ever.
    let heard = told.is_ok();
    let worst = match told {
        Ok(told) => told.map_err(|error| Stop::new(Exit::Io, error.to_string()))??,
        Err(_) => None,
    };
    let snapshot = mailer.snapshot();
    let left = round::left(&snapshot, &ours, mailer.now());
    if heard && !common.quiet {
        let sums = snapshot.totals;
        output::aside(&format!(
            "{} delivered, {} failed; left in the spool: {}, to be tried again: {left}\n",
            sums.delivered,
            sums.failed + sums.expired,
            snapshot.live.len()
        ));
    }
    if let Some(words) = mailer.spool_trouble() {
        return Err(Stop::new(Exit::Io, words));
    }
    if args.once {
        Ok(round::status(&snapshot, worst, left))
    } else {
        Ok(Exit::Ok)
    }
}

/// Ends in order, and at once where a second signal asks for that.
async fn leave(args: &RunArgs, mailer: &Mailer, signals: &mut Signals) {
    if args.drain {
        // Between two rounds nothing would be handed out.
        mailer.resume();
    }
    let close = mailer.close(Leaving {
        drain: args.drain,
        deadline: args.deadline,
    });
    tokio::pin!(close);
    tokio::select! {
        _ = &mut close => {}
        () = signals.next() => {
            let now = Leaving { drain: false, deadline: Duration::ZERO };
            drop(mailer.close(now).await);
        }
    }
}

/// What there is to be done until a signal comes.
async fn work(args: &RunArgs, mailer: &Mailer, ours: &BTreeSet<Route>) {
    let began = mailer.now().tick;
    mailer.resume();
    if args.once {
        return round::over(mailer, ours, began).await;
    }
    let Some(interval) = args.interval else {
        return std::future::pending().await;
    };
    loop {
        let began = mailer.now().tick;
        mailer.resume();
        mailer.look();
        round::over(mailer, ours, began).await;
        mailer.pause();
        tokio::time::sleep(interval).await;
    }
}

/// A mailer on the spool with the accounts that are meant: the one that was named, or all that can be used.
fn open(common: &Common, loaded: &Loaded, dir: &Path) -> Result<(Mailer, BTreeSet<Route>), Stop> {
    let mut builder = Mailer::builder()
        .spool(dir, Scope::All)
        .kind("run")
        .transcripts(loaded.settings.queue.transcripts.0)
        .knowledge(request::knowledge(loaded))
        .paused(true);
    for (route, rules) in loaded.rules() {
        // Messages of accounts that are left out wait by their own rules, not by the usual ones.
        builder = builder.rules(route, rules);
    }
    let mut ours = BTreeSet::new();
    let mut fault = None;
    let first = std::iter::once(&loaded.account);
    let names = loaded.settings.account.keys();
    let others = names.filter(|name| common.account.is_none() && **name != loaded.account);
    for name in first.chain(others) {
        match loaded.mailer_account(name) {
            Ok(account) => {
                builder = Builder::account(builder, account);
                ours.insert(Route::from(name.as_str()));
            }
            Err(error) => {
                output::complain(&format!("the account {} is left out: {error}", clean(name)));
                fault = fault.or(Some(error));
            }
        }
    }
    if let (Some(error), true) = (fault, ours.is_empty()) {
        return Err(error.into());
    }
    let mailer = builder.build().map_err(|error| match error {
        BuildError::Spool(error) => place::held(&error),
        error => Stop::new(Exit::Io, error.to_string()),
    })?;
    Ok((mailer, ours))
}

/// Says what is begun with, and what nobody here can deliver.
fn began(mailer: &Mailer, ours: &BTreeSet<Route>, loaded: &Loaded, dir: &Path) {
    let snapshot = mailer.snapshot();
    let name = dir.display().to_string();
    output::aside(&format!(
        "process {} delivers from {}; messages that wait: {}\n",
        std::process::id(),
        clean(&name),
        snapshot.live.len()
    ));
    let mut strangers = BTreeMap::new();
    for entry in snapshot.live.values() {
        if !ours.contains(&entry.route) && !loaded.settings.account.contains_key(&*entry.route) {
            *strangers.entry(entry.route.clone()).or_insert(0_usize) += 1;
        }
    }
    for (route, count) in strangers {
        output::complain(&format!(
            "{count} messages are bound for the account {}, which is not configured here; they wait",
            clean(&route)
        ));
    }
    for words in snapshot.spool.iter().flat_map(|spool| &spool.aside) {
        output::complain(&format!("set aside: {words}"));
    }
    if !mailer.is_open_to_others() {
        output::complain("other commands cannot reach this process: there is no control socket");
    }
}
