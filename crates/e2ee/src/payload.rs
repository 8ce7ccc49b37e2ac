//! The payload of a message: what its author signed (PROTOCOL section 7).
//!
//! ```text
//! version u16 | salt 32 | room u64 | group 16 | epoch u64 | account 16 | device 16 | client id 16 | counter u64
//!   | sent at u64 | seen { seq u64, head 16 } | kind u16 | content <V>
//!   || signature 64 || zeros up to a power of two, 256 B to 64 KiB
//! ```
//!
//! The signature and the message hash cover the bytes as they are received; nothing is encoded again to check them.

use core::fmt;

use rand_core::CryptoRngCore;
use zeroize::Zeroizing;

use crate::{
    codec::{CodecError, Reader, Writer},
    ed25519::{KeyPair, PublicKey, SIGNATURE_LEN, SignatureError},
    ids::{AccountId, ClientId, DeviceId, GroupId, RoomId},
    labels::SignLabel,
    log_head::Seen,
    padding,
};

/// The version of the form above.
pub const VERSION: u16 = 1;
/// The shortest payload, padding included.
pub const MIN_LEN: usize = 256;
/// The longest payload, padding included.
pub const MAX_LEN: usize = 65_536;
/// The longest content: what fits into [`MAX_LEN`] beside the fields, the length and the signature.
pub const MAX_CONTENT: usize = MAX_LEN - FIXED_LEN - 4 - SIGNATURE_LEN;

const SALT_LEN: usize = 32;
const FIXED_LEN: usize = 2 + SALT_LEN + 8 + 16 + 8 + 3 * 16 + 8 + 8 + Seen::LEN + 2;

/// What a message says. `Debug` leaves the content out.
#[derive(Clone, PartialEq, Eq)]
pub struct Payload {
    /// The room.
    pub room: RoomId,
    /// The room's MLS group.
    pub group: GroupId,
    /// The epoch in which it was sealed.
    pub epoch: u64,
    /// The author's account.
    pub account: AccountId,
    /// The author's device.
    pub device: DeviceId,
    /// The idempotency key.
    pub client_id: ClientId,
    /// Rises with every message that the device seals in this room; gaps are legal.
    pub counter: u64,
    /// When the author says that it was sent, in unix milliseconds.
    pub sent_at_ms: u64,
    /// The last log entry that the author had seen.
    pub seen: Seen,
    /// What the content is; the client knows the kinds.
    pub kind: u16,
    /// The content, at most [`MAX_CONTENT`] bytes.
    pub content: Zeroizing<Vec<u8>>,
}

/// The content is longer than [`MAX_CONTENT`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the content is longer than {MAX_CONTENT} bytes")]
pub struct ContentTooLong;

/// Bytes are no payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PayloadError {
    /// They are of another version.
    #[error("payload version {0} is unknown")]
    Version(u16),
    /// They do not have the form of a payload, or are padded with anything but the right number of zeros.
    #[error("malformed payload: {0}")]
    Codec(#[from] CodecError),
}

impl Payload {
    /// Encodes, signs with the author's device key and pads. A fresh salt makes two equal messages unlike.
    ///
    /// # Errors
    /// [`ContentTooLong`].
    pub fn sign(
        &self,
        key: &KeyPair,
        rng: &mut impl CryptoRngCore,
    ) -> Result<Zeroizing<Vec<u8>>, ContentTooLong> {
        if self.content.len() > MAX_CONTENT {
            return Err(ContentTooLong);
        }
        // Padding can double the length; with the room reserved nothing is left behind by a reallocation.
        let used = FIXED_LEN + 4 + self.content.len() + SIGNATURE_LEN;
        let mut writer = Writer::with_capacity(used.next_power_of_two().max(MIN_LEN));
        self.write(&mut writer, rng);
        let signature = key.sign(SignLabel::Payload, writer.as_slice());
        writer.fixed(&signature);
        let mut bytes = Zeroizing::new(writer.finish());
        if padding::pad(&mut bytes, MIN_LEN, MAX_LEN) {
            Ok(bytes)
        } else {
            Err(ContentTooLong)
        }
    }

    fn write(&self, writer: &mut Writer, rng: &mut impl CryptoRngCore) {
        let mut salt = [0; SALT_LEN];
        rng.fill_bytes(&mut salt);
        writer.u16(VERSION);
        writer.fixed(&salt);
        writer.u64(self.room.get());
        writer.fixed(self.group.as_bytes());
        writer.u64(self.epoch);
        writer.fixed(self.account.as_bytes());
        writer.fixed(self.device.as_bytes());
        writer.fixed(self.client_id.as_bytes());
        writer.u64(self.counter);
        writer.u64(self.sent_at_ms);
        self.seen.write(writer);
        writer.u16(self.kind);
        writer.vec(&self.content);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, PayloadError> {
        let version = reader.u16()?;
        if version != VERSION {
            return Err(PayloadError::Version(version));
        }
        reader.fixed(SALT_LEN)?;
        Ok(Self {
            room: RoomId::new(reader.u64()?).map_err(|_| CodecError::BadValue)?,
            group: reader.array::<16>()?.into(),
            epoch: reader.u64()?,
            account: reader.array::<16>()?.into(),
            device: reader.array::<16>()?.into(),
            client_id: reader.array::<16>()?.into(),
            counter: reader.u64()?,
            sent_at_ms: reader.u64()?,
            seen: Seen::read(reader)?,
            kind: reader.u16()?,
            content: Zeroizing::new(reader.vec(MAX_CONTENT)?.to_vec()),
        })
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Payload")
            .field("room", &self.room)
            .field("epoch", &self.epoch)
            .field("account", &self.account)
            .field("device", &self.device)
            .field("client_id", &self.client_id)
            .field("counter", &self.counter)
            .finish_non_exhaustive()
    }
}

/// A payload whose signature has not been verified yet. Its claims may be compared, not believed.
pub struct SignedPayload<'a> {
    claims: Payload,
    signed: &'a [u8],
    signature: [u8; SIGNATURE_LEN],
}

impl<'a> SignedPayload<'a> {
    /// Takes padded bytes apart.
    ///
    /// # Errors
    /// [`PayloadError`] for another version, a bad form, or padding that is not exactly the zeros that belong there.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, PayloadError> {
        if bytes.len() > MAX_LEN {
            return Err(CodecError::TooLong.into());
        }
        let mut reader = Reader::new(bytes);
        let claims = Payload::read(&mut reader)?;
        let signed = consumed(bytes, &reader);
        let signature = reader.array()?;
        padding::check(bytes, consumed(bytes, &reader).len(), MIN_LEN)?;
        Ok(Self {
            claims,
            signed,
            signature,
        })
    }

    /// What the payload claims.
    #[must_use]
    pub const fn claims(&self) -> &Payload {
        &self.claims
    }

    /// Verifies the signature over the received bytes.
    ///
    /// # Errors
    /// [`SignatureError`] if `key` did not sign them.
    pub fn verify(self, key: &PublicKey) -> Result<Payload, SignatureError> {
        key.verify(SignLabel::Payload, self.signed, &self.signature)?;
        Ok(self.claims)
    }
}

fn consumed<'a>(bytes: &'a [u8], reader: &Reader<'_>) -> &'a [u8] {
    bytes
        .get(..bytes.len() - reader.rest().len())
        .unwrap_or_default()
}
