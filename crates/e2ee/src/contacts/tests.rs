//! Stories of contacts, and the rules of merging.

#![allow(clippy::unwrap_used)]
use proptest::prelude::*;

use super::*;
use crate::{
    device::{Device, Validity},
    identity::Identity,
    signing::SigningKey,
    testing::{NOW_MS, rng, user_name},
};

/// The certificate of a device of the `seed`-th account.
fn certificate(seed: u64, name: &str, generation: u32) -> DeviceCertificate {
    let identity = Identity::generate(&mut rng(seed));
    let signing = SigningKey::generate(&identity, generation, &mut rng(100));
    let device = Device::create(
        user_name(name),
        &signing,
        Validity::days(NOW_MS, 1),
        &mut rng(101),
    );
    device.certificate().clone()
}

#[test]
fn a_contact_is_pinned_at_first_sight_and_its_generation_rises() {
    let mut contacts = Contacts::default();
    let first = certificate(1, "alice", 2);
    assert_eq!(contacts.trust(first.account()), Trust::Unknown);
    assert_eq!(contacts.observe(&first, 10), Observation::New);
    assert_eq!(contacts.observe(&first, 11), Observation::Same);
    assert_eq!(
        contacts.observe(&certificate(1, "alice", 3), 12),
        Observation::GenerationRaised
    );
    assert_eq!(
        contacts.observe(&first, 13),
        Observation::GenerationTooLow { pinned: 3 }
    );

    let pin = contacts.pin(first.account()).unwrap();
    assert_eq!(
        (pin.generation(), pin.first_seen_ms, pin.trust()),
        (3, 10, Trust::Pinned)
    );
    assert_eq!(pin.identity(), first.identity());
}

#[test]
fn a_name_twin_drops_the_verified_mark_until_verified_again() {
    let mut contacts = Contacts::default();
    let (real, fake) = (certificate(1, "alice", 0), certificate(2, "alice", 0));
    assert_eq!(contacts.observe(&real, 10), Observation::New);
    assert!(contacts.verify(real.account(), 11));
    assert_eq!(contacts.trust(real.account()), Trust::Verified);

    let twin = Observation::NameTwin {
        others: vec![real.account()],
    };
    assert_eq!(contacts.observe(&fake, 12), twin);
    assert_eq!(contacts.trust(real.account()), Trust::Changed);
    assert_eq!(contacts.trust(fake.account()), Trust::Changed);
    assert_eq!(contacts.observe(&fake, 13), Observation::Same);

    assert!(contacts.verify(real.account(), 14));
    assert_eq!(contacts.trust(real.account()), Trust::Verified);
    assert_eq!(contacts.trust(fake.account()), Trust::Changed);
}

#[test]
fn an_account_that_takes_on_a_known_name_becomes_a_twin() {
    let mut contacts = Contacts::default();
    let (alice, bob) = (certificate(1, "alice", 0), certificate(2, "bob", 0));
    contacts.observe(&alice, 10);
    contacts.observe(&bob, 10);
    let renamed = contacts.observe(&certificate(2, "alice", 0), 11);
    assert_eq!(
        renamed,
        Observation::NameTwin {
            others: vec![alice.account()]
        }
    );
}

#[test]
fn a_verification_that_did_not_see_the_change_does_not_outweigh_it() {
    let (real, fake) = (certificate(1, "alice", 0), certificate(2, "alice", 0));
    let mut phone = Contacts::default();
    phone.observe(&real, 10);
    let mut laptop = phone.clone();
    laptop.observe(&fake, 20);
    assert!(phone.verify(real.account(), 30));

    phone.merge(&laptop);
    assert_eq!(phone.trust(real.account()), Trust::Changed);
    assert!(phone.verify(real.account(), 40));
    laptop.merge(&phone);
    assert_eq!(laptop.trust(real.account()), Trust::Verified);
}

#[test]
fn a_comparison_that_is_taken_back_counts_nowhere_until_the_next_one() {
    let mut phone = Contacts::default();
    let alice = certificate(1, "alice", 0);
    phone.observe(&alice, 10);
    assert!(phone.verify(alice.account(), 30));
    let mut laptop = phone.clone();
    // The laptop's clock is behind.
    assert!(laptop.withdraw(alice.account(), 20));
    assert_eq!(laptop.trust(alice.account()), Trust::Pinned);
    assert_eq!(laptop.pin(alice.account()).unwrap().verified_at_ms(), None);
    phone.merge(&laptop);
    assert_eq!(phone.trust(alice.account()), Trust::Pinned);
    assert_eq!(Contacts::decode(&phone.encode()), Ok(phone.clone()));
    assert!(phone.verify(alice.account(), 15));
    laptop.merge(&phone);
    assert_eq!(laptop.trust(alice.account()), Trust::Verified);
    assert!(!laptop.withdraw([1; 16].into(), 1));
}

#[test]
fn nobody_is_verified_who_was_not_met() {
    assert!(!Contacts::default().verify([1; 16].into(), 1));
}

#[test]
fn damaged_contacts_are_refused() {
    let mut contacts = Contacts::default();
    contacts.observe(&certificate(1, "alice", 0), 10);
    let one = contacts.encode();
    assert_eq!(
        Contacts::decode(&[one.as_slice(), &one].concat()),
        Err(CodecError::NotCanonical)
    );
    assert_eq!(
        Contacts::decode(&one[..one.len() - 1]),
        Err(CodecError::Truncated)
    );
    let mut no_flag = one.clone();
    *no_flag.last_mut().unwrap() = 3;
    assert_eq!(Contacts::decode(&no_flag), Err(CodecError::BadValue));
}

/// What happens on one device: (account, name, generation, time, verify or take it back afterwards).
type Event = (u64, usize, u32, u64, Option<bool>);

fn device(events: &[Event]) -> Contacts {
    let mut contacts = Contacts::default();
    for (account, name, generation, now_ms, verify) in events {
        let certificate = certificate(*account, ["alice", "bob"][*name], *generation);
        contacts.observe(&certificate, *now_ms);
        let _ = match verify {
            Some(true) => contacts.verify(certificate.account(), *now_ms),
            Some(false) => contacts.withdraw(certificate.account(), *now_ms),
            None => true,
        };
    }
    contacts
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    proptest::collection::vec(
        (0u64..3, 0usize..2, 0u32..3, 0u64..5, any::<Option<bool>>()),
        0..5,
    )
}

fn merged(parts: &[&Contacts]) -> Contacts {
    parts.iter().fold(Contacts::default(), |mut all, part| {
        all.merge(part);
        all
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn contacts_merge_in_any_order(a in events(), b in events(), c in events()) {
        let [a, b, c] = [device(&a), device(&b), device(&c)];
        prop_assert_eq!(merged(&[&a, &b]), merged(&[&b, &a]));
        prop_assert_eq!(merged(&[&a, &a]), a.clone());
        prop_assert_eq!(merged(&[&a, &merged(&[&b, &c])]), merged(&[&a, &b, &c]));
        prop_assert_eq!(Contacts::decode(&a.encode()), Ok(a));
    }
}
