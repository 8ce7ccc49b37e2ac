//! Pins of server keys: the SHA-256 of a certificate's SubjectPublicKeyInfo (RFC 7469 section 2.4).

use std::{fmt, str::FromStr};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The most pins that a server names, and that a link carries.
pub const MAX_PINS: usize = 8;

/// Characters of base64 that 32 bytes take.
const WRITTEN: usize = 44;

/// One pin; written `sha256/` and standard base64.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Pin([u8; 32]);

/// A text is no pin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a pin is sha256/ and 44 characters of base64, as `secure-chat pin` prints it")]
pub struct PinError;

impl Pin {
    /// The pin whose hash this is.
    pub const fn from_bytes(sha256: [u8; 32]) -> Self {
        Self(sha256)
    }

    /// The hash.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256/{}", STANDARD.encode(self.0))
    }
}

impl FromStr for Pin {
    type Err = PinError;

    /// Reads one, also with the two slashes that curl writes.
    fn from_str(text: &str) -> Result<Self, PinError> {
        let hash = text.trim().strip_prefix("sha256/").ok_or(PinError)?;
        // Base64 itself may begin with a slash.
        let curl = (hash.len() == WRITTEN + 1).then(|| hash.strip_prefix('/'));
        let hash = curl.flatten().unwrap_or(hash);
        let bytes = STANDARD.decode(hash).map_err(|_| PinError)?;
        bytes.try_into().map(Self).map_err(|_| PinError)
    }
}

impl Serialize for Pin {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Pin {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_written_one_way_and_read_in_two() {
        for bytes in [[0xff; 32], [0; 32]] {
            let pin = Pin::from_bytes(bytes);
            let text = pin.to_string();
            assert_eq!(text.len(), "sha256/".len() + WRITTEN);
            assert_eq!(text.parse(), Ok(pin));
            let curl = text.replacen('/', "//", 1);
            assert_eq!(curl.parse(), Ok(pin));
            assert_eq!(serde_json::to_string(&pin).unwrap(), format!("\"{text}\""));
        }
        for bad in [
            "",
            "sha256/",
            "sha256/AAAA",
            "sha1/AAAA",
            &"A".repeat(WRITTEN),
        ] {
            assert_eq!(bad.parse::<Pin>(), Err(PinError), "{bad}");
        }
    }
}
