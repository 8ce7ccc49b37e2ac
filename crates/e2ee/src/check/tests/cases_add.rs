//! Add.

use openmls::prelude::Lifetime;

use super::{
    forge::{self, Case},
    room::{Room, further_device, next_generation, peer, stranger},
};
use crate::{
    certificate::{DeviceCertificate, DeviceFields},
    check::{MAX_DEVICES, PublicReason},
    group::Intent,
    leaf,
    policy::{Access, Permissions},
    roles::Role,
    suite::Suite,
};

fn only_moderators_invite() -> Room {
    let permissions = Permissions {
        invite: Role::Moderator,
        ..Permissions::default()
    };
    Room::with(Access::Invitation, permissions)
}

#[test]
fn adds() {
    let cases = [
        Case {
            name: "a credential that is no certificate",
            room: Room::new,
            bad: |room| {
                let eve = stranger("eve", 99);
                let credential = forge::credential(&eve.device, b"eve");
                let capabilities = leaf::capabilities(Suite::CLASSICAL);
                let lifetime = leaf::lifetime();
                let add = forge::key_package(
                    &eve.device,
                    credential,
                    capabilities,
                    lifetime,
                    &mut room.rng,
                );
                forge::commit(&room.alice, &mut room.rng, |b| b.propose_adds([add]))
            },
            reason: PublicReason::AddCertificate,
        },
        Case {
            name: "a lifetime that ends",
            room: Room::new,
            bad: |room| {
                let eve = stranger("eve", 99);
                let capabilities = leaf::capabilities(Suite::CLASSICAL);
                let credential = leaf::credential(&eve.device);
                let lifetime = Lifetime::init(0, u64::MAX - 1);
                let add = forge::key_package(
                    &eve.device,
                    credential,
                    capabilities,
                    lifetime,
                    &mut room.rng,
                );
                forge::commit(&room.alice, &mut room.rng, |b| b.propose_adds([add]))
            },
            reason: PublicReason::AddLifetime,
        },
        Case {
            name: "capabilities beyond ours",
            room: Room::new,
            bad: |room| {
                let eve = stranger("eve", 99);
                let capabilities = forge::capabilities_beyond_ours();
                let credential = leaf::credential(&eve.device);
                let add = forge::key_package(
                    &eve.device,
                    credential,
                    capabilities,
                    leaf::lifetime(),
                    &mut room.rng,
                );
                forge::commit(&room.alice, &mut room.rng, |b| b.propose_adds([add]))
            },
            reason: PublicReason::AddCapabilities,
        },
        Case {
            name: "a new account, added by somebody who may not invite",
            room: only_moderators_invite,
            bad: |room| {
                let eve = stranger("eve", 99);
                let add = forge::plain_key_package(&eve.device, &mut room.rng);
                forge::commit(&room.bob, &mut room.rng, |b| b.propose_adds([add]))
            },
            reason: PublicReason::AddRole,
        },
        Case {
            name: "a device of a generation that was left behind",
            room: || {
                let mut room = Room::new();
                let next = next_generation("bob", 11, &mut room.rng);
                let second = further_device(&next, &mut room.rng).key_package(&mut room.rng);
                let intent = Intent::invite(vec![peer(&second)]);
                let commit = room.alice.commit(&intent, &mut room.rng);
                room.follow(&commit);
                room
            },
            bad: |room| {
                let old = further_device(&room.bob.signing, &mut room.rng);
                let add = forge::plain_key_package(&old.device, &mut room.rng);
                forge::commit(&room.alice, &mut room.rng, |b| b.propose_adds([add]))
            },
            reason: PublicReason::AddGeneration,
        },
        Case {
            name: "a device that is in already",
            room: Room::new,
            bad: |room| {
                let other = further_device(&room.bob.signing, &mut room.rng);
                let fields = DeviceFields {
                    device: room.bob.device.id(),
                    ..other.device.certificate().fields().clone()
                };
                let twice = DeviceCertificate::issue(fields, &room.bob.signing);
                let add = forge::key_package(
                    &other.device,
                    forge::credential(&other.device, twice.as_bytes()),
                    leaf::capabilities(Suite::CLASSICAL),
                    leaf::lifetime(),
                    &mut room.rng,
                );
                forge::commit(&room.alice, &mut room.rng, |b| b.propose_adds([add]))
            },
            reason: PublicReason::AddDuplicate,
        },
        Case {
            name: "an eleventh device",
            room: Room::new,
            bad: |room| {
                let adds: Vec<_> = (0..MAX_DEVICES)
                    .map(|_| {
                        let more = further_device(&room.bob.signing, &mut room.rng);
                        forge::plain_key_package(&more.device, &mut room.rng)
                    })
                    .collect();
                forge::commit(&room.bob, &mut room.rng, |b| b.propose_adds(adds))
            },
            reason: PublicReason::TooManyDevices,
        },
    ];
    cases.iter().for_each(Case::run);
}

#[test]
fn whoever_may_not_invite_still_brings_devices_of_people_who_are_in() {
    let mut room = only_moderators_invite();
    let second = further_device(&room.dave.signing, &mut room.rng);
    let add = forge::plain_key_package(&second.device, &mut room.rng);
    let commit = forge::commit(&room.bob, &mut room.rng, |b| b.propose_adds([add]));
    room.all_merge("readmission by a member", &commit);
}

#[test]
fn ten_devices_are_not_too_many() {
    let mut room = Room::new();
    let adds: Vec<_> = (1..MAX_DEVICES)
        .map(|_| {
            let more = further_device(&room.bob.signing, &mut room.rng);
            forge::plain_key_package(&more.device, &mut room.rng)
        })
        .collect();
    let commit = forge::commit(&room.bob, &mut room.rng, |b| b.propose_adds(adds));
    room.all_merge("ten devices", &commit);
}
