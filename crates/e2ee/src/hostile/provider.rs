//! Cryptography of a member that turns bad: the library's own, with chosen results replaced.

use std::sync::atomic::{AtomicUsize, Ordering};

use openmls_traits::{
    OpenMlsProvider,
    crypto::OpenMlsCrypto,
    types::{
        AeadType, Ciphersuite, CryptoError, ExporterSecret, HashType, HpkeCiphertext, HpkeConfig,
        HpkeKeyPair, KemOutput, SignatureScheme,
    },
};
use rand_core::CryptoRngCore;
use tls_codec::SecretVLBytes;

use crate::{
    crypto::Crypto,
    provider::{Provider, Rand},
    rows::Rows,
};

/// Cryptography that spoils chosen HPKE seals: a committer's path secrets.
pub(crate) struct Evil {
    honest: Crypto,
    sealed: AtomicUsize,
    /// The seals to spoil, counted from 0.
    spoil: fn(usize) -> bool,
    derived: AtomicUsize,
    /// Which of the key pairs, counted from 0, gets which public key.
    other_key: Option<(usize, Vec<u8>)>,
    /// What an external commit says that it was encapsulated in.
    other_kem_output: Option<Vec<u8>>,
    /// Whether a key that is none gets a seal that nobody opens.
    seals_to_anything: bool,
}

/// A provider with such cryptography.
pub(crate) struct EvilProvider {
    crypto: Evil,
    honest: Provider,
}

impl EvilProvider {
    pub(crate) fn new(rows: Rows, spoil: fn(usize) -> bool, rng: &mut impl CryptoRngCore) -> Self {
        Self {
            crypto: Evil {
                honest: Crypto::default(),
                sealed: AtomicUsize::new(0),
                spoil,
                derived: AtomicUsize::new(0),
                other_key: None,
                other_kem_output: None,
                seals_to_anything: false,
            },
            honest: Provider::with_rng(rows, rng),
        }
    }

    /// One that shows `key` as the public key of the pair that it derives as number `at`, counted from 0.
    pub(crate) fn with_key(mut self, at: usize, key: Vec<u8>) -> Self {
        self.crypto.other_key = Some((at, key));
        self
    }

    /// One that enters by an encapsulation that is none.
    #[cfg(test)]
    pub(crate) fn with_kem_output(mut self, kem_output: Vec<u8>) -> Self {
        self.crypto.other_kem_output = Some(kem_output);
        self
    }

    /// One whose seals never fail.
    #[cfg(test)]
    pub(crate) fn sealing_to_anything(mut self) -> Self {
        self.crypto.seals_to_anything = true;
        self
    }

    /// How many key pairs it has derived.
    #[cfg(test)]
    pub(crate) fn derived(&self) -> usize {
        self.crypto.derived.load(Ordering::SeqCst)
    }
}

impl OpenMlsProvider for EvilProvider {
    type CryptoProvider = Evil;
    type RandProvider = Rand;
    type StorageProvider = Rows;

    fn storage(&self) -> &Rows {
        self.honest.storage()
    }

    fn crypto(&self) -> &Evil {
        &self.crypto
    }

    fn rand(&self) -> &Rand {
        self.honest.rand()
    }
}

impl OpenMlsCrypto for Evil {
    fn supports(&self, suite: Ciphersuite) -> Result<(), CryptoError> {
        self.honest.supports(suite)
    }

    fn supported_ciphersuites(&self) -> Vec<Ciphersuite> {
        self.honest.supported_ciphersuites()
    }

    fn hkdf_extract(
        &self,
        hash: HashType,
        salt: &[u8],
        ikm: &[u8],
    ) -> Result<SecretVLBytes, CryptoError> {
        self.honest.hkdf_extract(hash, salt, ikm)
    }

    fn hmac(&self, hash: HashType, key: &[u8], m: &[u8]) -> Result<SecretVLBytes, CryptoError> {
        self.honest.hmac(hash, key, m)
    }

    fn hkdf_expand(
        &self,
        hash: HashType,
        prk: &[u8],
        info: &[u8],
        len: usize,
    ) -> Result<SecretVLBytes, CryptoError> {
        self.honest.hkdf_expand(hash, prk, info, len)
    }

    fn hash(&self, hash: HashType, data: &[u8]) -> Result<Vec<u8>, CryptoError> {
        self.honest.hash(hash, data)
    }

    fn aead_encrypt(
        &self,
        alg: AeadType,
        key: &[u8],
        data: &[u8],
        nonce: &[u8],
        aad: &[u8],
    ) -> Result<Vec<u8>, CryptoError> {
        self.honest.aead_encrypt(alg, key, data, nonce, aad)
    }

    fn aead_decrypt(
        &self,
        alg: AeadType,
        key: &[u8],
        data: &[u8],
        nonce: &[u8],
        aad: &[u8],
    ) -> Result<Vec<u8>, CryptoError> {
        self.honest.aead_decrypt(alg, key, data, nonce, aad)
    }

    fn signature_key_gen(&self, alg: SignatureScheme) -> Result<(Vec<u8>, Vec<u8>), CryptoError> {
        self.honest.signature_key_gen(alg)
    }

    fn verify_signature(
        &self,
        alg: SignatureScheme,
        data: &[u8],
        key: &[u8],
        signature: &[u8],
    ) -> Result<(), CryptoError> {
        self.honest.verify_signature(alg, data, key, signature)
    }

    fn sign(&self, alg: SignatureScheme, data: &[u8], key: &[u8]) -> Result<Vec<u8>, CryptoError> {
        self.honest.sign(alg, data, key)
    }

    fn hpke_seal(
        &self,
        config: HpkeConfig,
        key: &[u8],
        info: &[u8],
        aad: &[u8],
        plain: &[u8],
    ) -> Result<HpkeCiphertext, CryptoError> {
        let count = self.sealed.fetch_add(1, Ordering::SeqCst);
        let mut plain = plain.to_vec();
        if (self.spoil)(count) {
            plain.iter_mut().take(1).for_each(|byte| *byte ^= 1);
        }
        let sealed = self.honest.hpke_seal(config, key, info, aad, &plain);
        sealed.or_else(|error| {
            let nothing = || HpkeCiphertext {
                kem_output: vec![0; 32].into(),
                ciphertext: vec![0; 32].into(),
            };
            self.seals_to_anything.then(nothing).ok_or(error)
        })
    }

    fn hpke_open(
        &self,
        config: HpkeConfig,
        input: &HpkeCiphertext,
        key: &[u8],
        info: &[u8],
        aad: &[u8],
    ) -> Result<Vec<u8>, CryptoError> {
        self.honest.hpke_open(config, input, key, info, aad)
    }

    fn hpke_setup_sender_and_export(
        &self,
        config: HpkeConfig,
        key: &[u8],
        info: &[u8],
        context: &[u8],
        len: usize,
    ) -> Result<(KemOutput, ExporterSecret), CryptoError> {
        let honest = self
            .honest
            .hpke_setup_sender_and_export(config, key, info, context, len);
        let (kem_output, secret) = honest?;
        Ok((self.other_kem_output.clone().unwrap_or(kem_output), secret))
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
        self.honest
            .hpke_setup_receiver_and_export(config, enc, key, info, context, len)
    }

    fn derive_hpke_keypair(
        &self,
        config: HpkeConfig,
        ikm: &[u8],
    ) -> Result<HpkeKeyPair, CryptoError> {
        let mut pair = self.honest.derive_hpke_keypair(config, ikm)?;
        let count = self.derived.fetch_add(1, Ordering::SeqCst);
        if let Some((_, key)) = self.other_key.as_ref().filter(|(at, _)| *at == count) {
            pair.public.clone_from(key);
        }
        Ok(pair)
    }
}
