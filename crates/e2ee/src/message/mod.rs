//! One message: sealed for a place in the log, and opened by one function for the live path, the history path and
//! reports alike (PROTOCOL section 7).

mod key;
mod line_key;
mod open;
mod seal;
#[cfg(test)]
mod tests;

pub use key::{MessageKey, WRAP_LEN, unwrap, wrap};
pub use line_key::LineKey;
pub use open::{
    Keys, Leaf, Opened, Opening, Sender, Standing, Tombstone, Wire, open, open_with_key,
};
pub use seal::{Draft, SealMessageError, SealedMessage, seal};

use crate::{
    ids::{ClientId, DeviceId, GroupId, RoomId},
    labels::SealLabel,
    seal::Aad,
};

/// Where in a room's life a message is sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The room.
    pub room: RoomId,
    /// The room's MLS group.
    pub group: GroupId,
    /// The epoch.
    pub epoch: u64,
}

/// AAD = {"secure-chat/1 env", room id, epoch, sender device, client id}. The content kind is not in it: the server
/// would learn it from a tombstone.
pub(crate) fn envelope_aad(place: &Place, device: DeviceId, client_id: ClientId) -> Aad {
    Aad::new(SealLabel::Envelope)
        .number(place.room.get())
        .number(place.epoch)
        .bytes(device.as_bytes())
        .bytes(client_id.as_bytes())
}
