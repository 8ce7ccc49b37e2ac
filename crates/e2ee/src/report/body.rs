//! Entry and body of a sealed message, as the log head hashes them (`docs/WIRE.md`, section 5).

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{ENTRY_LEN, ReportError};
use crate::{
    codec::{CodecError, Reader, unhex},
    ids::{AccountId, ClientId, DeviceId, RoomId},
    message::WRAP_LEN,
    payload,
    seal::{IV_LEN, TAG_LEN},
};

/// The kind byte of a message.
const MESSAGE: u8 = 1;
/// A key that travels in an MLS message.
const MLS_KEY: u8 = 1;
/// The longest MLS message, as for the live path.
const MAX_MLS: usize = 16 * 1024;
const MAX_CONTENT: usize = (payload::MAX_LEN + TAG_LEN).div_ceil(3) * 4;

/// An entry's fields.
pub(super) struct Entry {
    pub(super) room: RoomId,
    pub(super) seq: u64,
    pub(super) sender: AccountId,
    pub(super) device: DeviceId,
    pub(super) logged_ms: u64,
    pub(super) client_id: ClientId,
    pub(super) body_hash: [u8; 32],
}

impl Entry {
    /// # Errors
    /// [`ReportError::Kind`] for anything but a message, [`ReportError::Codec`] for a room that there cannot be.
    pub(super) fn read(bytes: &[u8; ENTRY_LEN]) -> Result<Self, ReportError> {
        let mut reader = Reader::new(bytes);
        let room = RoomId::new(reader.u64()?).map_err(|_| CodecError::BadValue)?;
        let seq = reader.u64()?;
        if reader.u8()? != MESSAGE {
            return Err(ReportError::Kind);
        }
        let (sender, device) = (reader.array::<16>()?.into(), reader.array::<16>()?.into());
        let (logged_ms, client_id) = (reader.u64()?, reader.array::<16>()?.into());
        let _handshake_seq = reader.u64()?;
        Ok(Self {
            room,
            seq,
            sender,
            device,
            logged_ms,
            client_id,
            body_hash: reader.array()?,
        })
    }
}

/// What of a body opens with the content key. The MLS message and the wrap are only passed over: nobody outside of the
/// room can open them.
pub(super) struct Body {
    pub(super) encrypted_content: Vec<u8>,
    pub(super) iv: [u8; IV_LEN],
    pub(super) message_hash: [u8; 32],
}

impl Body {
    /// # Errors
    /// [`CodecError`] for a body that no client of a sealed room wrote.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, CodecError> {
        let mut reader = Reader::new(bytes);
        let encrypted_content = base64(long_vec(&mut reader, MAX_CONTENT)?)?;
        let iv = base64(long_vec(&mut reader, IV_LEN.div_ceil(3) * 4)?)?;
        let hash = unhex(long_vec(&mut reader, 64)?);
        if reader.u8()? != MLS_KEY {
            return Err(CodecError::BadValue);
        }
        long_vec(&mut reader, MAX_MLS)?;
        match reader.u8()? {
            0 => {}
            1 => drop(long_vec(&mut reader, WRAP_LEN)?),
            _ => return Err(CodecError::BadValue),
        }
        reader.finish()?;
        Ok(Self {
            encrypted_content,
            iv: iv.try_into().map_err(|_| CodecError::BadValue)?,
            message_hash: hash.ok_or(CodecError::BadValue)?,
        })
    }
}

/// A length of eight bytes and so many bytes.
fn long_vec<'a>(reader: &mut Reader<'a>, max: usize) -> Result<&'a [u8], CodecError> {
    let len = usize::try_from(reader.u64()?).map_err(|_| CodecError::TooLong)?;
    if len > max {
        return Err(CodecError::TooLong);
    }
    reader.fixed(len)
}

/// Standard padded base64, and no other spelling.
fn base64(text: &[u8]) -> Result<Vec<u8>, CodecError> {
    STANDARD.decode(text).map_err(|_| CodecError::NotCanonical)
}
