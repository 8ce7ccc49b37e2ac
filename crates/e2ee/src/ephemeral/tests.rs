//! Attacks on ephemeral entries.

#![allow(clippy::unwrap_used)]
use proptest::prelude::*;

use super::*;
use crate::{
    ids::RoomId,
    testing::{NOW_MS, flipped, person, rng},
};

fn place() -> Place {
    Place {
        room: RoomId::new(7).unwrap(),
        group: [8; 16].into(),
        epoch: 3,
    }
}

fn key(byte: u8) -> Secret<32> {
    Secret::from_bytes(&[byte; 32])
}

#[test]
fn an_entry_opens_in_its_room_group_and_epoch_alone() {
    let alice = person("alice", 1);
    let leaf = *alice.device.key().public();
    let sealed = super::seal(
        1,
        b"typing",
        NOW_MS,
        &place(),
        &alice.device,
        &key(1),
        &mut rng(2),
    )
    .unwrap();
    let opened = open(&sealed, &place(), &key(1), |_, _| Some(leaf)).unwrap();
    assert_eq!(
        (opened.device, opened.kind, opened.content.as_slice()),
        (alice.device.id(), 1, &b"typing"[..])
    );

    for (name, place, key) in [
        (
            "room",
            Place {
                room: RoomId::new(8).unwrap(),
                ..place()
            },
            key(1),
        ),
        (
            "group",
            Place {
                group: [9; 16].into(),
                ..place()
            },
            key(1),
        ),
        (
            "epoch",
            Place {
                epoch: 4,
                ..place()
            },
            key(1),
        ),
        ("key", place(), key(2)),
    ] {
        assert_eq!(
            open(&sealed, &place, &key, |_, _| Some(leaf)),
            Err(SealError.into()),
            "{name}"
        );
    }
    assert!(
        flipped(&sealed).all(|sealed| open(&sealed, &place(), &key(1), |_, _| Some(leaf)).is_err())
    );
    let long = vec![0; MAX_LEN + OVERHEAD + 1];
    assert_eq!(
        open(&long, &place(), &key(1), |_, _| Some(leaf)),
        Err(OpenEphemeralError::TooLong)
    );
}

#[test]
fn a_member_cannot_speak_for_another_or_move_an_entry() {
    let [alice, mallory] = [person("alice", 1), person("mallory", 2)];
    let [leaf, other] = [&alice, &mallory].map(|person| *person.device.key().public());
    let sealed = super::seal(
        1,
        b"typing",
        NOW_MS,
        &place(),
        &alice.device,
        &key(1),
        &mut rng(2),
    )
    .unwrap();
    assert_eq!(
        open(&sealed, &place(), &key(1), |_, _| Some(other)),
        Err(SignatureError.into())
    );
    assert_eq!(
        open(&sealed, &place(), &key(1), |_, _| None),
        Err(OpenEphemeralError::UnknownLeaf)
    );

    // Mallory holds the keys of both epochs and seals Alice's words again in the next.
    let next = Place {
        epoch: 4,
        ..place()
    };
    let words = seal::open(&key(1), &aad(&place()), &sealed).unwrap();
    let moved = seal::seal(&key(2), &aad(&next), &words, &mut rng(3)).unwrap();
    assert_eq!(
        open(&moved, &next, &key(2), |_, _| Some(leaf)),
        Err(SignatureError.into())
    );
}

#[test]
fn padding_and_version_are_checked() {
    let alice = person("alice", 1);
    let leaf = *alice.device.key().public();
    let sealed = super::seal(
        1,
        b"typing",
        NOW_MS,
        &place(),
        &alice.device,
        &key(1),
        &mut rng(2),
    )
    .unwrap();
    assert_eq!(sealed.len(), MIN_LEN + OVERHEAD);
    let words = seal::open(&key(1), &aad(&place()), &sealed).unwrap();
    for (at, byte, error) in [
        (
            MIN_LEN - 1,
            1,
            OpenEphemeralError::Codec(CodecError::NotCanonical),
        ),
        (1, 2, OpenEphemeralError::Version(2)),
    ] {
        let mut changed = words.to_vec();
        changed[at] = byte;
        let sealed = seal::seal(&key(1), &aad(&place()), &changed, &mut rng(3)).unwrap();
        assert_eq!(
            open(&sealed, &place(), &key(1), |_, _| Some(leaf)),
            Err(error)
        );
    }
}

#[test]
fn a_replay_is_not_newer() {
    let entry = |device: u8, sent_at_ms| Ephemeral {
        account: [1; 16].into(),
        device: [device; 16].into(),
        sent_at_ms,
        kind: 1,
        content: Vec::new(),
    };
    let mut newest = Newest::default();
    let accepted = [(1, 5), (1, 5), (1, 4), (2, 4), (1, 6)]
        .map(|(device, at)| newest.accept(&entry(device, at)));
    assert_eq!(accepted, [true, false, false, true, true]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_sealed_opens(content in proptest::collection::vec(any::<u8>(), 0..=MAX_CONTENT), kind: u16) {
        let alice = person("alice", 1);
        let leaf = *alice.device.key().public();
        let sealed = super::seal(kind, &content, NOW_MS, &place(), &alice.device, &key(1), &mut rng(2)).unwrap();
        let opened = open(&sealed, &place(), &key(1), |_, _| Some(leaf)).unwrap();
        prop_assert_eq!((opened.kind, opened.content), (kind, content));
    }
}

#[test]
fn content_above_the_limit_is_refused() {
    let alice = person("alice", 1);
    let content = vec![0; MAX_CONTENT + 1];
    let refused = super::seal(
        1,
        &content,
        NOW_MS,
        &place(),
        &alice.device,
        &key(1),
        &mut rng(2),
    );
    assert_eq!(refused, Err(SealEphemeralError::ContentTooLong));
}
