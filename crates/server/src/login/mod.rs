//! Passwords without passwords: the server's side of OPAQUE (RFC 9807), and the limits on guessing.

#[cfg(feature = "fuzzing-for-tests")]
pub(crate) mod fuzzing;
pub(crate) mod opaque;
mod pending;
pub(crate) mod window;

pub(crate) use opaque::OpaqueServer;
pub(crate) use pending::{Pending, PendingLogin};
