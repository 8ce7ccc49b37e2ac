//! What authenticators and browsers say, as it is read.

use super::{ClientData, PublicKey, authenticator};

/// What a browser says, what an authenticator does, and the key in it.
pub(crate) fn passkey(bytes: &[u8]) -> bool {
    let attested = authenticator::attested(bytes);
    let key = attested.ok().and_then(|data| data.credential);
    if let Some((id, key)) = &key {
        assert!(!id.is_empty());
        let stored = PublicKey::stored(&key.to_stored());
        assert!(stored.is_ok_and(|stored| stored == *key), "another key");
    }
    let said = ClientData::read(bytes).and_then(|said| said.challenge());
    let data = authenticator::AuthenticatorData::read(bytes);
    key.is_some() || said.is_ok() || data.is_ok() || PublicKey::stored(bytes).is_ok()
}
