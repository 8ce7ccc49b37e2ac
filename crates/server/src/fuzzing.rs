//! Every reader of bytes that come from elsewhere, under one signature: for tests that feed them what nobody wrote. Bodies
//! of requests are read by `protocol`, which has targets of its own.
//!
//! A target says whether it took the bytes.

use crate::{
    classic::fuzzing as classic, http::fuzzing as http, login::fuzzing as login,
    passkey::fuzzing as passkey, session::fuzzing as session, socket::direct::fuzzing as socket,
};

/// A reader: its name, and whether it takes these bytes.
pub type Target = (&'static str, fn(&[u8]) -> bool);

/// All of them.
pub const TARGETS: &[Target] = &[
    ("bearer", session::bearer),
    ("forms", http::forms),
    ("frames", socket::frames),
    ("headers", http::headers),
    ("kept", classic::kept),
    ("legs", http::legs),
    ("opaque", login::opaque),
    ("packet", socket::packet),
    ("passkey", passkey::passkey),
    ("path", http::path),
];
