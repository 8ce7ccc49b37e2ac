//! What the browser gives: its WebSocket, its fetch, its timers and its clock, IndexedDB, Web Crypto and locks.

mod address;
mod chunks;
mod clock;
mod header;
mod http;
mod indexed_db;
mod lock;
mod owner;
mod store;
mod text;
mod web_crypto;
mod wire;

/// How a server is trusted: the browser sees to it.
#[derive(Debug, Clone)]
pub struct Trust(());

impl Trust {
    pub(crate) const fn none() -> Self {
        Self(())
    }
}

pub use clock::SystemClock;
pub use indexed_db::IndexedDb;
pub use lock::OriginLock;
pub use store::{BrowserStore, Expect, change_passphrase, erase_store, open_store, unlock_store};

pub(crate) use chunks::{carried, open_chunk, seal_chunk};
pub(crate) use clock::{sleep, spawn};
pub(crate) use http::HttpClient;
pub(crate) use text::nfkc;
pub(crate) use wire::{WireReceiver, WireSender, open_wire};
