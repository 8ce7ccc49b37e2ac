//! What nobody wrote, given to every reader: nothing panics, and what is taken has one spelling (attack 7). The corpus in
//! `tests/corpus` holds a real value for each reader, and whatever was found to be bad once; after a change of form the file `real`
//! is removed, and written anew by the test.

use std::{collections::BTreeMap, fs, path::PathBuf};

use e2ee::{
    codec::Writer,
    contacts::Contacts,
    counters::Counters,
    fuzzing::TARGETS,
    ids::{ClientId, LinkId, RoomId},
    link::{Link, LinkSecret},
    log_head::LogHead,
    message::MessageKey,
    payload::Payload,
    policy::History,
    readmission::{self, Wanted},
    recovery_code::RecoveryCode,
    secret::Secret,
    spoken::SpokenLink,
    status::{self, Nonce, RoomStatus},
    suite::Suite,
    vault::RoomItem,
};
use rand_chacha::{
    ChaCha20Rng,
    rand_core::{RngCore as _, SeedableRng as _},
};

use crate::world::{NOW, Person, Post, invite};

/// Changed copies that each reader gets; `SECURE_CHAT_FUZZ` says another number.
const ROUNDS: u32 = 20_000;
/// Longer ones take long, and say nothing new.
const LENGTH_MAX: usize = 64 * 1024;

fn corpus(name: &str) -> PathBuf {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    root.join("tests/corpus").join(name)
}

/// What lies in the corpus for a reader, by the names of the files.
fn kept(name: &str) -> Vec<Vec<u8>> {
    let Ok(files) = fs::read_dir(corpus(name)) else {
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

/// A copy that somebody changed who knows how such bytes look: lengths, borders, repetitions, parts of others.
fn changed(bytes: &[u8], other: &[u8], rng: &mut ChaCha20Rng) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..=rng.next_u32() % 4 {
        let at = rng.next_u32() as usize % (bytes.len() + 1);
        let end = at + rng.next_u32() as usize % (bytes.len() - at + 1);
        let odd = [0, 1, 0x3f, 0x40, 0x7f, 0x80, 0xfe, 0xff][rng.next_u32() as usize % 8];
        match rng.next_u32() % 7 {
            0 => bytes.truncate(at),
            1 => bytes.insert(at, odd),
            2 => drop(bytes.drain(at..end)),
            3 => {
                let again = bytes[at..end].to_vec();
                bytes.splice(at..at, again);
            }
            4 => {
                let from = rng.next_u32() as usize % (other.len() + 1);
                bytes.splice(at..end, other[from..].iter().copied());
            }
            5 if at < bytes.len() => bytes[at] = odd,
            _ if at < bytes.len() => bytes[at] ^= 1 << (rng.next_u32() % 8),
            _ => {}
        }
        bytes.truncate(LENGTH_MAX);
    }
    bytes
}

#[test]
fn every_reader_takes_its_own_and_nothing_breaks_it() {
    let rounds = std::env::var("SECURE_CHAT_FUZZ").ok();
    let rounds = rounds.map_or(ROUNDS, |rounds| rounds.parse().unwrap());
    let all: Vec<Vec<u8>> = TARGETS.iter().flat_map(|(name, _)| kept(name)).collect();
    for (name, reader) in TARGETS {
        let kept = kept(name);
        let taken = kept.iter().filter(|bytes| reader(bytes)).count();
        assert!(taken > 0, "the corpus has nothing that {name} takes");
        let mut rng = ChaCha20Rng::seed_from_u64(rounds.into());
        for _ in 0..rounds {
            let bytes = &kept[rng.next_u32() as usize % kept.len()];
            let other = &all[rng.next_u32() as usize % all.len()];
            reader(&changed(bytes, other, &mut rng));
        }
    }
}

/// Writes the real values into the corpus, where one is missing.
#[test]
fn the_corpus_has_a_real_value_of_each() {
    let mut real = real_values();
    for (name, reader) in TARGETS {
        let value = real
            .remove(name)
            .unwrap_or_else(|| panic!("nothing for {name}"));
        assert!(reader(&value), "{name} does not take what we write");
        let path = corpus(name).join("real");
        if !path.exists() {
            fs::create_dir_all(corpus(name)).unwrap();
            fs::write(&path, &value).unwrap();
        }
        assert!(
            reader(&fs::read(&path).unwrap()),
            "{name}: the corpus is of an older form"
        );
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
    values.extend([
        ("payload", payload(&alice, &mut rng)),
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
        ("signing_certificate", alice.signing.certificate().encode()),
        (
            "spoken_link",
            SpokenLink::generate(&mut rng).to_text().as_bytes().to_vec(),
        ),
        ("room_item", RoomItem::default().encode().to_vec()),
        ("user_name", b"alice".to_vec()),
    ]);
    values.extend(inner_forms(certificate));
    values
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
