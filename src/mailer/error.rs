//! Why a mailer could not be built, or did not take a message.

use super::veto::Veto;
use crate::compose::ComposeError;
use crate::queue::{QueueError, SpoolError};
use crate::transport::ScriptError;

/// Why a mailer was not built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The debug transport's script is at fault.
    #[error(transparent)]
    Script(#[from] ScriptError),
    /// The spool cannot be used.
    #[error(transparent)]
    Spool(#[from] SpoolError),
    /// No account.
    #[error("a mailer needs at least one account")]
    NoAccount,
    /// Two accounts with one name.
    #[error("two accounts are named {0:?}; give each a name of its own")]
    DoubleAccount(String),
    /// The delivery log has no thread of its own.
    #[error("the delivery log cannot be started: {0}")]
    Log(#[source] std::io::Error),
    /// No runtime for the managers' background tasks.
    #[error("a mailer is built inside a tokio runtime, since its managers work in the background")]
    NoRuntime,
}

/// Why an account was not added to a mailer at work.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccountError {
    /// There is one of this name.
    #[error("there is an account {0:?} already; give this one a name of its own")]
    Taken(String),
    /// The mailer is closing.
    #[error("the mailer is closing and takes no more accounts")]
    Closed,
}

/// Why a message was not taken. It is nowhere in the queue then.
#[derive(Debug, thiserror::Error)]
pub enum MailerError {
    /// The mailer is switched off.
    #[error("sending is switched off (on = false)")]
    Off,
    /// The mailer is closing.
    #[error("the mailer is closing and takes no more messages")]
    Closed,
    /// No such account.
    #[error("unknown account {name:?}, expected one of: {}", known.join(", "))]
    UnknownAccount {
        /// The name that was asked for.
        name: String,
        /// The names there are.
        known: Vec<String>,
    },
    /// The draft is no message yet.
    #[error(transparent)]
    Compose(#[from] ComposeError),
    /// The queue did not take it.
    #[error(transparent)]
    Queue(QueueError),
    /// Building the message ended in a panic, which is a fault of this program. Its words.
    #[error("the message could not be built: {0}")]
    Broken(String),
}

impl From<QueueError> for MailerError {
    fn from(error: QueueError) -> Self {
        match error {
            QueueError::Closed => Self::Closed,
            error => Self::Queue(error),
        }
    }
}

/// Why a transaction did not come about, or did not take a message.
#[derive(Debug, thiserror::Error)]
pub enum TransactionError {
    /// Somebody spoke against it. Nothing is queued.
    #[error("vetoed: {0}")]
    Vetoed(#[from] Veto),
    /// A message could not be composed or was not taken. Nothing is queued.
    #[error(transparent)]
    Mailer(#[from] MailerError),
    /// It is prepared, committed or aborted, and takes no more messages.
    #[error("the transaction is {0}; begin another one")]
    Over(&'static str),
}

impl From<QueueError> for TransactionError {
    fn from(error: QueueError) -> Self {
        Self::Mailer(error.into())
    }
}
