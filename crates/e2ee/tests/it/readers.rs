//! What nobody wrote, given to every reader of this crate: nothing panics, and what is taken has one spelling (attack 7). The
//! corpus holds a real value for each reader, what the fuzzer found, and whatever was found to be bad once.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use e2ee::{
    codec::Writer,
    contacts::Contacts,
    counters::Counters,
    device_link::{Answer, DeviceCode, MeetingId, Offer},
    ed25519::KeyPair,
    fuzzing::TARGETS,
    ids::{ClientId, LinkId, RoomId},
    labels::SignLabel,
    link::{Link, LinkSecret},
    log_head::LogHead,
    message::{Draft, MessageKey, Place, seal},
    payload::Payload,
    policy::History,
    readmission::{self, Wanted},
    recovery_code::RecoveryCode,
    report::Report,
    secret::Secret,
    shared_key::{SharedKey, Stretch},
    spoken::SpokenLink,
    status::{self, Nonce, RoomStatus},
    suite::Suite,
    vault::{AccountItem, RoomItem, SharedKeyEntry, SharedKeys},
};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng as _};

use sha2::{Digest as _, Sha256};

use crate::world::{NOW, Person, Post, invite};

#[path = "../../../../fuzz/replay.rs"]
mod replay;

#[test]
fn every_reader_takes_its_own_and_nothing_breaks_it() {
    replay::replay("e2ee", TARGETS);
}

#[test]
fn the_corpus_has_a_real_value_of_each() {
    let mut real = real_values();
    for target in TARGETS {
        let (name, _) = target;
        let value = real
            .remove(name)
            .unwrap_or_else(|| panic!("nothing for {name}"));
        replay::keep("e2ee", target, "real", &value);
    }
    assert!(real.is_empty(), "{:?}", real.keys());
}

fn real_values() -> BTreeMap<&'static str, Vec<u8>> {
    let mut values = of_a_room();
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let room = RoomId::new(7).unwrap();
    let alice = Person::new("alice", Suite::CLASSICAL);
    let link = Link {
        room,
        id: LinkId::random(&mut rng),
        secret: LinkSecret::random(&mut rng),
        creator: alice.account(),
        pins: vec![[9; 32]],
    };
    let mut counters = Counters::default();
    for counter in [1, 2, 7] {
        assert!(counters.insert(alice.device.id(), counter));
    }
    let mut contacts = Contacts::default();
    contacts.observe(alice.device.certificate(), NOW);
    let key = MessageKey {
        key: Secret::random(&mut rng),
        hash: [3; 32],
    };
    let certificate = alice.device.certificate().as_bytes();
    let offer = Offer::new(Suite::CLASSICAL, &mut rng).unwrap();
    let code = DeviceCode {
        meeting: MeetingId::random(&mut rng),
        commitment: offer.commitment(),
    };
    values.extend([
        ("payload", payload(&alice, &mut rng)),
        ("report", report(&alice, &mut rng)),
        ("account_key", [&[0, 0, 0, 1][..], &[5; 32]].concat()),
        ("certificate", certificate.to_vec()),
        ("contacts", contacts.encode()),
        ("counters", counters.encode()),
        ("item_name", b"root".to_vec()),
        ("link", link.to_fragment().unwrap().as_bytes().to_vec()),
        ("message_key", key.encode().expose().to_vec()),
        (
            "recovery_code",
            RecoveryCode::generate(&mut rng)
                .to_text()
                .as_bytes()
                .to_vec(),
        ),
        (
            "device_answer",
            Answer::of(&alice.device, &mut rng).encode(),
        ),
        ("device_code", code.to_fragment().into_bytes()),
        ("device_reveal", offer.reveal().encode()),
        ("signing_certificate", alice.signing.certificate().encode()),
        (
            "spoken_link",
            SpokenLink::generate(&mut rng).to_text().as_bytes().to_vec(),
        ),
        ("room_item", RoomItem::default().encode().to_vec()),
        ("shared_keys", shared_keys()),
        (
            "shared_link",
            b"shared-key=4503599627370497.600000.-_v7-_v7-_v7-_v7-_v7-w".to_vec(),
        ),
        ("user_name", b"alice".to_vec()),
    ]);
    values.extend(inner_forms(certificate));
    values.extend(of_an_account(&alice));
    values
}

/// What the devices of an account tell each other; and a value of every form that rows are made of, by hand.
fn of_an_account(alice: &Person) -> [(&'static str, Vec<u8>); 4] {
    let item = AccountItem::new(alice.signing.duplicate());
    let mut mail = Writer::new();
    mail.fixed(&alice.signing.certificate().encode());
    mail.vec(b"a KEM's output");
    mail.vec(b"sealed keys");
    mail.fixed(&[4; 64]);
    let mut said = Writer::new();
    said.u16(1);
    said.fixed(alice.account().as_bytes());
    said.fixed(alice.device.id().as_bytes());
    said.u64(NOW);
    said.u16(1);
    said.vec(b"types");
    said.fixed(&[4; 64]);
    let mut said = said.finish();
    said.resize(256, 0);
    [
        ("account_item", item.encode().to_vec()),
        ("account_key_mail", mail.finish()),
        (
            "cbor",
            b"\xa1\x64Many\x83\x67Nothing\xa1\x64Text\x61a\xa1\x66Fields\xa2\x62id\x84\x01\x02\x03\x04\x64next\xa1\x64Pair\x82\xf5\xf6"
                .to_vec(),
        ),
        ("ephemeral", said),
    ]
}

/// A signed message.
fn payload(by: &Person, rng: &mut ChaCha20Rng) -> Vec<u8> {
    let payload = Payload {
        room: RoomId::new(7).unwrap(),
        group: [2; 16].into(),
        epoch: 3,
        account: by.account(),
        device: by.device.id(),
        client_id: ClientId::random(rng),
        counter: 4,
        sent_at_ms: NOW,
        seen: LogHead::start(RoomId::new(7).unwrap(), [2; 16].into()).seen(),
        kind: 1,
        content: b"tea at four".to_vec().into(),
    };
    payload.sign(by.device.key(), rng).unwrap().to_vec()
}

/// A message that stands in a log, shown with its key and the server's word.
fn report(by: &Person, rng: &mut ChaCha20Rng) -> Vec<u8> {
    let (room, group) = (RoomId::new(7).unwrap(), [2; 16].into());
    let draft = Draft {
        place: Place {
            room,
            group,
            epoch: 3,
        },
        client_id: [6; 16].into(),
        counter: 4,
        sent_at_ms: NOW,
        seen: LogHead::start(room, group).seen(),
        kind: 1,
        content: b"tea at four",
        history: None,
    };
    let sealed = seal(&draft, &by.device, rng).unwrap();
    let hash: String = sealed
        .message_hash
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let mut body = Vec::new();
    let texts = [
        STANDARD.encode(&sealed.encrypted_content),
        STANDARD.encode(sealed.iv),
        hash,
    ];
    for text in texts {
        body.extend((text.len() as u64).to_be_bytes());
        body.extend(text.into_bytes());
    }
    // An empty MLS message, and no wrap.
    body.extend([1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    let mut entry = Writer::new();
    entry.u64(room.get());
    entry.u64(9);
    entry.u8(1);
    entry.fixed(by.account().as_bytes());
    entry.fixed(by.device.id().as_bytes());
    entry.u64(NOW);
    entry.fixed(&[6; 16]);
    entry.u64(8);
    entry.fixed(&Sha256::digest(&body));
    let entry = entry.finish();
    let server = KeyPair::generate(rng);
    let signed = [&entry[..16], Sha256::digest(&entry).as_slice()].concat();
    let report = Report {
        group,
        epoch: 3,
        key: sealed.mls_plaintext.key,
        entry: entry.try_into().unwrap(),
        body,
        certificate: by.device.certificate().clone(),
        report_key: *server.public(),
        signature: server.sign(SignLabel::ReportTime, &signed),
    };
    assert!(report.verify(Some(server.public())).is_ok());
    report.encode().to_vec()
}

/// What a room of two leaves with the server and sends.
fn of_a_room() -> BTreeMap<&'static str, Vec<u8>> {
    let [mut alice, mut bob] = ["alice", "bob"].map(|name| Person::new(name, Suite::POST_QUANTUM));
    let mut server = alice.create(History::Shared);
    let own = invite(&mut server, &mut alice, &mut bob, &mut []);
    let key_package = bob.key_package();
    let post = Post::by(&mut bob, "tea at four");
    let group = alice.group.as_ref().unwrap();
    let wanted = Wanted {
        room: group.room(),
        group: group.group_id(),
        epoch: group.epoch(),
    };
    let policy = group.policy().encode().unwrap();
    let status = RoomStatus {
        room: group.room(),
        group: group.group_id(),
        epoch: group.epoch(),
        transcript: group.transcript16(),
        log: LogHead::start(group.room(), group.group_id()),
    };
    let nonce = Nonce::random(&mut alice.rng);
    let bob_group = bob.group.as_mut().unwrap();
    let request = bob_group.ask_history(vec![0..=0], &bob.device, &mut bob.rng);
    let request = request.unwrap();
    let answer = group.answer_history(&request, &alice.device).unwrap();
    let readmission = readmission::sign(&wanted, &key_package.bytes, &bob.device);
    BTreeMap::from([
        ("commit", server.commits.remove(0)),
        ("door_epoch", server.door),
        ("history_answer", answer),
        ("history_request", request),
        ("key_package", key_package.bytes),
        ("policy", policy),
        ("private_message", post.sealed.mls),
        ("proposal", bob.leave()),
        ("readmission", readmission),
        (
            "status",
            status::sign(status::Role::Request, &status, nonce, &alice.device),
        ),
        ("tree", server.tree),
        ("welcome", own.welcome.unwrap().welcome),
    ])
}

/// What stands inside of seals, as docs/PROTOCOL.md gives it.
fn inner_forms(certificate: &[u8]) -> BTreeMap<&'static str, Vec<u8>> {
    let form = |write: &dyn Fn(&mut Writer)| {
        let mut writer = Writer::new();
        write(&mut writer);
        writer.finish()
    };
    let log = |writer: &mut Writer| {
        writer.u64(9);
        writer.fixed(&[8; 32]);
    };
    BTreeMap::from([
        (
            "bundle",
            form(&|writer| {
                writer.u16(1);
                writer.u64(3);
                writer.fixed(&[1; 32]);
                writer.vec(&[2; 32]);
                log(writer);
            }),
        ),
        (
            "door",
            form(&|writer| {
                writer.fixed(&[1; 32]);
                log(writer);
                writer.u32(5);
                writer.vec(b"a GroupInfo");
            }),
        ),
        (
            "grant",
            form(&|writer| {
                writer.u16(1);
                writer.fixed(&[1; 16]);
                writer.u64(3);
                writer.fixed(&[2; 32]);
                writer.vec(&[]);
                writer.vec(certificate);
                writer.fixed(&[4; 64]);
            }),
        ),
        (
            "history_chain",
            form(&|writer| {
                writer.u16(1);
                writer.u64(3);
                writer.fixed(&[1; 32]);
            }),
        ),
        (
            "roster",
            form(&|writer| {
                writer.u16(1);
                writer.u8(1);
                writer.u64(3);
                writer.vec(certificate);
                writer.u8(2);
                writer.u64(4);
                writer.vec(&[5; 16]);
            }),
        ),
        (
            "room_state",
            form(&|writer| {
                writer.u16(1);
                writer.fixed(&[1; 32]);
                writer.vec("Tea".as_bytes());
                writer.vec("at four".as_bytes());
            }),
        ),
        (
            "vault_root",
            form(&|writer| {
                writer.u64(3);
                writer.vec(b"root");
                writer.u64(2);
                writer.fixed(&[1; 32]);
            }),
        ),
    ])
}

/// The keys of two rooms of basic encryption, one of which was left.
fn shared_keys() -> Vec<u8> {
    let mut keys = SharedKeys::default();
    for (room, inside) in [(7, true), (8, false)] {
        let entry = SharedKeyEntry {
            revision: room,
            inside,
            stretch: Stretch::new([3; 16], 600_000).unwrap(),
            key: SharedKey::from_secret(Secret::from_bytes(&[9; 32])),
            name: "lobby".to_owned(),
        };
        keys.rooms.insert(RoomId::new(room).unwrap(), entry);
    }
    keys.encode().to_vec()
}
