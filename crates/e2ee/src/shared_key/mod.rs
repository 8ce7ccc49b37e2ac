//! Rooms of basic encryption (PROTOCOL section 7, "Shared-key rooms"): one key for all, stretched from a passphrase.
//!
//! The scheme is one that any client with Web Crypto has: PBKDF2-SHA256, AES-256-GCM, SHA-256 of the plaintext beside the
//! ciphertext. It has no forward secrecy, and whoever has the key can say anything in anybody's name.

mod link;
mod seal;

pub use link::{SharedLink, SharedLinkError};
pub use seal::{SealedText, TextError};

use rand_core::CryptoRngCore;
use sha2::Sha256;

use crate::secret::Secret;

/// Rounds of PBKDF2 in rooms that are made here.
pub const ROUNDS: u32 = 600_000;
/// A link that asks for fewer is refused.
pub const ROUNDS_MIN: u32 = 100_000;
/// A link that asks for more is refused: it would hold a phone up for minutes.
pub const ROUNDS_MAX: u32 = 10_000_000;
/// Messages that may be sealed under one key, by all: IVs are drawn, of 96 bits (NIST SP 800-38D, section 8.3).
pub const MESSAGES_MAX: u64 = 1 << 32;

/// How a passphrase becomes a key. Public: links carry it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    salt: [u8; 16],
    rounds: u32,
}

impl Stretch {
    /// A fresh salt, and as many rounds as rooms have that are made here.
    #[must_use]
    pub fn random(rng: &mut impl CryptoRngCore) -> Self {
        let mut salt = [0; 16];
        rng.fill_bytes(&mut salt);
        Self {
            salt,
            rounds: ROUNDS,
        }
    }

    /// What somebody else has chosen; `None` for a number of rounds that is refused.
    #[must_use]
    pub fn new(salt: [u8; 16], rounds: u32) -> Option<Self> {
        (ROUNDS_MIN..=ROUNDS_MAX)
            .contains(&rounds)
            .then_some(Self { salt, rounds })
    }

    /// The salt.
    #[must_use]
    pub const fn salt(&self) -> &[u8; 16] {
        &self.salt
    }

    /// The rounds.
    #[must_use]
    pub const fn rounds(&self) -> u32 {
        self.rounds
    }

    /// The key of a room: PBKDF2-SHA256 of the passphrase's bytes (RFC 8018, section 5.2). Takes as long as a guess.
    #[must_use]
    pub fn key(&self, passphrase: &str) -> SharedKey {
        SharedKey(Secret::fill(|key| {
            pbkdf2::pbkdf2_hmac::<Sha256>(passphrase.as_bytes(), &self.salt, self.rounds, key);
        }))
    }
}

/// The key of a room.
pub struct SharedKey(Secret<32>);

impl SharedKey {
    /// From where it is kept.
    #[must_use]
    pub const fn from_secret(secret: Secret<32>) -> Self {
        Self(secret)
    }

    /// To be kept.
    #[must_use]
    pub const fn as_secret(&self) -> &Secret<32> {
        &self.0
    }
}
