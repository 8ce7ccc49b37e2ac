//! What both sides have seen of each other, and the number that a person compares.

use core::fmt;

use sha2::{Digest, Sha256};

use super::{Answer, Commitment, DeviceLinkError, Reveal};
use crate::{codec::Writer, labels::HashLabel};

/// A million numbers: who stands between the two has one try.
const NUMBERS: u64 = 1_000_000;

/// The hash over commitment, answer and reveal, in the order in which they were sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transcript([u8; 32]);

/// Six digits. `Display` writes them in two groups of three.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Number(u32);

impl Transcript {
    /// Takes the three together.
    ///
    /// # Errors
    /// [`DeviceLinkError::Commitment`] if the reveal is not what was committed to.
    pub fn new(
        commitment: &Commitment,
        answer: &Answer,
        reveal: &Reveal,
    ) -> Result<Self, DeviceLinkError> {
        if reveal.commitment() != *commitment {
            return Err(DeviceLinkError::Commitment);
        }
        let mut input = Writer::new();
        input.vec(commitment);
        input.vec(&answer.encode());
        input.vec(&reveal.encode());
        Ok(Self(hash(HashLabel::DeviceLink, input.as_slice())))
    }

    /// What both screens show.
    #[must_use]
    pub fn number(&self) -> Number {
        let hash = hash(HashLabel::DeviceLinkNumber, &self.0);
        let start = hash.first_chunk::<8>().copied().unwrap_or_default();
        // 2^64 is not a multiple of a million; the difference is below one in 10^13.
        let number = u64::from_be_bytes(start) % NUMBERS;
        Number(u32::try_from(number).unwrap_or_default())
    }

    pub(super) const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl Number {
    /// Reads what a person types, with or without a gap.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let is_number = digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| digits.parse().ok().map(Self)).flatten()
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:03} {:03}", self.0 / 1000, self.0 % 1000)
    }
}

fn hash(label: HashLabel, bytes: &[u8]) -> [u8; 32] {
    Sha256::new()
        .chain_update(label.bytes())
        .chain_update(bytes)
        .finalize()
        .into()
}
