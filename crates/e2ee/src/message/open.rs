//! The one function that opens a message, whichever way it came.

use core::fmt;

use sha2::{Digest, Sha256};

use crate::{
    counters::Counters,
    ed25519::PublicKey,
    ids::{AccountId, ClientId, DeviceId},
    payload::{self, Payload, PayloadError, SignedPayload},
    seal::{IV_LEN, TAG_LEN, decrypt},
    secret::Secret,
};

use super::{MessageKey, Place, envelope_aad, unwrap};

/// The fields of a log entry that belong to the message.
#[derive(Clone, Copy)]
pub struct Wire<'a> {
    /// The ciphertext of the padded payload.
    pub encrypted_content: &'a [u8],
    /// Its IV.
    pub iv: &'a [u8; IV_LEN],
    /// SHA-256 of the payload, as the entry says.
    pub message_hash: &'a [u8; 32],
    /// The content key under a history key, if the entry has one.
    pub history_key: Option<&'a [u8]>,
    /// The idempotency key, as the entry says.
    pub client_id: ClientId,
    /// The sending device, as the entry says.
    pub device: DeviceId,
}

/// The keys at hand. With both, both must agree.
#[derive(Clone, Copy)]
pub struct Keys<'a> {
    /// What MLS carried, or what this device kept of its own message, or what a report shows.
    pub message: Option<&'a MessageKey>,
    /// The history key of the message's epoch.
    pub history: Option<&'a Secret<32>>,
}

/// A leaf of the ratchet tree, as far as a message is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leaf {
    /// The account in its certificate.
    pub account: AccountId,
    /// The device in its certificate.
    pub device: DeviceId,
    /// The device key in its certificate.
    pub key: PublicKey,
}

/// How sure it is that the sender was a member at the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// MLS says so, or the roster log lists the leaf for that epoch.
    Member,
    /// The signature is that of a known device, but the roster log does not list it for that epoch.
    NotVerifiablyMember,
}

/// Who sent it: never taken from the entry, always from the tree, the roster log or a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sender {
    /// The leaf.
    pub leaf: Leaf,
    /// What is known about its membership.
    pub standing: Standing,
}

/// All that [`open`] judges by.
#[derive(Clone, Copy)]
pub struct Opening<'a> {
    /// Room, group and epoch in which the entry stands, by this device's own count.
    pub place: Place,
    /// The entry.
    pub wire: Wire<'a>,
    /// The keys.
    pub keys: Keys<'a>,
    /// The sender, or `None` if neither tree nor roster log nor any certificate knows the device.
    pub sender: Option<Sender>,
}

/// A message that may be shown. `Debug` leaves its content out.
#[derive(Clone, PartialEq, Eq)]
pub struct Opened {
    /// What the author signed.
    pub payload: Payload,
    /// Whether the author was verifiably a member.
    pub standing: Standing,
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opened")
            .field("payload", &self.payload)
            .field("standing", &self.standing)
            .finish()
    }
}

/// Why a message is not shown. The log goes on behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Tombstone {
    /// The ciphertext has a length that no payload has.
    #[error("the ciphertext has an impossible length")]
    Size,
    /// There is no key for it: sealed before this account's time, or deleted.
    #[error("there is no key for this message")]
    NoKey,
    /// The hash that MLS carried is not that of the entry.
    #[error("MLS and the entry name different hashes")]
    HashInMls,
    /// The wrapped content key does not open under the history key.
    #[error("the history key does not fit")]
    Wrap,
    /// MLS and the history key lead to different content keys: members and latecomers would read different texts.
    #[error("MLS and history carry different keys")]
    KeysDiffer,
    /// The ciphertext does not open: a wrong key, another place, or changed bytes.
    #[error("the ciphertext does not open")]
    Cipher,
    /// The payload's hash is not that of the entry.
    #[error("the payload does not have the hash of the entry")]
    Hash,
    /// The payload is of a version that this client does not know.
    #[error("the payload is of the unknown version {0}")]
    Version(u16),
    /// The payload does not have the form of a payload, or its padding is not zero.
    #[error("the payload is malformed")]
    Malformed,
    /// The payload was signed for another room.
    #[error("signed for another room")]
    Room,
    /// The payload was signed for another group.
    #[error("signed for another group")]
    Group,
    /// The payload was signed for another epoch.
    #[error("signed for another epoch")]
    Epoch,
    /// The payload was signed under another idempotency key.
    #[error("signed under another client id")]
    ClientId,
    /// Nobody knows the sending device.
    #[error("the sending device is unknown")]
    UnknownSender,
    /// The payload names another account or device than the leaf that sent it.
    #[error("the author is not the sender")]
    Sender,
    /// The device key of the leaf did not sign the payload.
    #[error("the signature does not verify")]
    Signature,
    /// A message with this device and counter was shown before.
    #[error("shown before")]
    Duplicate,
}

/// Opens a message if every condition of PROTOCOL section 7 holds, and remembers its (device, counter) if the sender was
/// verifiably a member.
///
/// The result proves that the device key of `sender` signed these bytes for this place, and that everyone who opens the
/// entry with MLS or with the history key sees the same bytes. It does not prove when the message was written.
///
/// # Errors
/// [`Tombstone`] says which condition fails; `counters` are unchanged then.
pub fn open(opening: &Opening<'_>, counters: &mut Counters) -> Result<Opened, Tombstone> {
    open_with_key(opening, counters).map(|(opened, _)| opened)
}

/// The same, with the content key by which it opened: whoever shows the message keeps it for a report.
///
/// # Errors
/// As [`open`].
pub fn open_with_key(
    opening: &Opening<'_>,
    counters: &mut Counters,
) -> Result<(Opened, MessageKey), Tombstone> {
    let (bytes, key) = decrypt_payload(opening)?;
    if <[u8; 32]>::from(Sha256::digest(&bytes)) != *opening.wire.message_hash {
        return Err(Tombstone::Hash);
    }
    let signed = SignedPayload::parse(&bytes).map_err(|error| match error {
        PayloadError::Version(version) => Tombstone::Version(version),
        PayloadError::Codec(_) => Tombstone::Malformed,
    })?;
    check_place(opening, signed.claims())?;
    let sender = opening.sender.ok_or(Tombstone::UnknownSender)?;
    let author = (signed.claims().account, signed.claims().device);
    if author != (sender.leaf.account, sender.leaf.device) {
        return Err(Tombstone::Sender);
    }
    let payload = signed
        .verify(&sender.leaf.key)
        .map_err(|_| Tombstone::Signature)?;
    let (device, counter) = (payload.device, payload.counter);
    let new = match sender.standing {
        Standing::Member => counters.insert(device, counter),
        // It may turn out to be one when more of the roster log is known: the entry is opened again then, and shown once.
        Standing::NotVerifiablyMember => !counters.contains(device, counter),
    };
    if !new {
        return Err(Tombstone::Duplicate);
    }
    let opened = Opened {
        payload,
        standing: sender.standing,
    };
    let hash = *opening.wire.message_hash;
    Ok((opened, MessageKey { key, hash }))
}

fn decrypt_payload(
    opening: &Opening<'_>,
) -> Result<(zeroize::Zeroizing<Vec<u8>>, Secret<32>), Tombstone> {
    let Wire {
        encrypted_content,
        iv,
        client_id,
        device,
        ..
    } = opening.wire;
    let len = encrypted_content
        .len()
        .checked_sub(TAG_LEN)
        .ok_or(Tombstone::Size)?;
    if !len.is_power_of_two() || !(payload::MIN_LEN..=payload::MAX_LEN).contains(&len) {
        return Err(Tombstone::Size);
    }
    let key = content_key(opening)?;
    let aad = envelope_aad(&opening.place, device, client_id);
    let bytes = decrypt(&key, iv, aad.as_slice(), encrypted_content);
    Ok((bytes.map_err(|_| Tombstone::Cipher)?, key))
}

/// The content key, by every way at hand; the ways must agree.
fn content_key(opening: &Opening<'_>) -> Result<Secret<32>, Tombstone> {
    let from_mls = match opening.keys.message {
        Some(message) if message.hash != *opening.wire.message_hash => {
            return Err(Tombstone::HashInMls);
        }
        Some(message) => Some(message.key.duplicate()),
        None => None,
    };
    match (from_mls, unwrapped_key(opening)?) {
        (Some(live), Some(history)) if !live.same_as(&history) => Err(Tombstone::KeysDiffer),
        (Some(key), _) | (None, Some(key)) => Ok(key),
        (None, None) => Err(Tombstone::NoKey),
    }
}

fn unwrapped_key(opening: &Opening<'_>) -> Result<Option<Secret<32>>, Tombstone> {
    let Wire {
        message_hash,
        client_id,
        device,
        ..
    } = opening.wire;
    let (Some(wrapped), Some(history)) = (opening.wire.history_key, opening.keys.history) else {
        return Ok(None);
    };
    unwrap(
        wrapped,
        message_hash,
        history,
        &opening.place,
        device,
        client_id,
    )
    .map(Some)
    .map_err(|_| Tombstone::Wrap)
}

fn check_place(opening: &Opening<'_>, claims: &Payload) -> Result<(), Tombstone> {
    if claims.room != opening.place.room {
        return Err(Tombstone::Room);
    }
    if claims.group != opening.place.group {
        return Err(Tombstone::Group);
    }
    if claims.epoch != opening.place.epoch {
        return Err(Tombstone::Epoch);
    }
    if claims.client_id != opening.wire.client_id {
        return Err(Tombstone::ClientId);
    }
    Ok(())
}
