//! Remove.

use openmls::prelude::{Extensions, GroupContext, LeafNodeIndex};

use super::{
    forge::{self, Case},
    room::{Room, further_device, peer},
};
use crate::{
    certificate::{DeviceCertificate, DeviceFields},
    check::PublicReason,
    group::Intent,
    leaf,
    roles::Role,
    suite::Suite,
};

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
            name: "a member by a member, for another device of the same id",
            room: Room::new,
            bad: |room| {
                let bob = room.bob.group.mls.own_leaf_index();
                let other = further_device(&room.bob.signing, &mut room.rng);
                let fields = DeviceFields {
                    device: room.bob.device.id(),
                    ..other.device.certificate().fields().clone()
                };
                let same_id = DeviceCertificate::issue(fields, &room.bob.signing);
                let add = forge::key_package(
                    &other.device,
                    forge::credential(&other.device, same_id.as_bytes()),
                    leaf::capabilities(Suite::CLASSICAL),
                    leaf::lifetime(),
                    &mut room.rng,
                );
                forge::commit(&room.dave, &mut room.rng, |b| {
                    b.propose_removals([bob]).propose_adds([add])
                })
            },
            reason: PublicReason::RemoveRole,
        },
        Case {
            name: "both devices of somebody, of whom one comes back",
            room: bob_has_two,
            bad: |room| {
                let bob = room.bob.group.mls.own_leaf_index();
                let add = forge::plain_key_package(&room.bob.device, &mut room.rng);
                forge::commit(&room.alice, &mut room.rng, |b| {
                    b.propose_removals([bob, LeafNodeIndex::new(4)])
                        .propose_adds([add])
                })
            },
            reason: PublicReason::RemovePartial,
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

    let mut room = Room::new();
    let bob = room.bob.group.mls.own_leaf_index();
    let add = forge::plain_key_package(&room.bob.device, &mut room.rng);
    let commit = forge::commit(&room.dave, &mut room.rng, |b| {
        b.propose_removals([bob]).propose_adds([add])
    });
    room.all_merge("a device that comes back, by a member", &commit);

    let mut room = bob_has_two();
    let bob = room.bob.group.mls.own_leaf_index();
    let commit = forge::commit(&room.alice, &mut room.rng, |b| {
        b.propose_removals([bob, LeafNodeIndex::new(4)])
    });
    room.all_merge("all devices of a member", &commit);
}

/// Carol, a moderator, has a second device at index 4, which has asked to leave.
fn carol_leaves_with_two() -> Room {
    let mut room = Room::new();
    let second = further_device(&room.carol.signing, &mut room.rng).key_package(&mut room.rng);
    let commit = room
        .carol
        .commit(&Intent::invite(vec![peer(&second)]), &mut room.rng);
    room.follow(&commit);
    let wish = room
        .carol
        .group
        .propose_leave(&room.carol.device, &mut room.rng)
        .unwrap();
    for seat in room.seats() {
        seat.group.note_proposal(&wish).unwrap();
        seat.group.take_changes();
    }
    room
}

#[test]
fn an_account_leaves_with_all_its_devices_or_not_at_all() {
    let cases = [
        Case {
            name: "the device that asked alone",
            room: carol_leaves_with_two,
            bad: |room| {
                let extensions = without_role(room);
                forge::commit(&room.bob, &mut room.rng, |b| {
                    b.propose_group_context_extensions(extensions).unwrap()
                })
            },
            reason: PublicReason::LeavePartial,
        },
        Case {
            name: "both, and a third one in",
            room: carol_leaves_with_two,
            bad: |room| {
                let extensions = without_role(room);
                let third = further_device(&room.carol.signing, &mut room.rng);
                let third = forge::plain_key_package(&third.device, &mut room.rng);
                forge::commit(&room.alice, &mut room.rng, |b| {
                    b.propose_removals([LeafNodeIndex::new(4)])
                        .propose_adds([third])
                        .propose_group_context_extensions(extensions)
                        .unwrap()
                })
            },
            reason: PublicReason::LeavePartial,
        },
    ];
    cases.iter().for_each(Case::run);

    // A member takes both out, of a moderator.
    let mut room = carol_leaves_with_two();
    let extensions = without_role(&mut room);
    let commit = forge::commit(&room.bob, &mut room.rng, |b| {
        b.propose_removals([LeafNodeIndex::new(4)])
            .propose_group_context_extensions(extensions)
            .unwrap()
    });
    room.all_merge("both devices of who leaves", &commit);
}

/// The policy once Carol is gone.
fn without_role(room: &mut Room) -> Extensions<GroupContext> {
    forge::with_policy(&room.alice, |policy| {
        policy.roles.set(room.carol.device.account(), Role::Member);
    })
}
