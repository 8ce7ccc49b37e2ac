//! GroupContextExtensions and roles.

use openmls::prelude::{
    Extension, ExternalSender, LeafNodeIndex, ProposalType, RequiredCapabilitiesExtension,
};

use super::{
    forge::{self, Case},
    room::{Room, stranger},
};
use crate::{
    check::PublicReason,
    group::Verdict,
    ids::RoomId,
    leaf::POLICY,
    policy::{Access, History},
    roles::Role,
};

#[test]
fn what_the_context_may_not_become() {
    let cases = [
        Case {
            name: "external senders",
            room: Room::new,
            bad: |room| {
                let eve = stranger("eve", 99);
                let credential = crate::leaf::credential(&eve.device);
                let sender = ExternalSender::new(credential.signature_key, credential.credential);
                let mut extensions = room.alice.group.mls.extensions().clone();
                extensions
                    .add(Extension::ExternalSenders(vec![sender]))
                    .unwrap();
                forge::commit(&room.alice, &mut room.rng, |b| {
                    b.propose_group_context_extensions(extensions).unwrap()
                })
            },
            reason: PublicReason::OtherExtension,
        },
        Case {
            name: "fewer required capabilities",
            room: Room::new,
            bad: |room| {
                let mut extensions = room.alice.group.mls.extensions().clone();
                let fewer: &[ProposalType] = &[];
                let required = RequiredCapabilitiesExtension::new(&[POLICY], fewer, &[]);
                extensions
                    .add_or_replace(Extension::RequiredCapabilities(required))
                    .unwrap();
                forge::commit(&room.alice, &mut room.rng, |b| {
                    b.propose_group_context_extensions(extensions).unwrap()
                })
            },
            reason: PublicReason::OtherExtension,
        },
        Case {
            name: "no policy",
            room: Room::new,
            bad: |room| {
                let mut extensions = room.alice.group.mls.extensions().clone();
                extensions.remove(POLICY);
                forge::commit(&room.alice, &mut room.rng, |b| {
                    b.propose_group_context_extensions(extensions).unwrap()
                })
            },
            reason: PublicReason::PolicyMalformed,
        },
        Case {
            name: "bytes behind the policy",
            room: Room::new,
            bad: |room| {
                let mut bytes = room.alice.group.policy().encode().unwrap();
                bytes.push(0);
                let extensions = forge::with_policy_bytes(&room.alice, bytes);
                forge::commit(&room.alice, &mut room.rng, |b| {
                    b.propose_group_context_extensions(extensions).unwrap()
                })
            },
            reason: PublicReason::PolicyMalformed,
        },
        Case {
            name: "a policy of 5 kB",
            room: Room::new,
            bad: |room| {
                let mut bytes = room.alice.group.policy().encode().unwrap();
                bytes.resize(5_000, 0);
                let extensions = forge::with_policy_bytes(&room.alice, bytes);
                forge::commit(&room.alice, &mut room.rng, |b| {
                    b.propose_group_context_extensions(extensions).unwrap()
                })
            },
            reason: PublicReason::PolicyMalformed,
        },
        Case {
            name: "a newer version by a member",
            room: Room::new,
            bad: |room| {
                let extensions = forge::with_policy_bytes(&room.bob, vec![0, 2]);
                forge::commit(&room.bob, &mut room.rng, |b| {
                    b.propose_group_context_extensions(extensions).unwrap()
                })
            },
            reason: PublicReason::PolicyVersion,
        },
        Case {
            name: "an older version",
            room: Room::new,
            bad: |room| {
                let extensions = forge::with_policy_bytes(&room.alice, vec![0, 0]);
                forge::commit(&room.alice, &mut room.rng, |b| {
                    b.propose_group_context_extensions(extensions).unwrap()
                })
            },
            reason: PublicReason::PolicyVersion,
        },
    ];
    cases.iter().for_each(Case::run);
}

/// A change of the policy by one of the four, and the reason against it.
struct Change {
    name: &'static str,
    by: fn(&Room) -> &super::room::Seat,
    change: fn(&mut crate::policy::Policy, &Room),
    reason: PublicReason,
}

fn moderator(policy: &mut crate::policy::Policy, who: crate::ids::AccountId) {
    policy.roles.set(who, Role::Moderator);
}

#[test]
fn how_the_policy_may_not_change() {
    let alice: fn(&Room) -> &super::room::Seat = |room| &room.alice;
    let bob: fn(&Room) -> &super::room::Seat = |room| &room.bob;
    let carol: fn(&Room) -> &super::room::Seat = |room| &room.carol;
    let changes = [
        Change {
            name: "the room",
            by: alice,
            change: |policy, _| policy.room = RoomId::new(8).unwrap(),
            reason: PublicReason::PolicyImmutable,
        },
        Change {
            name: "the history policy",
            by: alice,
            change: |policy, _| policy.history = History::Shared,
            reason: PublicReason::PolicyImmutable,
        },
        Change {
            name: "the suite",
            by: alice,
            change: |policy, _| policy.suite = crate::suite::Suite::POST_QUANTUM,
            reason: PublicReason::PolicyImmutable,
        },
        Change {
            name: "a leap of the join generation",
            by: alice,
            change: |policy, _| policy.join_generation += 2,
            reason: PublicReason::PolicyCounter,
        },
        Change {
            name: "a leap of the state version",
            by: alice,
            change: |policy, _| {
                policy.state_version += 2;
                policy.state_hash = [1; 32];
            },
            reason: PublicReason::PolicyCounter,
        },
        Change {
            name: "a state without its version",
            by: alice,
            change: |policy, _| policy.state_hash = [1; 32],
            reason: PublicReason::StateVersion,
        },
        Change {
            name: "a version without its state",
            by: alice,
            change: |policy, _| policy.state_version += 1,
            reason: PublicReason::StateVersion,
        },
        Change {
            name: "the state by a member",
            by: bob,
            change: |policy, _| {
                policy.state_version += 1;
                policy.state_hash = [1; 32];
            },
            reason: PublicReason::StateRole,
        },
        Change {
            name: "a rotation by a moderator",
            by: carol,
            change: |policy, _| policy.join_generation += 1,
            reason: PublicReason::RotateRole,
        },
        Change {
            name: "links by a moderator",
            by: carol,
            change: |policy, _| policy.access = Access::Link,
            reason: PublicReason::RulesRole,
        },
        Change {
            name: "permissions by a moderator",
            by: carol,
            change: |policy, _| policy.permissions.edit = Role::Member,
            reason: PublicReason::RulesRole,
        },
        Change {
            name: "a member promotes itself",
            by: bob,
            change: |policy, room| moderator(policy, room.bob.account()),
            reason: PublicReason::RoleChange,
        },
        Change {
            name: "a member promotes a member",
            by: bob,
            change: |policy, room| moderator(policy, room.dave.account()),
            reason: PublicReason::RoleChange,
        },
        Change {
            name: "a moderator promotes itself",
            by: carol,
            change: |policy, room| policy.roles.set(room.carol.account(), Role::Admin),
            reason: PublicReason::RoleChange,
        },
        Change {
            name: "a moderator grants more than it has",
            by: carol,
            change: |policy, room| policy.roles.set(room.bob.account(), Role::Admin),
            reason: PublicReason::RoleChange,
        },
        Change {
            name: "a moderator deposes the owner",
            by: carol,
            change: |policy, room| policy.roles.set(room.alice.account(), Role::Member),
            reason: PublicReason::RoleChange,
        },
        Change {
            name: "a role for somebody outside",
            by: alice,
            change: |policy, _| moderator(policy, crate::ids::AccountId::from([9; 16])),
            reason: PublicReason::RoleWithoutLeaf,
        },
        Change {
            name: "the last owner steps down",
            by: alice,
            change: |policy, room| policy.roles.set(room.alice.account(), Role::Admin),
            reason: PublicReason::NoOwner,
        },
    ];
    for case in changes {
        let mut room = Room::new();
        let mut rng = room.rng.clone();
        let commit = forge::policy_commit((case.by)(&room), &mut rng, |policy| {
            (case.change)(policy, &room);
        });
        room.all_skip(case.name, &commit, case.reason);
    }
}

#[test]
fn a_departing_accounts_role_goes_with_it_and_only_then() {
    let mut room = Room::new();
    let carol = room.carol.group.mls.own_leaf_index();
    let commit = forge::commit(&room.alice, &mut room.rng, |b| b.propose_removals([carol]));
    room.all_skip("role left behind", &commit, PublicReason::RoleWithoutLeaf);

    let extensions = forge::with_policy(&room.alice, |policy| {
        policy.roles.set(room.carol.device.account(), Role::Member);
    });
    let commit = forge::commit(&room.alice, &mut room.rng, |b| {
        b.propose_removals([LeafNodeIndex::new(carol.u32())])
            .propose_group_context_extensions(extensions)
            .unwrap()
    });
    room.all_merge("role stripped", &commit);
}

#[test]
fn the_last_owners_wish_to_leave_is_not_committed() {
    let mut room = Room::new();
    // An honest client would not propose it.
    let mut twin = room
        .alice
        .group
        .twin(room.alice.group.provider.rows().clone())
        .unwrap();
    let signer = crate::leaf::LeafSigner(&room.alice.device);
    let proposal = twin
        .mls
        .leave_group_via_self_remove(&twin.provider, &signer)
        .unwrap();
    let proposal = tls_codec::Serialize::tls_serialize_detached(&proposal).unwrap();
    for seat in room.seats() {
        assert!(!seat.group.note_proposal(&proposal).unwrap().committable);
        seat.group.take_changes();
    }
    let extensions = forge::with_policy(&room.bob, |policy| {
        policy.roles.set(room.alice.device.account(), Role::Member);
    });
    let commit = forge::commit(&room.bob, &mut room.rng, |b| {
        b.propose_group_context_extensions(extensions).unwrap()
    });
    room.all_skip("last owner", &commit, PublicReason::NoOwner);
    // An honest commit leaves the wish alone.
    let own = room
        .bob
        .stage(&crate::group::Intent::housekeeping(), &mut room.rng);
    assert!(own.effects.accounts_out.is_empty());
    let Verdict::Merged(change) = room.carol.group.judge(&own.commit).unwrap() else {
        panic!("not merged");
    };
    assert!(change.removed.is_empty());
}

#[test]
fn an_admin_may_move_the_room_to_rules_that_this_client_does_not_know() {
    let mut room = Room::new();
    let extensions = forge::with_policy_bytes(&room.alice, vec![0, 9, 1, 2, 3]);
    let commit = forge::commit(&room.alice, &mut room.rng, |b| {
        b.propose_group_context_extensions(extensions).unwrap()
    });
    for seat in room.seats() {
        assert_eq!(
            seat.group.judge(&commit).unwrap(),
            Verdict::Paused { version: 9 }
        );
    }
}

#[test]
fn roles_rise_up_to_the_granters_own() {
    let mut room = Room::new();
    let mut rng = room.rng.clone();
    let commit = forge::policy_commit(&room.carol, &mut rng, |policy| {
        moderator(policy, room.bob.account());
    });
    room.all_merge("moderator by moderator", &commit);
    let mut room = Room::new();
    let commit = forge::policy_commit(&room.alice, &mut rng, |policy| {
        policy.roles.set(room.bob.account(), Role::Owner);
        policy.roles.set(room.alice.account(), Role::Member);
    });
    room.all_merge("an owner hands over", &commit);
}
