//! What sealing promises, and what a wrap fits.

use proptest::prelude::*;

use super::{
    super::*,
    CONTENT,
    forge::{forge, leaf_of},
};
use crate::{
    certificate::DeviceCertificate,
    counters::Counters,
    log_head::LogHead,
    payload,
    secret::Secret,
    testing::{NOW_MS, Person, flipped, person, rng},
};

#[test]
fn a_refused_message_takes_no_counter() {
    let mut counters = Counters::default();
    let (alice, sealed, place) = sealed(CONTENT, None);
    let opening = opening_of(&alice, &sealed, place);
    let mut wrong = opening;
    wrong.sender = None;
    assert_eq!(open(&wrong, &mut counters), Err(Tombstone::UnknownSender));
    assert_eq!(counters, Counters::default());
    assert!(open(&opening, &mut counters).is_ok());
    assert_eq!(open(&opening, &mut counters), Err(Tombstone::Duplicate));
}

#[test]
fn a_wrap_fits_one_message() {
    let history = Secret::from_bytes(&[4; 32]);
    let (alice, sealed, place) = sealed(CONTENT, Some(&history));
    let (wrapped, hash) = (sealed.history_key.unwrap(), sealed.message_hash);
    let (device, client_id) = (alice.device.id(), ClientId::from([9; 16]));
    let fits = |wrapped: &[u8], hash, place: &Place, device, client_id| {
        unwrap(wrapped, hash, &history, place, device, client_id).is_ok()
    };
    assert_eq!(wrapped.len(), WRAP_LEN);
    assert!(fits(&wrapped, &hash, &place, device, client_id));
    assert!(!fits(&wrapped, &[0; 32], &place, device, client_id));
    assert!(!fits(
        &wrapped,
        &hash,
        &Place { epoch: 6, ..place },
        device,
        client_id
    ));
    assert!(!fits(&wrapped, &hash, &place, [0; 16].into(), client_id));
    assert!(!fits(&wrapped, &hash, &place, device, [0; 16].into()));
    assert!(flipped(&wrapped).all(|wrapped| !fits(&wrapped, &hash, &place, device, client_id)));
}

#[test]
fn the_ciphertext_says_only_a_bucket_about_the_length() {
    for (content, len) in [
        (0, 256),
        (1, 256),
        (35, 256),
        (36, 512),
        (payload::MAX_CONTENT, 65_536),
    ] {
        let (_, sealed, _) = sealed(&vec![7; content], None);
        assert_eq!(sealed.encrypted_content.len(), len + 16, "{content} bytes");
    }
}

#[test]
fn one_flipped_bit_of_a_payload_is_refused() {
    let forged = forge();
    let bytes = forged.claims.sign(&forged.signer, &mut rng(1)).unwrap();
    let key = forged.signer.public();
    let verifies = |bytes: &[u8]| {
        payload::SignedPayload::parse(bytes).is_ok_and(|signed| signed.verify(key).is_ok())
    };
    assert!(verifies(&bytes));
    assert!(!flipped(&bytes).any(|bytes| verifies(&bytes)));
    assert!(!(0..bytes.len()).any(|len| verifies(&bytes[..len])));
}

#[test]
fn content_above_the_limit_is_refused() {
    let alice = person("alice", 1);
    let content = vec![7; payload::MAX_CONTENT + 1];
    let draft = draft(&content, None);
    assert!(matches!(
        seal(&draft, &alice.device, &mut rng(1)),
        Err(SealMessageError::Content(_))
    ));
}

#[test]
fn debug_shows_no_content() {
    let opened = forge().open().unwrap();
    let content = format!("{CONTENT:?}");
    assert!(!format!("{opened:?}").contains(content.trim_matches(['[', ']'])));
    assert!(!format!("{opened:?}").contains("harbour"));
}

/// A report is {entry, content key, certificate chain}: whoever gets one verifies it without any key of the room.
#[test]
fn a_report_is_verified_by_the_same_function() {
    let (alice, sealed, place) = sealed(CONTENT, None);
    let chain = DeviceCertificate::validate(alice.device.certificate().as_bytes()).unwrap();
    let shown = MessageKey {
        key: sealed.mls_plaintext.key.duplicate(),
        hash: sealed.message_hash,
    };
    let mut report = opening_of(&alice, &sealed, place);
    report.keys.message = Some(&shown);
    report.sender = Some(Sender {
        leaf: Leaf {
            account: chain.account(),
            device: chain.device(),
            key: *chain.device_key(),
        },
        standing: Standing::NotVerifiablyMember,
    });
    let verify = |report: &Opening<'_>| open(report, &mut Counters::default());
    assert_eq!(verify(&report).unwrap().payload.sent_at_ms, NOW_MS);

    let mut moved = report;
    moved.place.epoch += 1;
    assert_eq!(verify(&moved), Err(Tombstone::Cipher));
    let mut blamed = report;
    blamed.sender = Some(Sender {
        leaf: leaf_of(&person("bob", 2)),
        standing: Standing::NotVerifiablyMember,
    });
    assert_eq!(verify(&blamed), Err(Tombstone::Sender));
}

fn draft<'a>(content: &'a [u8], history: Option<&'a Secret<32>>) -> Draft<'a> {
    let place = forge().place;
    Draft {
        place,
        client_id: [9; 16].into(),
        counter: 3,
        sent_at_ms: NOW_MS,
        seen: LogHead::start(place.room, place.group).seen(),
        kind: 1,
        content,
        history,
    }
}

fn sealed(content: &[u8], history: Option<&Secret<32>>) -> (Person, SealedMessage, Place) {
    let alice = person("alice", 1);
    let draft = draft(content, history);
    let sealed = seal(&draft, &alice.device, &mut rng(3)).unwrap();
    (alice, sealed, draft.place)
}

fn opening_of<'a>(alice: &Person, sealed: &'a SealedMessage, place: Place) -> Opening<'a> {
    Opening {
        place,
        wire: Wire {
            encrypted_content: &sealed.encrypted_content,
            iv: &sealed.iv,
            message_hash: &sealed.message_hash,
            history_key: sealed.history_key.as_deref(),
            client_id: [9; 16].into(),
            device: alice.device.id(),
        },
        keys: Keys {
            message: Some(&sealed.mls_plaintext),
            history: None,
        },
        sender: Some(Sender {
            leaf: leaf_of(alice),
            standing: Standing::Member,
        }),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_sealed_opens(content in proptest::collection::vec(any::<u8>(), 0..3000)) {
        let (alice, sealed, place) = sealed(&content, None);
        let carried = MessageKey::decode(sealed.mls_plaintext.encode().expose()).unwrap();
        let mut opening = opening_of(&alice, &sealed, place);
        opening.keys.message = Some(&carried);
        let opened = open(&opening, &mut Counters::default()).unwrap();
        prop_assert_eq!(opened.payload.content.as_slice(), content.as_slice());
    }

    #[test]
    fn one_flipped_bit_of_the_wire_is_refused(at in 0usize..272, bit in 0u8..8) {
        let (alice, mut sealed, place) = sealed(CONTENT, None);
        sealed.encrypted_content[at] ^= 1 << bit;
        prop_assert_eq!(open(&opening_of(&alice, &sealed, place), &mut Counters::default()), Err(Tombstone::Cipher));
    }

    #[test]
    fn hostile_payloads_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let _ = payload::SignedPayload::parse(&bytes);
    }
}
