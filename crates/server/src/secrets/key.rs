//! `SECRET_KEY`, as it is given.

use zeroize::Zeroizing;

/// `SECRET_KEY`: any text with enough entropy, given by the operator or kept in the data directory.
#[derive(Clone)]
pub struct SecretKey(Zeroizing<Vec<u8>>);

/// A secret key is too short to be one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "SECRET_KEY needs at least {} characters; make one with: openssl rand -hex 32",
    SecretKey::MIN_CHARS
)]
pub struct SecretKeyTooShort;

impl SecretKey {
    /// Fewer characters than this cannot hold enough entropy.
    pub const MIN_CHARS: usize = 16;

    /// Takes a key as text; surrounding white space does not count.
    ///
    /// # Errors
    /// If it is too short.
    pub fn from_text(text: &str) -> Result<Self, SecretKeyTooShort> {
        let text = text.trim();
        if text.chars().count() < Self::MIN_CHARS {
            return Err(SecretKeyTooShort);
        }
        Ok(Self(Zeroizing::new(text.as_bytes().to_vec())))
    }

    /// What keys are derived from.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_keys_are_refused() {
        assert!(SecretKey::from_text("  123456789012345  ").is_err());
        assert!(SecretKey::from_text("1234567890123456").is_ok());
    }
}
