//! The labels that client and server must spell alike in their cryptography.

/// The application context of the OPAQUE key exchange.
#[cfg(feature = "opaque")]
pub(crate) const OPAQUE: &[u8] = b"secure-chat/1 opaque";

/// What starts the bytes that a server signs with its report key.
pub(crate) const REPORT_TIME: &str = "secure-chat/1 sign report time";
