//! Socket.IO protocol 5 over Engine.IO protocol 4, as far as this project uses it: WebSocket only, text only,
//! the main namespace only.

mod link;
mod packet;
mod push;

#[cfg(feature = "fuzzing-for-tests")]
pub(super) use link::reads;
pub(super) use link::{Link, open};
pub(crate) use packet::FRAME_BYTES;

/// Why a frame is not a packet of this subset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PacketError {
    /// Not the form of any packet.
    #[error("not a packet")]
    Malformed,
    /// Binary attachments, other namespaces, upgrades: nothing of ours sends them.
    #[error("a kind of packet that this protocol does not use")]
    Unused,
    /// Over [`packet::FRAME_BYTES`].
    #[error("larger than any packet of this protocol")]
    TooLarge,
}
