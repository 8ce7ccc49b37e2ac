//! The vault: what an account keeps on the server for its devices, each item sealed under a key of its own (PROTOCOL
//! sections 2 and 3).
//!
//! The server stores items and the root listing with compare-and-swap. It can withhold them; it cannot read them, put
//! one in place of another, or bring back an old state unnoticed: a device refuses a listing below the highest that it
//! has seen, and an item whose hash the listing does not name.

mod account_item;
mod epoch_keys;
mod fields;
mod item;
mod mark;
mod name;
mod pages;
mod room_item;
mod root;
mod shared_keys;
#[cfg(test)]
mod tests;

pub use account_item::{AccountItem, AccountItemError};
pub use epoch_keys::EpochKeys;
pub use item::{MAX_ITEM, SealedItem, item_hash, open_item, seal_item};
pub use mark::VaultMark;
pub use name::{ItemName, ItemNameError};
pub use pages::{PAGE_EPOCHS, epochs_of, page_of};
pub use room_item::{RoomItem, RoomMark, VaultLink};
pub use root::{Listed, RolledBack, VaultRoot, VaultRootError};
pub use shared_keys::{SharedKeyEntry, SharedKeys};
