//! Framing, and proposals that no commit may carry.

use openmls::prelude::{PreSharedKeyProposal, Proposal};
use openmls::schedule::{ExternalPsk, PreSharedKeyId, Psk};
use openmls_traits::OpenMlsProvider;
use tls_codec::Serialize as _;

use super::{
    forge::{self, Case},
    room::{Room, stranger},
};
use crate::{
    check::PublicReason,
    group::{Intent, ProposalError},
    leaf::LeafSigner,
};

#[test]
fn framing() {
    let cases = [
        Case {
            name: "not an MLS message",
            room: Room::new,
            bad: |_| b"hello".to_vec(),
            reason: PublicReason::Malformed,
        },
        Case {
            name: "bytes behind the message",
            room: Room::new,
            bad: |room| [forge::commit(&room.bob, &mut room.rng, |b| b), vec![0]].concat(),
            reason: PublicReason::Malformed,
        },
        Case {
            name: "a proposal as a commit",
            room: Room::new,
            bad: |room| {
                room.bob
                    .group
                    .propose_leave(&room.bob.device, &mut room.rng)
                    .unwrap()
            },
            reason: PublicReason::NotACommit,
        },
        Case {
            name: "another group's commit",
            room: Room::new,
            bad: |room| {
                let mut other = Room::with(
                    crate::policy::Access::Link,
                    crate::policy::Permissions::default(),
                );
                // The same people, another group id: the first random draw differs.
                let new = crate::group::NewRoom {
                    room: other.alice.group.room(),
                    history: crate::policy::History::None,
                    access: crate::policy::Access::Invitation,
                    permissions: crate::policy::Permissions::default(),
                    state: crate::room_state::RoomState::new("x", "", &mut room.rng).unwrap(),
                    suite: crate::suite::Suite::CLASSICAL,
                };
                let now = crate::testing::NOW_MS;
                let device = &other.alice.device;
                other.alice.group = crate::group::Group::create(device, new, now, &mut room.rng)
                    .unwrap()
                    .0;
                forge::commit(&other.alice, &mut room.rng, |b| b)
            },
            reason: PublicReason::WrongGroup,
        },
        Case {
            name: "a commit of the epoch before",
            room: Room::new,
            bad: |room| {
                let old = forge::commit(&room.bob, &mut room.rng, |b| b);
                let new = room.alice.commit(&Intent::housekeeping(), &mut room.rng);
                room.follow(&new);
                old
            },
            reason: PublicReason::WrongEpoch,
        },
        Case {
            name: "a changed byte in the middle",
            room: Room::new,
            bad: |room| {
                let mut commit = forge::commit(&room.bob, &mut room.rng, |b| b);
                let at = commit.len() - 150;
                commit[at] ^= 1;
                commit
            },
            reason: PublicReason::Mls,
        },
        Case {
            name: "a changed membership tag",
            room: Room::new,
            bad: |room| {
                let mut commit = forge::commit(&room.bob, &mut room.rng, |b| b);
                *commit.last_mut().unwrap() ^= 1;
                commit
            },
            reason: PublicReason::MembershipTag,
        },
    ];
    cases.iter().for_each(Case::run);
}

#[test]
fn proposals_that_no_commit_carries() {
    let psk = Case {
        name: "a PSK in a member's commit",
        room: Room::new,
        bad: |room| {
            let id = room.bob.group.scope.entry_psk_id(room.bob.group.epoch());
            let psk = Psk::External(ExternalPsk::new(id));
            let suite = crate::suite::Suite::CLASSICAL.mls();
            room.bob.group.provider.reseed(&mut room.rng);
            let id = PreSharedKeyId::new(suite, room.bob.group.provider.rand(), psk).unwrap();
            let proposal = Proposal::PreSharedKey(Box::new(PreSharedKeyProposal::new(id)));
            forge::commit(&room.bob, &mut room.rng, |b| b.add_proposal(proposal))
        },
        reason: PublicReason::ProposalType,
    };
    psk.run();
}

/// Our clients note no proposal but SelfRemove, so the row is reached only past that door.
#[test]
fn only_self_remove_is_committed_by_reference() {
    let mut room = Room::new();
    let eve = stranger("eve", 99);
    let mut twin = room
        .alice
        .group
        .twin(room.alice.group.provider.rows().clone())
        .unwrap();
    twin.provider.reseed(&mut room.rng);
    let key_package = forge::plain_key_package(&eve.device, &mut room.rng);
    let (proposal, _) = twin
        .mls
        .propose_add_member(
            &twin.provider,
            &LeafSigner(&room.alice.device),
            &key_package,
        )
        .unwrap();
    let proposal = proposal.tls_serialize_detached().unwrap();
    for seat in room.seats() {
        assert_eq!(
            seat.group.note_proposal(&proposal),
            Err(ProposalError::Type)
        );
    }
    let provider = &twin.provider;
    let commit = twin
        .mls
        .commit_builder()
        .force_self_update(true)
        .load_psks(provider.storage())
        .unwrap()
        .build(
            provider.rand(),
            provider.crypto(),
            &LeafSigner(&room.alice.device),
            |_| true,
        )
        .unwrap()
        .stage_commit(provider)
        .unwrap()
        .into_messages()
        .0
        .tls_serialize_detached()
        .unwrap();
    // A client that does not know the proposal cannot resolve the reference.
    assert_eq!(
        room.bob.group.judge(&commit).unwrap(),
        crate::group::Verdict::Skipped(PublicReason::Mls)
    );
    // One that somehow does refuses it by the list.
    let bob = &mut room.bob.group;
    let message = parse(&proposal);
    let processed = bob.mls.process_message(&bob.provider, message).unwrap();
    let openmls::framing::ProcessedMessageContent::ProposalMessage(queued) =
        processed.into_content()
    else {
        panic!("not a proposal");
    };
    bob.load_proposals([*queued]).unwrap();
    assert_eq!(
        bob.judge(&commit).unwrap(),
        crate::group::Verdict::Skipped(PublicReason::ByReference)
    );
}

pub(super) fn parse(bytes: &[u8]) -> openmls::framing::ProtocolMessage {
    use tls_codec::Deserialize as _;
    openmls::prelude::MlsMessageIn::tls_deserialize_exact(bytes)
        .unwrap()
        .try_into_protocol_message()
        .unwrap()
}
