//! What the browser says that it asked an authenticator for (WebAuthn section 5.8.1).

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Deserialize;

use super::{Challenge, NotShown};
use crate::public_url::PublicUrl;

/// What an authenticator is asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(super) enum Ceremony {
    /// Make a passkey.
    #[serde(rename = "webauthn.create")]
    Create,
    /// Show one.
    #[serde(rename = "webauthn.get")]
    Get,
}

/// The part of it that counts.
#[derive(Deserialize)]
pub(super) struct ClientData {
    #[serde(rename = "type")]
    ceremony: Ceremony,
    challenge: String,
    origin: String,
    /// A page within a page of somebody else's asked.
    #[serde(default, rename = "crossOrigin")]
    cross_origin: bool,
}

impl ClientData {
    pub(super) fn read(bytes: &[u8]) -> Result<Self, NotShown> {
        serde_json::from_slice(bytes).map_err(|_| NotShown)
    }

    pub(super) fn challenge(&self) -> Result<Challenge, NotShown> {
        let bytes = URL_SAFE_NO_PAD.decode(&self.challenge);
        let bytes = bytes.map_err(|_| NotShown)?;
        bytes.try_into().map_err(|_| NotShown)
    }

    /// It was asked for this, by a page of this server's.
    pub(super) fn check(&self, ceremony: Ceremony, at: &PublicUrl) -> Result<(), NotShown> {
        let asked = self.ceremony == ceremony && !self.cross_origin && self.origin == at.origin();
        if asked { Ok(()) } else { Err(NotShown) }
    }
}
