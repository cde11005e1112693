//! Mail in the transaction of another store: both come about or neither does, in two phases.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::transaction::Transaction;

/// What a participant says when it cannot go on.
pub type Refusal = Box<dyn std::error::Error + Send + Sync>;

/// One side of a transaction that has several: mail, a database, a file.
///
/// In the first phase each side promises that it can commit, whatever happens; in the second it does. A side that is dropped
/// without a commit is aborted. [`Transaction`] is a `TwoPhase`. [`commit_all`] leads all sides through both phases; a
/// coordinator of one's own calls the same verbs.
///
/// # A store without a first phase
///
/// Most embedded databases cannot promise. One such store may take part when it is the first to commit: prepare the mail, commit
/// the store, then commit the mail. Where the store's commit fails the mail is aborted, and where it succeeds the mail has only
/// a promise to keep.
///
/// # Doubt
///
/// When the process ends between the two commits, a queue with a spool still has the mail, prepared. Write
/// [`Transaction::id`] into the store inside its own transaction, and at the next start ask it:
///
/// ```
/// # use turbomail::mailer::Mailer;
/// # async fn start(mailer: Mailer, store_has: impl Fn(&str) -> bool) -> Result<(), Box<dyn std::error::Error>> {
/// for tx in mailer.in_doubt() {
///     mailer.resolve(tx, store_has(&tx.to_string())).await?;
/// }
/// # Ok(())
/// # }
/// ```
///
/// A queue in memory ends with its process, and mail that was promised with it; the identities in the store then say which
/// mail is missing.
pub trait TwoPhase: Send {
    /// Promises that a commit will succeed. On an error this side has aborted.
    fn prepare(&mut self) -> BoxFuture<'_, Result<(), Refusal>>;

    /// Keeps the promise.
    fn commit(&mut self) -> BoxFuture<'_, Result<(), Refusal>>;

    /// Undoes what was prepared, or not even that. This cannot fail, and doing it twice does no harm.
    fn abort(&mut self) -> BoxFuture<'_, ()>;
}

impl TwoPhase for Transaction {
    fn prepare(&mut self) -> BoxFuture<'_, Result<(), Refusal>> {
        async move { Ok(Transaction::prepare(self).await?) }.boxed()
    }

    /// The receipts are in [`Transaction::receipts`] afterwards.
    fn commit(&mut self) -> BoxFuture<'_, Result<(), Refusal>> {
        async move { Ok(self.complete().await?) }.boxed()
    }

    fn abort(&mut self) -> BoxFuture<'_, ()> {
        self.roll_back().boxed()
    }
}

/// Why [`commit_all`] did not do all.
#[derive(Debug, thiserror::Error)]
pub enum TwoPhaseError {
    /// A side could not promise, or the first one could not commit. All are aborted.
    #[error("side {side} refused, and everything was rolled back: {refusal}")]
    RolledBack {
        /// Which one, by its place from 0.
        side: usize,
        /// Its words.
        refusal: Refusal,
    },
    /// A side did not keep its promise. All others are committed; this one has to be put right by hand.
    #[error("side {side} had promised and did not commit, the others did: {refusal}")]
    Broken {
        /// Which one, by its place from 0; the first of them, where there are more.
        side: usize,
        /// Its words.
        refusal: Refusal,
    },
}

/// Leads all sides through both phases. The first one decides: once it has committed, the others follow. Put a store that
/// cannot promise there.
///
/// When this future is dropped before the first side has committed, every side is still to be aborted by being dropped.
///
/// # Errors
/// [`TwoPhaseError`].
pub async fn commit_all(sides: &mut [&mut dyn TwoPhase]) -> Result<(), TwoPhaseError> {
    for side in 0..sides.len() {
        let Some(one) = sides.get_mut(side) else {
            break;
        };
        if let Err(refusal) = one.prepare().await {
            abort_all(sides).await;
            return Err(TwoPhaseError::RolledBack { side, refusal });
        }
    }
    let Some((first, others)) = sides.split_first_mut() else {
        return Ok(());
    };
    if let Err(refusal) = first.commit().await {
        abort_all(sides).await;
        return Err(TwoPhaseError::RolledBack { side: 0, refusal });
    }
    let mut result = Ok(());
    for (place, other) in others.iter_mut().enumerate() {
        if let (Err(refusal), Ok(())) = (other.commit().await, &result) {
            let side = place + 1;
            result = Err(TwoPhaseError::Broken { side, refusal });
        }
    }
    result
}

async fn abort_all(sides: &mut [&mut dyn TwoPhase]) {
    for side in sides {
        side.abort().await;
    }
}
