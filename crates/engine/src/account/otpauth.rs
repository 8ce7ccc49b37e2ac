//! What an authenticator app takes in: the seed as text, and as the URI of a QR code. It is made here, so that no server
//! decides what a person's camera opens.

use protocol::{bytes::Bytes, names::UserName};
use zeroize::Zeroizing;

use crate::api::Enrolment;

/// Base32 (RFC 4648), which authenticator apps read without padding.
const SIGNS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// A seed is not shorter than the hash's security level, and not longer than its block (RFC 4226 section 4).
const SEED_BYTES: std::ops::RangeInclusive<usize> = 16..=64;

/// None for a seed that no server of ours gives.
pub(crate) fn enrolment(user: &UserName, seed: &Bytes) -> Option<Enrolment> {
    if !SEED_BYTES.contains(&seed.len()) {
        return None;
    }
    let secret = base32(seed.as_slice());
    let uri = format!(
        "otpauth://totp/Secure%20Chat:{user}?secret={}&issuer=Secure%20Chat&algorithm=SHA1&digits=6&period=30",
        *secret
    );
    Some(Enrolment {
        secret,
        uri: Zeroizing::new(uri),
    })
}

fn base32(bytes: &[u8]) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(bytes.len() * 2));
    let (mut waiting, mut bits) = (0_u32, 0_u32);
    let mut sign = |five: u32| {
        let sign = SIGNS.get((five & 31) as usize);
        text.extend(sign.map(|sign| char::from(*sign)));
    };
    for byte in bytes {
        waiting = (waiting << 8 | u32::from(*byte)) & 0xfff;
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            sign(waiting >> bits);
        }
    }
    if bits > 0 {
        sign(waiting << (5 - bits));
    }
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// RFC 4648 section 10, without padding.
    #[test]
    fn base32_is_that_of_rfc_4648() {
        for (bytes, text) in [
            ("", ""),
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foo", "MZXW6"),
            ("foob", "MZXW6YQ"),
            ("fooba", "MZXW6YTB"),
            ("foobar", "MZXW6YTBOI"),
        ] {
            assert_eq!(*base32(bytes.as_bytes()), text);
        }
    }

    #[test]
    fn what_a_camera_reads_is_made_of_seed_and_name_alone() {
        let user = UserName::parse("alice").unwrap();
        let seed = Bytes::from(b"12345678901234567890".as_slice());
        let made = enrolment(&user, &seed).unwrap();
        assert_eq!(*made.secret, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(
            *made.uri,
            "otpauth://totp/Secure%20Chat:alice?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Secure%20Chat&algorithm=SHA1&digits=6&period=30"
        );
        for length in [0, 15, 65] {
            assert!(enrolment(&user, &vec![1; length].into()).is_none());
        }
    }
}
