//! What OpenMLS asks for: cryptography, randomness, storage.

use std::sync::{Mutex, PoisonError};

use openmls_rust_crypto::RustCrypto;
use openmls_traits::{OpenMlsProvider, random::OpenMlsRand};
use rand_chacha::ChaCha20Rng;
use rand_core::{CryptoRngCore, RngCore, SeedableRng};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::rows::Rows;

/// Randomness was asked for in an operation that was given no generator.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("no generator for randomness was given")]
pub(crate) struct NoRng;

/// Randomness that flows from the caller's generator, so that a run can be repeated.
///
/// OpenMLS takes key material from here; the ephemeral keys of HPKE are drawn by the HPKE library
/// itself and stay unpredictable even under a fixed seed.
pub(crate) struct Rand(Mutex<Option<ChaCha20Rng>>);

impl Rand {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoRng> {
        let mut rng = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        rng.as_mut().ok_or(NoRng)?.fill_bytes(bytes);
        Ok(())
    }
}

impl OpenMlsRand for Rand {
    type Error = NoRng;

    fn random_array<const N: usize>(&self) -> Result<[u8; N], NoRng> {
        let mut bytes = [0; N];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    fn random_vec(&self, len: usize) -> Result<Vec<u8>, NoRng> {
        let mut bytes = vec![0; len];
        self.fill(&mut bytes)?;
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
            rand: Rand(Mutex::new(None)),
            rows,
        }
    }

    pub(crate) fn with_rng(rows: Rows, rng: &mut impl CryptoRngCore) -> Self {
        let mut provider = Self::new(rows);
        provider.reseed(rng);
        provider
    }

    /// Takes 32 bytes from the caller. Every operation that draws randomness calls this first.
    pub(crate) fn reseed(&mut self, rng: &mut impl CryptoRngCore) {
        let mut seed = Zeroizing::new([0; 32]);
        rng.fill_bytes(&mut *seed);
        self.rand = Rand(Mutex::new(Some(ChaCha20Rng::from_seed(*seed))));
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
