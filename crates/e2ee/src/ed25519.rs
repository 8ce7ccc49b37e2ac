//! Ed25519 (RFC 8032) with strict verification, the only signature scheme.
//!
//! Public keys are checked when they are parsed, signatures are verified with `verify_strict`: no small-order or
//! non-canonical point gets in, so one signature never fits two messages or two keys.

use core::fmt;

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use rand_core::CryptoRngCore;
use zeroize::Zeroizing;

use crate::{codec::Writer, labels::SignLabel, secret::Secret};

/// Length of a public key.
pub const PUBLIC_LEN: usize = 32;
/// Length of a signature.
pub const SIGNATURE_LEN: usize = 64;

/// 32 bytes are no acceptable public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PublicKeyError {
    /// There is no curve point with these bytes.
    #[error("no point on the curve")]
    NotAPoint,
    /// The point has a shorter, canonical encoding.
    #[error("not the canonical encoding of the point")]
    NotCanonical,
    /// The point has small order: signatures under it prove nothing.
    #[error("a point of small order")]
    SmallOrder,
}

/// A signature does not fit key, label and message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature does not verify")]
pub struct SignatureError;

/// A checked public key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// Checks that the bytes are the canonical encoding of a point that is not of small order.
    ///
    /// # Errors
    /// [`PublicKeyError`] says which of the three it is not.
    pub fn parse(bytes: &[u8; PUBLIC_LEN]) -> Result<Self, PublicKeyError> {
        let key = VerifyingKey::from_bytes(bytes).map_err(|_| PublicKeyError::NotAPoint)?;
        if key.to_edwards().compress().as_bytes() != bytes {
            return Err(PublicKeyError::NotCanonical);
        }
        if key.is_weak() {
            return Err(PublicKeyError::SmallOrder);
        }
        Ok(Self(key))
    }

    /// The 32 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; PUBLIC_LEN] {
        self.0.as_bytes()
    }

    /// Verifies a signature made by [`KeyPair::sign`] with the same label over the same message.
    ///
    /// # Errors
    /// [`SignatureError`] if it does not fit.
    pub fn verify(
        &self,
        label: SignLabel,
        message: &[u8],
        signature: &[u8; SIGNATURE_LEN],
    ) -> Result<(), SignatureError> {
        self.0
            .verify_strict(&labelled(label, message), &Signature::from_bytes(signature))
            .map_err(|_| SignatureError)
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PublicKey(")?;
        self.as_bytes()
            .iter()
            .take(4)
            .try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str(")")
    }
}

/// A private key with its public key.
pub struct KeyPair {
    signing: Box<SigningKey>,
    public: PublicKey,
}

impl KeyPair {
    /// A fresh key pair.
    #[must_use]
    pub fn generate(rng: &mut impl CryptoRngCore) -> Self {
        Self::from_seed(&Secret::random(rng))
    }

    /// The key pair of a 32-byte seed (RFC 8032 section 5.1.5).
    #[must_use]
    pub fn from_seed(seed: &Secret<32>) -> Self {
        let signing = Box::new(SigningKey::from_bytes(seed.expose()));
        // A public key computed from a clamped scalar is canonical and of large order.
        let public = PublicKey(signing.verifying_key());
        Self { signing, public }
    }

    /// The seed, to be stored or given to a library.
    #[must_use]
    pub fn seed(&self) -> Secret<32> {
        Secret::from_bytes(self.signing.as_bytes())
    }

    /// The public half.
    #[must_use]
    pub const fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Signs {label, message}, both length-prefixed.
    #[must_use]
    pub fn sign(&self, label: SignLabel, message: &[u8]) -> [u8; SIGNATURE_LEN] {
        self.signing.sign(&labelled(label, message)).to_bytes()
    }

    /// Signs bytes as they are, for MLS, whose own labels (RFC 9420 section 5.1.2) keep them apart from ours.
    #[must_use]
    pub fn sign_raw(&self, bytes: &[u8]) -> [u8; SIGNATURE_LEN] {
        self.signing.sign(bytes).to_bytes()
    }
}

/// The message may be a payload in plain text: the copy is wiped.
fn labelled(label: SignLabel, message: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut input = Writer::with_capacity(message.len() + 64);
    input.vec(label.bytes());
    input.vec(message);
    Zeroizing::new(input.finish())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::testing::{flipped, rng};

    /// p = 2^255 - 19 in little-endian order, plus a small number: y-coordinates that have a shorter form.
    fn p_plus(small: u8) -> [u8; 32] {
        let mut bytes = [0xFF; 32];
        (bytes[0], bytes[31]) = (0xED + small, 0x7F);
        bytes
    }

    fn hex(text: &str) -> [u8; 32] {
        core::array::from_fn(|at| u8::from_str_radix(&text[at * 2..at * 2 + 2], 16).unwrap())
    }

    #[test]
    fn points_of_small_order_are_refused() {
        let mut minus_one = [0xFF; 32];
        (minus_one[0], minus_one[31]) = (0xEC, 0x7F);
        let mut one = [0; 32];
        one[0] = 1;
        let mut zero_signed = [0; 32];
        zero_signed[31] = 0x80;
        let order_8 = [
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        ];
        let all = [minus_one, one, [0; 32], zero_signed]
            .into_iter()
            .chain(order_8.map(hex));
        for bytes in all {
            assert_eq!(
                PublicKey::parse(&bytes),
                Err(PublicKeyError::SmallOrder),
                "{bytes:02x?}"
            );
        }
    }

    #[test]
    fn no_point_gets_in_by_a_second_encoding() {
        let (mut points, mut refused) = (0, 0);
        for small in 0..19 {
            for sign in [0, 0x80] {
                let mut bytes = p_plus(small);
                bytes[31] |= sign;
                match PublicKey::parse(&bytes) {
                    Err(PublicKeyError::NotCanonical) => points += 1,
                    Err(PublicKeyError::NotAPoint) => refused += 1,
                    other => unreachable!("{other:?}"),
                }
            }
        }
        // Both kinds occur, so the test tests both.
        assert!(points > 4 && refused > 4);
        let mut one_signed = [0; 32];
        (one_signed[0], one_signed[31]) = (1, 0x80);
        assert_eq!(
            PublicKey::parse(&one_signed),
            Err(PublicKeyError::NotCanonical)
        );
    }

    #[test]
    fn a_signature_fits_one_key_label_and_message() {
        let [pair, other] = [1, 2].map(|seed| KeyPair::generate(&mut rng(seed)));
        let signature = pair.sign(SignLabel::Payload, b"text");
        let verify = |key: &KeyPair, label, text| key.public().verify(label, text, &signature);
        assert_eq!(verify(&pair, SignLabel::Payload, b"text"), Ok(()));
        assert_eq!(
            verify(&other, SignLabel::Payload, b"text"),
            Err(SignatureError)
        );
        assert_eq!(
            verify(&pair, SignLabel::StatusAnswer, b"text"),
            Err(SignatureError)
        );
        assert_eq!(
            verify(&pair, SignLabel::Payload, b"test"),
            Err(SignatureError)
        );
        for changed in flipped(&signature) {
            let changed = changed.as_slice().try_into().unwrap();
            assert_eq!(
                pair.public().verify(SignLabel::Payload, b"text", changed),
                Err(SignatureError)
            );
        }
    }

    #[test]
    fn a_signature_has_one_form() {
        const GROUP_ORDER: [u8; 32] = [
            0xED, 0xD3, 0xF5, 0x5C, 0x1A, 0x63, 0x12, 0x58, 0xD6, 0x9C, 0xF7, 0xA2, 0xDE, 0xF9,
            0xDE, 0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
        ];
        let pair = KeyPair::generate(&mut rng(1));
        let mut signature = pair.sign(SignLabel::Payload, b"text");
        let mut carry = 0;
        for (byte, order) in signature[32..].iter_mut().zip(GROUP_ORDER) {
            let sum = u16::from(*byte) + u16::from(order) + carry;
            (*byte, carry) = (sum.to_le_bytes()[0], sum >> 8);
        }
        assert_eq!(
            pair.public()
                .verify(SignLabel::Payload, b"text", &signature),
            Err(SignatureError)
        );
    }

    /// R is the neutral point and S = SHA-512(R || A || M) * a: who holds the key can make it, and it satisfies the
    /// equation of RFC 8032, which does not look at the order of R.
    #[test]
    fn a_signature_with_a_point_of_small_order_is_refused() {
        let pair = KeyPair::from_seed(&Secret::from_bytes(&[1; 32]));
        let mut signature = [0; SIGNATURE_LEN];
        signature[0] = 1;
        signature[32..].copy_from_slice(&hex(
            "8d002118bd35541d309d5ffce750969c0154a1bbefb85770f4f537149b8a210a",
        ));
        let strict = pair
            .public()
            .verify(SignLabel::Payload, b"text", &signature);
        assert_eq!(strict, Err(SignatureError));
    }

    #[test]
    fn a_seed_gives_the_key_pair_back() {
        let pair = KeyPair::generate(&mut rng(1));
        assert_eq!(KeyPair::from_seed(&pair.seed()).public(), pair.public());
        assert_eq!(
            PublicKey::parse(pair.public().as_bytes()),
            Ok(*pair.public())
        );
        // RFC 8032 section 7.1, test 1.
        let seed = hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
        let public = hex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
        assert_eq!(
            KeyPair::from_seed(&Secret::from_bytes(&seed))
                .public()
                .as_bytes(),
            &public
        );
    }
}
