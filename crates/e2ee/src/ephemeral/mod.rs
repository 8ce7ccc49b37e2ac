//! Ephemeral entries: typing, presence, receipts. They are sealed under the epoch's ephemeral key and signed by the
//! device; the server relays them and keeps nothing (PROTOCOL section 6).
//!
//! ```text
//! plaintext = version u16 | account 16 | device 16 | sent at u64 | kind u16 | content <V> | signature 64 | zeros
//! AAD       = {"secure-chat/1 seal ephemeral", room id, group id, epoch}
//! ```

use crate::ordered::Map;
use core::fmt;

use rand_core::CryptoRngCore;
use zeroize::Zeroizing;

use crate::{
    codec::{CodecError, Reader, Writer},
    device::Device,
    ed25519::{PublicKey, SIGNATURE_LEN, SignatureError},
    ids::{AccountId, DeviceId},
    labels::{SealLabel, SignLabel},
    message::Place,
    padding,
    seal::{self, Aad, OVERHEAD, SealError},
    secret::Secret,
};

#[cfg(test)]
mod tests;

/// The version of the form.
pub const VERSION: u16 = 1;
/// The longest content.
pub const MAX_CONTENT: usize = MAX_LEN - FIXED_LEN - 2 - SIGNATURE_LEN;

const MIN_LEN: usize = 256;
const MAX_LEN: usize = 2048;
const FIXED_LEN: usize = 2 + 16 + 16 + 8 + 2;

/// What a member says in passing. `Debug` leaves the content out.
#[derive(Clone, PartialEq, Eq)]
pub struct Ephemeral {
    /// The account that speaks.
    pub account: AccountId,
    /// The device that speaks.
    pub device: DeviceId,
    /// Its time in unix milliseconds. It must rise from one entry of a device to the next, see [`Newest`].
    pub sent_at_ms: u64,
    /// What the content is.
    pub kind: u16,
    /// The content.
    pub content: Vec<u8>,
}

impl fmt::Debug for Ephemeral {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ephemeral")
            .field("device", &self.device)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// An ephemeral entry could not be sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealEphemeralError {
    /// The content is too long.
    #[error("the content is longer than {MAX_CONTENT} bytes")]
    ContentTooLong,
    /// The cipher refused; it does not for lengths that an entry can have.
    #[error(transparent)]
    Seal(#[from] SealError),
}

/// An ephemeral entry was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenEphemeralError {
    /// It is longer than an entry can be.
    #[error("too long for an ephemeral entry")]
    TooLong,
    /// It was sealed under another key, for another place, or changed.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// It does not have the form of an entry.
    #[error("malformed ephemeral entry: {0}")]
    Codec(#[from] CodecError),
    /// It is of another version.
    #[error("ephemeral version {0} is unknown")]
    Version(u16),
    /// It names a device that is no leaf.
    #[error("the sender is no leaf of the group")]
    UnknownLeaf,
    /// The device key of that leaf did not sign it for this place.
    #[error("the device did not sign this")]
    Signature(#[from] SignatureError),
}

/// Signs and seals an entry under X(epoch, "ephemeral"), given as `key`.
///
/// # Errors
/// [`SealEphemeralError::ContentTooLong`].
pub fn seal(
    kind: u16,
    content: &[u8],
    sent_at_ms: u64,
    place: &Place,
    device: &Device,
    key: &Secret<32>,
    rng: &mut impl CryptoRngCore,
) -> Result<Vec<u8>, SealEphemeralError> {
    if content.len() > MAX_CONTENT {
        return Err(SealEphemeralError::ContentTooLong);
    }
    let mut writer = Writer::with_capacity(MAX_LEN);
    writer.u16(VERSION);
    writer.fixed(device.account().as_bytes());
    writer.fixed(device.id().as_bytes());
    writer.u64(sent_at_ms);
    writer.u16(kind);
    writer.vec(content);
    let signature = device.key().sign(
        SignLabel::Ephemeral,
        &signed_bytes(place, writer.as_slice()),
    );
    writer.fixed(&signature);
    let mut plaintext = Zeroizing::new(writer.finish());
    if !padding::pad(&mut plaintext, MIN_LEN, MAX_LEN) {
        return Err(SealEphemeralError::ContentTooLong);
    }
    Ok(seal::seal(key, &aad(place), &plaintext, rng)?)
}

/// Opens an entry. `leaf_key` gives the device key of a leaf of the group in this epoch.
///
/// # Errors
/// [`OpenEphemeralError`] says what is wrong.
pub fn open(
    sealed: &[u8],
    place: &Place,
    key: &Secret<32>,
    leaf_key: impl FnOnce(AccountId, DeviceId) -> Option<PublicKey>,
) -> Result<Ephemeral, OpenEphemeralError> {
    if sealed.len() > MAX_LEN + OVERHEAD {
        return Err(OpenEphemeralError::TooLong);
    }
    opened(&seal::open(key, &aad(place), sealed)?, place, leaf_key)
}

/// Reads what was sealed: the word of some member.
pub(crate) fn opened(
    plaintext: &[u8],
    place: &Place,
    leaf_key: impl FnOnce(AccountId, DeviceId) -> Option<PublicKey>,
) -> Result<Ephemeral, OpenEphemeralError> {
    let mut reader = Reader::new(plaintext);
    let claims = read(&mut reader)?;
    let signed = plaintext
        .get(..plaintext.len() - reader.rest().len())
        .unwrap_or_default();
    let signature = reader.array()?;
    padding::check(plaintext, plaintext.len() - reader.rest().len(), MIN_LEN)?;
    let key = leaf_key(claims.account, claims.device).ok_or(OpenEphemeralError::UnknownLeaf)?;
    key.verify(
        SignLabel::Ephemeral,
        &signed_bytes(place, signed),
        &signature,
    )?;
    Ok(claims)
}

fn read(reader: &mut Reader<'_>) -> Result<Ephemeral, OpenEphemeralError> {
    let version = reader.u16()?;
    if version != VERSION {
        return Err(OpenEphemeralError::Version(version));
    }
    Ok(Ephemeral {
        account: reader.array::<16>()?.into(),
        device: reader.array::<16>()?.into(),
        sent_at_ms: reader.u64()?,
        kind: reader.u16()?,
        content: reader.vec(MAX_CONTENT)?.to_vec(),
    })
}

/// Every member can seal under the ephemeral key, so the place stands under the signature too: an entry cannot be moved
/// to another room or epoch by a member.
fn signed_bytes(place: &Place, plaintext: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut writer = Writer::with_capacity(plaintext.len() + 40);
    writer.u64(place.room.get());
    writer.fixed(place.group.as_bytes());
    writer.u64(place.epoch);
    writer.vec(plaintext);
    Zeroizing::new(writer.finish())
}

fn aad(place: &Place) -> Aad {
    Aad::new(SealLabel::Ephemeral)
        .number(place.room.get())
        .bytes(place.group.as_bytes())
        .number(place.epoch)
}

/// The time of the newest entry of each device: what a server replays is not newer.
#[derive(Debug, Clone, Default)]
pub struct Newest(Map<DeviceId, u64>);

impl Newest {
    /// Whether the entry is newer than all before it from the same device; remembers it if so.
    #[must_use]
    pub fn accept(&mut self, entry: &Ephemeral) -> bool {
        let newest = self.0.get(&entry.device);
        let newer = newest.is_none_or(|newest| entry.sent_at_ms > *newest);
        if newer {
            self.0.insert(entry.device, entry.sent_at_ms);
        }
        newer
    }
}
