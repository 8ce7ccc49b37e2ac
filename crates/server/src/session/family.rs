//! What all pairs of access and refresh token have in common that came of one.

use std::fmt;

use sha2::{Digest as _, Sha256};

use crate::store::session::TokenHash;

/// A family of tokens. It opens nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct FamilyId(pub(crate) [u8; 16]);

impl FamilyId {
    /// As an access token names it.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; 16];
        hex::decode_to_slice(text, &mut bytes).ok()?;
        Some(Self(bytes))
    }

    /// By which sockets of a family that ended are known, beside those of sessions.
    pub(crate) fn key(self) -> TokenHash {
        TokenHash(Sha256::digest(self.0).into())
    }
}

impl fmt::Display for FamilyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for FamilyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FamilyId")
    }
}
