//! What a native program stands on: tokio, reqwest, SQLite, the keyring, files.

mod address;
mod browsing;
mod chunks;
mod clock;
mod disk;
mod files;
mod header;
mod home;
mod http;
mod keyring;
mod lock;
mod open;
mod sqlite;
mod text;
mod trust;
mod unlock;
mod wire;

pub use browsing::{Browsing, Page};
pub use clock::SystemClock;
pub use disk::{FileSink, FileSource};
pub use home::{Home, NativeStore};
pub use lock::HomeLock;
pub use open::open;
pub use sqlite::Sqlite;
pub use trust::{Pins, Trust};
pub use unlock::{Ask, Unlock};

pub(crate) use chunks::{carried, open_chunk, seal_chunk};
pub(crate) use clock::{sleep, spawn};
pub(crate) use http::HttpClient;
pub(crate) use text::nfkc;
pub(crate) use wire::{WireReceiver, WireSender, open_wire};
