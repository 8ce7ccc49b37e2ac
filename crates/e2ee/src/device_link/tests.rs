//! A new device, one of the account, and whoever stands between them.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use zeroize::Zeroizing;

use super::*;
use crate::{
    account_key::AccountKey,
    device::Device,
    ids::{LinkId, RoomId},
    link::{Link, LinkError, LinkSecret},
    suite::Suite,
    testing::{Person, flipped, person, rng},
};

const SUITE: Suite = Suite::CLASSICAL;

/// Both sides up to the number, with nobody between them.
struct Meeting {
    offer: Offer,
    answer: Answer,
    transcript: Transcript,
}

fn meet(device: &Device, suite: Suite, seed: u64) -> Meeting {
    let rng = &mut rng(seed);
    let offer = Offer::new(suite, rng).unwrap();
    let answer = Answer::of(device, rng);
    let transcript = Transcript::new(&offer.commitment(), &answer, offer.reveal()).unwrap();
    Meeting {
        offer,
        answer,
        transcript,
    }
}

impl Meeting {
    fn sealed(&self, key: &AccountKey, of: &Person, suite: Suite) -> Vec<u8> {
        let keys = Keys {
            account_key: key.duplicate(),
            ticket: Zeroizing::new(b"ticket".to_vec()),
        };
        seal(
            &keys,
            self.offer.reveal(),
            &self.transcript,
            &of.device,
            suite,
        )
        .unwrap()
    }

    fn open(&self, bytes: &[u8]) -> Result<Keys, DeviceLinkError> {
        open(bytes, &self.offer, &self.answer, &self.transcript)
    }

    fn refusal(&self, bytes: &[u8]) -> DeviceLinkError {
        self.open(bytes).err().unwrap()
    }
}

#[test]
fn the_account_key_reaches_the_new_device_in_both_suites() {
    let alice = person("alice", 1);
    for suite in [Suite::CLASSICAL, Suite::POST_QUANTUM] {
        let meeting = meet(&alice.device, suite, 5);
        let key = AccountKey::generate(3, &mut rng(6));
        let opened = meeting.open(&meeting.sealed(&key, &alice, suite)).unwrap();
        assert!(opened.account_key.secret().same_as(key.secret()));
        assert_eq!(opened.account_key.version(), 3);
        assert_eq!(opened.ticket.as_slice(), b"ticket");
        // What was sent is read by the other side as it was written.
        let answer = Answer::parse(&meeting.answer.encode()).unwrap();
        let reveal = Reveal::parse(&meeting.offer.reveal().encode()).unwrap();
        let seen = Transcript::new(&meeting.offer.commitment(), &answer, &reveal).unwrap();
        assert_eq!(seen.number(), meeting.transcript.number());
    }
}

/// Somebody between the two who makes a key of their own has to commit to it before the nonce of the other is known, and
/// cannot change it afterwards.
#[test]
fn who_stands_between_them_cannot_choose_a_key_by_the_number() {
    let alice = person("alice", 1);
    let meeting = meet(&alice.device, SUITE, 5);
    let other = Offer::new(SUITE, &mut rng(9)).unwrap();
    let swapped = Transcript::new(&meeting.offer.commitment(), &meeting.answer, other.reveal());
    assert_eq!(swapped, Err(DeviceLinkError::Commitment));
    // With a commitment of their own both sides show numbers, and those differ.
    let theirs = Transcript::new(&other.commitment(), &meeting.answer, other.reveal()).unwrap();
    assert_ne!(theirs.number(), meeting.transcript.number());
}

#[test]
fn every_part_of_what_was_said_is_in_the_number() {
    let alice = person("alice", 1);
    let meeting = meet(&alice.device, SUITE, 5);
    let numbers = |answer: &Answer| {
        let commitment = meeting.offer.commitment();
        let reveal = meeting.offer.reveal();
        Transcript::new(&commitment, answer, reveal)
            .unwrap()
            .number()
    };
    let told = numbers(&meeting.answer);
    let bob = person("bobby", 2);
    for changed in [
        Answer {
            account: bob.device.account(),
            ..meeting.answer.clone()
        },
        Answer {
            device: bob.device.id(),
            ..meeting.answer.clone()
        },
        Answer {
            name: crate::testing::user_name("bobby"),
            ..meeting.answer.clone()
        },
        Answer::of(&alice.device, &mut rng(77)),
    ] {
        assert_ne!(numbers(&changed), told);
    }
}

/// The server knows the new device's key as soon as it is revealed, and can seal to it.
#[test]
fn a_key_of_the_servers_own_is_not_taken_after_the_numbers_were_compared() {
    let [alice, mallory] = [person("alice", 1), person("mallory", 2)];
    let meeting = meet(&alice.device, SUITE, 5);
    let own = AccountKey::generate(1, &mut rng(6));
    let forged = meeting.sealed(&own, &mallory, SUITE);
    assert_eq!(meeting.refusal(&forged), DeviceLinkError::OtherDevice);
    // Under the certificate of the right device, but not by its key.
    let device = mallory.device;
    let honest = meeting.sealed(&own, &alice, SUITE);
    let mut patched = Vec::from_iter(honest[..honest.len() - 64].iter().copied());
    let signature = device.key().sign(
        crate::labels::SignLabel::DeviceLink,
        &[meeting.transcript.as_bytes(), patched.as_slice()].concat(),
    );
    patched.extend(signature);
    assert!(matches!(
        meeting.refusal(&patched),
        DeviceLinkError::Signature(_)
    ));
}

#[test]
fn keys_for_another_meeting_are_refused() {
    let alice = person("alice", 1);
    let [one, other] = [5, 6].map(|seed| meet(&alice.device, SUITE, seed));
    let key = AccountKey::generate(1, &mut rng(7));
    let sealed = other.sealed(&key, &alice, SUITE);
    assert!(matches!(
        one.refusal(&sealed),
        DeviceLinkError::Signature(_)
    ));
    let crossed = open(&sealed, &one.offer, &other.answer, &other.transcript);
    assert!(matches!(crossed, Err(DeviceLinkError::Seal(_))));
}

#[test]
fn no_changed_byte_gets_through() {
    let alice = person("alice", 1);
    let meeting = meet(&alice.device, SUITE, 5);
    let sealed = meeting.sealed(&AccountKey::generate(1, &mut rng(7)), &alice, SUITE);
    for bad in flipped(&sealed) {
        assert!(meeting.open(&bad).is_err());
    }
    for end in 0..sealed.len() {
        assert!(meeting.open(&sealed[..end]).is_err());
    }
    assert!(meeting.open(&vec![0; MAX_LEN + 1]).is_err());
}

#[test]
fn a_key_that_is_none_is_not_sealed_to() {
    let alice = person("alice", 1);
    let meeting = meet(&alice.device, SUITE, 5);
    let mut bytes = meeting.offer.reveal().encode();
    // The point of order one, in the place of the key of 32 bytes behind version and length.
    bytes[3..35].fill(0);
    let reveal = Reveal::parse(&bytes).unwrap();
    let transcript = Transcript::new(&reveal.commitment(), &meeting.answer, &reveal).unwrap();
    let key = AccountKey::generate(1, &mut rng(7));
    let keys = Keys {
        account_key: key,
        ticket: Zeroizing::default(),
    };
    assert!(seal(&keys, &reveal, &transcript, &alice.device, SUITE).is_err());
}

#[test]
fn a_number_is_six_digits_however_it_is_typed() {
    let number = Number::parse("048201").unwrap();
    assert_eq!(number.to_string(), "048 201");
    assert_eq!(Number::parse(" 048 201 "), Some(number));
    for bad in ["", "48201", "0482011", "04820a", "+48201", "٠٤٨٢٠١"] {
        assert_eq!(Number::parse(bad), None, "{bad}");
    }
}

#[test]
fn a_code_of_a_device_is_no_link_into_a_room_nor_the_other_way_round() {
    let rng = &mut rng(1);
    let code = DeviceCode {
        meeting: MeetingId::random(rng),
        commitment: [7; 32],
    };
    let fragment = code.to_fragment();
    assert!(fragment.len() <= MAX_FRAGMENT);
    assert_eq!(DeviceCode::parse(&fragment), Ok(code));
    assert!(matches!(Link::parse(&fragment), Err(LinkError::Kind(2))));
    let link = Link {
        room: RoomId::new(7).unwrap(),
        id: LinkId::random(rng),
        secret: LinkSecret::random(rng),
        creator: [5; 16].into(),
        pins: Vec::new(),
    };
    let link = link.to_fragment().unwrap();
    assert_eq!(DeviceCode::parse(&link), Err(DeviceCodeError::Kind(1)));
}

#[test]
fn what_is_no_code_is_refused_by_name() {
    assert_eq!(MeetingId::parse("lusab babad"), Err(DeviceCodeError::Count));
    assert_eq!(
        MeetingId::parse("lusab babad gutih tugad"),
        Err(DeviceCodeError::Count)
    );
    assert_eq!(
        MeetingId::parse("lusab bobcat gutih"),
        Err(DeviceCodeError::Word(2))
    );
    assert_eq!(DeviceCode::parse("*"), Err(DeviceCodeError::Encoding));
    assert_eq!(DeviceCode::parse("AgIA"), Err(DeviceCodeError::Version(2)));
}

proptest! {
    #[test]
    fn words_are_read_as_they_were_said(bytes: [u8; 6]) {
        let meeting = MeetingId::from(bytes);
        let words = meeting.to_words();
        prop_assert_eq!(MeetingId::parse(&words), Ok(meeting));
        prop_assert_eq!(MeetingId::parse(&words.to_uppercase().replace('-', "  ")), Ok(meeting));
    }
}
