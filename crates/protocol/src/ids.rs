//! Ids that never mix. Sixteen random bytes are lower-case hex on the wire; numbers stay below 2^53, so that
//! a JavaScript number holds them.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Why a text is not an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// A byte id is not 32 lower-case hex digits.
    #[error("an id is 32 lower-case hex digits")]
    NotHex,
    /// A number id is not an integer from 1 to 2^53 - 1.
    #[error("an id is an integer from 1 to 9007199254740991")]
    OutOfRange,
}

macro_rules! byte_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name([u8; 16]);

        impl $name {
            /// The id with these bytes.
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            /// The sixteen bytes.
            pub const fn as_bytes(&self) -> &[u8; 16] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&hex::encode(self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                if text.bytes().any(|b| b.is_ascii_uppercase()) {
                    return Err(IdError::NotHex);
                }
                let mut bytes = [0; 16];
                hex::decode_to_slice(text, &mut bytes).map_err(|_| IdError::NotHex)?;
                Ok(Self(bytes))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
                text.parse().map_err(de::Error::custom)
            }
        }
    };
}

macro_rules! number_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(u64);

        impl $name {
            /// The id with this number, from 1 to 2^53 - 1.
            pub const fn new(number: u64) -> Result<Self, IdError> {
                if number == 0 || number > MAX_SAFE_INTEGER {
                    return Err(IdError::OutOfRange);
                }
                Ok(Self(number))
            }

            /// The number.
            pub const fn get(self) -> u64 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                // One spelling only: a parser of integers would also take a sign and leading zeros.
                if text.starts_with(['+', '0']) {
                    return Err(IdError::OutOfRange);
                }
                Self::new(text.parse().map_err(|_| IdError::OutOfRange)?)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_u64(self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::new(u64::deserialize(deserializer)?).map_err(de::Error::custom)
            }
        }
    };
}

/// The largest integer that a JavaScript number holds exactly.
pub const MAX_SAFE_INTEGER: u64 = (1 << 53) - 1;

byte_id! {
    /// An account: the first 16 bytes of a hash of its identity key (PROTOCOL section 2).
    AccountId
}
byte_id! {
    /// A session in a list: it opens nothing.
    SessionId
}
byte_id! {
    /// An API token in a list: it opens nothing.
    ApiTokenId
}
byte_id! {
    /// A passkey in a list: it opens nothing.
    PasskeyId
}
byte_id! {
    /// One device of an account, drawn by the device.
    DeviceId
}
byte_id! {
    /// The MLS group behind a room, drawn by its creator.
    GroupId
}
byte_id! {
    /// Drawn by a sender for each thing it posts; the server answers a known one with the stored result.
    ClientId
}
byte_id! {
    /// A login between its two legs.
    LoginId
}
byte_id! {
    /// A link into a room, drawn by its creator.
    LinkId
}
byte_id! {
    /// The right to be the next committer of a room for ten seconds (PROTOCOL section 6).
    Ticket
}
byte_id! {
    /// Where a new device waits for one of its account: the hash of three words.
    MeetingId
}
byte_id! {
    /// A sealed file on the server, drawn by whoever uploads it.
    BlobId
}
number_id! {
    /// A room: an integer drawn by its creator.
    RoomId
}
number_id! {
    /// A log entry, counted by the server over all rooms.
    EntryId
}
number_id! {
    /// An item in a device's mailbox, ascending.
    MailId
}
number_id! {
    /// An invite to the server, counted by it.
    InviteId
}
number_id! {
    /// An act of an administrator, counted by the server.
    ActId
}

/// A place in a room's log. The first entry has 1; 0 means "before the first".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize)]
#[serde(transparent)]
pub struct Seq(pub u64);

impl Seq {
    /// Before the first entry.
    pub const START: Self = Self(0);

    /// The place of this number, if a log can be that long.
    pub const fn new(number: u64) -> Option<Self> {
        if number <= MAX_SAFE_INTEGER {
            Some(Self(number))
        } else {
            None
        }
    }

    /// The place after this one.
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl<'de> Deserialize<'de> for Seq {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(u64::deserialize(deserializer)?)
            .ok_or_else(|| de::Error::custom("a seq is an integer from 0 to 9007199254740991"))
    }
}

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
