//! What the MLS library says of its refusals.

use std::fmt::Display;

/// Its words, for whoever looks for a fault.
#[cfg(not(feature = "browser"))]
pub(crate) fn said(error: &impl Display) -> String {
    error.to_string()
}

/// A browser has no place where they would be read, and all of them together are a part of what it downloads.
#[cfg(feature = "browser")]
pub(crate) const fn said(_: &impl Display) -> String {
    String::new()
}
