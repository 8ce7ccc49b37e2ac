//! What OpenMLS asks for: cryptography, randomness, storage.

use std::sync::{Mutex, PoisonError};

use openmls_traits::{OpenMlsProvider, random::OpenMlsRand};
use rand_chacha::ChaCha20Rng;
use rand_core::{CryptoRngCore, RngCore, SeedableRng};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::{crypto::Crypto, rows::Rows};

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

/// From the generator's state follow the private keys that were made of it. The library of the generator does not wipe it.
impl Drop for Rand {
    fn drop(&mut self) {
        let rng = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some(rng) = rng {
            *rng = ChaCha20Rng::from_seed([0; 32]);
            // Nobody reads it again, which the compiler must not know.
            std::hint::black_box(rng);
        }
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
    crypto: Crypto,
    rand: Rand,
    rows: Rows,
}

impl Provider {
    pub(crate) fn new(rows: Rows) -> Self {
        Self {
            crypto: Crypto::default(),
            rand: Rand(Mutex::new(None)),
            rows,
        }
    }

    pub(crate) fn with_rng(rows: Rows, rng: &mut impl CryptoRngCore) -> Self {
        let mut provider = Self::new(rows);
        provider.reseed(rng);
        provider
    }

    /// With cryptography that may remember what a walk to the group's state has hashed.
    pub(crate) fn with_crypto(rows: Rows, crypto: Crypto, rng: &mut impl CryptoRngCore) -> Self {
        let mut provider = Self::with_rng(rows, rng);
        provider.crypto = crypto;
        provider
    }

    /// Forgets it: a group that stays loaded does not hold its tree twice.
    pub(crate) fn forget_hashes(&mut self) {
        self.crypto = Crypto::default();
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
    type CryptoProvider = Crypto;
    type RandProvider = Rand;
    type StorageProvider = Rows;

    fn storage(&self) -> &Rows {
        &self.rows
    }

    fn crypto(&self) -> &Crypto {
        &self.crypto
    }

    fn rand(&self) -> &Rand {
        &self.rand
    }
}
