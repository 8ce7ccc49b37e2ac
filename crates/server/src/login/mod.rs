//! Passwords without passwords: the server's side of OPAQUE (RFC 9807), and the limits on guessing.

pub(crate) mod opaque;
mod pending;
pub(crate) mod window;

pub(crate) use opaque::OpaqueServer;
pub(crate) use pending::{PendingLogin, PendingLogins};
