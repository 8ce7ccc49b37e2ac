//! For simulations: ephemeral keys of HPKE that follow from what is sealed, so that a seed is lived through the same way each time.
//! OpenMLS seals to many at once, in threads of which nobody knows which is first; so no generator is shared. Without
//! [`begin`], and in every shipped program, they come from the system.

use std::{
    cell::Cell,
    sync::atomic::{AtomicBool, Ordering},
};

use hpke_rs::{Hpke, HpkeError, Mode};
use hpke_rs_crypto::{
    HpkeCrypto,
    error::Error,
    types::{AeadAlgorithm, KdfAlgorithm, KemAlgorithm},
};
use hpke_rs_rust_crypto::HpkeRustCrypto;
use openmls_traits::types::{
    CryptoError, ExporterSecret, HpkeAeadType, HpkeCiphertext, HpkeConfig, HpkeKdfType,
    HpkeKemType, KemOutput,
};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use sha2::{Digest, Sha256};

use super::hpke::Prng;

static ON: AtomicBool = AtomicBool::new(false);

thread_local! {
    static NEXT: Cell<Option<[u8; 32]>> = const { Cell::new(None) };
    static NUMBER: Cell<u64> = const { Cell::new(0) };
}

/// From now on they do, until the program ends; what this thread counts begins anew.
pub fn begin() {
    ON.store(true, Ordering::Relaxed);
    NUMBER.set(0);
}

/// The next generator of this thread follows from these.
pub(super) fn follows_from(parts: &[&[u8]]) {
    if !ON.load(Ordering::Relaxed) {
        return;
    }
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    }
    NEXT.set(Some(hash.finalize().into()));
}

/// Another number each time, for what is sealed to the same key in the same words.
pub(super) fn number() -> [u8; 8] {
    let number = NUMBER.get().wrapping_add(1);
    NUMBER.set(number);
    number.to_be_bytes()
}

pub(super) fn next() -> Option<ChaCha20Rng> {
    NEXT.take().map(ChaCha20Rng::from_seed)
}

/// HPKE in base mode for the classical suite, if that is asked for.
pub(super) fn classical(config: &HpkeConfig) -> Option<Hpke<Classical>> {
    let is_it = matches!(
        config,
        HpkeConfig(
            HpkeKemType::DhKem25519,
            HpkeKdfType::HkdfSha256,
            HpkeAeadType::AesGcm128
        )
    );
    is_it.then(|| {
        Hpke::new(
            Mode::Base,
            KemAlgorithm::DhKem25519,
            KdfAlgorithm::HkdfSha256,
            AeadAlgorithm::Aes128Gcm,
        )
    })
}

pub(super) fn seal(
    hpke: &mut Hpke<Classical>,
    key: &[u8],
    info: &[u8],
    aad: &[u8],
    plain: &[u8],
) -> Result<HpkeCiphertext, CryptoError> {
    let sealed = hpke.seal(&key.into(), info, aad, plain, None, None, None);
    let (kem_output, ciphertext) = sealed.map_err(|error| match error {
        HpkeError::InvalidInput => CryptoError::InvalidLength,
        _ => CryptoError::CryptoLibraryError,
    })?;
    Ok(HpkeCiphertext {
        kem_output: kem_output.into(),
        ciphertext: ciphertext.into(),
    })
}

pub(super) fn export(
    hpke: &mut Hpke<Classical>,
    key: &[u8],
    info: &[u8],
    context: &[u8],
    len: usize,
) -> Result<(KemOutput, ExporterSecret), CryptoError> {
    let (kem_output, sender) = hpke
        .setup_sender(&key.into(), info, None, None, None)
        .map_err(|_| CryptoError::SenderSetupError)?;
    let secret = sender.export(context, len);
    let secret = secret.map_err(|_| CryptoError::ExporterError)?;
    Ok((kem_output, secret.into()))
}

/// OpenMLS's own algorithms with another generator.
#[derive(Debug)]
pub(super) struct Classical;

impl HpkeCrypto for Classical {
    type HpkePrng = Prng;

    fn name() -> String {
        HpkeRustCrypto::name()
    }

    fn supports_kdf(alg: KdfAlgorithm) -> Result<(), Error> {
        HpkeRustCrypto::supports_kdf(alg)
    }

    fn supports_kem(alg: KemAlgorithm) -> Result<(), Error> {
        HpkeRustCrypto::supports_kem(alg)
    }

    fn supports_aead(alg: AeadAlgorithm) -> Result<(), Error> {
        HpkeRustCrypto::supports_aead(alg)
    }

    fn prng() -> Prng {
        Prng(next().unwrap_or_else(ChaCha20Rng::from_entropy))
    }

    fn kdf_extract(alg: KdfAlgorithm, salt: &[u8], ikm: &[u8]) -> Result<Vec<u8>, Error> {
        HpkeRustCrypto::kdf_extract(alg, salt, ikm)
    }

    fn kdf_expand(
        alg: KdfAlgorithm,
        prk: &[u8],
        info: &[u8],
        output_size: usize,
    ) -> Result<Vec<u8>, Error> {
        HpkeRustCrypto::kdf_expand(alg, prk, info, output_size)
    }

    fn dh(alg: KemAlgorithm, pk: &[u8], sk: &[u8]) -> Result<Vec<u8>, Error> {
        HpkeRustCrypto::dh(alg, pk, sk)
    }

    fn secret_to_public(alg: KemAlgorithm, sk: &[u8]) -> Result<Vec<u8>, Error> {
        HpkeRustCrypto::secret_to_public(alg, sk)
    }

    /// The library derives ephemeral keys from bytes that it draws.
    fn kem_key_gen(_: KemAlgorithm, _: &mut Prng) -> Result<(Vec<u8>, Vec<u8>), Error> {
        Err(Error::UnsupportedKemOperation)
    }

    fn kem_key_gen_derand(alg: KemAlgorithm, seed: &[u8]) -> Result<(Vec<u8>, Vec<u8>), Error> {
        HpkeRustCrypto::kem_key_gen_derand(alg, seed)
    }

    fn kem_encaps(_: KemAlgorithm, _: &[u8], _: &mut Prng) -> Result<(Vec<u8>, Vec<u8>), Error> {
        Err(Error::UnsupportedKemOperation)
    }

    fn kem_decaps(alg: KemAlgorithm, ct: &[u8], sk_r: &[u8]) -> Result<Vec<u8>, Error> {
        HpkeRustCrypto::kem_decaps(alg, ct, sk_r)
    }

    fn dh_validate_sk(alg: KemAlgorithm, sk: &[u8]) -> Result<Vec<u8>, Error> {
        HpkeRustCrypto::dh_validate_sk(alg, sk)
    }

    fn aead_seal(
        alg: AeadAlgorithm,
        key: &[u8],
        nonce: &[u8],
        aad: &[u8],
        msg: &[u8],
    ) -> Result<Vec<u8>, Error> {
        HpkeRustCrypto::aead_seal(alg, key, nonce, aad, msg)
    }

    fn aead_open(
        alg: AeadAlgorithm,
        key: &[u8],
        nonce: &[u8],
        aad: &[u8],
        msg: &[u8],
    ) -> Result<Vec<u8>, Error> {
        HpkeRustCrypto::aead_open(alg, key, nonce, aad, msg)
    }
}
