//! The vault item of a room: the keys with which a further device of the account gets in and reads back.

use zeroize::Zeroizing;

use crate::codec::CodecError;

use super::{EpochKeys, fields::Fields};

const DOOR_KEYS: u16 = 1;
const HISTORY_KEYS: u16 = 2;

/// The keys of one room.
#[derive(Default)]
pub struct RoomItem {
    /// Door keys J_c, by the epoch c that a rotation starts.
    pub door_keys: EpochKeys,
    /// History keys: H_e by its epoch (`since join`) or H_c by its rotation's (`shared`).
    pub history_keys: EpochKeys,
    pub(super) unknown: Fields,
}

impl RoomItem {
    /// The item's plaintext.
    #[must_use]
    pub fn encode(&self) -> Zeroizing<Vec<u8>> {
        let (doors, histories) = (self.door_keys.encode(), self.history_keys.encode());
        self.unknown
            .encode_with(&[(DOOR_KEYS, &doors), (HISTORY_KEYS, &histories)])
    }

    /// Decodes an item's plaintext. Fields of a newer client are kept.
    ///
    /// # Errors
    /// [`CodecError`] for damaged bytes.
    pub fn decode(bytes: &[u8]) -> Result<Self, CodecError> {
        let mut fields = Fields::decode(bytes)?;
        let door_keys = EpochKeys::decode(&fields.take(DOOR_KEYS).unwrap_or_default())?;
        let history_keys = EpochKeys::decode(&fields.take(HISTORY_KEYS).unwrap_or_default())?;
        Ok(Self {
            door_keys,
            history_keys,
            unknown: fields,
        })
    }

    /// Joins what two devices wrote: keys are united. Commutative, associative and idempotent.
    pub fn merge(&mut self, other: &Self) {
        self.door_keys.merge(&other.door_keys);
        self.history_keys.merge(&other.history_keys);
        self.unknown.merge(&other.unknown);
    }
}
