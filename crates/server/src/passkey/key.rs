//! The public keys of passkeys: ES256 and EdDSA, as COSE spells them (RFC 9053), and the bytes that are stored.

use ciborium::{Value, value::Integer};
use ed25519_dalek::{Signature as EdSignature, VerifyingKey as EdKey};
use p256::ecdsa::{
    Signature as EcSignature, VerifyingKey as EcKey, signature::hazmat::PrehashVerifier as _,
};
use sha2::{Digest as _, Sha256};

use super::NotShown;

/// A public key.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum PublicKey {
    /// ECDSA on P-256 with SHA-256 (-7).
    Es256(Box<EcKey>),
    /// Ed25519 (-8).
    EdDsa(Box<EdKey>),
}

/// Labels and values of COSE keys (RFC 9052 section 7, RFC 9053 sections 2 and 7).
const KIND: i8 = 1;
const ALGORITHM: i8 = 3;
const CURVE: i8 = -1;
const X: i8 = -2;
const Y: i8 = -3;
const ES256: i8 = -7;
const EDDSA: i8 = -8;

impl PublicKey {
    /// Reads a COSE key.
    pub(super) fn of_cose(key: Value) -> Result<Self, NotShown> {
        let key = key.into_map().map_err(|_| NotShown)?;
        let number = |label: i8| {
            let value = field(&key, &Value::Integer(Integer::from(label)))?;
            i8::try_from(value.as_integer()?).ok()
        };
        let bytes = |label: i8| {
            let value = field(&key, &Value::Integer(Integer::from(label)));
            let bytes = value.and_then(Value::as_bytes);
            bytes.filter(|bytes| bytes.len() == 32).ok_or(NotShown)
        };
        match (number(KIND), number(ALGORITHM), number(CURVE)) {
            (Some(2), Some(ES256), Some(1)) => {
                Self::stored(&[&[4][..], bytes(X)?.as_slice(), bytes(Y)?.as_slice()].concat())
            }
            (Some(1), Some(EDDSA), Some(6)) => Self::stored(bytes(X)?),
            _ => Err(NotShown),
        }
    }

    /// Reads what was stored; the two lengths differ.
    pub(crate) fn stored(bytes: &[u8]) -> Result<Self, NotShown> {
        if let Ok(bytes) = <&[u8; 32]>::try_from(bytes) {
            let key = EdKey::from_bytes(bytes).map_err(|_| NotShown)?;
            if key.is_weak() {
                return Err(NotShown);
            }
            return Ok(Self::EdDsa(Box::new(key)));
        }
        let key = EcKey::from_sec1_bytes(bytes).map_err(|_| NotShown)?;
        Ok(Self::Es256(Box::new(key)))
    }

    /// As it is stored: 65 bytes of a point, or 32.
    pub(crate) fn to_stored(&self) -> Vec<u8> {
        match self {
            Self::Es256(key) => key.to_encoded_point(false).as_bytes().to_vec(),
            Self::EdDsa(key) => key.as_bytes().to_vec(),
        }
    }

    /// Whether it signed that.
    pub(super) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), NotShown> {
        match self {
            Self::Es256(key) => {
                let signature = EcSignature::from_der(signature).map_err(|_| NotShown)?;
                let hash = Sha256::digest(message);
                key.verify_prehash(&hash, &signature).map_err(|_| NotShown)
            }
            Self::EdDsa(key) => {
                let signature = EdSignature::from_slice(signature).map_err(|_| NotShown)?;
                key.verify_strict(message, &signature).map_err(|_| NotShown)
            }
        }
    }
}

/// What a map has under a key; a key that stands there twice is none.
pub(super) fn field<'a>(map: &'a [(Value, Value)], key: &Value) -> Option<&'a Value> {
    let mut found = map
        .iter()
        .filter(|(of, _)| of == key)
        .map(|(_, value)| value);
    match (found.next(), found.next()) {
        (Some(value), None) => Some(value),
        _ => None,
    }
}
