//! Which finished entries are kept: the latest thousand, and no more than 64 MiB of content.

use std::collections::VecDeque;

use crate::mail::parcel::EntryId;

/// Entries kept.
pub(in crate::queue) const MOST_ENTRIES: usize = 1000;
/// Octets of content kept.
pub(in crate::queue) const MOST_BYTES: u64 = 64 * 1024 * 1024;

/// The order in which entries were finished.
#[derive(Debug, Default)]
pub(in crate::queue) struct Shelf {
    order: VecDeque<(EntryId, u64)>,
    bytes: u64,
}

impl Shelf {
    /// Puts a finished entry on the shelf; returns those that fall off. The newest never falls off.
    pub(in crate::queue) fn push(&mut self, id: EntryId, size: u64) -> Vec<EntryId> {
        self.order.push_back((id, size));
        self.bytes = self.bytes.saturating_add(size);
        let mut fallen = Vec::new();
        while self.order.len() > 1
            && (self.order.len() > MOST_ENTRIES || self.bytes > MOST_BYTES)
            && let Some((old, size)) = self.order.pop_front()
        {
            self.bytes = self.bytes.saturating_sub(size);
            fallen.push(old);
        }
        fallen
    }

    /// Takes an entry off the shelf.
    pub(in crate::queue) fn take(&mut self, id: EntryId) {
        if let Some(place) = self.order.iter().position(|(kept, _)| *kept == id)
            && let Some((_, size)) = self.order.remove(place)
        {
            self.bytes = self.bytes.saturating_sub(size);
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn id(n: usize) -> EntryId {
        EntryId(Uuid::from_u128(n as u128))
    }

    #[test]
    fn the_oldest_fall_off_by_number_and_by_size() {
        let mut shelf = Shelf::default();
        for n in 0..MOST_ENTRIES {
            assert!(shelf.push(id(n), 10).is_empty());
        }
        assert_eq!(shelf.push(id(MOST_ENTRIES), 10), [id(0)]);
        assert_eq!(shelf.push(id(2000), MOST_BYTES * 2).len(), MOST_ENTRIES);
        assert_eq!(shelf.push(id(2001), 1), [id(2000)]);
        shelf.take(id(2001));
        assert_eq!(shelf.bytes, 0);
    }
}
