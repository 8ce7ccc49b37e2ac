//! KeyPackages: how a device can be added while it is offline (PROTOCOL sections 1 and 5).

use openmls::prelude::{
    KeyPackage, KeyPackageIn, MlsMessageBodyIn, MlsMessageIn, MlsMessageOut, ProtocolVersion,
};
use openmls::treesync::LeafNodeSource;
use openmls_traits::OpenMlsProvider;
use rand_core::CryptoRngCore;
use thiserror::Error;
use tls_codec::{Deserialize as _, Serialize as _};

use crate::{
    certificate::DeviceCertificate,
    crypto::{Crypto, public_key},
    device::Device,
    leaf::{self, LeafError, LeafSigner},
    provider::Provider,
    rows::{Row, Rows},
    said::said,
    suite::Suite,
};

/// The longest KeyPackage that is looked at, in bytes. Ours have about 4 kB.
pub const MAX_LEN: usize = 16 * 1024;

/// A KeyPackage of this device.
pub struct OwnKeyPackage {
    /// What is published.
    pub bytes: Vec<u8>,
    /// Its reference, by which a Welcome names it.
    pub reference: Vec<u8>,
    /// Whether it may be used more than once, when all others are used up.
    pub last_resort: bool,
    /// The private half: kept until a Welcome names the reference, then deleted, unless it is of
    /// last resort.
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
    /// Not the encoding of a KeyPackage or Welcome, or its signatures fail.
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
    /// One of its two public keys is none of the suite's KEM.
    #[error("a public key of the KeyPackage is none")]
    Key,
    /// Its credential is no valid certificate of its device.
    #[error("the credential is refused: {0}")]
    Credential(#[from] LeafError),
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
        (0..count)
            .map(|_| Self::build(device, suite, false, rng))
            .collect()
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
        Self::build(device, suite, true, rng)
    }

    fn build(
        device: &Device,
        suite: Suite,
        last_resort: bool,
        rng: &mut impl CryptoRngCore,
    ) -> Result<Self, KeyPackageError> {
        let provider = Provider::with_rng(Rows::default(), rng);
        let mut builder = KeyPackage::builder()
            .leaf_node_capabilities(leaf::capabilities(suite))
            .key_package_lifetime(leaf::lifetime());
        if last_resort {
            builder = builder.mark_as_last_resort();
        }
        let bundle = builder
            .build(
                suite.mls(),
                &provider,
                &LeafSigner(device),
                leaf::credential(device),
            )
            .map_err(|error| KeyPackageError::Mls(said(&error)))?;
        let reference = reference(bundle.key_package(), provider.crypto())?;
        let bytes = MlsMessageOut::from(bundle.into_key_package())
            .tls_serialize_detached()
            .map_err(|error| KeyPackageError::Mls(said(&error)))?;
        Ok(Self {
            bytes,
            reference,
            last_resort,
            rows: provider.rows().take_changes().puts,
        })
    }
}

impl PeerKeyPackage {
    /// Parses and checks a KeyPackage: signatures, suite, constant lifetime, capabilities, chain.
    ///
    /// # Errors
    /// [`KeyPackageError`].
    pub fn parse(bytes: &[u8], suite: Suite) -> Result<Self, KeyPackageError> {
        let key_package = parse(bytes)?
            .validate(&Crypto::default(), ProtocolVersion::Mls10)
            .map_err(|_| KeyPackageError::Invalid)?;
        if key_package.ciphersuite() != suite.mls() {
            return Err(KeyPackageError::Suite);
        }
        if !has_constant_lifetime(&key_package) {
            return Err(KeyPackageError::Lifetime);
        }
        if !leaf::is_plain(key_package.leaf_node(), suite) {
            return Err(KeyPackageError::Capabilities);
        }
        if !has_sound_keys(&key_package, suite) {
            return Err(KeyPackageError::Key);
        }
        let certificate = leaf::certificate(key_package.leaf_node())?;
        Ok(Self {
            certificate,
            key_package,
        })
    }

    /// The certificate of the device.
    #[must_use]
    pub fn certificate(&self) -> &DeviceCertificate {
        &self.certificate
    }

    pub(crate) fn key_package(&self) -> &KeyPackage {
        &self.key_package
    }
}

/// Whether a KeyPackage is valid at any clock.
pub(crate) fn has_constant_lifetime(key_package: &KeyPackage) -> bool {
    matches!(
        key_package.leaf_node().leaf_node_source(),
        LeafNodeSource::KeyPackage(lifetime) if *lifetime == leaf::lifetime()
    )
}

/// Whether both keys of a KeyPackage, its own and its leaf's, are public keys of the suite's KEM.
pub(crate) fn has_sound_keys(key_package: &KeyPackage, suite: Suite) -> bool {
    let own = key_package.hpke_init_key().as_slice();
    public_key::is_sound(own, suite) && leaf::has_sound_key(key_package.leaf_node(), suite)
}

/// The references of the KeyPackages that a Welcome is for, so that the joiner finds its own.
///
/// # Errors
/// [`KeyPackageError::Invalid`] if it is no Welcome.
pub fn references(welcome: &[u8]) -> Result<Vec<Vec<u8>>, KeyPackageError> {
    let message =
        MlsMessageIn::tls_deserialize_exact(welcome).map_err(|_| KeyPackageError::Invalid)?;
    let MlsMessageBodyIn::Welcome(welcome) = message.extract() else {
        return Err(KeyPackageError::Invalid);
    };
    let names = welcome.secrets().iter();
    Ok(names
        .map(|secret| secret.new_member().as_slice().to_vec())
        .collect())
}

fn reference(key_package: &KeyPackage, crypto: &Crypto) -> Result<Vec<u8>, KeyPackageError> {
    let reference = key_package
        .hash_ref(crypto)
        .map_err(|error| KeyPackageError::Mls(said(&error)))?;
    Ok(reference.as_slice().to_vec())
}

fn parse(bytes: &[u8]) -> Result<KeyPackageIn, KeyPackageError> {
    if bytes.len() > MAX_LEN {
        return Err(KeyPackageError::Invalid);
    }
    let message =
        MlsMessageIn::tls_deserialize_exact(bytes).map_err(|_| KeyPackageError::Invalid)?;
    match message.extract() {
        MlsMessageBodyIn::KeyPackage(key_package) => Ok(key_package),
        _ => Err(KeyPackageError::Invalid),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::testing::{flipped, person, rng};

    #[test]
    fn a_key_package_is_read_by_others_and_names_its_device() {
        let rng = &mut rng(1);
        let alice = person("alice", 1);
        for suite in [Suite::CLASSICAL, Suite::POST_QUANTUM] {
            let mut made = OwnKeyPackage::make(&alice.device, suite, 3, rng).unwrap();
            made.push(OwnKeyPackage::make_last_resort(&alice.device, suite, rng).unwrap());
            let flags: Vec<_> = made.iter().map(|own| own.last_resort).collect();
            assert_eq!(flags, [false, false, false, true]);
            for own in &made {
                let peer = PeerKeyPackage::parse(&own.bytes, suite).unwrap();
                assert_eq!(peer.certificate(), alice.device.certificate());
                assert_eq!(peer.key_package().last_resort(), own.last_resort);
                assert!(!own.rows.is_empty());
            }
            let mut references: Vec<_> = made.iter().map(|own| &own.reference).collect();
            references.dedup();
            assert_eq!(references.len(), 4);
        }
    }

    #[test]
    fn another_suite_is_refused() {
        let rng = &mut rng(1);
        let alice = person("alice", 1);
        let own = OwnKeyPackage::make(&alice.device, Suite::CLASSICAL, 1, rng).unwrap();
        let result = PeerKeyPackage::parse(&own[0].bytes, Suite::POST_QUANTUM);
        assert_eq!(result.err(), Some(KeyPackageError::Suite));
    }

    #[test]
    fn no_changed_byte_gets_through() {
        let rng = &mut rng(1);
        let alice = person("alice", 1);
        let own = OwnKeyPackage::make(&alice.device, Suite::CLASSICAL, 1, rng).unwrap();
        for bad in flipped(&own[0].bytes) {
            assert!(PeerKeyPackage::parse(&bad, Suite::CLASSICAL).is_err());
        }
        let long = vec![0; MAX_LEN + 1];
        assert!(PeerKeyPackage::parse(&long, Suite::CLASSICAL).is_err());
        assert!(
            references(&own[0].bytes).is_err(),
            "a KeyPackage is no Welcome"
        );
    }

    #[test]
    fn equal_randomness_makes_equal_keys() {
        let alice = person("alice", 1);
        let [one, two] = [(); 2].map(|()| {
            OwnKeyPackage::make(&alice.device, Suite::POST_QUANTUM, 1, &mut rng(5)).unwrap()
        });
        assert_eq!(one[0].bytes, two[0].bytes);
    }
}
