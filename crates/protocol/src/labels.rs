//! The one label that client and server must spell alike in their cryptography.

/// The application context of the OPAQUE key exchange.
pub(crate) const OPAQUE: &[u8] = b"secure-chat/1 opaque";
