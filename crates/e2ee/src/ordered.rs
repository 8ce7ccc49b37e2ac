//! Sets that are built one by one.

use std::collections::BTreeSet;

/// A set of these. `collect` sorts them first, and for each type that is a sort of its own in what a browser loads.
pub fn set<T: Ord>(items: impl IntoIterator<Item = T>) -> BTreeSet<T> {
    let mut set = BTreeSet::new();
    set.extend(items);
    set
}
