//! Every address of a smart host by itself: one that is dead or speaks otherwise is not seen where another one is quicker.

use std::sync::Arc;
use std::time::Duration;

use super::walk::{Plan, Walk, walk};
use crate::mail::clock::SystemClock;
use crate::mail::smarthost::{SmartHost, Timeouts};
use crate::mail::transcript::Transcript;

/// Addresses that are looked at; no honest name has more that matter.
const MOST: usize = 16;
/// How long a stage is waited for at the most.
const PATIENCE: Duration = Duration::from_secs(8);

/// Walks to each address that a first walk has found and not spoken with, one after another: as far as EHLO inside TLS, with no
/// login and no envelope.
pub async fn each_address(plan: &Plan, first: &Walk) -> Vec<Walk> {
    let mut host = SmartHost {
        credentials: None,
        ..SmartHost::clone(&plan.host)
    };
    shorten(&mut host, PATIENCE);
    let host = Arc::new(host);
    let peer = first.peer.as_deref().unwrap_or_default();
    let mut walks: Vec<Walk> = Vec::new();
    let mut seen = Vec::new();
    for address in &first.addresses {
        let is_wanted = plan.host.reach.family.has(&address.ip()) && address.to_string() != peer;
        if !is_wanted || seen.contains(address) || seen.len() >= MOST {
            continue;
        }
        seen.push(*address);
        let plan = Plan {
            host: host.clone(),
            addresses: vec![*address],
            force_starttls: plan.force_starttls,
            ..Plan::new(SmartHost::clone(&host))
        };
        let transcript = Transcript::new(Arc::new(SystemClock::new()));
        walks.push(walk(&plan, &transcript, &mut |_| {}).await);
    }
    walks
}

/// Makes no limit longer than this.
pub(super) fn shorten(host: &mut SmartHost, most: Duration) {
    for name in Timeouts::NAMES {
        if let Some(limit) = host.timeouts.named(name) {
            *limit = (*limit).min(most);
        }
    }
}
