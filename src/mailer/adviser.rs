//! The adviser: writes beside a message what the digits of a reply do not say: that waiting will not help, or that it may.

use std::sync::Arc;

use tokio::sync::mpsc;

use crate::mail::diagnosis::{Finding, Retry};
use crate::mail::entry::Entry;
use crate::mail::event::Kind;
use crate::mail::outcome::Status;
use crate::probe::Knowledge;
use crate::queue::{Queue, WeakQueue};

/// Hears of the queue's failures from now on and writes its advice into the messages' notes, off the queue's lock. It ends with
/// the queue.
pub(super) fn hire(
    queue: &Queue,
    knowledge: Option<Arc<Knowledge>>,
    runtime: &tokio::runtime::Handle,
) {
    let (sender, receiver) = mpsc::unbounded_channel();
    queue.witness(move |event, entry| {
        let failed = matches!(
            event.kind,
            Kind::Recipient(_, _, Status::Deferred(_) | Status::Failed(_))
        );
        if let Some(entry) = entry.filter(|_| failed) {
            // The adviser ends only with the queue.
            drop(sender.send(Arc::clone(entry)));
        }
    });
    runtime.spawn(work(queue.downgrade(), knowledge, receiver));
}

async fn work(
    queue: WeakQueue,
    knowledge: Option<Arc<Knowledge>>,
    mut heard: mpsc::UnboundedReceiver<Arc<Entry>>,
) {
    let knowledge = knowledge.as_deref();
    let knowledge = knowledge.unwrap_or_else(|| Knowledge::standard());
    while let Some(entry) = heard.recv().await {
        let finding = knowledge.explain_entry(&entry);
        let Some(words) = finding.and_then(|finding| advice(&entry, &finding)) else {
            continue;
        };
        let Some(queue) = queue.get() else { return };
        queue.remark(entry.id, &words);
    }
}

/// What is worth saying of an explanation: where it and the reply's first digit are of two minds. Where some wait and others
/// were refused for good, an explanation that suits the others' digit is about the others.
fn advice(entry: &Entry, finding: &Finding) -> Option<String> {
    let has = |is: fn(&Status) -> bool| entry.recipients.iter().any(|one| is(&one.status));
    let waits = has(|status| matches!(status, Status::Deferred(_)));
    let failed = has(|status| matches!(status, Status::Failed(_)));
    let step = finding.advice.first().map_or("", |step| step.as_str());
    let title = &finding.title;
    match finding.retry {
        Retry::No if waits && !failed => {
            Some(format!("waiting alone will not help: {title}. {step}"))
        }
        // Of a meaning that is only a class of codes there is nothing to be said that the reply does not say.
        Retry::Yes | Retry::Ask if failed && !waits && !finding.id.starts_with("generic.") => Some(
            format!("it may be taken later, though the server said never: {title}. {step}"),
        ),
        _ => None,
    }
}
