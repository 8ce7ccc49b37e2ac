//! Refresh tokens: 16 bytes that name the family, and 32 that are drawn anew each time. What is stored is the hash of the last
//! one alone; every older one is known by its family.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::FamilyId;
use crate::{entropy::Entropy, labels, store::session::TokenHash};

const HANDLE: usize = 16;
const BYTES: usize = HANDLE + 32;

/// A refresh token.
pub(crate) struct RefreshToken(Zeroizing<[u8; BYTES]>);

impl RefreshToken {
    /// The first one of a family.
    pub(crate) fn draw(entropy: &Entropy) -> Self {
        Self(Zeroizing::new(entropy.bytes()))
    }

    /// The one after this.
    pub(crate) fn next(&self, entropy: &Entropy) -> Self {
        let mut next = Self::draw(entropy);
        let handles = next.0.iter_mut().zip(self.0.iter()).take(HANDLE);
        handles.for_each(|(next, own)| *next = *own);
        next
    }

    /// One that somebody shows; anything of another shape is none.
    pub(crate) fn shown(text: &str) -> Option<Self> {
        let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(text).ok()?);
        Some(Self(Zeroizing::new(bytes.as_slice().try_into().ok()?)))
    }

    /// The family: a hash, so that an access token, which names it, leads to no refresh token.
    pub(crate) fn family(&self) -> FamilyId {
        let (handle, _) = self.0.split_at(HANDLE);
        let hash: [u8; 32] = Sha256::new()
            .chain_update(labels::TOKEN_FAMILY)
            .chain_update(handle)
            .finalize()
            .into();
        let (id, _) = hash.split_first_chunk::<16>().unwrap_or((&[0; 16], &[]));
        FamilyId(*id)
    }

    /// What is stored.
    pub(crate) fn hash(&self) -> TokenHash {
        TokenHash(Sha256::digest(self.0.as_slice()).into())
    }

    /// The text, for its owner.
    pub(crate) fn reveal(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0.as_slice())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_has_one_name_and_many_tokens() {
        let entropy = Entropy::from_seed([5; 32]);
        let first = RefreshToken::draw(&entropy);
        let next = first.next(&entropy);
        assert_eq!(first.family(), next.family());
        assert!(first.hash() != next.hash());
        let shown = RefreshToken::shown(&next.reveal()).unwrap();
        assert!(shown.hash() == next.hash());
        assert_ne!(RefreshToken::draw(&entropy).family(), first.family());
        let text = first.reveal();
        assert_eq!(text.len(), 64);
        for none in ["", &text[1..], &format!("{text}A"), "x".repeat(65).as_str()] {
            assert!(RefreshToken::shown(none).is_none(), "{none}");
        }
    }
}
