//! What a request shows, as it is read.

use protocol::time::Timestamp;

use super::{AccessKey, RefreshToken, Shown};
use crate::secrets::SecretKey;

/// A bearer token, or a refresh token. The access token is one of a key and a time that tests know.
pub(crate) fn bearer(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return false;
    };
    if let Some(token) = RefreshToken::shown(text) {
        assert_eq!(token.reveal(), text, "a second spelling");
        return true;
    }
    match Shown::of(text) {
        Some(Shown::Access(text)) => {
            let key = SecretKey::from_text("0123456789abcdef0123456789abcdef");
            let now = Timestamp::from_millis(1_795_000_000_000);
            key.is_ok_and(|key| AccessKey::new(&key).check(&text, now).is_ok())
        }
        Some(Shown::Session(_) | Shown::Api(_)) => true,
        None => false,
    }
}
