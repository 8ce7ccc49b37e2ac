//! `SECRET_KEY` and `SECRET_KEY_PREVIOUS`.

use zeroize::Zeroizing;

use super::Mode;
use crate::secrets::{SecretKey, SecretKeyTooShort, WeakKey};

/// Why a secret key is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SecretKeyError {
    /// Production without one.
    #[error("in production SECRET_KEY must be set; make one with: openssl rand -hex 32")]
    Missing,
    /// It is too short.
    #[error(transparent)]
    TooShort(#[from] SecretKeyTooShort),
    /// The previous one is too short to have been one.
    #[error(
        "SECRET_KEY_PREVIOUS is no key that a server has had: it needs at least {} characters",
        SecretKey::MIN_CHARS
    )]
    PreviousTooShort,
    /// Production with one that others know or guess.
    #[error(
        "{0}: whoever guesses it opens what the server keeps secret. Make one with: openssl rand -hex 32. A server that has data takes the key that it has had as SECRET_KEY_PREVIOUS"
    )]
    Weak(#[from] WeakKey),
}

/// The key that counts; in development any will do that is long enough.
pub(super) fn parse(said: Option<String>, mode: Mode) -> Result<Option<SecretKey>, SecretKeyError> {
    let key = read(said)?;
    match (&key, mode) {
        (None, Mode::Production) => Err(SecretKeyError::Missing),
        (Some(strong), Mode::Production) => {
            strong.check_strength()?;
            Ok(key)
        }
        (_, Mode::Development) => Ok(key),
    }
}

/// The key before that. A weak one is what a server should get away from.
pub(super) fn parse_previous(said: Option<String>) -> Result<Option<SecretKey>, SecretKeyError> {
    read(said).map_err(|SecretKeyTooShort| SecretKeyError::PreviousTooShort)
}

fn read(said: Option<String>) -> Result<Option<SecretKey>, SecretKeyTooShort> {
    let said = said.map(Zeroizing::new);
    said.map(|text| SecretKey::from_text(&text)).transpose()
}
