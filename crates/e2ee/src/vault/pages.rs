//! A room's keys on pages by epoch: a room of many epochs outgrows every limit of one item, and a commit should write
//! one page and not the whole room.
//!
//! Page 0 is the item `room/ID`, which once held all; an item that still does is read as it is.

use crate::ordered::Map;
use std::ops::RangeInclusive;

use super::RoomItem;

/// Epochs of one page. Two keys of each, as long as devices agree, make an item of 80 KiB.
pub const PAGE_EPOCHS: u64 = 1024;

/// The page of an epoch.
#[must_use]
pub const fn page_of(epoch: u64) -> u64 {
    epoch / PAGE_EPOCHS
}

/// The epochs of a page.
#[must_use]
pub const fn epochs_of(page: u64) -> RangeInclusive<u64> {
    let first = page.saturating_mul(PAGE_EPOCHS);
    first..=first.saturating_add(PAGE_EPOCHS - 1)
}

impl RoomItem {
    /// The item's keys by page. What is no key stays on page 0.
    #[must_use]
    pub fn into_pages(self) -> Map<u64, Self> {
        let mut pages: Map<u64, Self> = Map::new();
        for (epoch, key) in self.door_keys.iter() {
            let page = pages.entry(page_of(epoch)).or_default();
            page.door_keys.insert(epoch, key.duplicate());
        }
        for (epoch, key) in self.history_keys.iter() {
            let page = pages.entry(page_of(epoch)).or_default();
            page.history_keys.insert(epoch, key.duplicate());
        }
        let rest = Self {
            door_keys: Default::default(),
            history_keys: Default::default(),
            ..self
        };
        pages.entry(0).or_default().merge(&rest);
        pages
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{secret::Secret, testing::rng};

    #[test]
    fn pages_hold_every_key_once_and_together_make_the_whole() {
        let rng = &mut rng(1);
        let mut whole = RoomItem::default();
        for epoch in [0, 1, 1023, 1024, 5000, 99_999] {
            whole.door_keys.insert(epoch, Secret::random(rng));
            whole.history_keys.insert(epoch, Secret::random(rng));
        }
        let encoded = whole.encode();
        let mut united = RoomItem::default();
        let pages = whole.into_pages();
        let numbers: Vec<u64> = pages.keys().copied().collect();
        assert_eq!(numbers, [0, 1, 4, 97]);
        for (page, item) in &pages {
            let inside = |epoch: u64| epochs_of(*page).contains(&epoch);
            assert!(item.door_keys.iter().all(|(epoch, _)| inside(epoch)));
            assert!(item.history_keys.iter().all(|(epoch, _)| inside(epoch)));
            united.merge(item);
        }
        assert_eq!(united.encode(), encoded);
    }

    #[test]
    fn the_last_page_ends_where_numbers_do() {
        assert!(epochs_of(page_of(u64::MAX)).contains(&u64::MAX));
    }
}
