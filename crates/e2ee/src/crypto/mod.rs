//! The cryptography that OpenMLS is given: that of the one suite, which may remember what it computed of public trees.

#[cfg(feature = "classical-suite-for-tests")]
mod either;
mod hpke;
mod node_hashes;
mod post_quantum;
mod primitives;
pub(crate) mod public_key;
#[cfg(feature = "classical-suite-for-tests")]
pub mod seeded;
mod signatures;

use std::sync::Arc;

use openmls_traits::{
    crypto::OpenMlsCrypto,
    types::{
        AeadType, Ciphersuite, CryptoError, ExporterSecret, HashType, HpkeCiphertext, HpkeConfig,
        HpkeKeyPair, KemOutput, SignatureScheme,
    },
};
use tls_codec::SecretVLBytes;

use node_hashes::NodeHashes;
use signatures::Signatures;

#[cfg(feature = "classical-suite-for-tests")]
type Algorithms = either::Either;
#[cfg(not(feature = "classical-suite-for-tests"))]
type Algorithms = post_quantum::PostQuantum;

/// The cryptography.
#[derive(Default)]
pub(crate) struct Crypto {
    inner: Algorithms,
    known: Option<Arc<Known>>,
}

/// What is remembered.
#[derive(Default)]
struct Known {
    hashes: NodeHashes,
    signatures: Signatures,
}

impl Crypto {
    /// One that neither hashes a node of a tree twice nor verifies a signature twice, for a walk along many states of one
    /// tree.
    pub(crate) fn remembering() -> Self {
        Self {
            known: Some(Arc::default()),
            ..Self::default()
        }
    }

    /// Another one that remembers the same.
    pub(crate) fn sharing(&self) -> Self {
        Self {
            known: self.known.clone(),
            ..Self::default()
        }
    }
}

impl OpenMlsCrypto for Crypto {
    fn hash(&self, hash: HashType, data: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let compute = || self.inner.hash(hash, data);
        match &self.known {
            Some(known) => known.hashes.get_or(hash, data, compute),
            None => compute(),
        }
    }

    fn supports(&self, suite: Ciphersuite) -> Result<(), CryptoError> {
        self.inner.supports(suite)
    }

    fn supported_ciphersuites(&self) -> Vec<Ciphersuite> {
        self.inner.supported_ciphersuites()
    }

    fn hkdf_extract(
        &self,
        hash: HashType,
        salt: &[u8],
        ikm: &[u8],
    ) -> Result<SecretVLBytes, CryptoError> {
        self.inner.hkdf_extract(hash, salt, ikm)
    }

    fn hmac(&self, hash: HashType, key: &[u8], m: &[u8]) -> Result<SecretVLBytes, CryptoError> {
        self.inner.hmac(hash, key, m)
    }

    fn hkdf_expand(
        &self,
        hash: HashType,
        prk: &[u8],
        info: &[u8],
        len: usize,
    ) -> Result<SecretVLBytes, CryptoError> {
        self.inner.hkdf_expand(hash, prk, info, len)
    }

    fn aead_encrypt(
        &self,
        alg: AeadType,
        key: &[u8],
        data: &[u8],
        nonce: &[u8],
        aad: &[u8],
    ) -> Result<Vec<u8>, CryptoError> {
        self.inner.aead_encrypt(alg, key, data, nonce, aad)
    }

    fn aead_decrypt(
        &self,
        alg: AeadType,
        key: &[u8],
        data: &[u8],
        nonce: &[u8],
        aad: &[u8],
    ) -> Result<Vec<u8>, CryptoError> {
        self.inner.aead_decrypt(alg, key, data, nonce, aad)
    }

    fn signature_key_gen(&self, alg: SignatureScheme) -> Result<(Vec<u8>, Vec<u8>), CryptoError> {
        self.inner.signature_key_gen(alg)
    }

    fn verify_signature(
        &self,
        alg: SignatureScheme,
        data: &[u8],
        key: &[u8],
        signature: &[u8],
    ) -> Result<(), CryptoError> {
        let verify = || self.inner.verify_signature(alg, data, key, signature);
        match &self.known {
            Some(known) => known.signatures.check(alg, [key, data, signature], verify),
            None => verify(),
        }
    }

    fn sign(&self, alg: SignatureScheme, data: &[u8], key: &[u8]) -> Result<Vec<u8>, CryptoError> {
        self.inner.sign(alg, data, key)
    }

    fn hpke_seal(
        &self,
        config: HpkeConfig,
        key: &[u8],
        info: &[u8],
        aad: &[u8],
        plain: &[u8],
    ) -> Result<HpkeCiphertext, CryptoError> {
        self.inner.hpke_seal(config, key, info, aad, plain)
    }

    fn hpke_open(
        &self,
        config: HpkeConfig,
        input: &HpkeCiphertext,
        key: &[u8],
        info: &[u8],
        aad: &[u8],
    ) -> Result<Vec<u8>, CryptoError> {
        self.inner.hpke_open(config, input, key, info, aad)
    }

    fn hpke_setup_sender_and_export(
        &self,
        config: HpkeConfig,
        key: &[u8],
        info: &[u8],
        context: &[u8],
        len: usize,
    ) -> Result<(KemOutput, ExporterSecret), CryptoError> {
        self.inner
            .hpke_setup_sender_and_export(config, key, info, context, len)
    }

    fn hpke_setup_receiver_and_export(
        &self,
        config: HpkeConfig,
        enc: &[u8],
        key: &[u8],
        info: &[u8],
        context: &[u8],
        len: usize,
    ) -> Result<ExporterSecret, CryptoError> {
        self.inner
            .hpke_setup_receiver_and_export(config, enc, key, info, context, len)
    }

    fn derive_hpke_keypair(
        &self,
        config: HpkeConfig,
        ikm: &[u8],
    ) -> Result<HpkeKeyPair, CryptoError> {
        self.inner.derive_hpke_keypair(config, ikm)
    }
}
