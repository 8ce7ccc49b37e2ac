//! Every reader of bytes that come from elsewhere, under one signature: for tests that feed them what nobody wrote.
//!
//! A target says whether it took the bytes. What it takes it writes again, where there is one spelling, and finds the same.

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use zeroize::Zeroizing;

use crate::{
    account_key::AccountKey,
    account_key_mail::{AccountKeyMailError, NextKeys, Receiver},
    bundle::Bundle,
    cbor,
    certificate::DeviceCertificate,
    contacts::Contacts,
    counters::{CounterSet, Counters},
    device_link::{Answer, DeviceCode, MeetingId, Reveal},
    door::{self, Door},
    ephemeral::{self, OpenEphemeralError},
    grant::{Grant, GrantError},
    group, handshake,
    history_answer::SignedAnswer,
    history_chain,
    history_request::SignedRequest,
    ids::{LinkId, RoomId},
    kem_keys,
    key_package::{self, PeerKeyPackage},
    link::Link,
    message::{MessageKey, Place},
    ordered::Map,
    payload::SignedPayload,
    policy::Policy,
    readmission,
    recovery_code::RecoveryCode,
    report::Report,
    room_state::RoomState,
    roster_log,
    secret::Secret,
    shared_key::SharedLink,
    signing::SigningCertificate,
    spoken::SpokenLink,
    status,
    suite::Suite,
    tree::TreeSnapshot,
    user_name::UserName,
    vault::{AccountItem, AccountItemError, ItemName, RoomItem, SharedKeys, VaultRoot},
};

/// A reader: its name, and whether it takes these bytes.
pub type Target = (&'static str, fn(&[u8]) -> bool);

/// All of them.
pub const TARGETS: &[Target] = &[
    ("account_item", account_item),
    ("account_key", account_key),
    ("account_key_mail", account_key_mail),
    ("bundle", bundle),
    ("cbor", cbor_value),
    ("certificate", certificate),
    ("commit", commit),
    ("contacts", contacts),
    ("counters", counters),
    ("device_answer", |bytes| {
        same(Answer::parse(bytes), bytes, Answer::encode)
    }),
    ("device_code", device_code),
    ("device_reveal", |bytes| {
        same(Reveal::parse(bytes), bytes, Reveal::encode)
    }),
    ("door", door),
    ("door_epoch", |bytes| door::epoch_of(bytes).is_ok()),
    ("ephemeral", ephemeral),
    ("grant", grant),
    ("history_answer", |bytes| SignedAnswer::read(bytes).is_ok()),
    ("history_chain", history_chain),
    ("history_request", history_request),
    ("item_name", |bytes| ItemName::parse(bytes).is_ok()),
    ("key_package", key_package),
    ("link", link),
    ("message_key", |bytes| MessageKey::decode(bytes).is_some()),
    ("payload", |bytes| SignedPayload::parse(bytes).is_ok()),
    ("policy", policy),
    ("private_message", |bytes| group::epoch_of(bytes).is_some()),
    ("proposal", |bytes| handshake::proposal(bytes).is_some()),
    ("readmission", readmission),
    ("recovery_code", recovery_code),
    ("report", report),
    ("room_item", room_item),
    ("room_state", room_state),
    ("roster", roster),
    ("shared_keys", |bytes| {
        stable(SharedKeys::decode, bytes, SharedKeys::encode)
    }),
    ("shared_link", shared_link),
    ("signing_certificate", signing_certificate),
    ("spoken_link", spoken_link),
    ("status", status),
    ("tree", |bytes| TreeSnapshot::decode(bytes).is_ok()),
    ("user_name", user_name),
    ("vault_root", vault_root),
    ("welcome", |bytes| key_package::references(bytes).is_ok()),
];

/// Whether it was read; if it was, it is written again, and has to be what it was.
fn same<T, E>(read: Result<T, E>, bytes: &[u8], write: impl FnOnce(&T) -> Vec<u8>) -> bool {
    if let Ok(value) = &read {
        assert_eq!(write(value), bytes, "a second spelling");
    }
    read.is_ok()
}

/// Whether it was read; if it was, what is written of it is read and written as the same.
fn stable<T, E>(
    read: impl Fn(&[u8]) -> Result<T, E>,
    bytes: &[u8],
    write: impl Fn(&T) -> Zeroizing<Vec<u8>>,
) -> bool {
    let Ok(value) = read(bytes) else {
        return false;
    };
    let written = write(&value);
    let again = read(&written).ok();
    assert_eq!(
        again.map(|again| write(&again)),
        Some(written),
        "it changes by being read"
    );
    true
}

fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}

fn room() -> Option<RoomId> {
    RoomId::new(7).ok()
}

/// As far as the account, which nobody has.
fn account_item(bytes: &[u8]) -> bool {
    let nobodys = AccountItem::decode(bytes, [7; 16].into());
    matches!(nobodys, Err(AccountItemError::Account))
}

/// As far as the account, which nobody has.
fn account_key_mail(bytes: &[u8]) -> bool {
    let nobody = Receiver {
        account: [7; 16].into(),
        device: [7; 16].into(),
        generation: 0,
        version: 0,
        key_packages: &[],
    };
    let opened = NextKeys::open(bytes, &nobody, Suite::POST_QUANTUM);
    matches!(opened, Err(AccountKeyMailError::Account))
}

fn commit(bytes: &[u8]) -> bool {
    let taken = handshake::commit(bytes).is_ok();
    // The keys of its path are read from the same bytes; a commit that has none or is none gives none.
    let keys = kem_keys::of_path(bytes).unwrap_or_default();
    taken && keys.iter().all(|key| key.len() <= bytes.len())
}

fn account_key(bytes: &[u8]) -> bool {
    same(AccountKey::decode(bytes), bytes, |key| {
        key.encode().to_vec()
    })
}

fn bundle(bytes: &[u8]) -> bool {
    Bundle::decode(bytes, u64::MAX).is_ok()
}

/// Every form that a row, or an answer on its way to one, is made of.
#[derive(PartialEq, Serialize, Deserialize)]
enum Value {
    Nothing,
    Number(u64),
    Signed(i64),
    Text(String),
    Bytes(ByteBuf),
    Pair(bool, Option<Box<Value>>),
    Many(Vec<Value>),
    Fields { id: [u8; 4], next: Box<Value> },
}

fn cbor_value(bytes: &[u8]) -> bool {
    let Ok(value) = cbor::read::<Value>(bytes) else {
        return false;
    };
    let mut written = Vec::new();
    assert!(cbor::write(&value, &mut written).is_ok());
    let again = cbor::read::<Value>(&written);
    assert!(again.is_ok_and(|again| again == value));
    true
}

fn certificate(bytes: &[u8]) -> bool {
    same(DeviceCertificate::validate(bytes), bytes, |it| {
        it.as_bytes().to_vec()
    })
}

fn contacts(bytes: &[u8]) -> bool {
    let write = |contacts: &Contacts| Zeroizing::new(contacts.encode());
    stable(Contacts::decode, bytes, write)
}

fn counters(bytes: &[u8]) -> bool {
    let one = same(CounterSet::decode(bytes), bytes, CounterSet::encode);
    let all = same(Counters::decode(bytes), bytes, Counters::encode);
    one || all
}

fn door(bytes: &[u8]) -> bool {
    Door::decode(bytes, &Secret::from_bytes(&[7; 32]), 7).is_ok()
}

/// As far as the look for the sender's key, which nobody has.
fn ephemeral(bytes: &[u8]) -> bool {
    let Some(room) = room() else {
        return false;
    };
    let place = Place {
        room,
        group: [7; 16].into(),
        epoch: 7,
    };
    let unknown = ephemeral::opened(bytes, &place, |_, _| None);
    matches!(unknown, Err(OpenEphemeralError::UnknownLeaf))
}

/// As far as the signature, which names a link.
fn grant(bytes: &[u8]) -> bool {
    let read = room().map(|room| Grant::decode(bytes, room, LinkId::from([7; 16]), None));
    matches!(read, Some(Ok(_) | Err(GrantError::Signature(_))))
}

fn history_chain(bytes: &[u8]) -> bool {
    history_chain::decode(bytes, u64::MAX).is_ok()
}

fn history_request(bytes: &[u8]) -> bool {
    let Ok(read) = SignedRequest::read(bytes) else {
        return false;
    };
    let written = read.request.body();
    assert_eq!(written.as_slice(), read.signed, "a second spelling");
    true
}

fn key_package(bytes: &[u8]) -> bool {
    PeerKeyPackage::parse(bytes, Suite::POST_QUANTUM).is_ok()
}

fn link(bytes: &[u8]) -> bool {
    let Some(text) = text(bytes) else {
        return false;
    };
    same(Link::parse(text), bytes, |link| {
        let fragment = link.to_fragment();
        fragment
            .map(|text| text.as_bytes().to_vec())
            .unwrap_or_default()
    })
}

fn policy(bytes: &[u8]) -> bool {
    same(Policy::decode(bytes), bytes, |policy| {
        policy.encode().unwrap_or_default()
    })
}

fn readmission(bytes: &[u8]) -> bool {
    readmission::verify(bytes, Suite::POST_QUANTUM).is_ok()
}

fn recovery_code(bytes: &[u8]) -> bool {
    let Some(Ok(code)) = text(bytes).map(RecoveryCode::parse) else {
        return false;
    };
    assert!(RecoveryCode::parse(&code.to_text()).is_ok());
    true
}

/// What a camera reads, or a person types.
fn device_code(bytes: &[u8]) -> bool {
    let Some(text) = text(bytes) else {
        return false;
    };
    if let Ok(meeting) = MeetingId::parse(text) {
        assert_eq!(MeetingId::parse(&meeting.to_words()), Ok(meeting));
        return true;
    }
    same(DeviceCode::parse(text), bytes, |code| {
        code.to_fragment().into_bytes()
    })
}

fn report(bytes: &[u8]) -> bool {
    let read = Report::decode(bytes);
    if let Ok(report) = &read {
        // Whatever it says: entry and body are readers of their own.
        let _ = report.verify(None);
    }
    same(read, bytes, |report| report.encode().to_vec())
}

fn room_item(bytes: &[u8]) -> bool {
    stable(RoomItem::decode, bytes, RoomItem::encode)
}

fn room_state(bytes: &[u8]) -> bool {
    stable(RoomState::decode, bytes, |state| state.encode())
}

fn roster(bytes: &[u8]) -> bool {
    roster_log::decode(bytes, &Map::new()).is_ok()
}

fn signing_certificate(bytes: &[u8]) -> bool {
    same(
        SigningCertificate::parse(bytes),
        bytes,
        SigningCertificate::encode,
    )
}

fn shared_link(bytes: &[u8]) -> bool {
    let Some(Ok(link)) = text(bytes).map(SharedLink::parse) else {
        return false;
    };
    // Leading zeros are no other link.
    assert_eq!(SharedLink::parse(&link.to_string()), Ok(link));
    true
}

fn spoken_link(bytes: &[u8]) -> bool {
    text(bytes).is_some_and(|text| SpokenLink::parse(text).is_ok())
}

/// As far as the look for the sender's key, which nobody has.
fn status(bytes: &[u8]) -> bool {
    let unknown = status::verify(status::Role::Request, bytes, |_, _| None);
    matches!(unknown, Err(status::StatusError::UnknownLeaf))
}

fn user_name(bytes: &[u8]) -> bool {
    same(UserName::parse(bytes), bytes, |name| {
        name.as_str().as_bytes().to_vec()
    })
}

fn vault_root(bytes: &[u8]) -> bool {
    stable(VaultRoot::decode, bytes, |root| {
        Zeroizing::new(root.encode())
    })
}
