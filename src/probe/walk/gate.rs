//! A gate behind each stage: whoever looks on says whether the walk goes on.

use std::fmt;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use crate::mail::stage::Stage;

type Keeper = dyn Fn(Stage) -> BoxFuture<'static, bool> + Send + Sync;

/// Who is asked behind each stage whether the walk goes on; by default nobody. Meanwhile the server waits, and may lose its
/// patience.
#[derive(Clone, Default)]
pub struct Gate(Option<Arc<Keeper>>);

impl Gate {
    /// Asks behind each stage that was tried and did not fail.
    pub fn new<F>(ask: impl Fn(Stage) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = bool> + Send + 'static,
    {
        Self(Some(Arc::new(move |stage| ask(stage).boxed())))
    }

    /// Whether to go on.
    pub(super) async fn opens(&self, stage: Stage) -> bool {
        match &self.0 {
            Some(keeper) => keeper(stage).await,
            None => true,
        }
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Gate").field(&self.0.is_some()).finish()
    }
}
