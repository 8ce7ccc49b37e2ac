//! What a public key of a room's KEM must be: exactly one encoding of a key that honest people may have.
//!
//! A KEM fails only when somebody seals to a bad key, and in a ratchet tree that is everybody's next commit. So keys are
//! looked at where they come in, and by all alike: nothing but their bytes is asked.

use crate::suite::Suite;

/// Bytes of an X25519 public key.
const X25519_LEN: usize = 32;
/// Bytes of the polynomials of an ML-KEM-768 public key (FIPS 203 section 7.2); a seed follows.
const POLYNOMIALS_LEN: usize = 3 * 384;
/// Bytes of an ML-KEM-768 public key.
const ML_KEM_LEN: usize = POLYNOMIALS_LEN + 32;
/// Bytes of a ciphertext of ML-KEM-768.
const ML_KEM_CIPHERTEXT_LEN: usize = 1088;
/// The modulus of ML-KEM.
const Q: u16 = 3329;

/// p = 2^255 - 19, in the order of the encoding (RFC 7748 section 5).
const P: [u8; X25519_LEN] = {
    let mut p = [0xFF; X25519_LEN];
    p[0] = 0xED;
    p[31] = 0x7F;
    p
};

/// The coordinates of all points of small order of the curve and of its twist, in their one encoding below p: whatever
/// the private key is, X25519 with them gives zero (RFC 7748 section 6.1).
const SMALL_ORDER: [[u8; X25519_LEN]; 5] = [
    small(0),
    small(1),
    {
        let mut minus_one = P;
        minus_one[0] -= 1;
        minus_one
    },
    [
        0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4,
        0x6a, 0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49,
        0xb8, 0x00,
    ],
    [
        0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83, 0xef,
        0x5b, 0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f,
        0x11, 0x57,
    ],
];

const fn small(number: u8) -> [u8; X25519_LEN] {
    let mut bytes = [0; X25519_LEN];
    bytes[0] = number;
    bytes
}

/// Whether bytes are a public key of the suite's KEM.
pub(crate) fn is_sound(key: &[u8], suite: Suite) -> bool {
    #[cfg(feature = "classical-suite-for-tests")]
    if suite == Suite::CLASSICAL {
        return is_x25519(key);
    }
    suite == Suite::POST_QUANTUM && is_x_wing(key)
}

/// Whether bytes are what somebody who seals to a key of the suite's KEM sends along.
pub(crate) fn is_encapsulation(bytes: &[u8], suite: Suite) -> bool {
    #[cfg(feature = "classical-suite-for-tests")]
    if suite == Suite::CLASSICAL {
        return is_x25519(bytes);
    }
    suite == Suite::POST_QUANTUM && is_x_wing_ciphertext(bytes)
}

/// Whether bytes are a ciphertext of X-Wing. ML-KEM takes any bytes (FIPS 203 section 6.3), X25519 does not.
pub(super) fn is_x_wing_ciphertext(bytes: &[u8]) -> bool {
    let parts = bytes.split_at_checked(ML_KEM_CIPHERTEXT_LEN);
    parts.is_some_and(|(_, x25519)| is_x25519(x25519))
}

/// Whether bytes are a public key of X-Wing: one of ML-KEM-768, and one of X25519.
pub(super) fn is_x_wing(key: &[u8]) -> bool {
    key.split_at_checked(ML_KEM_LEN)
        .is_some_and(|(ml_kem, x25519)| is_reduced(ml_kem) && is_x25519(x25519))
}

/// Whether bytes are a public key of X25519: below p, and not of small order.
fn is_x25519(key: &[u8]) -> bool {
    let Ok(key) = <[u8; X25519_LEN]>::try_from(key) else {
        return false;
    };
    key.iter().rev().lt(P.iter().rev()) && !SMALL_ORDER.contains(&key)
}

/// The check of FIPS 203 section 7.2: every coefficient, twelve bits long, is below q.
fn is_reduced(key: &[u8]) -> bool {
    let (pairs, _) = key
        .get(..POLYNOMIALS_LEN)
        .unwrap_or_default()
        .as_chunks::<3>();
    pairs.iter().all(|pair| {
        let [low, middle, high] = pair.map(u16::from);
        (low | (middle & 0x0F) << 8) < Q && (middle >> 4 | high << 4) < Q
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use openmls_traits::{crypto::OpenMlsCrypto as _, types::HpkeCiphertext};

    use super::*;
    use crate::{bad_keys, crypto::Crypto, testing::kem_public_key};

    const SUITES: [Suite; 2] = [Suite::CLASSICAL, Suite::POST_QUANTUM];

    #[test]
    fn honest_keys_are_sound_and_all_others_are_not() {
        for suite in SUITES {
            let good = kem_public_key(suite, 1);
            assert!(is_sound(&good, suite));
            for (name, bad) in bad_keys::kem(suite) {
                assert!(!is_sound(&bad, suite), "{name}");
            }
        }
        assert!(!is_sound(
            &kem_public_key(Suite::CLASSICAL, 1),
            Suite::POST_QUANTUM
        ));
    }

    /// The library knows which coefficients are reduced, and finds the same.
    #[test]
    fn each_coefficient_is_looked_at() {
        let good = kem_public_key(Suite::POST_QUANTUM, 1);
        for at in (0..POLYNOMIALS_LEN).step_by(3) {
            for (bytes, sound) in [
                ([0x00, 0x0D, 0x00], true),
                ([0x01, 0x0D, 0x00], false),
                ([0x00, 0x00, 0xD0], true),
                ([0x00, 0x10, 0xD0], false),
            ] {
                let mut key = good.clone();
                key[at..at + 3].copy_from_slice(&bytes);
                assert_eq!(is_x_wing(&key), sound, "{at}: {bytes:02x?}");
                let taken = x_wing::EncapsulationKey::try_from(key.as_slice()).is_ok();
                assert_eq!(taken, sound, "{at}: {bytes:02x?}");
            }
        }
    }

    #[test]
    fn nothing_is_sealed_to_a_bad_key_nor_exported_for_one() {
        let suite = Suite::POST_QUANTUM;
        let (crypto, config) = (Crypto::default(), || suite.mls().hpke_config());
        for (name, bad) in bad_keys::kem(suite) {
            let sealed = crypto.hpke_seal(config(), &bad, b"", b"", b"text");
            assert!(sealed.is_err(), "{name}");
            let exported = crypto.hpke_setup_sender_and_export(config(), &bad, b"", b"", 32);
            assert!(exported.is_err(), "{name}");
        }
    }

    /// What is sealed carries a key of X25519 too, that of its maker.
    #[test]
    fn nothing_opens_that_was_sealed_with_a_bad_point() {
        let suite = Suite::POST_QUANTUM;
        let (crypto, config) = (Crypto::default(), || suite.mls().hpke_config());
        let pair = crypto.derive_hpke_keypair(config(), &[1; 32]).unwrap();
        let sealed = crypto
            .hpke_seal(config(), &pair.public, b"", b"", b"text")
            .unwrap();
        let kem_output = sealed.kem_output.as_slice().to_vec();
        let point = kem_output.len() - X25519_LEN;
        let open = |kem_output: Vec<u8>| {
            let sealed = HpkeCiphertext {
                kem_output: kem_output.clone().into(),
                ciphertext: sealed.ciphertext.clone(),
            };
            let opened = crypto.hpke_open(config(), &sealed, &pair.private, b"", b"");
            let exported = crypto.hpke_setup_receiver_and_export(
                config(),
                &kem_output,
                &pair.private,
                b"",
                b"",
                32,
            );
            (opened.is_ok(), exported.is_ok())
        };
        assert_eq!(open(kem_output.clone()), (true, true));
        for (name, bad) in bad_keys::x25519() {
            let spoilt = [&kem_output[..point], &bad].concat();
            assert_eq!(open(spoilt), (false, false), "{name}");
        }
    }
}
