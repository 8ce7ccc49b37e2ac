//! External commits.

use std::collections::BTreeSet;

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
    group::{Intent, PrivateReason, Verdict},
    hostile::EvilProvider,
    ids::DeviceId,
    keys,
    leaf::{self, LeafSigner},
    policy::{Access, Permissions},
    provider::Provider,
    rows::Rows,
    secret::Secret,
    suite::Suite,
    tree::info,
};

/// How an external commit is made.
pub(super) struct Joiner<'a> {
    device: &'a Device,
    certificate: &'a DeviceCertificate,
    /// Epochs named by the PSK ids.
    psks: Vec<u64>,
    proposals: Vec<PublicMessageIn>,
    /// Another secret than the room's.
    secret: Option<[u8; 32]>,
    /// Another proof than the one that the room's secret gives.
    proof: Option<Vec<u8>>,
}

impl<'a> Joiner<'a> {
    pub(super) fn new(device: &'a Device, host: &Seat) -> Self {
        Self {
            device,
            certificate: device.certificate(),
            psks: vec![host.group.epoch()],
            proposals: Vec::new(),
            secret: None,
            proof: None,
        }
    }
}

fn external_commit(joiner: Joiner<'_>, host: &Seat, rng: &mut ChaCha20Rng) -> Vec<u8> {
    let provider = Provider::with_rng(Rows::default(), rng);
    external_commit_by(&provider, joiner, host)
}

pub(super) fn external_commit_by<P>(provider: &P, joiner: Joiner<'_>, host: &Seat) -> Vec<u8>
where
    P: OpenMlsProvider<StorageProvider = Rows>,
{
    let group = &host.group;
    let signer = LeafSigner(&host.device);
    let info = info::group_info(&group.mls, &group.provider, &signer).unwrap();
    let info = info::parse(&info).unwrap();
    let secret = keys::entry_psk(&group.mls, &group.provider, group.scope).unwrap();
    let psks = joiner.psks.iter().map(|epoch| {
        let psk = Psk::External(ExternalPsk::new(group.scope.entry_psk_id(*epoch)));
        let id = PreSharedKeyId::new(Suite::CLASSICAL.mls(), provider.rand(), psk).unwrap();
        id.store(provider, joiner.secret.as_ref().unwrap_or(secret.expose()))
            .unwrap();
        PreSharedKeyProposal::new(id)
    });
    let psks: Vec<_> = psks.collect();
    let config = MlsGroupJoinConfig::builder()
        .wire_format_policy(PURE_PLAINTEXT_WIRE_FORMAT_POLICY)
        .use_ratchet_tree_extension(true)
        .build();
    let proof = keys::entry_proof(&secret, joiner.certificate);
    let credential = super::forge::credential(joiner.device, joiner.certificate.as_bytes());
    let (_, bundle) = MlsGroup::external_commit_builder()
        .with_ratchet_tree(RatchetTreeIn::from(group.mls.export_ratchet_tree()))
        .with_config(config)
        .with_proposals(joiner.proposals)
        .with_aad(joiner.proof.unwrap_or(proof.expose().to_vec()))
        .build_group(provider, info, credential)
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
        .finalize(provider)
        .unwrap();
    bundle.into_commit().tls_serialize_detached().unwrap()
}

pub(super) fn open_to_links() -> Room {
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
fn who_does_not_know_the_entry_psk_makes_nobody_doubt() {
    let eve = stranger("eve", 99);
    let mut room = open_to_links();
    let stranger = Joiner::new(&eve.device, &room.alice);
    let guess = Secret::from_bytes(&[9; 32]);
    let other = keys::entry_proof(&entry_psk(&room.alice), room.bob.device.certificate());
    for (name, secret, proof) in [
        ("nothing", Some([9; 32]), vec![]),
        (
            "the proof of a guess",
            Some([9; 32]),
            keys::entry_proof(&guess, stranger.certificate)
                .expose()
                .to_vec(),
        ),
        ("somebody else's proof", None, other.expose().to_vec()),
    ] {
        let joiner = Joiner {
            secret,
            proof: Some(proof),
            ..Joiner::new(&eve.device, &room.alice)
        };
        let commit = external_commit(joiner, &room.alice, &mut room.rng);
        room.all_skip(name, &commit, PublicReason::ExternalProof);
    }
}

#[test]
fn a_commit_that_leads_nowhere_is_skipped_by_all_whose_path_opens() {
    let mut room = open_to_links();
    let eve = stranger("eve", 99);
    let joiner = Joiner {
        secret: Some([9; 32]),
        ..Joiner::new(&eve.device, &room.alice)
    };
    let commit = external_commit(joiner, &room.alice, &mut room.rng);
    room.all_skip("wrong PSK", &commit, PublicReason::ExternalTag);
}

#[test]
fn a_path_spoilt_for_one_makes_that_one_ask() {
    let mut room = Room::new();
    // A resync: the path of bob's new leaf has more than one reader.
    let joiner = Joiner::new(&room.bob.device, &room.alice);
    let provider = EvilProvider::new(Rows::default(), |count| count == 0, &mut room.rng);
    let commit = external_commit_by(&provider, joiner, &room.alice);
    let mut asking = 0;
    for seat in [&mut room.alice, &mut room.carol, &mut room.dave] {
        match seat.group.judge(&commit).unwrap() {
            Verdict::Merged(_) => assert_eq!(seat.group.epoch(), 2),
            Verdict::Suspect(PrivateReason::Path) => {
                asking += 1;
                assert_eq!(seat.group.epoch(), 1);
            }
            other => panic!("{other:?}"),
        }
    }
    assert!((1..3).contains(&asking), "{asking}");
}

#[test]
fn a_path_spoilt_for_all_makes_all_ask_and_find_themselves_together() {
    let mut room = open_to_links();
    let eve = stranger("eve", 99);
    let joiner = Joiner::new(&eve.device, &room.alice);
    let provider = EvilProvider::new(Rows::default(), |_| true, &mut room.rng);
    let commit = external_commit_by(&provider, joiner, &room.alice);
    let mut stands = BTreeSet::new();
    for seat in room.seats() {
        let verdict = seat.group.judge(&commit).unwrap();
        assert_eq!(verdict, Verdict::Suspect(PrivateReason::Path));
        // What a suspect answers when the others ask: where it stayed.
        stands.insert((seat.group.epoch(), seat.group.transcript16()));
    }
    assert_eq!(stands.len(), 1, "the same for all, who go on");
    let next = room.carol.commit(&Intent::housekeeping(), &mut room.rng);
    room.follow(&next);
    assert!(room.seats().iter().all(|seat| seat.group.epoch() == 2));
}

fn entry_psk(seat: &Seat) -> Secret<32> {
    let group = &seat.group;
    keys::entry_psk(&group.mls, &group.provider, group.scope).unwrap()
}
