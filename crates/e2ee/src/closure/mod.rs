//! What follows from the secrets that somebody holds and the bytes that a server keeps, past every rule of this crate: the
//! steps of the oracle that PROTOCOL section 8 asks for (invariant 3). For tests only.
//!
//! Nothing here judges. A key is whatever 32 bytes the other side has; it is tried on everything that a key of any kind
//! could open, so that a file sealed under the wrong one is found. The key schedule of MLS is computed here once more, from
//! RFC 9420 section 8, because the library refuses what an attacker would try: to follow a commit that removes oneself,
//! from any state that one ever had.

mod bytes;
mod commit;
mod files;
mod mail;
mod message;
mod node;
mod rows;
mod schedule;
mod welcome;

pub use commit::Commit;
pub use files::{File, Found, Tried};
pub use mail::{account_key, history_keys};
pub use message::{Message, Wrapping};
pub use node::Node;
pub use rows::{Held, Seen};
pub use schedule::{Context, Epoch, KeyPair};
pub use welcome::Welcome;

/// Any secret of 32 bytes.
pub type Key = [u8; 32];
