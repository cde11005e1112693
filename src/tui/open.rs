//! Opens the console: looks at the terminal, reads the keys, and begins; the mailer follows behind the first frame.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, anyhow, bail};
use jiff::tz::TimeZone;

use crate::config::paths::Paths;
use crate::config::settings::{self, Color};
use crate::config::{ConfigError, DEBUG, Loaded};
use crate::mail::clock::{Clock, SystemClock};
use crate::mail::entry::Route;
use crate::mailer::control::Remote;
use crate::mailer::probe::Knowledge;
use crate::mailer::probe::machine::is_container;
use crate::mailer::{BuildError, Builder, Mailer, Scope, SpoolError};

use super::app::Start;
use super::contract::Core;
use super::core::MailerCore;
use super::effect::Level;
use super::frame::Root;
use super::guest::Guest;
use super::keymap::Keymap;
use super::memory::Memory;
use super::run::run;
use super::screen::probe::{Known, ProbeScreen};
use super::screen::registry::Rooms;
use super::terminal;
use super::theme::{ASCII, Theme, UNICODE};
use super::world::Account;

/// Whether there can be a console here.
///
/// # Errors
/// One sentence that names what to use instead.
pub fn check() -> Result<(), String> {
    terminal::check()
}

/// Runs the console until it is left. Returns what to say on the way out, if anything.
///
/// # Errors
/// Where the key map is faulty, the terminal cannot be used, or the console broke down.
pub fn open(loaded: Loaded) -> anyhow::Result<String> {
    let paths = Paths::find();
    let beside = loaded.file().map(Path::to_owned);
    let config = beside.or_else(|| paths.as_ref().map(|paths| paths.config.clone()));
    let keymap = keys(
        config
            .as_ref()
            .map(|config| config.with_file_name("keymap.toml")),
    )?;
    let kept = loaded.settings.probe.history.0;
    let memory = { &paths }
        .as_ref()
        .map(|paths| Memory::new(paths.probes.clone(), kept));
    let drafts = paths.map(|paths| paths.drafts);
    let console = loaded.settings.console;
    let resolver = { &loaded.settings.probe.resolver }
        .as_ref()
        .map(|server| server.value.0);
    // Rules at fault hold no mail up: it is explained without them.
    let (knowledge, fault) = match loaded.knowledge() {
        Ok(knowledge) => (knowledge, None),
        Err(error) => (None, error.to_string().lines().next().map(str::to_owned)),
    };
    let first_run = loaded.file().is_none() && loaded.account == DEBUG;
    let start = Start {
        accounts: loaded.settings.account.iter().map(account).collect(),
        default_account: Route::from(loaded.account.as_str()),
        zone: TimeZone::system(),
        keymap,
        theme: theme(console.ascii, console.color),
        root: Root::Compose,
        remark: match fault {
            Some(fault) => Some((Level::Warning, fault)),
            None => first_run.then(|| (Level::Info, WELCOME.to_owned())),
        },
        rooms: Rooms {
            probe: ProbeScreen::new(known(&loaded)).container(is_container()),
            ..Rooms::default()
        },
        knowledge: knowledge.clone(),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("no runtime")?;
    let ended = runtime.block_on(async move {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let mailers = Arc::clone(&clock);
        let opening =
            tokio::task::spawn_blocking(move || core(&loaded, &mailers, drafts, config, knowledge));
        run(start, clock, opening, memory.unwrap_or_default(), resolver).await
    });
    // A name server or a disk that does not answer must not keep the program.
    runtime.shutdown_background();
    ended
}

/// What is said where nothing was set up yet.
const WELCOME: &str = "Welcome. Nothing leaves this machine yet; Probe finds your smart host.";

/// An account as far as the settings know it; the transport's own words follow as soon as there is one.
fn account((name, settings): (&String, &settings::Account)) -> Account {
    let from = settings.from.as_ref().map(|from| from.value.to_string());
    let host = settings.smart_host().ok().flatten();
    let way = host.map(|host| format!("{} {}", host.name(), host.security));
    Account {
        name: Route::from(name.as_str()),
        from: from.unwrap_or_default(),
        way: way.unwrap_or_else(|| settings.transport.clone()),
        leaves: settings.transport != DEBUG,
    }
}

/// The accounts that can be probed, the one in use first. One at fault has no smart host to be asked.
fn known(loaded: &Loaded) -> Vec<Known> {
    let first = loaded.account.as_str();
    let others = loaded.settings.account.keys().map(String::as_str);
    let names = std::iter::once(first).chain(others.filter(|name| *name != first));
    names
        .filter_map(|name| {
            let host = loaded.probed_host(name).ok().flatten()?;
            let account = loaded.settings.account.get(name)?;
            let from = account.from.as_ref();
            let server = account.smtp.server.as_ref();
            Some(Known {
                name: Route::from(name),
                from: from.map(|from| from.value.address.clone()),
                host,
                written: server.map(|server| server.text.clone()),
            })
        })
        .collect()
}

/// The queue of this process; where another one delivers from the spool, a guest's look at that one's.
fn core(
    loaded: &Loaded,
    clock: &Arc<dyn Clock>,
    drafts: Option<PathBuf>,
    config: Option<PathBuf>,
    knowledge: Option<Arc<Knowledge>>,
) -> Result<Arc<dyn Core>, String> {
    let builder = builder(loaded, clock, knowledge.clone());
    let builder = builder.map_err(|error| error.to_string())?;
    let durable = builder.is_any_durable();
    let spool = loaded.spool(true).map_err(|error| error.to_string())?;
    // The debug account alone needs no folder.
    let Some(dir) = spool.clone().filter(|_| durable) else {
        let mailer = builder.build().map_err(|error| error.to_string())?;
        // An account that is saved later may need one.
        let core = MailerCore::new(mailer, drafts).config(config).spool(spool);
        return Ok(Arc::new(core));
    };
    match builder.clone().spool(&dir, Scope::All).build() {
        Ok(mailer) => Ok(Arc::new(MailerCore::new(mailer, drafts).config(config))),
        Err(BuildError::Spool(SpoolError::Held { .. })) => {
            let own = builder.build().map_err(|error| error.to_string())?;
            let remote = Remote::new(dir, loaded.rules()).clock(Arc::clone(clock));
            let remote = remote.knowledge(knowledge);
            let own = MailerCore::new(own, drafts).config(config);
            Ok(Arc::new(Guest::new(own, remote)))
        }
        Err(error) => Err(error.to_string()),
    }
}

/// A mailer with every account. One at fault is left out, unless mail goes through it by default.
fn builder(
    loaded: &Loaded,
    clock: &Arc<dyn Clock>,
    knowledge: Option<Arc<Knowledge>>,
) -> Result<Builder, ConfigError> {
    let first = loaded.account.as_str();
    let default = loaded.mailer_account(first)?;
    let others = loaded.settings.account.keys().filter(|name| *name != first);
    let others = others.filter_map(|name| loaded.mailer_account(name).ok());
    let builder = Mailer::builder()
        .clock(Arc::clone(clock))
        .log(loaded.delivery_log())
        .kind("console")
        .transcripts(loaded.settings.queue.transcripts.0)
        .knowledge(knowledge)
        .account(default);
    Ok(others.fold(builder, Builder::account))
}

/// The largest key map that is read, in octets.
const KEYMAP: u64 = 256 * 1024;

fn keys(file: Option<PathBuf>) -> anyhow::Result<Keymap> {
    let Some(file) = file else {
        return Ok(Keymap::standard()?);
    };
    let name = file.display().to_string();
    match std::fs::metadata(&file) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(Keymap::standard()?);
        }
        Err(error) => return Err(anyhow!("{name}: {error}")),
        Ok(facts) if !facts.is_file() => bail!("{name} is no file"),
        Ok(facts) if facts.len() > KEYMAP => bail!("{name} is too large for a key map"),
        Ok(_) => {}
    }
    let text = std::fs::read_to_string(&file).map_err(|error| anyhow!("{name}: {error}"))?;
    Ok(Keymap::with(&name, &text)?)
}

fn theme(ascii: bool, color: Color) -> Theme {
    let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    Theme {
        colour: match color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => !unwanted,
        },
        glyphs: if ascii || !terminal::is_utf8() {
            &ASCII
        } else {
            &UNICODE
        },
    }
}
