//! Keys to what was said before this device came, from the room's other devices (PROTOCOL section 4): for epochs in
//! which the account had a leaf, where the vault has no keys.
//!
//! Request and answer are mail from device to device, so nobody has to be there at the same time. Whoever asks chooses
//! whom, one after the other, and stops when an answer came; nothing is answered because the server says so.

mod answer;
mod ask;
mod gap;

pub(crate) use answer::{REQUEST_PREFIX, Requests};
pub(crate) use gap::Gap;
