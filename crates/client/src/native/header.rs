//! What a store says of itself in the clear: how its key is kept.

use crate::store::SealedKey;

/// The format of the file. Another one is refused, never guessed at.
pub(super) const FORMAT: i64 = 1;

/// The one row of the table `header`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) protection: Protection,
    /// The name of the secret in the keyring; empty elsewhere.
    pub(super) keyring_name: String,
    pub(super) key: SealedKey,
}

/// What opens the store's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protection {
    /// A passphrase.
    Passphrase,
    /// A secret in the operating system's keyring.
    Keyring,
    /// A secret in a file beside the store, which protects nothing.
    File,
}

impl Protection {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Passphrase => "passphrase",
            Self::Keyring => "keyring",
            Self::File => "file",
        }
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        [Self::Passphrase, Self::Keyring, Self::File]
            .into_iter()
            .find(|protection| protection.as_str() == text)
    }
}
