//! Each case changes one thing about a good message; with the check for it taken out, the case opens or ends in another
//! tombstone.

use super::{
    super::*,
    CONTENT,
    forge::{Forge, forge},
};
use crate::{ed25519::KeyPair, secret::Secret, testing::rng};

#[test]
fn both_paths_open_the_same_bytes() {
    let live = forge().open().unwrap();
    let by_mls = Forge {
        history: None,
        ..forge()
    }
    .open()
    .unwrap();
    let by_history = Forge {
        holds_mls: false,
        ..forge()
    }
    .open()
    .unwrap();
    let timed = Forge {
        has_wrap: false,
        ..forge()
    }
    .open()
    .unwrap();
    assert_eq!(live.payload.content.as_slice(), CONTENT);
    assert!(
        [by_mls, by_history, timed]
            .iter()
            .all(|opened| *opened == live)
    );
}

#[test]
fn a_sender_that_the_roster_does_not_list_is_shown_as_such() {
    let mut unlisted = forge();
    unlisted.holds_mls = false;
    unlisted.sender = unlisted.sender.map(|sender| Sender {
        standing: Standing::NotVerifiablyMember,
        ..sender
    });
    assert_eq!(
        unlisted.open().unwrap().standing,
        Standing::NotVerifiablyMember
    );
}

type Change = fn(&mut Forge);

/// Each change breaks one condition, on every path that does not lack what the change needs.
const CASES: &[(&str, Change, Tombstone)] = &[
    (
        "ciphertext of no payload's length",
        |f| f.tamper = |c| c.truncate(255),
        Tombstone::Size,
    ),
    (
        "empty ciphertext",
        |f| f.tamper = Vec::clear,
        Tombstone::Size,
    ),
    (
        "ciphertext above the limit",
        |f| f.tamper = |c| c.resize(131_072 + 16, 0),
        Tombstone::Size,
    ),
    (
        "one changed byte",
        |f| f.tamper = |c| c[40] ^= 1,
        Tombstone::Cipher,
    ),
    (
        "payload with another hash",
        |f| f.wire_hash = Some([1; 32]),
        Tombstone::Hash,
    ),
    (
        "sealed in another room",
        |f| (f.sealed_in.room, f.has_wrap) = (RoomId::new(78).unwrap(), false),
        Tombstone::Cipher,
    ),
    (
        "sealed in another epoch",
        |f| (f.sealed_in.epoch, f.has_wrap) = (4, false),
        Tombstone::Cipher,
    ),
    (
        "signed for another room",
        |f| f.claims.room = RoomId::new(78).unwrap(),
        Tombstone::Room,
    ),
    (
        "signed for another group",
        |f| f.claims.group = [1; 16].into(),
        Tombstone::Group,
    ),
    (
        "signed for another epoch",
        |f| f.claims.epoch = 4,
        Tombstone::Epoch,
    ),
    (
        "signed under another client id",
        |f| f.claims.client_id = [1; 16].into(),
        Tombstone::ClientId,
    ),
    (
        "another version",
        |f| f.mangle = |p| p[1] = 2,
        Tombstone::Version(2),
    ),
    (
        "padding that is not zero",
        |f| f.mangle = |p| *p.last_mut().unwrap() = 1,
        Tombstone::Malformed,
    ),
    (
        "a bucket too many",
        |f| f.mangle = |p| p.resize(1024, 0),
        Tombstone::Malformed,
    ),
    (
        "content longer than the payload",
        |f| f.mangle = |p| p[156] = 0x7F,
        Tombstone::Malformed,
    ),
    (
        "room id of 2^53",
        |f| f.mangle = |p| p[35] = 0x20,
        Tombstone::Malformed,
    ),
    (
        "nobody knows the device",
        |f| f.sender = None,
        Tombstone::UnknownSender,
    ),
    (
        "names another account",
        |f| f.claims.account = [1; 16].into(),
        Tombstone::Sender,
    ),
    (
        "names another device",
        |f| f.claims.device = [1; 16].into(),
        Tombstone::Sender,
    ),
    (
        "signed by somebody else",
        |f| f.signer = KeyPair::generate(&mut rng(9)),
        Tombstone::Signature,
    ),
    (
        "changed after it was signed",
        |f| f.mangle = |p| p[160] ^= 1,
        Tombstone::Signature,
    ),
    (
        "salt changed after it was signed",
        |f| f.mangle = |p| p[2] ^= 1,
        Tombstone::Signature,
    ),
    (
        "shown before",
        |f| assert!(f.shown.insert(f.alice.device.id(), 3)),
        Tombstone::Duplicate,
    ),
];

#[test]
fn every_condition_holds_on_the_live_path() {
    for (name, change, tombstone) in CASES {
        let mut live = forge();
        live.history = None;
        change(&mut live);
        assert_eq!(live.open().err(), Some(*tombstone), "{name}");
    }
}

#[test]
fn every_condition_holds_on_the_history_path() {
    for (name, change, tombstone) in CASES {
        let mut history = forge();
        history.holds_mls = false;
        change(&mut history);
        if history.has_wrap {
            assert_eq!(history.open().err(), Some(*tombstone), "{name}");
        }
    }
}

#[test]
fn keys_must_fit_and_agree() {
    let cases: &[(&str, Change, Tombstone)] = &[
        (
            "no key at all",
            |f| (f.holds_mls, f.history) = (false, None),
            Tombstone::NoKey,
        ),
        (
            "history key but no wrap",
            |f| (f.holds_mls, f.has_wrap) = (false, false),
            Tombstone::NoKey,
        ),
        (
            "MLS names another hash",
            |f| f.mls_hash = Some([1; 32]),
            Tombstone::HashInMls,
        ),
        (
            "MLS carries another key",
            |f| f.mls_key = Some(Secret::from_bytes(&[1; 32])),
            Tombstone::KeysDiffer,
        ),
        (
            "wrap carries another key",
            |f| f.wrapped_key = Some(Secret::from_bytes(&[1; 32])),
            Tombstone::KeysDiffer,
        ),
        (
            "wrapped under another history key",
            |f| f.wrapped_under = Secret::from_bytes(&[1; 32]),
            Tombstone::Wrap,
        ),
        (
            "wrapped in another room",
            |f| f.sealed_in.room = RoomId::new(78).unwrap(),
            Tombstone::Wrap,
        ),
        (
            "wrapped in another epoch",
            |f| f.sealed_in.epoch = 4,
            Tombstone::Wrap,
        ),
        (
            "wrong key in MLS alone",
            |f| (f.mls_key, f.history) = (Some(Secret::from_bytes(&[1; 32])), None),
            Tombstone::Cipher,
        ),
        (
            "wrong key in the wrap alone",
            |f| (f.wrapped_key, f.holds_mls) = (Some(Secret::from_bytes(&[1; 32])), false),
            Tombstone::Cipher,
        ),
    ];
    for (name, change, tombstone) in cases {
        let mut forged = forge();
        change(&mut forged);
        assert_eq!(forged.open().err(), Some(*tombstone), "{name}");
    }
}
