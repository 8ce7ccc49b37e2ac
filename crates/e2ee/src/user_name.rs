//! A user name as it stands in a certificate.

use core::fmt;

use serde::{Deserialize, Serialize};

/// A name of 1 to 64 bytes of UTF-8 without control or invisible formatting characters, and without white space at
/// either end. It points at an account and proves nothing (PROTOCOL section 2).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UserName(String);

/// A text is no user name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UserNameError {
    /// It is empty or longer than [`UserName::MAX_LEN`].
    #[error("a name has 1 to 64 bytes")]
    Length,
    /// It is not UTF-8.
    #[error("a name is UTF-8")]
    NotUtf8,
    /// It has a character that is not seen, or white space at an end: two names could look alike.
    #[error("a name has no invisible characters and no space at its ends")]
    Invisible,
}

impl UserName {
    /// The longest name, in bytes.
    pub const MAX_LEN: usize = 64;

    /// Checks a name.
    ///
    /// # Errors
    /// [`UserNameError`] says which rule it breaks.
    pub fn new(name: &str) -> Result<Self, UserNameError> {
        if name.is_empty() || name.len() > Self::MAX_LEN {
            return Err(UserNameError::Length);
        }
        if name.trim() != name || name.chars().any(is_invisible) {
            return Err(UserNameError::Invisible);
        }
        Ok(Self(name.to_owned()))
    }

    /// Checks bytes from the wire.
    ///
    /// # Errors
    /// As [`UserName::new`], and [`UserNameError::NotUtf8`].
    pub fn parse(bytes: &[u8]) -> Result<Self, UserNameError> {
        Self::new(core::str::from_utf8(bytes).map_err(|_| UserNameError::NotUtf8)?)
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Control characters and the format characters that hide, join or reorder text (Unicode categories Cc and, of Cf and
/// the default-ignorable code points, those that render as nothing).
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
            | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
            | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}'
            | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}')
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
        let longest = "x".repeat(64);
        for good in ["a", "Zoë", "李", "anna lena", "o'neill", &longest] {
            assert_eq!(UserName::new(good).map(String::from).as_deref(), Ok(good));
        }
        let too_long = "x".repeat(65);
        for (bad, error) in [
            ("", UserNameError::Length),
            (&too_long, UserNameError::Length),
            (" a", UserNameError::Invisible),
            ("a ", UserNameError::Invisible),
            ("a\u{3000}", UserNameError::Invisible),
            ("a\nb", UserNameError::Invisible),
            ("a\0", UserNameError::Invisible),
            ("a\u{200B}b", UserNameError::Invisible),
            ("a\u{202E}b", UserNameError::Invisible),
            ("a\u{FEFF}", UserNameError::Invisible),
            ("a\u{E0041}", UserNameError::Invisible),
        ] {
            assert_eq!(UserName::new(bad), Err(error), "{bad:?}");
        }
        assert_eq!(UserName::parse(&[0xFF]), Err(UserNameError::NotUtf8));
    }
}
