//! The rules for user names.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, de};

use crate::limits::{USER_NAME_MAX, USER_NAME_MIN};

/// A user name: 2 to 32 of `a-z 0-9 . _ -`, beginning and ending with a letter or digit. It points at an
/// account and proves nothing.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct UserName(String);

/// Why a text is not a user name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a name has 2 to 32 of a-z, 0-9, dot, dash and underscore, and begins and ends with a letter or digit"
)]
pub struct NameError;

impl UserName {
    /// Reads a name; upper case is refused, so that two names never look alike by case.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let plain = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        let bytes = text.as_bytes();
        let ends = bytes.first().is_some_and(plain) && bytes.last().is_some_and(plain);
        let length = (USER_NAME_MIN..=USER_NAME_MAX).contains(&bytes.len());
        let letters = bytes
            .iter()
            .all(|b| plain(b) || matches!(b, b'.' | b'-' | b'_'));
        if ends && length && letters {
            Ok(Self(text.to_owned()))
        } else {
            Err(NameError)
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for UserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UserName({})", self.0)
    }
}

impl<'de> Deserialize<'de> for UserName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(de::Error::custom)
    }
}
