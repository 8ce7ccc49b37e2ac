//! What a device can read, in files that need no program of ours.

mod archive;
mod page;

pub use archive::{Archive, Room};
pub use page::{Html, Page};
