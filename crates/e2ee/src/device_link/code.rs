//! Where the two meet on the server: as three words to be typed, or as the fragment of a URL, which a camera reads.
//!
//! ```text
//! version u8 | kind u8 | meeting 6 | commitment 32
//! ```
//!
//! in URL-safe base 64 without padding. The kind is not that of a link into a room, so neither is ever taken for the
//! other. Nothing in it is secret: who reads it over somebody's shoulder can at most disturb.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use rand_core::CryptoRngCore;
use sha2::{Digest, Sha256};

use super::Commitment;
use crate::{
    codec::{CodecError, Reader, Writer},
    labels::HashLabel,
    link::VERSION,
    spoken,
};

/// A device that wants to be let in; 1 is a room.
const DEVICE: u8 = 2;
const LEN: usize = 1 + 1 + 6 + 32;
/// The longest fragment that is looked at.
pub const MAX_FRAGMENT: usize = LEN.div_ceil(3) * 4;
const WORDS: usize = 3;

/// Names a meeting on the server for some minutes. Drawn by the new device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct MeetingId([u8; 6]);

/// What a camera reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeviceCode {
    /// Where to meet.
    pub meeting: MeetingId,
    /// What the new device has committed to.
    pub commitment: Commitment,
}

/// A text is no code of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DeviceCodeError {
    /// It is longer than [`MAX_FRAGMENT`], or not URL-safe base 64 without padding.
    #[error("the code is not complete, or something else")]
    Encoding,
    /// It is of another version.
    #[error("code of version {0} is unknown")]
    Version(u8),
    /// It is a link into a room, or something unknown.
    #[error("this is no code of a device but something of kind {0}")]
    Kind(u8),
    /// It does not have the form of a code.
    #[error("malformed code: {0}")]
    Codec(#[from] CodecError),
    /// It does not have three words.
    #[error("a code has three words")]
    Count,
    /// The word at this place, counted from 1, is none that a code has.
    #[error("word {0} does not occur in codes")]
    Word(usize),
}

impl MeetingId {
    /// A fresh one: 48 random bits.
    #[must_use]
    pub fn random(rng: &mut impl CryptoRngCore) -> Self {
        let mut bytes = [0; 6];
        rng.fill_bytes(&mut bytes);
        Self(bytes)
    }

    /// The bytes, as they stand on the wire.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 6] {
        &self.0
    }

    /// What the server calls it: a hash, so that the words themselves stand in none of its memory.
    #[must_use]
    pub fn place(&self) -> [u8; 16] {
        let hash = Sha256::new()
            .chain_update(HashLabel::DeviceLinkMeeting.bytes())
            .chain_update(self.0)
            .finalize();
        hash.first_chunk().copied().unwrap_or_default()
    }

    /// The three words, with hyphens between them.
    #[must_use]
    pub fn to_words(&self) -> String {
        let (words, _) = self.0.as_chunks::<2>();
        let mut text = String::with_capacity(WORDS * 6);
        for word in words {
            if !text.is_empty() {
                text.push('-');
            }
            spoken::say(u16::from_be_bytes(*word), &mut text);
        }
        text
    }

    /// Reads what a person types: in any case, with spaces or hyphens between the words.
    ///
    /// # Errors
    /// [`DeviceCodeError::Count`] and [`DeviceCodeError::Word`].
    pub fn parse(text: &str) -> Result<Self, DeviceCodeError> {
        let mut bytes = [0; WORDS * 2];
        let mut places = bytes.as_chunks_mut::<2>().0.iter_mut();
        let words = text.split(|c: char| c.is_whitespace() || c == '-');
        for (word, at) in words.filter(|word| !word.is_empty()).zip(1..) {
            let place = places.next().ok_or(DeviceCodeError::Count)?;
            let number = spoken::hear(word).ok_or(DeviceCodeError::Word(at))?;
            *place = number.to_be_bytes();
        }
        if places.next().is_some() {
            return Err(DeviceCodeError::Count);
        }
        Ok(Self(bytes))
    }
}

impl From<[u8; 6]> for MeetingId {
    fn from(bytes: [u8; 6]) -> Self {
        Self(bytes)
    }
}

impl DeviceCode {
    /// The fragment of the URL, without `#`.
    #[must_use]
    pub fn to_fragment(&self) -> String {
        let mut writer = Writer::with_capacity(LEN);
        writer.u8(VERSION);
        writer.u8(DEVICE);
        writer.fixed(&self.meeting.0);
        writer.fixed(&self.commitment);
        URL_SAFE_NO_PAD.encode(writer.as_slice())
    }

    /// Reads a fragment. Every code has one spelling.
    ///
    /// # Errors
    /// [`DeviceCodeError`] says what does not fit.
    pub fn parse(fragment: &str) -> Result<Self, DeviceCodeError> {
        // A link into a room is longer, and is told apart by its kind.
        if fragment.len() > crate::link::MAX_FRAGMENT {
            return Err(DeviceCodeError::Encoding);
        }
        let bytes = URL_SAFE_NO_PAD.decode(fragment);
        let bytes = bytes.map_err(|_| DeviceCodeError::Encoding)?;
        let mut reader = Reader::new(&bytes);
        match reader.u8()? {
            VERSION => {}
            version => return Err(DeviceCodeError::Version(version)),
        }
        match reader.u8()? {
            DEVICE => {}
            kind => return Err(DeviceCodeError::Kind(kind)),
        }
        let code = Self {
            meeting: MeetingId(reader.array()?),
            commitment: reader.array()?,
        };
        reader.finish()?;
        Ok(code)
    }
}
