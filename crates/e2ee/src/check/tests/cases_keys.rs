//! Public keys that are none, in every place where a commit brings one.
//!
//! The library takes any bytes for a public key of a KEM. Whoever merged such a leaf or node could seal no path to it any
//! more, so one member, or one newcomer, could stop a room for good.

use openmls::prelude::{KeyPackage, MlsMessageOut};
use openmls_traits::OpenMlsProvider;
use rand_chacha::ChaCha20Rng;
use tls_codec::Serialize as _;

use super::{
    cases_external::{Joiner, external_commit_by, open_to_links},
    forge,
    room::{Room, Seat, Stranger, stranger},
};
use crate::{
    bad_keys,
    check::{PublicReason, StateError},
    codec::Reader,
    group::{Verdict, create},
    hostile::EvilProvider,
    kem_keys,
    key_package::{KeyPackageError, PeerKeyPackage},
    leaf::{self, LeafSigner},
    policy::Policy,
    roles::Role,
    rows::Rows,
    suite::Suite,
    tree::{self, FollowError, Follower, info},
};

const SUITE: Suite = Suite::CLASSICAL;

fn honest(rows: Rows, rng: &mut ChaCha20Rng) -> EvilProvider {
    EvilProvider::new(rows, |_| false, rng)
}

/// A commit with a path, made with this cryptography.
fn path_commit(seat: &Seat, provider: &EvilProvider) -> Vec<u8> {
    let mut twin = seat.group.twin(provider.storage().clone()).unwrap();
    let staged = twin
        .mls
        .commit_builder()
        .force_self_update(true)
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
        .unwrap();
    staged.into_messages().0.tls_serialize_detached().unwrap()
}

fn key_package(of: &Stranger, provider: &EvilProvider) -> KeyPackage {
    KeyPackage::builder()
        .leaf_node_capabilities(leaf::capabilities(SUITE))
        .key_package_lifetime(leaf::lifetime())
        .build(
            SUITE.mls(),
            provider,
            &LeafSigner(&of.device),
            leaf::credential(&of.device),
        )
        .unwrap()
        .into_key_package()
}

/// Where a key of `commit` stands in its path, if it does.
fn place(commit: &[u8], key: &[u8]) -> Option<usize> {
    let keys = kem_keys::of_path(commit).unwrap();
    keys.iter().position(|other| *other == key)
}

/// Each key pair that a committer derives for its path, with each bad key in its place. In a room of four the path has a
/// leaf and two nodes, and all three are reached.
#[test]
fn no_key_of_a_path_is_bad() {
    let mut room = Room::new();
    let rows = room.bob.group.provider.rows().clone();
    let provider = honest(rows.clone(), &mut room.rng);
    let good = path_commit(&room.bob, &provider);
    assert_eq!(kem_keys::of_path(&good).unwrap().len(), 3);
    let mut follower = follower(&room);
    let mut places = Vec::new();
    for at in 0..provider.derived() {
        for (name, key) in bad_keys::kem(SUITE) {
            let provider = honest(rows.clone(), &mut room.rng).with_key(at, key.clone());
            let commit = path_commit(&room.bob, &provider);
            // Some pairs are derived for something else than the path.
            let Some(place) = place(&commit, &key) else {
                continue;
            };
            places.push(place);
            let seats = room.seats();
            let own = seats.into_iter().filter(|seat| seat.group.epoch() == 1);
            for seat in own {
                seat.group.take_changes();
                let verdict = seat.group.judge(&commit).unwrap();
                let reason = PublicReason::PathKey;
                assert_eq!(verdict, Verdict::Skipped(reason), "{at} {name}");
                assert_eq!(seat.group.epoch(), 1, "{at} {name}");
                assert!(seat.group.take_changes().is_empty(), "{at} {name}");
            }
            follower.take_commit(&commit).unwrap();
        }
    }
    places.sort_unstable();
    places.dedup();
    assert_eq!(places, [0, 1, 2], "the leaf and the nodes above it");
    // The follower has left them all out, and the room goes on.
    room.all_merge("an honest one", &good);
    follower.take_commit(&good).unwrap();
    let seat = &room.alice;
    let context = super::room::context(&seat.group);
    let sealed = seat
        .group
        .reseal_door(&seat.device, &context, &mut room.rng)
        .unwrap();
    let door = seat.group.open_door(&sealed).unwrap();
    assert_eq!(follower.reach(&door).unwrap().commits_since_tree, 1);
}

fn follower(room: &Room) -> Follower {
    let tree = room.alice.group.snapshot(&room.alice.device).unwrap();
    Follower::start(&tree, room.alice.group.room()).unwrap()
}

/// The key of a KeyPackage and that of its leaf.
#[test]
fn no_key_of_an_added_key_package_is_bad() {
    let mut room = Room::new();
    let eve = stranger("eve", 99);
    for at in 0..2 {
        for (name, key) in bad_keys::kem(SUITE) {
            let provider = honest(Rows::default(), &mut room.rng).with_key(at, key.clone());
            let add = key_package(&eve, &provider);
            assert!(provider.derived() >= 2);
            let shown = [add.hpke_init_key().as_slice().to_vec(), leaf_key(&add)];
            assert!(shown.contains(&key), "{name}");
            // A committer whose library seals to nobody: it welcomes whom it likes.
            let provider = Deaf::new(&room.alice, &mut room.rng);
            let commit = provider.add(&room.alice, add);
            room.all_skip(&name, &commit, PublicReason::AddKey);
        }
    }
}

fn leaf_key(key_package: &KeyPackage) -> Vec<u8> {
    let key = key_package.leaf_node().encryption_key();
    let encoded = key.tls_serialize_detached().unwrap();
    Reader::new(&encoded).vec(encoded.len()).unwrap().to_vec()
}

/// A committer whose cryptography gives something for every key.
struct Deaf(EvilProvider);

impl Deaf {
    fn new(seat: &Seat, rng: &mut ChaCha20Rng) -> Self {
        let rows = seat.group.provider.rows().clone();
        Self(honest(rows, rng).sealing_to_anything())
    }

    fn add(&self, seat: &Seat, add: KeyPackage) -> Vec<u8> {
        let provider = &self.0;
        let mut twin = seat.group.twin(provider.storage().clone()).unwrap();
        let staged = twin
            .mls
            .commit_builder()
            .force_self_update(true)
            .propose_adds([add])
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
            .unwrap();
        staged.into_messages().0.tls_serialize_detached().unwrap()
    }
}

/// A newcomer who knows the entry PSK.
#[test]
fn no_key_of_an_external_commit_is_bad() {
    let mut room = open_to_links();
    let eve = stranger("eve", 99);
    let mut tried = 0;
    for at in 0..4 {
        for (name, key) in bad_keys::kem(SUITE) {
            let provider = honest(Rows::default(), &mut room.rng).with_key(at, key.clone());
            let joiner = Joiner::new(&eve.device, &room.alice);
            let commit = external_commit_by(&provider, joiner, &room.alice);
            if place(&commit, &key).is_some() {
                room.all_skip(&name, &commit, PublicReason::PathKey);
                tried += 1;
            }
        }
    }
    assert!(tried >= 2 * bad_keys::kem(SUITE).len(), "{tried}");
}

/// What a newcomer says that it encapsulated for the group: everybody has the same private key, so what opens for nobody
/// is skipped by all, and nobody asks.
#[test]
fn an_external_commit_with_a_bad_encapsulation_is_skipped_by_all() {
    let mut room = open_to_links();
    let eve = stranger("eve", 99);
    for (name, bad) in bad_keys::kem(SUITE) {
        let provider = honest(Rows::default(), &mut room.rng).with_kem_output(bad);
        let joiner = Joiner::new(&eve.device, &room.alice);
        let commit = external_commit_by(&provider, joiner, &room.alice);
        room.all_skip(&name, &commit, PublicReason::ExternalKey);
    }
}

#[test]
fn a_plain_add_is_merged() {
    let mut room = Room::new();
    let eve = stranger("eve", 99);
    let add = forge::plain_key_package(&eve.device, &mut room.rng);
    let commit = Deaf::new(&room.alice, &mut room.rng).add(&room.alice, add);
    room.all_merge("the control", &commit);
}

/// Nobody has judged the leaf with which a room begins but those who come in.
#[test]
fn nobody_enters_a_room_that_began_with_a_bad_key() {
    let mut room = Room::new();
    let seat = &room.alice;
    let scope = seat.group.scope;
    let policy = Policy {
        roles: [(seat.account(), Role::Owner)].into_iter().collect(),
        ..seat.group.policy().clone()
    };
    let mut tried = 0;
    for at in 0..2 {
        for (name, key) in bad_keys::kem(SUITE) {
            let provider = honest(Rows::default(), &mut room.rng).with_key(at, key.clone());
            let mls = create::build(&seat.device, scope, &policy, &provider).unwrap();
            let signer = LeafSigner(&seat.device);
            let group_info = info::group_info(&mls, &provider, &signer).unwrap();
            let snapshot = tree::snapshot(&mls, &group_info).unwrap();
            let own = mls.own_leaf_node().unwrap();
            let begun = Follower::start(&snapshot, scope.room);
            if leaf::has_sound_key(own, SUITE) {
                assert!(begun.is_ok(), "{name}");
                continue;
            }
            let tree = FollowError::State(StateError::Tree);
            assert_eq!(begun.err(), Some(tree), "{name}");
            tried += 1;
        }
    }
    assert_eq!(tried, bad_keys::kem(SUITE).len());
}

#[test]
fn a_key_package_with_a_bad_key_is_not_taken() {
    let mut room = Room::new();
    let eve = stranger("eve", 99);
    for at in 0..2 {
        for (name, key) in bad_keys::kem(SUITE) {
            let provider = honest(Rows::default(), &mut room.rng).with_key(at, key);
            let made = MlsMessageOut::from(key_package(&eve, &provider));
            let bytes = made.tls_serialize_detached().unwrap();
            let taken = PeerKeyPackage::parse(&bytes, SUITE);
            assert_eq!(taken.err(), Some(KeyPackageError::Key), "{name}");
        }
    }
}
