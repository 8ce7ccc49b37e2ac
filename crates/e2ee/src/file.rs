//! Files: sealed in chunks beside the messages, under a key that a message names (PROTOCOL section 7).
//!
//! Each chunk has a key of its own, bound to its place and to whether it is the last, so that a server can neither swap
//! chunks nor cut a file short. Such a key seals one chunk once, so the IV is zero.

use rand_core::CryptoRngCore;

use crate::{kdf::derive, labels::KdfLabel, secret::Secret};

/// What a chunk holds of the file; the last one holds the rest.
pub const CHUNK_LEN: usize = 1024 * 1024;
/// The authentication tag behind each chunk.
pub const TAG_LEN: usize = crate::seal::TAG_LEN;
/// Files are never shorter on the server than this.
const PADDED_MIN: u64 = 1024;
/// The longest file that a message can name: 64 GiB.
pub const LENGTH_MAX: u64 = 1 << 36;

/// The key of one file, drawn for it and used for no other.
pub struct FileKey(Secret<32>);

impl FileKey {
    /// A new key.
    #[must_use]
    pub fn random(rng: &mut impl CryptoRngCore) -> Self {
        Self(Secret::random(rng))
    }

    /// The key that a message named.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self(Secret::from_bytes(bytes))
    }

    /// The bytes, for the message that names it.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        self.0.expose()
    }

    /// The AES-256-GCM key of one chunk, with an IV of zeros and no associated data.
    #[must_use]
    pub fn chunk(&self, index: u32, last: bool) -> Secret<32> {
        let mut context = [0; 5];
        context[..4].copy_from_slice(&index.to_be_bytes());
        context[4] = u8::from(last);
        derive(&self.0, KdfLabel::FileChunk, &context)
    }
}

/// How a file of some length lies on the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    padded: u64,
}

impl Layout {
    /// The layout of a file with so many bytes; none above [`LENGTH_MAX`].
    ///
    /// Zeros follow the content, up to a length that shows no more of the real one than its order and a few leading bits:
    /// at most an eighth is added, and less the longer the file (Padmé, Nikitin et al., PoPETs 2019).
    #[must_use]
    pub fn of(length: u64) -> Option<Self> {
        (length <= LENGTH_MAX).then(|| Self {
            padded: padme(length).max(PADDED_MIN),
        })
    }

    /// How many chunks there are.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "64 GiB have 2^16 chunks")]
    pub const fn chunks(self) -> u32 {
        self.padded.div_ceil(CHUNK_LEN as u64) as u32
    }

    /// The length of a chunk before it is sealed; none behind the last.
    #[must_use]
    pub fn chunk_len(self, index: u32) -> Option<usize> {
        let rest = self
            .padded
            .checked_sub(u64::from(index) * CHUNK_LEN as u64)?;
        let len = usize::try_from(rest).map_or(CHUNK_LEN, |rest| rest.min(CHUNK_LEN));
        (len > 0).then_some(len)
    }

    /// The length of all sealed chunks together.
    #[must_use]
    pub const fn sealed_length(self) -> u64 {
        self.padded + self.chunks() as u64 * TAG_LEN as u64
    }
}

fn padme(length: u64) -> u64 {
    let Some(exponent) = length.checked_ilog2().filter(|exponent| *exponent > 0) else {
        return length;
    };
    let kept = exponent.ilog2() + 1;
    let mask = (1 << exponent.saturating_sub(kept)) - 1;
    (length + mask) & !mask
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;
    use crate::testing::rng;

    #[test]
    fn no_two_chunks_share_a_key() {
        let file = FileKey::random(&mut rng(1));
        let keys = [(0, false), (0, true), (1, false), (256, false)];
        for (one, a) in keys.iter().enumerate() {
            for (other, b) in keys.iter().enumerate() {
                let same = file.chunk(a.0, a.1).same_as(&file.chunk(b.0, b.1));
                assert_eq!(same, one == other);
            }
        }
        let again = FileKey::from_bytes(file.expose());
        assert!(again.chunk(7, true).same_as(&file.chunk(7, true)));
        let other = FileKey::random(&mut rng(2));
        assert!(!other.chunk(7, true).same_as(&file.chunk(7, true)));
    }

    #[test]
    fn layouts_of_some_lengths() {
        for (length, padded) in [
            (0, 1024),
            (1, 1024),
            (1025, 1088),
            (1_000_000, 1_015_808),
            (100_000_000, 100_663_296),
            (LENGTH_MAX, LENGTH_MAX),
        ] {
            assert_eq!(Layout::of(length).unwrap().padded, padded, "{length}");
        }
        assert_eq!(Layout::of(LENGTH_MAX + 1), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn a_layout_holds_the_file_and_little_more(length in 0..=LENGTH_MAX) {
            let layout = Layout::of(length).unwrap();
            let ends = [0, layout.chunks() / 2, layout.chunks() - 1];
            let lens = ends.map(|index| layout.chunk_len(index).unwrap());
            prop_assert!(lens.iter().all(|len| (1..=CHUNK_LEN).contains(len)));
            prop_assert_eq!(layout.chunk_len(layout.chunks()), None);
            let whole = u64::from(layout.chunks() - 1) * CHUNK_LEN as u64 + lens[2] as u64;
            prop_assert!(whole >= length);
            prop_assert!(whole <= PADDED_MIN.max(length + length / 8));
            prop_assert_eq!(layout.sealed_length(), whole + u64::from(layout.chunks()) * 16);
            // What is as long as a layout has that layout.
            prop_assert_eq!(Layout::of(whole), Some(layout));
        }
    }
}
