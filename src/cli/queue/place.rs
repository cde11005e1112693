//! Where the spool is, and how to ask about it.

use std::path::PathBuf;

use crate::cli::args::{Common, Host};
use crate::cli::exit::{Exit, Stop};
use crate::cli::request;
use crate::config::Loaded;
use crate::mail::kept::{KeptAttempt, merged};
use crate::mail::parcel::EntryId;
use crate::mail::told::{Shown, Told};
use crate::mailer::SpoolError;
use crate::mailer::control::{Ask, ControlError, Filter, Line, Remote};

/// The spool's folder.
pub(super) fn spool_dir(loaded: &Loaded) -> Result<PathBuf, Stop> {
    loaded.spool(true)?.ok_or_else(|| {
        let words =
            "the queue is kept in memory only (spool = false); name a folder with --spool DIR";
        Stop::new(Exit::Config, words)
    })
}

/// The way to a spool that this process does not hold, and a runtime for it.
pub(super) struct Way {
    pub(super) remote: Remote,
    pub(super) loaded: Loaded,
    pub(super) runtime: tokio::runtime::Runtime,
}

impl Way {
    pub(super) fn open(common: &Common, host: &Host) -> Result<Self, Stop> {
        let loaded = request::settings_of_queue(common, host)?;
        Ok(Self {
            remote: remote(&loaded)?,
            runtime: runtime()?,
            loaded,
        })
    }

    /// Asks whoever holds the spool, or the disk.
    pub(super) fn ask(&self, ask: &Ask) -> Result<Vec<Line>, Stop> {
        self.runtime.block_on(self.remote.ask(ask)).map_err(stop)
    }

    /// All about a message, and the attempts of which the conversation is known, oldest first: to whoever delivers, or from the disk.
    pub(super) fn shown(&self, id: &str) -> Result<(Shown, Vec<KeptAttempt>), Stop> {
        let shown = match self
            .ask(&Ask::Show { id: id.to_owned() })?
            .into_iter()
            .next()
        {
            Some(Line::Shown(shown)) => *shown,
            Some(Line::Refused(refused)) => {
                return Err(Stop::new(Exit::Data, refused.why.to_string()));
            }
            _ => return Err(Stop::new(Exit::Io, "the answer is not understood")),
        };
        let kept = self
            .remote
            .conversations(EntryId(shown.told.id))
            .map_err(stop)?;
        let account = &shown.told.account;
        let known = shown.history.iter();
        let known = known.map(|one| KeptAttempt::told(one.clone(), account.clone()));
        let known: Vec<_> = known.filter(KeptAttempt::is_known).collect();
        let (number, lines) = (
            |one: &KeptAttempt| one.told.number,
            |one: &KeptAttempt| one.told.transcript.len(),
        );
        let all = merged(&known, &kept, number, lines);
        Ok((shown, all))
    }

    /// The messages that a filter lets through.
    pub(super) fn list(&self, filter: Filter) -> Result<Vec<Told>, Stop> {
        let lines = self.ask(&Ask::List { filter })?.into_iter();
        Ok(lines
            .filter_map(|line| match line {
                Line::Entry(told) => Some(*told),
                _ => None,
            })
            .collect())
    }
}

pub(super) fn remote(loaded: &Loaded) -> Result<Remote, Stop> {
    let remote = Remote::new(spool_dir(loaded)?, loaded.rules());
    Ok(remote.knowledge(request::knowledge(loaded)))
}

pub(super) fn runtime() -> Result<tokio::runtime::Runtime, Stop> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Stop::new(Exit::Io, format!("cannot start: {error}")))
}

/// The status for trouble with a spool: held by another one, try again later; else it cannot be written.
pub(super) fn stop(error: ControlError) -> Stop {
    match error {
        ControlError::Spool(error) => held(&error),
        error @ ControlError::BrokenOff { .. } => Stop::new(Exit::TempFail, error.to_string()),
        error @ ControlError::NotKept(_) => Stop::new(Exit::CantCreate, error.to_string()),
        error @ (ControlError::Fault(_) | ControlError::Io { .. }) => {
            Stop::new(Exit::Io, error.to_string())
        }
    }
}

/// As [`stop`], for a spool that was not opened.
pub(super) fn held(error: &SpoolError) -> Stop {
    let exit = match error {
        SpoolError::Held { .. } => Exit::TempFail,
        SpoolError::Unfit { .. } | SpoolError::Io { .. } => Exit::CantCreate,
    };
    let words = error.to_string();
    Stop::new(exit, crate::mail::clean::clean(&words).into_owned())
}
