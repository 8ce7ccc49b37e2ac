//! What OpenMLS asks for: cryptography, randomness, storage.

use std::{
    convert::Infallible,
    sync::{Mutex, PoisonError},
};

use openmls_rust_crypto::RustCrypto;
use openmls_traits::{OpenMlsProvider, random::OpenMlsRand};
use rand_chacha::ChaCha20Rng;
use rand_core::{CryptoRng, RngCore, SeedableRng};

use crate::rows::Rows;

/// Randomness that flows from the caller's generator, so that a run can be repeated.
///
/// OpenMLS takes key material from here; the ephemeral keys of HPKE are drawn by the HPKE library
/// itself and stay unpredictable even under a fixed seed.
pub struct Rand(Mutex<ChaCha20Rng>);

impl Rand {
    fn fill(&self, bytes: &mut [u8]) {
        let mut rng = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        rng.fill_bytes(bytes);
    }
}

impl OpenMlsRand for Rand {
    type Error = Infallible;

    fn random_array<const N: usize>(&self) -> Result<[u8; N], Infallible> {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        Ok(bytes)
    }

    fn random_vec(&self, len: usize) -> Result<Vec<u8>, Infallible> {
        let mut bytes = vec![0; len];
        self.fill(&mut bytes);
        Ok(bytes)
    }
}

/// The provider of one group: its rows, and a generator reseeded before each operation.
pub(crate) struct Provider {
    crypto: RustCrypto,
    rand: Rand,
    rows: Rows,
}

impl Provider {
    pub(crate) fn new(rows: Rows) -> Self {
        Self {
            crypto: RustCrypto::default(),
            rand: Rand(Mutex::new(ChaCha20Rng::from_seed([0; 32]))),
            rows,
        }
    }

    pub(crate) fn with_rng(rows: Rows, rng: &mut (impl CryptoRng + RngCore)) -> Self {
        let mut provider = Self::new(rows);
        provider.reseed(rng);
        provider
    }

    /// Takes 32 bytes from the caller. Every operation that draws randomness calls this first.
    pub(crate) fn reseed(&mut self, rng: &mut (impl CryptoRng + RngCore)) {
        let mut seed = [0; 32];
        rng.fill_bytes(&mut seed);
        self.rand = Rand(Mutex::new(ChaCha20Rng::from_seed(seed)));
    }

    pub(crate) fn rows(&self) -> &Rows {
        &self.rows
    }
}

impl OpenMlsProvider for Provider {
    type CryptoProvider = RustCrypto;
    type RandProvider = Rand;
    type StorageProvider = Rows;

    fn storage(&self) -> &Rows {
        &self.rows
    }

    fn crypto(&self) -> &RustCrypto {
        &self.crypto
    }

    fn rand(&self) -> &Rand {
        &self.rand
    }
}
