//! A user name as it stands in a certificate.

use core::fmt;

use serde::{Deserialize, Serialize};

/// A name of 2 to 32 of `a-z 0-9 . _ -` that begins and ends with a letter or digit, so that no two names look alike. It
/// points at an account and proves nothing (PROTOCOL section 2).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UserName(String);

/// A text is no user name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UserNameError {
    /// It is too short or too long.
    #[error("a name has 2 to 32 characters")]
    Length,
    /// It has a character that no name has, or begins or ends with a dot, dash or underscore.
    #[error(
        "a name has a-z, 0-9, dot, dash and underscore, and begins and ends with a letter or digit"
    )]
    Character,
}

impl UserName {
    /// The shortest name, in bytes.
    pub const MIN_LEN: usize = 2;
    /// The longest name, in bytes.
    pub const MAX_LEN: usize = 32;

    /// Checks a name.
    ///
    /// # Errors
    /// [`UserNameError`] says which rule it breaks.
    pub fn new(name: &str) -> Result<Self, UserNameError> {
        Self::parse(name.as_bytes())
    }

    /// Checks bytes from the wire.
    ///
    /// # Errors
    /// As [`UserName::new`].
    pub fn parse(bytes: &[u8]) -> Result<Self, UserNameError> {
        if !(Self::MIN_LEN..=Self::MAX_LEN).contains(&bytes.len()) {
            return Err(UserNameError::Length);
        }
        let outer = |byte: &u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9');
        let inner = |byte: &u8| outer(byte) || matches!(byte, b'.' | b'-' | b'_');
        let ends = bytes.first().is_some_and(outer) && bytes.last().is_some_and(outer);
        if !ends || !bytes.iter().all(inner) {
            return Err(UserNameError::Character);
        }
        let name = core::str::from_utf8(bytes).map_err(|_| UserNameError::Character)?;
        Ok(Self(name.to_owned()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for UserName {
    type Error = UserNameError;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        Self::new(&name)
    }
}

impl From<UserName> for String {
    fn from(name: UserName) -> Self {
        name.0
    }
}

impl fmt::Display for UserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for UserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UserName({:?})", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_can_be_told_apart_by_eye() {
        let longest = "x".repeat(32);
        for good in ["ab", "anna-lena", "o.neill_2", "0x", &longest] {
            assert_eq!(UserName::new(good).map(String::from).as_deref(), Ok(good));
        }
        let too_long = "x".repeat(33);
        for (bad, error) in [
            ("", UserNameError::Length),
            ("a", UserNameError::Length),
            (&too_long, UserNameError::Length),
            ("Alice", UserNameError::Character),
            ("zoë", UserNameError::Character),
            ("a b", UserNameError::Character),
            (".ab", UserNameError::Character),
            ("ab-", UserNameError::Character),
            ("a\0b", UserNameError::Character),
        ] {
            assert_eq!(UserName::new(bad), Err(error), "{bad:?}");
        }
        assert_eq!(
            UserName::parse(&[0xFF, 0xFE]),
            Err(UserNameError::Character)
        );
    }
}
