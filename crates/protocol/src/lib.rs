//! The words on the wire: everything that client and server must spell alike, and nothing else.
//!
//! This crate holds types, not behaviour: ids, log entries, REST bodies, Socket.IO events, the closed list of
//! error codes, every limit, and the rule for passwords, which whoever sees one applies. It has no cryptography, no I/O and no clock. `docs/WIRE.md` shows one literal
//! example of each type; the tests read them from there.
//!
//! ```
//! use protocol::{ids::RoomId, time::Timestamp};
//!
//! let room: RoomId = "4503599627370497".parse()?;
//! assert_eq!(room.get(), 4_503_599_627_370_497);
//! assert_eq!(Timestamp::from_millis(0).to_string(), "1970-01-01T00:00:00.000Z");
//! # Ok::<(), protocol::ids::IdError>(())
//! ```

pub mod bytes;
pub mod call;
pub mod error;
pub mod events;
#[cfg(feature = "fuzzing-for-tests")]
pub mod fuzzing;
pub mod ids;
mod labels;
mod legs;
pub mod limits;
pub mod log;
pub mod names;
#[cfg(feature = "opaque")]
pub mod opaque;
pub mod password;
pub mod pin;
pub mod rest;
pub mod role;
#[cfg(feature = "schema")]
mod schema;
pub mod time;

/// The version of the wire that this build speaks. A server that needs a newer one pauses the client.
pub const PROTOCOL_VERSION: u32 = 1;
