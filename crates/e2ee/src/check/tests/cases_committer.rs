//! The committer's new leaf.

use openmls::prelude::LeafNodeParameters;

use super::{
    forge::{self, Case},
    room::{Room, further_device, next_generation, peer, stranger},
};
use crate::{
    certificate::{DeviceCertificate, DeviceFields},
    check::PublicReason,
    group::Intent,
    ids::DeviceId,
};

#[test]
fn the_committers_leaf() {
    let cases = [
        Case {
            name: "no path",
            room: Room::new,
            bad: |room| {
                let eve = stranger("eve", 99);
                let add = forge::plain_key_package(&eve.device, &mut room.rng);
                forge::commit_without_path(&room.bob, &mut room.rng, |b| b.propose_adds([add]))
            },
            reason: PublicReason::NoPath,
        },
        Case {
            name: "a credential that is no certificate",
            room: Room::new,
            bad: |room| {
                let credential = forge::credential(&room.bob.device, b"bob, trust me");
                let leaf = LeafNodeParameters::builder().with_credential_with_key(credential);
                forge::commit(&room.bob, &mut room.rng, |b| {
                    b.leaf_node_parameters(leaf.build())
                })
            },
            reason: PublicReason::CommitterCertificate,
        },
        Case {
            name: "somebody else's certificate",
            room: Room::new,
            bad: |room| {
                let stolen = room.alice.device.certificate().as_bytes().to_vec();
                let credential = forge::credential(&room.bob.device, &stolen);
                let leaf = LeafNodeParameters::builder().with_credential_with_key(credential);
                forge::commit(&room.bob, &mut room.rng, |b| {
                    b.leaf_node_parameters(leaf.build())
                })
            },
            reason: PublicReason::CommitterCertificate,
        },
        Case {
            name: "another device id on the same key",
            room: Room::new,
            bad: |room| {
                let fields = DeviceFields {
                    device: DeviceId::random(&mut room.rng),
                    ..room.bob.device.certificate().fields().clone()
                };
                let other = DeviceCertificate::issue(fields, &room.bob.signing);
                let credential = forge::credential(&room.bob.device, other.as_bytes());
                let leaf = LeafNodeParameters::builder().with_credential_with_key(credential);
                forge::commit(&room.bob, &mut room.rng, |b| {
                    b.leaf_node_parameters(leaf.build())
                })
            },
            reason: PublicReason::CommitterIdentity,
        },
        Case {
            name: "another account on the same key",
            room: Room::new,
            bad: |room| {
                let eve = stranger("eve", 99);
                let fields = room.bob.device.certificate().fields().clone();
                let other = DeviceCertificate::issue(fields, &eve.signing);
                let credential = forge::credential(&room.bob.device, other.as_bytes());
                let leaf = LeafNodeParameters::builder().with_credential_with_key(credential);
                forge::commit(&room.bob, &mut room.rng, |b| {
                    b.leaf_node_parameters(leaf.build())
                })
            },
            reason: PublicReason::CommitterIdentity,
        },
        Case {
            name: "a generation that a further device has left behind",
            room: || {
                let mut room = Room::new();
                let next = next_generation("bob", 11, &mut room.rng);
                let second = further_device(&next, &mut room.rng);
                let own = second.key_package(&mut room.rng);
                let commit = room
                    .alice
                    .commit(&Intent::invite(vec![peer(&own)]), &mut room.rng);
                room.follow(&commit);
                room
            },
            bad: |room| forge::commit(&room.bob, &mut room.rng, |b| b),
            reason: PublicReason::CommitterGeneration,
        },
        Case {
            name: "other capabilities",
            room: Room::new,
            bad: |room| {
                let more = forge::capabilities_beyond_ours();
                let leaf = LeafNodeParameters::builder().with_capabilities(more);
                forge::commit(&room.bob, &mut room.rng, |b| {
                    b.leaf_node_parameters(leaf.build())
                })
            },
            reason: PublicReason::CommitterCapabilities,
        },
    ];
    cases.iter().for_each(Case::run);
}
