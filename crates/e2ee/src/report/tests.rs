//! A report proves what author and server signed, and nothing changed by a byte (attack 12).

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

use super::*;
use crate::{
    ed25519::KeyPair,
    ids::RoomId,
    labels::SignLabel,
    log_head::LogHead,
    message::{Draft, LineKey, MessageKey, Place, SealedMessage, envelope_aad, seal},
    seal::{decrypt, encrypt},
    testing::{NOW_MS, Person, flipped, person, rng},
};

const SEQ: u64 = 18;
const LOGGED_MS: u64 = NOW_MS + 250;
const TEXT: &[u8] = b"see you at the harbour";

fn place() -> Place {
    Place {
        room: RoomId::new(77).unwrap(),
        group: [8; 16].into(),
        epoch: 5,
    }
}

fn server() -> KeyPair {
    KeyPair::generate(&mut rng(99))
}

/// What stands in the log, each field free.
struct Logged {
    room: u64,
    seq: u64,
    kind: u8,
    sender: [u8; 16],
    device: [u8; 16],
    logged_ms: u64,
    client_id: [u8; 16],
    encrypted_content: String,
    iv: String,
    message_hash: String,
    key: (u8, Vec<u8>),
    history_key: Option<Vec<u8>>,
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn sealed(author: &Person, content: &[u8], client_id: [u8; 16]) -> SealedMessage {
    let draft = Draft {
        place: place(),
        client_id: client_id.into(),
        counter: 3,
        sent_at_ms: NOW_MS,
        seen: LogHead::start(place().room, place().group).seen(),
        kind: 1,
        content,
        history: Some(&Secret::from_bytes(&[4; 32])),
    };
    seal(&draft, &author.device, &mut rng(u64::from(client_id[0]))).unwrap()
}

fn logged(author: &Person, sealed: &SealedMessage) -> Logged {
    Logged {
        room: place().room.get(),
        seq: SEQ,
        kind: 1,
        sender: *author.device.account().as_bytes(),
        device: *author.device.id().as_bytes(),
        logged_ms: LOGGED_MS,
        client_id: [9; 16],
        encrypted_content: STANDARD.encode(&sealed.encrypted_content),
        iv: STANDARD.encode(sealed.iv),
        message_hash: hex(&sealed.message_hash),
        key: (1, b"an MLS message".to_vec()),
        history_key: sealed.history_key.clone(),
    }
}

impl Logged {
    fn body(&self) -> Vec<u8> {
        let vector = |bytes: &[u8]| [&(bytes.len() as u64).to_be_bytes()[..], bytes].concat();
        let mut out = vector(self.encrypted_content.as_bytes());
        out.extend(vector(self.iv.as_bytes()));
        out.extend(vector(self.message_hash.as_bytes()));
        out.push(self.key.0);
        out.extend(vector(&self.key.1));
        out.push(u8::from(self.history_key.is_some()));
        out.extend(self.history_key.iter().flat_map(|wrap| vector(wrap)));
        out
    }

    fn entry(&self) -> [u8; ENTRY_LEN] {
        let mut out = Writer::new();
        out.u64(self.room);
        out.u64(self.seq);
        out.u8(self.kind);
        out.fixed(&self.sender);
        out.fixed(&self.device);
        out.u64(self.logged_ms);
        out.fixed(&self.client_id);
        out.u64(17);
        out.fixed(&Sha256::digest(self.body()));
        out.finish().try_into().unwrap()
    }

    /// The report of somebody who has the key, with the server's word.
    fn report(&self, author: &Person, sealed: &SealedMessage) -> Report {
        Report {
            group: place().group,
            epoch: place().epoch,
            key: sealed.mls_plaintext.key.duplicate(),
            entry: self.entry(),
            body: self.body(),
            certificate: author.device.certificate().clone(),
            report_key: *server().public(),
            signature: attest(&self.entry(), &server()),
        }
    }
}

fn attest(entry: &[u8; ENTRY_LEN], server: &KeyPair) -> [u8; SIGNATURE_LEN] {
    let signed = [&entry[..16], Sha256::digest(entry).as_slice()].concat();
    server.sign(SignLabel::ReportTime, &signed)
}

fn alice() -> Person {
    person("alice", 1)
}

fn real() -> Report {
    let sealed = sealed(&alice(), TEXT, [9; 16]);
    logged(&alice(), &sealed).report(&alice(), &sealed)
}

/// A report of what stands in a log that was changed, by a server that signs whatever it is given.
fn changed(change: impl FnOnce(&mut Logged)) -> Result<Verified, ReportError> {
    let sealed = sealed(&alice(), TEXT, [9; 16]);
    let mut logged = logged(&alice(), &sealed);
    change(&mut logged);
    logged.report(&alice(), &sealed).verify(None)
}

#[test]
fn a_report_proves_who_said_what_where_and_when() {
    let bytes = real().encode();
    let report = Report::decode(&bytes).unwrap();
    assert_eq!(*report.encode(), *bytes);
    let shown = report.verify(Some(server().public())).unwrap();
    assert_eq!(shown.certificate.name().as_str(), "alice");
    assert_eq!(shown.certificate.account(), alice().device.account());
    assert_eq!(shown.certificate.device(), alice().device.id());
    assert_eq!((shown.place, shown.seq), (place(), SEQ));
    assert_eq!(shown.logged_ms, LOGGED_MS);
    assert_eq!(shown.opened.payload.sent_at_ms, NOW_MS);
    assert_eq!(shown.opened.payload.content.as_slice(), TEXT);
    assert!(report.verify(None).is_ok());
}

#[test]
fn no_report_holds_with_a_bit_changed_or_a_byte_missing() {
    let bytes = real().encode();
    let holds =
        |bytes: &[u8]| Report::decode(bytes).is_ok_and(|report| report.verify(None).is_ok());
    assert!(holds(&bytes));
    for (at, bad) in flipped(&bytes).enumerate() {
        assert!(!holds(&bad), "byte {at}");
    }
    assert!((0..bytes.len()).all(|len| !holds(&bytes[..len])));
    assert!(!holds(&[bytes.as_slice(), &[0]].concat()));
    let long = vec![0; MAX_LEN + 1];
    assert_eq!(Report::decode(&long).err(), Some(ReportError::TooLong));
}

#[test]
fn a_server_that_signs_anything_still_proves_nothing_about_the_author() {
    use ReportError::{Kind, Message, Sender};
    type Change = fn(&mut Logged);
    let table: [(&str, Change, ReportError); 7] = [
        ("kind", |it| it.kind = 2, Kind),
        ("sender", |it| it.sender[0] ^= 1, Sender),
        ("device", |it| it.device[0] ^= 1, Sender),
        ("room", |it| it.room += 1, Message(Tombstone::Cipher)),
        (
            "client id",
            |it| it.client_id[0] ^= 1,
            Message(Tombstone::Cipher),
        ),
        (
            "hash",
            |it| it.message_hash = hex(&[7; 32]),
            Message(Tombstone::Hash),
        ),
        (
            "iv",
            |it| it.iv = STANDARD.encode([7; 12]),
            Message(Tombstone::Cipher),
        ),
    ];
    for (name, change, error) in table {
        assert_eq!(changed(change), Err(error), "{name}");
    }
    // Place and time are the server's word, under its own key.
    let moved = changed(|it| (it.seq, it.logged_ms) = (4, 5)).unwrap();
    assert_eq!((moved.seq, moved.logged_ms), (4, 5));
}

#[test]
fn what_the_reporter_brings_is_bound_as_well() {
    let verify = |change: &dyn Fn(&mut Report)| {
        let mut report = real();
        change(&mut report);
        report.verify(None).err()
    };
    let refused = |tombstone| Some(ReportError::Message(tombstone));
    let bob = person("bob", 2);
    let other = sealed(&alice(), b"something else", [6; 16]);
    assert_eq!(verify(&|_| {}), None);
    assert_eq!(verify(&|it| it.epoch += 1), refused(Tombstone::Cipher));
    assert_eq!(
        verify(&|it| it.group = [7; 16].into()),
        refused(Tombstone::Group)
    );
    assert_eq!(
        verify(&|it| it.key = other.mls_plaintext.key.duplicate()),
        refused(Tombstone::Cipher)
    );
    assert_eq!(
        verify(&|it| it.certificate = bob.device.certificate().clone()),
        Some(ReportError::Sender)
    );
    // Not signed again: the server's word is of another place, time or text.
    for at in [15, 16 + 1 + 32 + 7, ENTRY_LEN - 40] {
        assert_eq!(
            verify(&|it| it.entry[at] ^= 1),
            Some(ReportError::Attestation(SignatureError)),
            "byte {at} of the entry"
        );
    }
    assert_eq!(verify(&|it| it.body[20] ^= 1), Some(ReportError::Body));
}

/// Blames Bob for what Alice said, with his certificate, in a log that names him.
#[test]
fn a_message_is_not_put_into_another_mouth() {
    let bob = person("bob", 2);
    let sealed = sealed(&alice(), TEXT, [9; 16]);
    let blamed = logged(&bob, &sealed).report(&bob, &sealed);
    // His device is in the envelope's associated data.
    let cipher = ReportError::Message(Tombstone::Cipher);
    assert_eq!(blamed.verify(None), Err(cipher));
    // Sealed anew by whoever has the key, the payload still says whose it is, and is signed by her alone.
    let aad = envelope_aad(&place(), alice().device.id(), [9; 16].into());
    let key = &sealed.mls_plaintext.key;
    let forged = decrypt(key, &sealed.iv, aad.as_slice(), &sealed.encrypted_content);
    let mut forged = forged.unwrap();
    let resealed = reseal(&bob, &forged);
    let blamed = logged(&bob, &resealed).report(&bob, &resealed);
    let sender = ReportError::Message(Tombstone::Sender);
    assert_eq!(blamed.verify(None), Err(sender));
    let (from, to) = (alice().device, bob.device.id());
    let at = forged
        .windows(16)
        .position(|part| part == from.id().as_bytes())
        .unwrap();
    forged[at - 16..at].copy_from_slice(bob.device.account().as_bytes());
    forged[at..at + 16].copy_from_slice(to.as_bytes());
    let resealed = reseal(&bob, &forged);
    let blamed = logged(&bob, &resealed).report(&bob, &resealed);
    let signature = ReportError::Message(Tombstone::Signature);
    assert_eq!(blamed.verify(None), Err(signature));
}

#[test]
fn another_servers_word_is_not_this_ones() {
    let other = KeyPair::generate(&mut rng(98));
    let report = real();
    assert_eq!(
        report.verify(Some(other.public())),
        Err(ReportError::OtherServer)
    );
    let mut renamed = real();
    renamed.report_key = *other.public();
    assert_eq!(
        renamed.verify(Some(other.public())),
        Err(ReportError::Attestation(SignatureError))
    );
    // Whoever runs a server of their own may sign with it, and is told from this one.
    renamed.signature = attest(&renamed.entry, &other);
    assert!(renamed.verify(None).is_ok());
    assert_eq!(
        renamed.verify(Some(server().public())),
        Err(ReportError::OtherServer)
    );
}

/// A signature of the same key for another purpose is none.
#[test]
fn the_servers_signature_has_a_label_of_its_own() {
    let mut report = real();
    let signed = [&report.entry[..16], Sha256::digest(report.entry).as_slice()].concat();
    report.signature = server().sign(SignLabel::StatusAnswer, &signed);
    assert_eq!(
        report.verify(None),
        Err(ReportError::Attestation(SignatureError))
    );
}

#[test]
fn the_key_of_one_report_opens_no_other_message() {
    let (one, other) = (
        sealed(&alice(), TEXT, [9; 16]),
        sealed(&alice(), b"nobody's business", [5; 16]),
    );
    let mut logged = logged(&alice(), &other);
    logged.client_id = [5; 16];
    assert!(logged.report(&alice(), &other).verify(None).is_ok());
    let opened = logged.report(&alice(), &one).verify(None);
    assert_eq!(opened, Err(ReportError::Message(Tombstone::Cipher)));
}

/// AES-GCM does not commit to its key: what a ciphertext opens to under a key of the reporter's choice is held against the
/// hash that stood in the log.
#[test]
fn a_key_that_opens_to_another_text_is_refused_by_the_hash() {
    let (said, never_said) = (
        sealed(&alice(), TEXT, [9; 16]),
        sealed(&alice(), b"words that were never posted", [9; 16]),
    );
    let mut logged = logged(&alice(), &never_said);
    logged.message_hash = hex(&said.message_hash);
    let opened = logged.report(&alice(), &never_said).verify(None);
    assert_eq!(opened, Err(ReportError::Message(Tombstone::Hash)));
}

#[test]
fn bodies_have_one_spelling_and_are_of_sealed_rooms() {
    let malformed = |change: fn(&mut Logged)| match changed(change) {
        Err(ReportError::Codec(error)) => error,
        other => panic!("{other:?}"),
    };
    let upper = |it: &mut Logged| it.message_hash = it.message_hash.to_uppercase();
    assert_eq!(malformed(upper), CodecError::BadValue);
    let unpadded = |it: &mut Logged| {
        let cut = it.encrypted_content.trim_end_matches('=').len();
        it.encrypted_content.truncate(cut);
    };
    assert_eq!(malformed(unpadded), CodecError::NotCanonical);
    let short_iv = |it: &mut Logged| it.iv = STANDARD.encode([1; 9]);
    assert_eq!(malformed(short_iv), CodecError::BadValue);
    assert_eq!(malformed(|it| it.key.0 = 2), CodecError::BadValue);
    let long = |it: &mut Logged| it.key.1 = vec![0; 16 * 1024 + 1];
    assert_eq!(malformed(long), CodecError::TooLong);
}

#[test]
fn a_longest_message_fits_into_a_report() {
    let content = vec![7; crate::payload::MAX_CONTENT];
    let sealed = sealed(&alice(), &content, [9; 16]);
    let mut logged = logged(&alice(), &sealed);
    logged.key.1 = vec![1; 16 * 1024];
    let bytes = logged.report(&alice(), &sealed).encode();
    let shown = Report::decode(&bytes).unwrap().verify(None).unwrap();
    assert_eq!(shown.opened.payload.content.len(), content.len());
}

#[test]
fn a_line_key_is_read_as_it_was_written() {
    let line = LineKey {
        group: place().group,
        epoch: 5,
        message: sealed(&alice(), TEXT, [9; 16]).mls_plaintext,
    };
    let bytes = line.encode();
    let read = LineKey::decode(&bytes).unwrap();
    assert_eq!((read.group, read.epoch), (line.group, line.epoch));
    assert!(read.message.key.same_as(&line.message.key));
    assert_eq!(read.message.hash, line.message.hash);
    assert!(LineKey::decode(&bytes[..bytes.len() - 1]).is_none());
    assert!(LineKey::decode(&[&bytes[..], &[0]].concat()).is_none());
    let mut newer = bytes.to_vec();
    newer[1] = 2;
    assert!(LineKey::decode(&newer).is_none());
}

/// Seals bytes as a payload of somebody's device.
fn reseal(by: &Person, payload: &[u8]) -> SealedMessage {
    let message = MessageKey {
        key: Secret::from_bytes(&[3; 32]),
        hash: Sha256::digest(payload).into(),
    };
    let iv = [2; 12];
    let aad = envelope_aad(&place(), by.device.id(), [9; 16].into());
    SealedMessage {
        encrypted_content: encrypt(&message.key, &iv, aad.as_slice(), payload).unwrap(),
        iv,
        message_hash: message.hash,
        history_key: None,
        mls_plaintext: message,
    }
}
