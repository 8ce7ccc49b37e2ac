//! The OPAQUE suite (RFC 9807) that both sides must agree on: ristretto255, SHA-512 triple Diffie-Hellman,
//! and Argon2id as key stretching function on the client.

use argon2::{Algorithm, Argon2, Params, Version};
use opaque_ke::{CipherSuite, Ristretto255, TripleDh, ksf::Ksf};
use sha2::Sha512;

/// Memory of one Argon2id run in KiB: 64 MiB. The client's floor; no server can lower it.
pub const ARGON2_MEMORY_KIB: u32 = 64 * 1024;
/// Passes of one Argon2id run.
pub const ARGON2_PASSES: u32 = 3;
/// Lanes of one Argon2id run.
pub const ARGON2_LANES: u32 = 1;

/// The suite of this project.
pub struct Suite;

impl CipherSuite for Suite {
    type OprfCs = Ristretto255;
    type KeyExchange = TripleDh<Ristretto255, Sha512>;
    type Ksf = Stretch;
}

/// Argon2id with constant parameters: nothing in a protocol message can change them.
#[derive(Default)]
pub struct Stretch;

impl Ksf for Stretch {
    fn hash<L: opaque_ke::generic_array::ArrayLength<u8>>(
        &self,
        input: opaque_ke::generic_array::GenericArray<u8, L>,
    ) -> Result<opaque_ke::generic_array::GenericArray<u8, L>, opaque_ke::errors::InternalError>
    {
        #[cfg(feature = "remembered-stretching-for-tests")]
        if let Some(output) = remembered::look(&input) {
            return Ok(output);
        }
        let failed = |_| opaque_ke::errors::InternalError::KsfError;
        let params =
            Params::new(ARGON2_MEMORY_KIB, ARGON2_PASSES, ARGON2_LANES, None).map_err(failed)?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let mut output = opaque_ke::generic_array::GenericArray::default();
        // The OPRF output is unique per user, so the salt may be constant (RFC 9807 section 4.1 uses zeros).
        argon2
            .hash_password_into(&input, &[0; 16], &mut output)
            .map_err(failed)?;
        #[cfg(feature = "remembered-stretching-for-tests")]
        remembered::keep(&input, &output);
        Ok(output)
    }
}

/// The server's identity in the OPAQUE envelope and key exchange; the client's is its user name's bytes.
pub const SERVER_IDENTITY: &[u8] = b"secure-chat";
/// The application context of the OPAQUE key exchange.
pub const CONTEXT: &[u8] = crate::labels::OPAQUE;

/// What was stretched before is not stretched again: for a simulation that tells one story a hundred times, with a crash at
/// another step each time. Nothing is remembered before [`begin`](remembered::begin).
#[cfg(feature = "remembered-stretching-for-tests")]
pub mod remembered {
    use std::{
        collections::HashMap,
        sync::{Mutex, OnceLock, PoisonError},
    };

    use opaque_ke::generic_array::{ArrayLength, GenericArray};

    type Known = Mutex<HashMap<Vec<u8>, Vec<u8>>>;

    static KNOWN: OnceLock<Known> = OnceLock::new();

    /// From now on all is remembered, until the program ends.
    pub fn begin() {
        KNOWN.get_or_init(Known::default);
    }

    pub(super) fn look<L: ArrayLength<u8>>(input: &[u8]) -> Option<GenericArray<u8, L>> {
        let known = KNOWN.get()?.lock().unwrap_or_else(PoisonError::into_inner);
        GenericArray::from_exact_iter(known.get(input)?.iter().copied())
    }

    pub(super) fn keep(input: &[u8], output: &[u8]) {
        if let Some(known) = KNOWN.get() {
            let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
            known.insert(input.to_vec(), output.to_vec());
        }
    }
}
