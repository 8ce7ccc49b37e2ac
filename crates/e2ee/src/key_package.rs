//! KeyPackages: how a device can be added while it is offline (PROTOCOL sections 1 and 5).

use openmls::prelude::KeyPackage;
use rand_core::CryptoRngCore;
use thiserror::Error;

use crate::{certificate::{CertificateError, DeviceCertificate}, device::Device, rows::Row, suite::Suite};

/// A KeyPackage of this device.
pub struct OwnKeyPackage {
    /// What is published.
    pub bytes: Vec<u8>,
    /// Its reference, by which a Welcome names it.
    pub reference: Vec<u8>,
    /// Whether it may be used more than once, when all others are used up.
    pub last_resort: bool,
    /// The private half: kept until a Welcome names the reference, then deleted.
    pub rows: Vec<Row>,
}

/// Somebody else's KeyPackage, checked as far as it can be without a group.
#[derive(Clone, Debug)]
pub struct PeerKeyPackage {
    certificate: DeviceCertificate,
    key_package: KeyPackage,
}

/// A KeyPackage was refused.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum KeyPackageError {
    /// Not the encoding of a KeyPackage, or its signatures fail.
    #[error("not a valid KeyPackage")]
    Invalid,
    /// For another suite.
    #[error("the KeyPackage is for another cipher suite")]
    Suite,
    /// Its lifetime is not the constant one.
    #[error("the KeyPackage's lifetime is not the constant one")]
    Lifetime,
    /// Its capabilities or extensions are not exactly ours.
    #[error("the KeyPackage's capabilities are not those of this protocol")]
    Capabilities,
    /// Its credential is no valid device certificate.
    #[error("the credential is refused: {0}")]
    Certificate(#[from] CertificateError),
    /// The certificate is of another key than the leaf.
    #[error("the certificate does not belong to the leaf's key")]
    Key,
    /// The library refused to make one.
    #[error("the MLS library failed: {0}")]
    Mls(String),
}

impl OwnKeyPackage {
    /// Makes `count` one-time KeyPackages.
    ///
    /// # Errors
    /// [`KeyPackageError::Mls`].
    pub fn make(
        device: &Device,
        suite: Suite,
        count: usize,
        rng: &mut impl CryptoRngCore,
    ) -> Result<Vec<Self>, KeyPackageError> {
        let _ = (device, suite, count, rng);
        todo!()
    }

    /// Makes a KeyPackage of last resort, flagged as such.
    ///
    /// # Errors
    /// [`KeyPackageError::Mls`].
    pub fn make_last_resort(
        device: &Device,
        suite: Suite,
        rng: &mut impl CryptoRngCore,
    ) -> Result<Self, KeyPackageError> {
        let _ = (device, suite, rng);
        todo!()
    }
}

impl PeerKeyPackage {
    /// Parses and checks a KeyPackage: signatures, suite, constant lifetime, capabilities, chain.
    ///
    /// # Errors
    /// [`KeyPackageError`].
    pub fn parse(bytes: &[u8], suite: Suite) -> Result<Self, KeyPackageError> {
        let _ = (bytes, suite);
        todo!()
    }

    /// The certificate of the device.
    #[must_use]
    pub fn certificate(&self) -> &DeviceCertificate {
        &self.certificate
    }
}

/// The references of the KeyPackages that a Welcome is for, so that the joiner finds its own.
///
/// # Errors
/// [`KeyPackageError::Invalid`] if it is no Welcome.
pub fn references(welcome: &[u8]) -> Result<Vec<Vec<u8>>, KeyPackageError> {
    let _ = welcome;
    todo!()
}
