//! People and randomness for tests.

use openmls_traits::crypto::OpenMlsCrypto as _;
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};

use crate::{
    crypto::Crypto,
    device::{Device, Validity},
    identity::Identity,
    signing::SigningKey,
    suite::Suite,
    user_name::UserName,
};

/// A moment to start from, in unix milliseconds.
pub(crate) const NOW_MS: u64 = 1_800_000_000_000;

/// Replayable randomness.
pub(crate) fn rng(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

/// An account with one device.
pub(crate) struct Person {
    pub(crate) identity: Identity,
    pub(crate) signing: SigningKey,
    pub(crate) device: Device,
}

/// A person of this name; another seed makes another person.
pub(crate) fn person(name: &str, seed: u64) -> Person {
    let rng = &mut rng(seed);
    let identity = Identity::generate(rng);
    let signing = SigningKey::generate(&identity, 0, rng);
    let device = Device::create(user_name(name), &signing, Validity::days(NOW_MS, 90), rng);
    Person {
        identity,
        signing,
        device,
    }
}

/// A valid name.
pub(crate) fn user_name(name: &str) -> UserName {
    match UserName::new(name) {
        Ok(name) => name,
        Err(error) => unreachable!("{name:?}: {error}"),
    }
}

/// Every copy of `bytes` with one bit flipped in one byte.
pub(crate) fn flipped(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    (0..bytes.len()).map(|at| {
        let mut copy = bytes.to_vec();
        if let Some(byte) = copy.get_mut(at) {
            *byte ^= 1 << (at % 8);
        }
        copy
    })
}

/// Fails to compile if the type has the trait.
macro_rules! assert_lacks {
    ($type:ty: $($trait:path),+) => {$(
        const _: fn() = || {
            trait Ambiguous<A> {
                fn item() {}
            }
            impl<T: ?Sized> Ambiguous<()> for T {}
            struct HasIt;
            impl<T: ?Sized + $trait> Ambiguous<HasIt> for T {}
            let _ = <$type as Ambiguous<_>>::item;
        };
    )+};
}
pub(crate) use assert_lacks;

/// A public key of the suite's KEM.
pub(crate) fn kem_public_key(suite: Suite, seed: u8) -> Vec<u8> {
    let pair = Crypto::default().derive_hpke_keypair(suite.mls().hpke_config(), &[seed; 32]);
    match pair {
        Ok(pair) => pair.public,
        Err(error) => unreachable!("{error}"),
    }
}
