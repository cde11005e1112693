//! Delivers a batch: one message after another, and where the server allows it the next envelope with the end of the last.

use super::consignment::{Consignment, Delivery};
use super::course::{Course, Reporter};
use super::opening::{Phase, Session};
use crate::mail::outcome::{Cause, Failure};
use crate::mail::parcel::Parcel;
use crate::mail::stage::Stage;

impl Session {
    /// Delivers one message. Failure is an outcome: where the connection was of no use, everybody is deferred.
    ///
    /// When the future is dropped before it is done, the session cannot be used any more.
    pub async fn deliver(&mut self, parcel: Parcel) -> Delivery {
        let mut consignment = [Consignment::new(parcel)];
        let mut delivery = None;
        let lost = self
            .deliver_batch(&mut consignment, &mut |_, settled| delivery = Some(settled))
            .await;
        let [mut consignment] = consignment;
        delivery.unwrap_or_else(|| {
            let failure = lost.unwrap_or(Failure::new(Stage::Mail, Cause::Closed));
            Delivery::Settled(consignment.defer(&failure))
        })
    }

    /// Delivers what is not yet over of a batch, as far as this connection goes, and reports on each as soon as its outcome is
    /// known.
    ///
    /// What is not over when it returns was not judged by this server: nothing but its envelope can have been said. It stops
    /// where the connection's count is reached, after trouble with the host, and with a failure where the connection was lost.
    /// The first message on a new connection is always either over or the reason for a report.
    ///
    /// When the future is dropped before it is done, the session cannot be used any more.
    pub async fn deliver_batch(
        &mut self,
        batch: &mut [Consignment],
        report: &mut Reporter<'_>,
    ) -> Option<Failure> {
        let phase = std::mem::replace(&mut self.phase, Phase::Over);
        if self.wire.is_broken() || !matches!(phase, Phase::Ready | Phase::Dirty) {
            return Some(Failure::new(Stage::Mail, Cause::Closed));
        }
        let dirty = phase == Phase::Dirty;
        let mut course = Course::new(self, batch, report, dirty);
        let result = if course.is_bulk() {
            course.bulk().await
        } else {
            course.flights().await
        };
        match result {
            Ok(phase) => {
                self.phase = phase;
                None
            }
            Err(failure) => {
                self.wire.give_up();
                Some(failure)
            }
        }
    }
}
