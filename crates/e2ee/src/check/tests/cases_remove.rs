//! Remove.

use openmls::prelude::LeafNodeIndex;

use super::{
    forge::{self, Case},
    room::{Room, further_device, peer},
};
use crate::{check::PublicReason, group::Intent};

/// Bob has a second device, at index 4.
fn bob_has_two() -> Room {
    let mut room = Room::new();
    let second = further_device(&room.bob.signing, &mut room.rng).key_package(&mut room.rng);
    let commit = room
        .bob
        .commit(&Intent::invite(vec![peer(&second)]), &mut room.rng);
    room.follow(&commit);
    room
}

#[test]
fn removes() {
    let cases = [
        Case {
            name: "one of somebody's two devices",
            room: bob_has_two,
            bad: |room| {
                forge::commit(&room.alice, &mut room.rng, |b| {
                    b.propose_removals([LeafNodeIndex::new(4)])
                })
            },
            reason: PublicReason::RemovePartial,
        },
        Case {
            name: "a member by a member",
            room: Room::new,
            bad: |room| {
                let dave = room.dave.group.mls.own_leaf_index();
                forge::commit(&room.bob, &mut room.rng, |b| b.propose_removals([dave]))
            },
            reason: PublicReason::RemoveRole,
        },
        Case {
            name: "the owner by a moderator",
            room: Room::new,
            bad: |room| {
                let alice = room.alice.group.mls.own_leaf_index();
                forge::commit(&room.carol, &mut room.rng, |b| b.propose_removals([alice]))
            },
            reason: PublicReason::RemoveRole,
        },
    ];
    cases.iter().for_each(Case::run);
}

#[test]
fn a_moderator_removes_a_member_and_anybody_an_own_device() {
    let mut room = Room::new();
    let dave = room.dave.group.mls.own_leaf_index();
    let commit = forge::commit(&room.carol, &mut room.rng, |b| b.propose_removals([dave]));
    room.all_merge("a member by a moderator", &commit);

    let mut room = bob_has_two();
    let commit = forge::commit(&room.bob, &mut room.rng, |b| {
        b.propose_removals([LeafNodeIndex::new(4)])
    });
    room.all_merge("an own device", &commit);

    let mut room = bob_has_two();
    let bob = room.bob.group.mls.own_leaf_index();
    let commit = forge::commit(&room.alice, &mut room.rng, |b| {
        b.propose_removals([bob, LeafNodeIndex::new(4)])
    });
    room.all_merge("all devices of a member", &commit);
}
