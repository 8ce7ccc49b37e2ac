//! This device: its key and its certificate.

use rand_core::CryptoRngCore;
use zeroize::Zeroizing;

use crate::{
    certificate::{self, CertificateError, DeviceCertificate, DeviceFields},
    codec::{CodecError, Reader, Writer},
    ed25519::KeyPair,
    ids::{AccountId, DeviceId},
    secret::Secret,
    signing::SigningKey,
    user_name::UserName,
};

/// A stored device could not be loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DeviceError {
    /// The bytes do not have the form of a device.
    #[error("malformed device record: {0}")]
    Codec(#[from] CodecError),
    /// The certificate in it is refused.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// The certificate is of another device key.
    #[error("the device key does not belong to its certificate")]
    Mismatch,
}

/// When a certificate begins and ends, in unix milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// When it is made.
    pub created_ms: u64,
    /// The last moment at which a commit may be made with it.
    pub not_after_ms: u64,
}

impl Validity {
    /// From `now_ms` on, for `days` days.
    #[must_use]
    pub const fn days(now_ms: u64, days: u32) -> Self {
        Self {
            created_ms: now_ms,
            not_after_ms: now_ms.saturating_add(days as u64 * 86_400_000),
        }
    }
}

/// A device: the private device key, which never leaves it, and the certificate of the account's signing key.
pub struct Device {
    key: KeyPair,
    certificate: DeviceCertificate,
}

impl Device {
    /// A new device with a fresh id and key, certified by the account's signing key.
    #[must_use]
    pub fn create(
        name: UserName,
        signing: &SigningKey,
        validity: Validity,
        rng: &mut impl CryptoRngCore,
    ) -> Self {
        let key = KeyPair::generate(rng);
        let fields = DeviceFields {
            name,
            device: DeviceId::random(rng),
            device_key: *key.public(),
            created_ms: validity.created_ms,
            not_after_ms: validity.not_after_ms,
        };
        Self {
            certificate: DeviceCertificate::issue(fields, signing),
            key,
        }
    }

    /// The same device with a new certificate: after a revocation (higher generation) or before the old one ends.
    #[must_use]
    pub fn renew(self, signing: &SigningKey, validity: Validity) -> Self {
        let fields = DeviceFields {
            created_ms: validity.created_ms,
            not_after_ms: validity.not_after_ms,
            ..self.certificate.fields().clone()
        };
        Self {
            certificate: DeviceCertificate::issue(fields, signing),
            key: self.key,
        }
    }

    /// The account that the device belongs to.
    #[must_use]
    pub const fn account(&self) -> AccountId {
        self.certificate.account()
    }

    /// The device's id.
    #[must_use]
    pub const fn id(&self) -> DeviceId {
        self.certificate.device()
    }

    /// The device key: it signs MLS content ([`KeyPair::sign_raw`]) and payloads.
    #[must_use]
    pub const fn key(&self) -> &KeyPair {
        &self.key
    }

    /// The certificate.
    #[must_use]
    pub const fn certificate(&self) -> &DeviceCertificate {
        &self.certificate
    }

    /// The bytes to be kept in the device's sealed store: seed (32 bytes), certificate.
    #[must_use]
    pub fn encode(&self) -> Zeroizing<Vec<u8>> {
        let mut writer = Writer::with_capacity(32 + 4 + certificate::MAX_LEN);
        writer.fixed(self.key.seed().expose());
        writer.vec(self.certificate.as_bytes());
        Zeroizing::new(writer.finish())
    }

    /// Loads what [`Device::encode`] gave.
    ///
    /// # Errors
    /// [`DeviceError`] if the bytes are damaged.
    pub fn decode(bytes: &[u8]) -> Result<Self, DeviceError> {
        let mut reader = Reader::new(bytes);
        let seed = Secret::from_slice(reader.fixed(32)?).ok_or(CodecError::Truncated)?;
        let certificate = DeviceCertificate::validate(reader.vec(certificate::MAX_LEN)?)?;
        reader.finish()?;
        let key = KeyPair::from_seed(&seed);
        if key.public() != certificate.device_key() {
            return Err(DeviceError::Mismatch);
        }
        Ok(Self { key, certificate })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::person;

    #[test]
    fn a_damaged_record_is_refused() {
        let [alice, bob] = [person("alice", 1), person("bob", 2)];
        let bytes = alice.device.encode();
        assert_eq!(
            Device::decode(&bytes[..40]).err(),
            Some(CodecError::Truncated.into())
        );
        assert_eq!(
            Device::decode(&[bytes.as_slice(), &[0]].concat()).err(),
            Some(CodecError::Trailing.into())
        );
        let mut mixed = bytes.to_vec();
        mixed[..32].copy_from_slice(bob.device.key().seed().expose());
        assert_eq!(Device::decode(&mixed).err(), Some(DeviceError::Mismatch));
    }
}
