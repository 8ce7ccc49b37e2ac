//! Identifiers. Each is a type of its own, so that a room, an account and a device cannot be mixed up.

use core::fmt;

use rand_core::CryptoRngCore;
use serde::{Deserialize, Serialize};

macro_rules! id16 {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(#[serde(with = "serde_bytes")] [u8; 16]);

        impl $name {
            /// The 16 bytes, as they stand on the wire.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; 16] {
                &self.0
            }
        }

        impl From<[u8; 16]> for $name {
            fn from(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }
        }

        impl TryFrom<&[u8]> for $name {
            type Error = core::array::TryFromSliceError;

            fn try_from(bytes: &[u8]) -> Result<Self, Self::Error> {
                bytes.try_into().map(Self)
            }
        }

        /// Lower-case hexadecimal, all 32 digits.
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        /// The first 8 hexadecimal digits: enough to tell test parties apart.
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "("))?;
                self.0.iter().take(4).try_for_each(|byte| write!(f, "{byte:02x}"))?;
                f.write_str(")")
            }
        }
    };
}

macro_rules! random_id {
    ($($name:ident)*) => {$(
        impl $name {
            /// A fresh random id.
            #[must_use]
            pub fn random(rng: &mut impl CryptoRngCore) -> Self {
                let mut bytes = [0; 16];
                rng.fill_bytes(&mut bytes);
                Self(bytes)
            }
        }
    )*};
}

id16! {
    /// An account: the first 16 bytes of a hash of its identity key, see [`crate::identity::IdentityKey::account_id`].
    AccountId
}
id16! {
    /// A device of an account, drawn by the device.
    DeviceId
}
id16! {
    /// The idempotency key of one log entry, drawn by its sender.
    ClientId
}
id16! {
    /// The MLS group behind a room, drawn by the room's creator.
    GroupId
}
id16! {
    /// A link into a room, drawn by its creator or derived from a spoken form.
    LinkId
}
random_id! { DeviceId ClientId GroupId LinkId }

/// A room: an integer below 2^53, so that JavaScript can hold it exactly.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u64", into = "u64")]
pub struct RoomId(u64);

/// A room id was 2^53 or more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("room ids are below 2^53")]
pub struct RoomIdTooLarge;

impl RoomId {
    /// The first number that is no room id.
    pub const LIMIT: u64 = 1 << 53;

    /// Checks the bound.
    ///
    /// # Errors
    /// [`RoomIdTooLarge`] if `id` is 2^53 or more.
    pub const fn new(id: u64) -> Result<Self, RoomIdTooLarge> {
        if id < Self::LIMIT {
            Ok(Self(id))
        } else {
            Err(RoomIdTooLarge)
        }
    }

    /// A fresh random id.
    #[must_use]
    pub fn random(rng: &mut impl CryptoRngCore) -> Self {
        Self(rng.next_u64() % Self::LIMIT)
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl TryFrom<u64> for RoomId {
    type Error = RoomIdTooLarge;

    fn try_from(id: u64) -> Result<Self, Self::Error> {
        Self::new(id)
    }
}

impl From<RoomId> for u64 {
    fn from(id: RoomId) -> Self {
        id.0
    }
}

impl fmt::Display for RoomId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for RoomId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RoomId({})", self.0)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{cbor, testing::rng};

    #[test]
    fn ids_are_shown_in_hexadecimal() {
        let id = DeviceId::from([0xAB; 16]);
        assert_eq!(id.to_string(), "ab".repeat(16));
        assert_eq!(format!("{id:?}"), "DeviceId(abababab)");
        assert_ne!(DeviceId::random(&mut rng(1)), DeviceId::random(&mut rng(2)));
    }

    #[test]
    fn ids_are_stored_as_bytes() {
        let id = GroupId::from([7; 16]);
        let mut stored = Vec::new();
        cbor::write(&id, &mut stored).unwrap();
        assert_eq!(stored.len(), 17);
        assert_eq!(cbor::read::<GroupId>(&stored).unwrap(), id);
        assert!(cbor::read::<GroupId>(&stored[..16]).is_err());
    }

    #[test]
    fn room_ids_are_below_two_to_the_53() {
        assert_eq!(
            RoomId::new((1 << 53) - 1).unwrap().to_string(),
            "9007199254740991"
        );
        assert_eq!(RoomId::new(1 << 53), Err(RoomIdTooLarge));
        let mut stored = Vec::new();
        cbor::write(&(1_u64 << 53), &mut stored).unwrap();
        assert!(cbor::read::<RoomId>(&stored).is_err());
    }
}
