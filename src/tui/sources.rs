//! What the console's loop waits for; whatever is not there is waited for for ever.

use std::io;
use std::sync::Arc;

use ratatui::crossterm::event::Event as Input;
use tokio::sync::{broadcast, watch};
use tokio::time::{Instant, sleep_until};

use crate::mail::event::Event;

use super::contract::{Core, Opening};
use super::reader::Reader;

pub(super) async fn next_input(input: Option<&mut Reader>) -> Option<io::Result<Input>> {
    match input {
        Some(input) => input.next().await,
        None => std::future::pending().await,
    }
}

pub(super) async fn opened(opening: Option<&mut Opening>) -> Result<Arc<dyn Core>, String> {
    match opening {
        Some(opening) => match opening.await {
            Ok(core) => core,
            Err(panic) => Err(format!("opening the queue broke down: {panic}")),
        },
        None => std::future::pending().await,
    }
}

pub(super) async fn changed(changed: Option<&mut watch::Receiver<u64>>) {
    let gone = match changed {
        Some(changed) => changed.changed().await.is_err(),
        None => true,
    };
    if gone {
        std::future::pending::<()>().await;
    }
}

/// The next happening; nothing where some were missed, because the next snapshot has them all the same.
pub(super) async fn happened(news: Option<&mut broadcast::Receiver<Event>>) -> Option<Event> {
    match news {
        Some(news) => match news.recv().await {
            Ok(event) => Some(event),
            Err(broadcast::error::RecvError::Lagged(_)) => None,
            Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
        },
        None => std::future::pending().await,
    }
}

pub(super) async fn until(due: Option<Instant>) {
    match due {
        Some(due) => sleep_until(due).await,
        None => std::future::pending().await,
    }
}
