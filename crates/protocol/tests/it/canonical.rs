//! The bytes under the log head: two different bodies never share them.

use proptest::prelude::*;
use protocol::{
    bytes::Bytes,
    ids::{AccountId, ClientId, DeviceId, EntryId, RoomId, Seq},
    log::{
        Body, Commit, Deleted, Effects, Entry, Key, Large, Message, Notice, NoticeKind, Proposal,
        RoleChange,
    },
    role::Role,
    time::Timestamp,
};

fn account(byte: u8) -> AccountId {
    AccountId::from_bytes([byte; 16])
}

fn message(content: &str, iv: &str, hash: &str, key: Key, history: Option<&[u8]>) -> Body {
    Body::Message(Message {
        encrypted_content: content.to_owned(),
        iv: iv.to_owned(),
        message_hash: hash.to_owned(),
        key,
        history_key: history.map(Bytes::from),
    })
}

fn commit(bytes: &[u8], accounts_in: &[u8], accounts_out: &[u8], roles: &[(u8, Role)]) -> Body {
    let role = |&(byte, role): &(u8, Role)| RoleChange {
        account: account(byte),
        role,
    };
    Body::Commit(Commit {
        commit: bytes.into(),
        effects: Effects {
            accounts_in: accounts_in.iter().copied().map(account).collect(),
            accounts_out: accounts_out.iter().copied().map(account).collect(),
            roles: roles.iter().map(role).collect(),
        },
        with_tree: false,
    })
}

fn mls(bytes: &[u8]) -> Key {
    Key::Mls(bytes.into())
}

fn shared(id: &str) -> Key {
    Key::Shared(id.to_owned())
}

/// Bodies that a careless encoding would confuse: the same bytes, cut elsewhere.
#[test]
fn bytes_that_move_across_a_border_change_the_body() {
    let eight_zeros = "\0".repeat(8);
    let bodies = [
        message("ab", "c", "d", mls(b"e"), None),
        message("a", "bc", "d", mls(b"e"), None),
        message("abc", "", "d", mls(b"e"), None),
        message("ab", "", "cd", mls(b"e"), None),
        message("ab", "cd", "", mls(b"e"), None),
        message("ab", "c", "", mls(b"de"), None),
        message("ab", "c", "d", shared("e"), None),
        message("ab", "c", "d", shared(""), None),
        message("ab", "c", "d", mls(b""), None),
        message("ab", "c", "d", mls(b""), Some(b"")),
        message("ab", "c", "d", mls(b""), Some(b"e")),
        message("ab", "c", "d", mls(b"e"), Some(b"")),
        message("ab", "c", "d", mls(b"e\0"), None),
        message("ab", "c", "d", mls(b"e"), Some(b"\0")),
        message("", "", "", shared(""), None),
        message("", "", "", mls(b""), None),
        message(&eight_zeros, "", "", mls(b""), None),
        message("", &eight_zeros, "", mls(b""), None),
        message("", "", &eight_zeros, mls(b""), None),
    ];
    differ(&bodies);
    let commits = [
        commit(b"c", &[], &[], &[]),
        commit(b"c", &[1], &[], &[]),
        commit(b"c", &[], &[1], &[]),
        commit(b"c", &[1], &[2], &[]),
        commit(b"c", &[2], &[1], &[]),
        commit(b"c", &[1, 2], &[], &[]),
        commit(b"c", &[2, 1], &[], &[]),
        commit(b"c", &[], &[1, 2], &[]),
        commit(b"c", &[], &[], &[(1, Role::Member)]),
        commit(b"c", &[], &[], &[(1, Role::Moderator)]),
        commit(b"c", &[], &[], &[(1, Role::Admin)]),
        commit(b"c", &[], &[], &[(1, Role::Owner)]),
        commit(b"c", &[], &[], &[(1, Role::Owner), (2, Role::Member)]),
        commit(b"c", &[], &[], &[(2, Role::Member), (1, Role::Owner)]),
        commit(b"c\0", &[], &[], &[]),
        commit(b"", &[], &[], &[]),
        commit(&[0; 8], &[], &[], &[]),
        commit(&[0; 32], &[], &[], &[]),
    ];
    differ(&commits);
}

fn differ(bodies: &[Body]) {
    for (i, one) in bodies.iter().enumerate() {
        for (j, other) in bodies.iter().enumerate() {
            let same = one.canonical().unwrap() == other.canonical().unwrap();
            assert_eq!(same, i == j, "{one:?} and {other:?}");
        }
    }
}

fn messages() -> impl Strategy<Value = Body> {
    let text = || "[a\0]{0,3}";
    let bytes = || proptest::collection::vec(0..2_u8, 0..3);
    let key = prop_oneof![
        bytes().prop_map(|bytes| Key::Mls(Bytes(bytes))),
        text().prop_map(Key::Shared)
    ];
    (text(), text(), text(), key, proptest::option::of(bytes()))
        .prop_map(|(c, i, h, key, history)| message(&c, &i, &h, key, history.as_deref()))
}

fn commits() -> impl Strategy<Value = Body> {
    let few = || proptest::collection::vec(0..2_u8, 0..3);
    let role = prop_oneof![Just(Role::Member), Just(Role::Owner)];
    let roles = proptest::collection::vec((0..2_u8, role), 0..3);
    (few(), few(), few(), roles).prop_map(|(bytes, i, o, roles)| commit(&bytes, &i, &o, &roles))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn messages_share_bytes_only_if_equal(many in proptest::collection::vec(messages(), 2..20)) {
        for (one, other) in many.iter().zip(many.iter().skip(1)) {
            prop_assert_eq!(one.canonical() == other.canonical(), one == other);
        }
    }

    #[test]
    fn commits_share_bytes_only_if_equal(many in proptest::collection::vec(commits(), 2..20)) {
        for (one, other) in many.iter().zip(many.iter().skip(1)) {
            prop_assert_eq!(one.canonical() == other.canonical(), one == other);
        }
    }

    #[test]
    fn bodies_keep_their_bytes_through_json(body in prop_oneof![messages(), commits()]) {
        let read: Body = serde_json::from_str(&serde_json::to_string(&body).unwrap()).unwrap();
        prop_assert_eq!(read.canonical(), body.canonical());
        prop_assert_eq!(read, body);
    }
}

fn proposal() -> Body {
    Body::Proposal(Proposal {
        proposal: b"leave"[..].into(),
    })
}

fn notice(of: u64) -> Body {
    Body::Notice(Notice {
        notice: NoticeKind::MessageDeleted { of: Seq(of) },
    })
}

/// The layout of `docs/WIRE.md`, spelt out by hand.
#[test]
fn the_layout_is_the_documented_one() {
    let hex = |body: &Body| hex::encode(body.canonical().unwrap());
    assert_eq!(hex(&proposal()), "00000000000000056c65617665");
    assert_eq!(hex(&notice(19)), "010000000000000013");
    let account = AccountId::from_bytes([0xaa; 16]);
    for (kind, notice) in [
        ("02", NoticeKind::ResetAsked { account }),
        ("03", NoticeKind::ResetCancelled { account }),
        ("04", NoticeKind::ResetDone { account }),
        ("05", NoticeKind::AccountDeleted { account }),
    ] {
        let body = Body::Notice(Notice { notice });
        assert_eq!(hex(&body), format!("{kind}{}", "aa".repeat(16)));
    }
    assert_eq!(
        hex(&message("ab", "c", "", shared("k"), Some(b"\xff"))),
        "00000000000000026162000000000000000163000000000000000002000000000000\
         00016b010000000000000001ff"
    );
    assert_eq!(
        hex(&commit(b"\x07", &[], &[0xee], &[(0xaa, Role::Admin)])),
        format!(
            "0000000000000001070000000000000000{}{}{}{}02",
            "0000000000000001",
            "ee".repeat(16),
            "0000000000000001",
            "aa".repeat(16)
        )
    );
}

fn entry(body: Body) -> Entry {
    Entry {
        id: EntryId::new(48_214).unwrap(),
        room_id: RoomId::new(0x0102_0304_0506).unwrap(),
        seq: Seq(19),
        sender: account(0xaa),
        device: Some(DeviceId::from_bytes([0xbb; 16])),
        timestamp: Timestamp::from_millis(0x0011_2233),
        client_id: ClientId::from_bytes([0xcc; 16]),
        handshake_seq: Seq(18),
        body,
    }
}

#[test]
fn the_head_input_is_the_documented_one() {
    let input = entry(proposal()).head_input(&[0xdd; 32]).unwrap();
    assert_eq!(input.len(), 113);
    let expected = [
        "0000010203040506".to_owned(),
        "0000000000000013".to_owned(),
        "03".to_owned(),
        "aa".repeat(16),
        "bb".repeat(16),
        "0000000000112233".to_owned(),
        "cc".repeat(16),
        "0000000000000012".to_owned(),
        "dd".repeat(32),
    ];
    assert_eq!(hex::encode(input), expected.concat());
}

#[test]
fn every_field_but_the_id_is_under_the_head() {
    let base = entry(notice(1));
    let variants = [
        Entry {
            room_id: RoomId::new(7).unwrap(),
            ..base.clone()
        },
        Entry {
            seq: Seq(20),
            ..base.clone()
        },
        Entry {
            sender: account(1),
            ..base.clone()
        },
        Entry {
            device: None,
            ..base.clone()
        },
        Entry {
            timestamp: Timestamp::from_millis(7),
            ..base.clone()
        },
        Entry {
            client_id: ClientId::from_bytes([1; 16]),
            ..base.clone()
        },
        Entry {
            handshake_seq: Seq(17),
            ..base.clone()
        },
        Entry {
            body: proposal(),
            ..base.clone()
        },
    ];
    let head = |entry: &Entry| entry.head_input(&[0; 32]).unwrap();
    for variant in &variants {
        assert_eq!(head(variant).len(), 113);
        assert_ne!(head(variant), head(&base), "{variant:?}");
    }
    assert_ne!(head(&base), base.head_input(&[1; 32]).unwrap());
}

#[test]
fn a_deleted_message_keeps_its_place_under_the_head() {
    let full = entry(message("a", "b", "c", mls(b"d"), None));
    let body_hash = [7; 32];
    let deleted = entry(Body::Deleted(Deleted {
        body_hash: body_hash[..].into(),
        was: full.body.kind_byte().unwrap(),
    }));
    assert_eq!(deleted.body.canonical(), None);
    assert_eq!(deleted.head_input(&body_hash), full.head_input(&body_hash));
}

#[test]
fn a_push_stub_has_no_hash() {
    let stub = entry(Body::Large(Large { size: 70_000 }));
    assert_eq!(stub.body.canonical(), None);
    assert_eq!(stub.body.kind_byte(), None);
    assert_eq!(stub.head_input(&[0; 32]), None);
}
