//! Bad doors: what a joiner sees of them, and what happens when it cannot.

use openmls::{
    messages::group_info::VerifiableGroupInfo,
    prelude::{Extensions, LeafNodeIndex, MlsMessageOut},
};
use openmls_traits::OpenMlsProvider;
use rand_chacha::ChaCha20Rng;
use tls_codec::Serialize as _;

use super::room::{Room, Seat, context, stranger};
use crate::{
    check::PublicReason,
    codec::Writer,
    device::Device,
    door::{Door, DoorError},
    group::{EnterError, Entered, Entering, Group, RoomKeys},
    leaf::LeafSigner,
    policy::{Access, Permissions},
    secret::Secret,
    tree::{FollowError, Followed, Follower, info},
};

fn open_to_links() -> Room {
    Room::with(Access::Link, Permissions::default())
}

/// The door that a member makes.
fn door(seat: &Seat, rng: &mut ChaCha20Rng) -> Door {
    let sealed = seat
        .group
        .reseal_door(&seat.device, &context(&seat.group), rng)
        .unwrap();
    seat.group.open_door(&sealed).unwrap()
}

/// A GroupInfo with other contents than the member's, signed by a device of the forger's choice.
fn forged(info: &VerifiableGroupInfo, device: &Device) -> Vec<u8> {
    let mut bytes = vec![0, 1, 0, 4];
    bytes.extend(info.tls_serialize_detached().unwrap());
    let end = bytes.len() - 66;
    let mut content = Writer::new();
    content.vec(b"MLS 1.0 GroupInfoTBS");
    content.vec(&bytes[4..end]);
    let signature = device.key().sign_raw(content.as_slice());
    bytes[end + 2..].copy_from_slice(&signature);
    bytes
}

/// The same GroupInfo with other extensions.
fn with_extensions(
    seat: &Seat,
    extensions: &Extensions<openmls::messages::group_info::GroupInfo>,
) -> VerifiableGroupInfo {
    use openmls::prelude::Verifiable as _;
    let info = honest_info(seat);
    VerifiableGroupInfo::new(
        info.group_context().clone(),
        extensions.clone(),
        seat.group.mls.public_group().confirmation_tag().clone(),
        LeafNodeIndex::new(seat.group.own_leaf_index()),
        info.signature().clone(),
    )
}

fn honest_info(seat: &Seat) -> VerifiableGroupInfo {
    let group = &seat.group;
    let bytes = info::group_info(&group.mls, &group.provider, &LeafSigner(&seat.device));
    info::parse(&bytes.unwrap()).unwrap()
}

fn follower(seat: &Seat) -> Follower {
    let tree = seat.group.snapshot(&seat.device).unwrap();
    Follower::start(&tree, seat.group.room()).unwrap()
}

fn enter(
    device: &Device,
    door: &Door,
    tree: Followed,
    seat: &Seat,
    rng: &mut ChaCha20Rng,
) -> Result<Entered, EnterError> {
    let keys: RoomKeys = seat.group.room_keys().unwrap();
    let entering = Entering {
        door,
        tree,
        keys: &keys,
        former: None,
        parted: None,
    };
    Group::enter(device, entering, &context(&seat.group), rng)
}

#[test]
fn a_forged_group_info_with_nothing_changed_is_the_honest_one() {
    let mut room = open_to_links();
    let mut good = door(&room.alice, &mut room.rng);
    let info = honest_info(&room.alice);
    good.group_info = forged(
        &with_extensions(&room.alice, info.extensions()),
        &room.alice.device,
    );
    assert!(follower(&room.alice).reach(&good).is_ok());
}

#[test]
fn what_a_joiner_can_see_sends_it_to_the_next_candidate() {
    let mut room = open_to_links();
    let rng = &mut room.rng;
    let eve = stranger("eve", 99);
    let alice = &room.alice;
    let honest = honest_info(alice);
    let with_tree = {
        let signer = LeafSigner(&alice.device);
        let crypto = alice.group.provider.crypto();
        let message: MlsMessageOut = alice
            .group
            .mls
            .export_group_info(crypto, &signer, true)
            .unwrap();
        message.tls_serialize_detached().unwrap()
    };
    let none = with_extensions(alice, &Extensions::empty());
    let same = with_extensions(alice, honest.extensions());
    let mut follower = follower(alice);
    for (name, group_info, error) in [
        ("garbage", b"garbage".to_vec(), FollowError::Door),
        ("nothing", vec![], FollowError::Door),
        ("a tree of its own", with_tree, FollowError::NotReached),
        (
            "no key for external commits",
            forged(&none, &alice.device),
            FollowError::NotReached,
        ),
        (
            "signed by a stranger",
            forged(&same, &eve.device),
            FollowError::NotReached,
        ),
        (
            "signed by another leaf than it says",
            forged(&same, &room.bob.device),
            FollowError::NotReached,
        ),
    ] {
        let bad = Door {
            group_info,
            ..door(alice, rng)
        };
        assert_eq!(follower.reach(&bad).err(), Some(error), "{name}");
        let sealed = bad.seal(alice.group.scope, rng).unwrap();
        let repair = alice.group.open_door(&sealed).err();
        assert_eq!(repair, Some(DoorError::Wrong), "{name}");
    }
    let moved = Door {
        epoch: 2,
        ..door(alice, rng)
    };
    assert_eq!(follower.reach(&moved).err(), Some(FollowError::Door));
    let next = door(alice, rng);
    let tree = follower.reach(&next).unwrap();
    let entered = enter(&eve.device, &next, tree, &room.alice, rng).unwrap();
    room.all_merge("the next candidate", &entered.commit.commit);
}

#[test]
fn a_door_that_lies_about_secrets_is_skipped_by_all_and_seen_by_members() {
    let eve = stranger("eve", 99);
    // The key for external commits of another room: a valid key, and not this epoch's.
    let other = Room::new();
    let foreign = honest_info(&other.alice).extensions().clone();
    for (name, reason) in [
        ("entry PSK", PublicReason::ExternalProof),
        ("key for external commits", PublicReason::ExternalTag),
    ] {
        let mut room = open_to_links();
        let mut bad = door(&room.alice, &mut room.rng);
        if reason == PublicReason::ExternalProof {
            bad.entry_psk = Secret::random(&mut room.rng);
        } else {
            let info = with_extensions(&room.alice, &foreign);
            bad.group_info = forged(&info, &room.alice.device);
        }
        let sealed = bad.seal(room.bob.group.scope, &mut room.rng).unwrap();
        let repair = room.bob.group.open_door(&sealed).err();
        assert_eq!(repair, Some(DoorError::Wrong), "{name}");
        let tree = follower(&room.alice).reach(&bad).unwrap();
        let entered = enter(&eve.device, &bad, tree, &room.alice, &mut room.rng).unwrap();
        room.all_skip(name, &entered.commit.commit, reason);
        // Nobody is any the worse for it.
        let good = door(&room.alice, &mut room.rng);
        let tree = follower(&room.alice).reach(&good).unwrap();
        let entered = enter(&eve.device, &good, tree, &room.alice, &mut room.rng).unwrap();
        room.all_merge(name, &entered.commit.commit);
    }
}

#[test]
fn a_key_for_external_commits_that_is_no_key_is_a_bad_door() {
    use openmls::prelude::{Extension, ExternalPubExtension};
    let mut room = open_to_links();
    let eve = stranger("eve", 99);
    let short = ExternalPubExtension::new(vec![7; 3].into());
    let extensions = Extensions::from_vec(vec![Extension::ExternalPub(short)]).unwrap();
    let mut bad = door(&room.alice, &mut room.rng);
    let info = with_extensions(&room.alice, &extensions);
    bad.group_info = forged(&info, &room.alice.device);
    let tree = follower(&room.alice).reach(&bad).unwrap();
    let refused = enter(&eve.device, &bad, tree, &room.alice, &mut room.rng).err();
    assert!(matches!(refused, Some(EnterError::Door(_))));
}
