//! The bad member of [`crate::hostile`], rule by rule: what it breaks is what everybody sees, and nothing else.

use std::collections::BTreeSet;

use super::room::{Room, Seat, further_device, peer, stranger};
use crate::{
    check::PublicReason,
    counters::Counters,
    group::{Draft, Intent, OpenError},
    hostile::{self, BadCommit, BadEntry, BadMessage, Liar},
    ids::ClientId,
    log_head::Seen,
    message::{Tombstone, Wire},
    policy::{Access, Permissions},
    tree::Follower,
};

fn liar(seat: &Seat) -> Liar<'_> {
    Liar {
        group: &seat.group,
        device: &seat.device,
        signing: &seat.signing,
    }
}

/// Alice owns the room, carol moderates it, and dave has two devices.
fn room() -> Room {
    let mut room = Room::new();
    let second = further_device(&room.dave.signing, &mut room.rng).key_package(&mut room.rng);
    let intent = Intent::invite(vec![peer(&second)]);
    let commit = room.dave.commit(&intent, &mut room.rng);
    room.follow(&commit);
    room
}

#[test]
fn each_rule_is_broken_by_whoever_can_and_skipped_by_all() {
    let mut tried = BTreeSet::new();
    let liars: [fn(&Room) -> &Seat; 3] = [|room| &room.alice, |room| &room.bob, |room| &room.carol];
    for (at, by) in liars.into_iter().enumerate() {
        let mut room = room();
        let mut rng = room.rng.clone();
        for rule in BadCommit::ALL {
            if let Some(commit) = hostile::bad_commit(&liar(by(&room)), rule, &mut rng) {
                room.all_skip(&format!("{rule:?} by {at}"), &commit, rule.reason());
                tried.insert(rule);
            }
        }
        let good = room.bob.commit(&Intent::housekeeping(), &mut rng);
        room.follow(&good);
    }
    assert_eq!(tried.len(), BadCommit::ALL.len(), "{tried:?}");
}

#[test]
fn each_rule_for_entries_is_broken_and_skipped_by_all() {
    let eve = stranger("eve", 99);
    let mut room = Room::with(Access::Link, Permissions::default());
    let mut rng = room.rng.clone();
    let context = super::room::context(&room.alice.group);
    let alice = &room.alice;
    let sealed = alice.group.reseal_door(&alice.device, &context, &mut rng);
    let door = alice.group.open_door(&sealed.unwrap()).unwrap();
    let snapshot = alice.group.snapshot(&alice.device).unwrap();
    let number = alice.group.room();
    for rule in BadEntry::ALL {
        let mut follower = Follower::start(&snapshot, number).unwrap();
        let tree = follower.reach(&door).unwrap();
        let commit = hostile::enter(&eve.device, &door, &tree, rule, &mut rng).unwrap();
        room.all_skip(&format!("{rule:?}"), &commit, rule.reason());
    }
    // Whoever has seen the tree alone has a guess at best.
    let blind = |rule, rng: &mut _| {
        hostile::from_outside(&eve.device, number, &snapshot, rule, rng).unwrap()
    };
    let guess = blind(BadEntry::GuessedPsk, &mut rng);
    room.all_skip("a guess", &guess, PublicReason::ExternalProof);
    let none = blind(BadEntry::NoPsk, &mut rng);
    room.all_skip("none", &none, PublicReason::ExternalPsk);
}

#[test]
fn each_rule_for_messages_is_broken_and_seen_by_all() {
    let mut room = Room::new();
    let mut rng = room.rng.clone();
    let mut counters: [Counters; 4] = Default::default();
    let draft = |at: u8, content| Draft {
        client_id: ClientId::from([at; 16]),
        counter: u64::from(at),
        sent_at_ms: 1,
        seen: Seen {
            seq: 1,
            head: [1; 16],
        },
        kind: 1,
        content,
        fleeting: false,
        mark: &[],
    };
    // Alice says something, and bob, who lies, does.
    let said = room
        .alice
        .group
        .seal(&room.alice.device, &draft(200, b"hello"), &mut rng);
    let said = said.unwrap();
    let wire = wire(&said, ClientId::from([200; 16]), &room.alice);
    let bob = &mut room.bob;
    let opened = bob.group.open(&wire, &said.mls, &mut counters[1]).unwrap();
    let heard = hostile::heard(bob.group.room(), &opened.line, &wire).unwrap();
    let own = bob
        .group
        .seal(&bob.device, &draft(2, b"hello"), &mut rng)
        .unwrap();
    let verdicts = open_all(&mut room, &own, ClientId::from([2; 16]), &mut counters);
    assert_eq!(verdicts, [None; 3]);
    for (at, rule) in (1..).zip(BadMessage::ALL) {
        let at = at + 20;
        let draft = Draft {
            client_id: ClientId::from([100 + at; 16]),
            counter: match rule {
                BadMessage::ReusedCounter => 2,
                _ => u64::from(at),
            },
            ..draft(at, b"believe me")
        };
        let bob = &mut room.bob;
        let made = hostile::bad_message(
            &mut bob.group,
            &bob.device,
            rule,
            &draft,
            Some(&heard),
            &mut rng,
        );
        let (client_id, bad) = made.unwrap();
        let verdicts = open_all(&mut room, &bad, client_id, &mut counters);
        assert_eq!(verdicts, [rule.tombstone(); 3], "{rule:?}");
    }
}

fn wire<'a>(sealed: &'a crate::group::Sealed, client_id: ClientId, by: &Seat) -> Wire<'a> {
    Wire {
        encrypted_content: &sealed.encrypted_content,
        iv: &sealed.iv,
        message_hash: &sealed.message_hash,
        history_key: sealed.history_key.as_deref(),
        client_id,
        device: by.device.id(),
    }
}

/// What each of the others makes of a message by bob. He himself does not open what he sealed.
fn open_all(
    room: &mut Room,
    sealed: &crate::group::Sealed,
    client_id: ClientId,
    counters: &mut [Counters; 4],
) -> Vec<Option<Tombstone>> {
    let wire = wire(sealed, client_id, &room.bob);
    let bob = room.bob.device.id();
    let seats = room.seats().into_iter().zip(counters.iter_mut());
    let others = seats.filter(|(seat, _)| seat.device.id() != bob);
    others
        .map(
            |(seat, counters)| match seat.group.open(&wire, &sealed.mls, counters) {
                Ok(_) => None,
                Err(OpenError::Tombstone(tombstone)) => Some(tombstone),
                Err(OpenError::Rows(error)) => panic!("{error}"),
            },
        )
        .collect()
}
