//! Session tokens: 256 random bits.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::{entropy::Entropy, store::session::TokenHash};

/// A token of a session, or of a bot, as text. It is shown to its owner once and kept nowhere.
#[derive(Clone)]
pub(crate) struct Token(Zeroizing<String>);

impl Token {
    const CHARS: usize = 43;

    /// A fresh token.
    pub(crate) fn draw(entropy: &Entropy) -> Self {
        let bytes = Zeroizing::new(entropy.bytes::<32>());
        Self(Zeroizing::new(URL_SAFE_NO_PAD.encode(bytes.as_slice())))
    }

    /// A token that somebody shows; anything of another shape is none.
    pub(crate) fn shown(text: &str) -> Option<Self> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        let fits = text.len() == Self::CHARS && text.bytes().all(plain);
        fits.then(|| Self(Zeroizing::new(text.to_owned())))
    }

    /// What is stored.
    pub(crate) fn hash(&self) -> TokenHash {
        TokenHash(Sha256::digest(self.0.as_bytes()).into())
    }

    /// The text, for its owner.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}
