//! Commits that pass every public rule and are bad for some: they make a device suspect, and move
//! nothing.

use std::sync::atomic::{AtomicUsize, Ordering};

use openmls::prelude::LeafNodeIndex;
use openmls_rust_crypto::RustCrypto;
use openmls_traits::{
    OpenMlsProvider,
    crypto::OpenMlsCrypto,
    types::{
        AeadType, Ciphersuite, CryptoError, ExporterSecret, HashType, HpkeCiphertext, HpkeConfig,
        HpkeKeyPair, KemOutput, SignatureScheme,
    },
};
use tls_codec::{SecretVLBytes, Serialize as _};

use super::room::{Room, Seat};
use crate::{
    group::{Group, PrivateReason, Verdict},
    leaf::LeafSigner,
    provider::{Provider, Rand},
    rows::Rows,
};

/// Cryptography that spoils chosen HPKE seals: a committer's path secrets.
pub(super) struct Evil {
    honest: RustCrypto,
    sealed: AtomicUsize,
    /// The seals to spoil, counted from 0.
    spoil: fn(usize) -> bool,
}

pub(super) struct EvilProvider {
    crypto: Evil,
    honest: Provider,
}

impl EvilProvider {
    pub(super) fn new(spoil: fn(usize) -> bool, rng: &mut rand_chacha::ChaCha20Rng) -> Self {
        Self::on(Rows::default(), spoil, rng)
    }

    fn on(rows: Rows, spoil: fn(usize) -> bool, rng: &mut rand_chacha::ChaCha20Rng) -> Self {
        Self {
            crypto: Evil {
                honest: RustCrypto::default(),
                sealed: AtomicUsize::new(0),
                spoil,
            },
            honest: Provider::with_rng(rows, rng),
        }
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
            plain[0] ^= 1;
        }
        self.honest.hpke_seal(config, key, info, aad, &plain)
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
        self.honest
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
        self.honest
            .hpke_setup_receiver_and_export(config, enc, key, info, context, len)
    }

    fn derive_hpke_keypair(
        &self,
        config: HpkeConfig,
        ikm: &[u8],
    ) -> Result<HpkeKeyPair, CryptoError> {
        self.honest.derive_hpke_keypair(config, ikm)
    }
}

/// A commit whose path is spoilt for all of its readers, and more of the same behind it: what its
/// maker does alone in the epoch that nobody else is in.
pub(super) fn lonely_chain(
    seat: &Seat,
    len: usize,
    rng: &mut rand_chacha::ChaCha20Rng,
) -> Vec<Vec<u8>> {
    let rows = seat.group.provider.rows().clone();
    let mut twin = seat.group.twin(rows.clone()).unwrap();
    let provider = EvilProvider::on(rows, |_| true, rng);
    let mut commits = Vec::new();
    for _ in 0..len {
        commits.push(spoil(&mut twin, &provider, seat, &[]));
        twin.mls.merge_pending_commit(&provider).unwrap();
    }
    commits
}

/// A commit whose path is spoilt for some of its readers.
fn spoilt_commit(
    seat: &Seat,
    remove: &[LeafNodeIndex],
    spoil: fn(usize) -> bool,
    rng: &mut rand_chacha::ChaCha20Rng,
) -> Vec<u8> {
    let rows = seat.group.provider.rows().clone();
    let mut twin = seat.group.twin(rows.clone()).unwrap();
    let provider = EvilProvider::on(rows, spoil, rng);
    self::spoil(&mut twin, &provider, seat, remove)
}

fn spoil(
    twin: &mut Group,
    provider: &EvilProvider,
    seat: &Seat,
    remove: &[LeafNodeIndex],
) -> Vec<u8> {
    twin.mls
        .commit_builder()
        .force_self_update(true)
        .propose_removals(remove.iter().copied())
        .load_psks(provider.storage())
        .unwrap()
        .build(
            provider.rand(),
            provider.crypto(),
            &LeafSigner(&seat.device),
            |_| true,
        )
        .unwrap()
        .stage_commit(provider)
        .unwrap()
        .into_messages()
        .0
        .tls_serialize_detached()
        .unwrap()
}

#[test]
fn one_garbage_path_secret_makes_its_reader_suspect_and_nobody_else() {
    let mut room = Room::new();
    let before = room.bob.group.authenticator().to_vec();
    let mut suspects = 0;
    let commit = spoilt_commit(&room.alice, &[], |count| count == 0, &mut room.rng);
    for seat in [&mut room.bob, &mut room.carol, &mut room.dave] {
        seat.group.take_changes();
        match seat.group.judge(&commit).unwrap() {
            Verdict::Merged(_) => assert_ne!(seat.group.authenticator(), before),
            Verdict::Suspect(PrivateReason::Path | PrivateReason::ConfirmationTag) => {
                suspects += 1;
                assert_eq!(seat.group.authenticator(), before);
                assert!(seat.group.take_changes().is_empty());
            }
            other => panic!("{other:?}"),
        }
    }
    assert!((1..3).contains(&suspects), "{suspects}");
}

#[test]
fn a_commit_that_is_bad_for_all_leaves_everybody_where_they_were() {
    let mut room = Room::new();
    let commit = spoilt_commit(&room.alice, &[], |_| true, &mut room.rng);
    let before = room.bob.group.authenticator().to_vec();
    for seat in [&mut room.bob, &mut room.carol, &mut room.dave] {
        assert!(matches!(
            seat.group.judge(&commit).unwrap(),
            Verdict::Suspect(_)
        ));
        assert_eq!(seat.group.authenticator(), before);
    }
    // They go on: the next honest commit is merged by all.
    let next = room
        .carol
        .commit(&crate::group::Intent::housekeeping(), &mut room.rng);
    room.follow(&next);
}

#[test]
fn a_garbage_removal_is_believed_by_its_victim_only_as_far_as_the_policy_allows() {
    let mut room = Room::new();
    let bob = room.bob.group.mls.own_leaf_index();
    // Dave may not remove bob: his victim skips it like everybody.
    let commit = spoilt_commit(&room.dave, &[bob], |_| true, &mut room.rng);
    let role = crate::check::PublicReason::RemoveRole;
    room.all_skip("not allowed", &commit, role);
    // Alice may: the victim cannot see that the path is garbage, and nothing of it is lost.
    let commit = spoilt_commit(&room.alice, &[bob], |_| true, &mut room.rng);
    room.bob.group.take_changes();
    let before = room.bob.group.authenticator().to_vec();
    assert!(matches!(
        room.bob.group.judge(&commit).unwrap(),
        Verdict::Removed { asked: false, .. }
    ));
    assert_eq!(room.bob.group.authenticator(), before);
    assert!(room.bob.group.take_changes().is_empty());
    assert!(matches!(
        room.carol.group.judge(&commit).unwrap(),
        Verdict::Suspect(_)
    ));
}

#[test]
fn a_commit_of_the_own_leaf_that_this_device_did_not_make_is_suspect() {
    let mut room = Room::new();
    let commit = super::forge::commit(&room.bob, &mut room.rng, |builder| builder);
    let own = Verdict::Suspect(PrivateReason::OwnLeaf);
    assert_eq!(room.bob.group.judge(&commit).unwrap(), own);
}
