//! The cipher suites that a room may use.

use openmls::prelude::Ciphersuite;

/// A cipher suite of RFC 9420 that this crate accepts. There is no negotiation: a room names its
/// suite at creation and never changes it (PROTOCOL section 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Suite(Ciphersuite);

impl Suite {
    /// 0x004E: ML-KEM-768 with X25519, AES-256-GCM, SHA-384, Ed25519.
    pub const POST_QUANTUM: Self =
        Self(Ciphersuite::MLS_128_MLKEM768X25519_AES256GCM_SHA384_Ed25519);

    /// 0x0001: a classical suite, so that simulations of many clients stay fast.
    #[cfg(feature = "classical-suite-for-tests")]
    pub const CLASSICAL: Self = Self(Ciphersuite::MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519);

    /// The suite with an IANA code point, if it is one of ours.
    #[must_use]
    pub fn from_code(code: u16) -> Option<Self> {
        if code == Self::POST_QUANTUM.code() {
            return Some(Self::POST_QUANTUM);
        }
        #[cfg(feature = "classical-suite-for-tests")]
        if code == Self::CLASSICAL.code() {
            return Some(Self::CLASSICAL);
        }
        None
    }

    /// The IANA code point.
    #[must_use]
    pub fn code(self) -> u16 {
        u16::from(self.0)
    }

    pub(crate) fn mls(self) -> Ciphersuite {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_the_registry() {
        assert_eq!(Suite::POST_QUANTUM.code(), 0x004E);
        assert_eq!(Suite::from_code(0x004E), Some(Suite::POST_QUANTUM));
        assert_eq!(Suite::from_code(0x0002), None);
    }
}
