//! External commits.

use openmls::{
    group::{MlsGroup, MlsGroupJoinConfig, PURE_PLAINTEXT_WIRE_FORMAT_POLICY},
    prelude::{
        LeafNodeParameters, MlsMessageBodyIn, MlsMessageIn, PreSharedKeyProposal, PublicMessageIn,
        RatchetTreeIn,
    },
    schedule::{ExternalPsk, PreSharedKeyId, Psk},
};
use openmls_traits::OpenMlsProvider;
use rand_chacha::ChaCha20Rng;
use tls_codec::{Deserialize as _, Serialize as _};

use super::room::{Room, Seat, further_device, stranger};
use crate::{
    certificate::{DeviceCertificate, DeviceFields},
    check::PublicReason,
    device::Device,
    group::Verdict,
    ids::DeviceId,
    keys,
    leaf::{self, LeafSigner},
    policy::{Access, Permissions},
    provider::Provider,
    rows::Rows,
    suite::Suite,
    tree,
};

/// How an external commit is made.
struct Joiner<'a> {
    device: &'a Device,
    certificate: &'a DeviceCertificate,
    /// Epochs named by the PSK ids.
    psks: Vec<u64>,
    proposals: Vec<PublicMessageIn>,
    /// Another secret than the room's.
    secret: Option<[u8; 32]>,
}

impl<'a> Joiner<'a> {
    fn new(device: &'a Device, host: &Seat) -> Self {
        Self {
            device,
            certificate: device.certificate(),
            psks: vec![host.group.epoch()],
            proposals: Vec::new(),
            secret: None,
        }
    }
}

fn external_commit(joiner: Joiner<'_>, host: &Seat, rng: &mut ChaCha20Rng) -> Vec<u8> {
    let provider = Provider::with_rng(Rows::default(), rng);
    let group = &host.group;
    let info = tree::group_info(&group.mls, &group.provider, &LeafSigner(&host.device)).unwrap();
    let info = match MlsMessageIn::tls_deserialize_exact(&info)
        .unwrap()
        .extract()
    {
        MlsMessageBodyIn::GroupInfo(info) => info,
        _ => panic!("no GroupInfo"),
    };
    let secret = keys::entry_psk(&group.mls, &group.provider, group.scope).unwrap();
    let psks = joiner.psks.iter().map(|epoch| {
        let psk = Psk::External(ExternalPsk::new(group.scope.entry_psk_id(*epoch)));
        let id = PreSharedKeyId::new(Suite::CLASSICAL.mls(), provider.rand(), psk).unwrap();
        id.store(&provider, joiner.secret.as_ref().unwrap_or(secret.expose()))
            .unwrap();
        PreSharedKeyProposal::new(id)
    });
    let psks: Vec<_> = psks.collect();
    let config = MlsGroupJoinConfig::builder()
        .wire_format_policy(PURE_PLAINTEXT_WIRE_FORMAT_POLICY)
        .use_ratchet_tree_extension(true)
        .build();
    let credential = super::forge::credential(joiner.device, joiner.certificate.as_bytes());
    let (_, bundle) = MlsGroup::external_commit_builder()
        .with_ratchet_tree(RatchetTreeIn::from(group.mls.export_ratchet_tree()))
        .with_config(config)
        .with_proposals(joiner.proposals)
        .build_group(&provider, info, credential)
        .unwrap()
        .add_psk_proposals(psks)
        .leaf_node_parameters(
            LeafNodeParameters::builder()
                .with_capabilities(leaf::capabilities(Suite::CLASSICAL))
                .build(),
        )
        .load_psks(provider.storage())
        .unwrap()
        .build(
            provider.rand(),
            provider.crypto(),
            &LeafSigner(joiner.device),
            |_| true,
        )
        .unwrap()
        .finalize(&provider)
        .unwrap();
    bundle.into_commit().tls_serialize_detached().unwrap()
}

fn open_to_links() -> Room {
    Room::with(Access::Link, Permissions::default())
}

#[test]
fn a_link_holder_with_the_entry_psk_comes_in() {
    let mut room = open_to_links();
    let eve = stranger("eve", 99);
    let commit = external_commit(
        Joiner::new(&eve.device, &room.alice),
        &room.alice,
        &mut room.rng,
    );
    for seat in room.seats() {
        let Verdict::Merged(change) = seat.group.judge(&commit).unwrap() else {
            panic!("not merged");
        };
        assert_eq!(change.accounts_in, vec![eve.device.account()]);
        assert!(!change.rotation);
    }
}

#[test]
fn a_further_device_comes_into_a_room_without_links() {
    let mut room = Room::new();
    let second = further_device(&room.bob.signing, &mut room.rng);
    let commit = external_commit(
        Joiner::new(&second.device, &room.alice),
        &room.alice,
        &mut room.rng,
    );
    for seat in room.seats() {
        let Verdict::Merged(change) = seat.group.judge(&commit).unwrap() else {
            panic!("not merged");
        };
        assert!(change.accounts_in.is_empty());
        assert_eq!(change.added.len(), 1);
    }
}

#[test]
fn a_resync_replaces_the_own_leaf_and_rotates_nothing() {
    let mut room = Room::new();
    let commit = external_commit(
        Joiner::new(&room.bob.device, &room.alice),
        &room.alice,
        &mut room.rng,
    );
    let Verdict::Merged(change) = room.carol.group.judge(&commit).unwrap() else {
        panic!("not merged");
    };
    assert!(!change.rotation && change.accounts_in.is_empty() && change.accounts_out.is_empty());
    assert_eq!((change.added.len(), change.removed.len()), (1, 1));
}

#[test]
fn exactly_one_psk_of_this_room_and_epoch() {
    let eve = stranger("eve", 99);
    for psks in [vec![], vec![0], vec![1, 0], vec![2]] {
        let mut room = open_to_links();
        assert_eq!(room.alice.group.epoch(), 1);
        let joiner = Joiner {
            psks: psks.clone(),
            ..Joiner::new(&eve.device, &room.alice)
        };
        let commit = external_commit(joiner, &room.alice, &mut room.rng);
        room.all_skip(&format!("{psks:?}"), &commit, PublicReason::ExternalPsk);
    }
}

#[test]
fn a_stranger_needs_a_room_that_is_open_to_links() {
    let mut room = Room::new();
    let eve = stranger("eve", 99);
    let commit = external_commit(
        Joiner::new(&eve.device, &room.alice),
        &room.alice,
        &mut room.rng,
    );
    room.all_skip("no links", &commit, PublicReason::ExternalAccess);
}

#[test]
fn the_leaf_that_goes_is_the_joiners_own() {
    let mut room = Room::new();
    // The key of bob's leaf under another device id: the library removes the leaf by its key.
    let fields = DeviceFields {
        device: DeviceId::random(&mut room.rng),
        ..room.bob.device.certificate().fields().clone()
    };
    let other = DeviceCertificate::issue(fields, &room.bob.signing);
    let joiner = Joiner {
        certificate: &other,
        ..Joiner::new(&room.bob.device, &room.alice)
    };
    let commit = external_commit(joiner, &room.alice, &mut room.rng);
    room.all_skip("another device id", &commit, PublicReason::ExternalRemove);
}

#[test]
fn an_external_commit_takes_in_no_wish_to_leave() {
    let mut room = open_to_links();
    let eve = stranger("eve", 99);
    let proposal = room
        .bob
        .group
        .propose_leave(&room.bob.device, &mut room.rng)
        .unwrap();
    for seat in room.seats() {
        seat.group.note_proposal(&proposal).unwrap();
        seat.group.take_changes();
    }
    let message = match MlsMessageIn::tls_deserialize_exact(&proposal)
        .unwrap()
        .extract()
    {
        MlsMessageBodyIn::PublicMessage(message) => message,
        _ => panic!("no PublicMessage"),
    };
    let joiner = Joiner {
        proposals: vec![message],
        ..Joiner::new(&eve.device, &room.alice)
    };
    let commit = external_commit(joiner, &room.alice, &mut room.rng);
    room.all_skip("SelfRemove", &commit, PublicReason::ExternalProposal);
}

#[test]
fn an_external_committer_obeys_the_rules_for_leaves_too() {
    let mut room = Room::new();
    let next = super::room::next_generation("bob", 11, &mut room.rng);
    let second = further_device(&next, &mut room.rng);
    let commit = external_commit(
        Joiner::new(&second.device, &room.alice),
        &room.alice,
        &mut room.rng,
    );
    room.follow(&commit);
    let old = further_device(&room.bob.signing, &mut room.rng);
    let commit = external_commit(
        Joiner::new(&old.device, &room.alice),
        &room.alice,
        &mut room.rng,
    );
    room.all_skip("generation", &commit, PublicReason::CommitterGeneration);
}

#[test]
fn a_wrong_psk_is_a_private_matter() {
    let mut room = open_to_links();
    let eve = stranger("eve", 99);
    let joiner = Joiner {
        secret: Some([9; 32]),
        ..Joiner::new(&eve.device, &room.alice)
    };
    let commit = external_commit(joiner, &room.alice, &mut room.rng);
    for seat in room.seats() {
        let before = seat.group.authenticator().to_vec();
        seat.group.take_changes();
        let tag = crate::group::PrivateReason::ConfirmationTag;
        assert_eq!(seat.group.judge(&commit).unwrap(), Verdict::Suspect(tag));
        assert_eq!(seat.group.authenticator(), before);
        assert!(seat.group.take_changes().is_empty());
    }
}
