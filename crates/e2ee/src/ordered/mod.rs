//! Maps and sets in the order of their keys, each one sorted vector.
//!
//! Ours have few entries, or get them in order. There a sorted vector is as fast as a tree, and the code that is compiled for
//! each type of key and value is a tenth, which a browser does not have to load. What is large and comes in any order is
//! kept in a `BTreeMap`.

mod map;
mod set;

pub use map::{Entry, Map, VacantEntry};
pub use set::Set;

/// A set of these.
pub fn set<T: Ord>(items: impl IntoIterator<Item = T>) -> Set<T> {
    let mut set = Set::new();
    set.extend(items);
    set
}
