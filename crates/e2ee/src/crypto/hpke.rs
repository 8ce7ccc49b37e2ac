//! What the HPKE library (RFC 9180) is given for the one suite: X-Wing, HKDF-SHA-384 and AES-256-GCM, each from the
//! crate that computes it. Whatever else it asks for is refused.

use hpke_rs::{Hpke, Mode};
use hpke_rs_crypto::{
    HpkeCrypto, HpkeTestRng, TryCryptoRng, TryRng,
    error::Error,
    types::{AeadAlgorithm, KdfAlgorithm, KemAlgorithm},
};
use openmls_traits::types::{HpkeAeadType, HpkeConfig, HpkeKdfType, HpkeKemType};
use rand_chacha::ChaCha20Rng;
use rand_core::{RngCore, SeedableRng};
use x_wing::{
    Decapsulate, DecapsulationKey, Decapsulator, Encapsulate, EncapsulationKey, KeyExport,
};
use zeroize::Zeroize;

use super::{primitives, public_key};

const KEM: KemAlgorithm = KemAlgorithm::XWingDraft06;
const KDF: KdfAlgorithm = KdfAlgorithm::HkdfSha384;
const AEAD: AeadAlgorithm = AeadAlgorithm::Aes256Gcm;

/// HPKE in base mode, if it is the one suite that is asked for.
pub(super) fn base(config: &HpkeConfig) -> Option<Hpke<Backend>> {
    is_ours(config).then(|| Hpke::new(Mode::Base, KEM, KDF, AEAD))
}

/// Whether it is the one suite that is asked for.
pub(super) fn is_ours(config: &HpkeConfig) -> bool {
    matches!(
        config,
        HpkeConfig(
            HpkeKemType::XWingKemDraft6,
            HpkeKdfType::HkdfSha384,
            HpkeAeadType::AesGcm256
        )
    )
}

/// The algorithms.
#[derive(Debug)]
pub(super) struct Backend;

impl HpkeCrypto for Backend {
    type HpkePrng = Prng;

    fn name() -> String {
        "X-Wing, HKDF-SHA-384, AES-256-GCM".to_owned()
    }

    fn supports_kdf(alg: KdfAlgorithm) -> Result<(), Error> {
        only(alg == KDF, Error::UnsupportedKemOperation)
    }

    fn supports_kem(alg: KemAlgorithm) -> Result<(), Error> {
        only(alg == KEM, Error::UnknownKemAlgorithm)
    }

    fn supports_aead(alg: AeadAlgorithm) -> Result<(), Error> {
        only(alg == AEAD, Error::UnknownAeadAlgorithm)
    }

    fn prng() -> Prng {
        #[cfg(feature = "classical-suite-for-tests")]
        if let Some(rng) = super::seeded::next() {
            return Prng(rng);
        }
        Prng(ChaCha20Rng::from_entropy())
    }

    fn kdf_extract(alg: KdfAlgorithm, salt: &[u8], ikm: &[u8]) -> Result<Vec<u8>, Error> {
        Self::supports_kdf(alg)?;
        Ok(primitives::hkdf_extract(salt, ikm))
    }

    fn kdf_expand(
        alg: KdfAlgorithm,
        prk: &[u8],
        info: &[u8],
        output_size: usize,
    ) -> Result<Vec<u8>, Error> {
        Self::supports_kdf(alg)?;
        primitives::hkdf_expand(prk, info, output_size).ok_or(Error::HpkeInvalidOutputLength)
    }

    fn dh(_: KemAlgorithm, _: &[u8], _: &[u8]) -> Result<Vec<u8>, Error> {
        Err(Error::UnknownKemAlgorithm)
    }

    fn secret_to_public(_: KemAlgorithm, _: &[u8]) -> Result<Vec<u8>, Error> {
        Err(Error::UnsupportedKemOperation)
    }

    fn kem_key_gen(alg: KemAlgorithm, prng: &mut Prng) -> Result<(Vec<u8>, Vec<u8>), Error> {
        let mut seed = [0; x_wing::DECAPSULATION_KEY_SIZE];
        prng.0.fill_bytes(&mut seed);
        let keys = Self::kem_key_gen_derand(alg, &seed);
        seed.zeroize();
        keys
    }

    fn kem_key_gen_derand(alg: KemAlgorithm, seed: &[u8]) -> Result<(Vec<u8>, Vec<u8>), Error> {
        Self::supports_kem(alg)?;
        let secret = decapsulation_key(seed)?;
        let public = secret.encapsulation_key().to_bytes();
        Ok((public.to_vec(), secret.as_bytes().to_vec()))
    }

    fn kem_encaps(
        alg: KemAlgorithm,
        pk_r: &[u8],
        prng: &mut Prng,
    ) -> Result<(Vec<u8>, Vec<u8>), Error> {
        Self::supports_kem(alg)?;
        // The library takes any X25519 part: one of small order would leave ML-KEM to do the work alone.
        only(public_key::is_x_wing(pk_r), Error::KemInvalidPublicKey)?;
        let key = EncapsulationKey::try_from(pk_r).map_err(|_| Error::KemInvalidPublicKey)?;
        let (ciphertext, shared) = key.encapsulate_with_rng(prng);
        Ok((shared.to_vec(), ciphertext.to_vec()))
    }

    fn kem_decaps(alg: KemAlgorithm, ct: &[u8], sk_r: &[u8]) -> Result<Vec<u8>, Error> {
        Self::supports_kem(alg)?;
        only(
            public_key::is_x_wing_ciphertext(ct),
            Error::KemInvalidCiphertext,
        )?;
        let ciphertext =
            x_wing::Ciphertext::try_from(ct).map_err(|_| Error::KemInvalidCiphertext)?;
        Ok(decapsulation_key(sk_r)?.decapsulate(&ciphertext).to_vec())
    }

    fn dh_validate_sk(_: KemAlgorithm, _: &[u8]) -> Result<Vec<u8>, Error> {
        Err(Error::UnknownKemAlgorithm)
    }

    fn aead_seal(
        alg: AeadAlgorithm,
        key: &[u8],
        nonce: &[u8],
        aad: &[u8],
        msg: &[u8],
    ) -> Result<Vec<u8>, Error> {
        Self::supports_aead(alg)?;
        primitives::aead_encrypt(key, msg, nonce, aad).ok_or(Error::AeadInvalidNonce)
    }

    fn aead_open(
        alg: AeadAlgorithm,
        key: &[u8],
        nonce: &[u8],
        aad: &[u8],
        msg: &[u8],
    ) -> Result<Vec<u8>, Error> {
        Self::supports_aead(alg)?;
        primitives::aead_decrypt(key, msg, nonce, aad).map_err(|_| Error::AeadOpenError)
    }
}

fn only(ours: bool, otherwise: Error) -> Result<(), Error> {
    if ours { Ok(()) } else { Err(otherwise) }
}

fn decapsulation_key(seed: &[u8]) -> Result<DecapsulationKey, Error> {
    let seed: [u8; x_wing::DECAPSULATION_KEY_SIZE] =
        seed.try_into().map_err(|_| Error::KemInvalidSecretKey)?;
    Ok(DecapsulationKey::from(seed))
}

/// A generator seeded by the system, for the ephemeral keys.
#[derive(Debug)]
pub(super) struct Prng(pub(super) ChaCha20Rng);

impl TryRng for Prng {
    type Error = std::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        Ok(self.0.next_u32())
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        Ok(self.0.next_u64())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        self.0.fill_bytes(bytes);
        Ok(())
    }
}

impl TryCryptoRng for Prng {}

impl HpkeTestRng for Prng {
    type Error = std::convert::Infallible;

    fn try_fill_test_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        self.try_fill_bytes(bytes)
    }

    /// The library's own tests fix what comes; here nothing does.
    fn seed(&mut self, _: &[u8]) {}
}

impl Zeroize for Prng {
    fn zeroize(&mut self) {
        self.0 = ChaCha20Rng::from_seed([0; 32]);
    }
}
