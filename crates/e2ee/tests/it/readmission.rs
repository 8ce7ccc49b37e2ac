//! A device of a member that cannot enter by itself is added by whoever is there (PROTOCOL section 4, way d).

use e2ee::{
    certificate::{DeviceCertificate, DeviceFields},
    codec::Writer,
    device::{Device, Validity},
    group::{Intent, Verdict},
    policy::History,
    readmission::{self, ReadmissionError, Wanted},
    signing::SigningKey,
    suite::Suite,
};

use crate::world::{NOW, Person, Post, Server, commit, everyone_hears, invite};

/// Alice's room with bob and carol, and a new device of bob that has no keys to it.
fn room() -> ([Person; 3], Server, Person) {
    let [mut alice, mut bob, mut carol] =
        ["alice", "bob", "carol"].map(|name| Person::new(name, Suite::CLASSICAL));
    let mut server = alice.create(History::SinceJoin);
    invite(&mut server, &mut alice, &mut bob, &mut []);
    invite(&mut server, &mut alice, &mut carol, &mut [&mut bob]);
    let phone = bob.further_device("phone");
    ([alice, bob, carol], server, phone)
}

fn wanted(member: &mut Person) -> Wanted {
    let group = member.group();
    Wanted {
        room: group.room(),
        group: group.group_id(),
        epoch: group.epoch(),
    }
}

#[test]
fn any_member_adds_a_further_device_of_a_member() {
    let ([mut alice, mut bob, mut carol], mut server, mut phone) = room();
    let own = phone.key_package();
    let request = readmission::sign(&wanted(&mut carol), &own.bytes, &phone.device);
    let peer = carol.group().readmits(&request).unwrap();
    let added = carol.stage(&Intent::invite(vec![peer])).unwrap();
    assert_eq!(added.effects, e2ee::group::Effects::default());
    for person in [&mut alice, &mut bob, &mut carol] {
        person.merge(&added.commit);
    }
    server.take(&added);
    phone.join(&added, own);
    let post = Post::by(&mut phone, "it is me");
    everyone_hears(&post, "it is me", &mut [&mut alice, &mut bob, &mut carol]);
    // It has a leaf now, and the same request is one of another time, also when that leaf is gone.
    let refused = |member: &mut Person| member.group().readmits(&request).err();
    assert_eq!(refused(&mut alice), Some(ReadmissionError::Stale));
    let lost = Intent::revoke(phone.device.id());
    commit(&mut server, &mut bob, &lost, &mut [&mut alice, &mut carol]);
    assert_eq!(refused(&mut alice), Some(ReadmissionError::Stale));
}

#[test]
fn a_device_that_was_left_behind_is_seated_anew() {
    let ([mut alice, mut bob, mut carol], mut server, _) = room();
    let before = Post::by(&mut alice, "before");
    everyone_hears(&before, "before", &mut [&mut bob, &mut carol]);
    // The others go on, by a commit that bob could not follow, and with other keys.
    let rotation = Intent {
        rotate: true,
        ..Intent::housekeeping()
    };
    commit(&mut server, &mut alice, &rotation, &mut [&mut carol]);
    let own = bob.key_package();
    let request = readmission::sign(&wanted(&mut carol), &own.bytes, &bob.device);
    let peer = carol.group().readmits(&request).unwrap();
    let seated = carol.stage(&Intent::readmit(vec![peer])).unwrap();
    assert_eq!(seated.effects, e2ee::group::Effects::default());
    // Nobody has gone, so the keys stay.
    assert!(!seated.rotation);
    for person in [&mut alice, &mut carol] {
        let change = person.merge(&seated.commit);
        assert_eq!((change.added.len(), change.removed.len()), (1, 1));
        assert_eq!(change.accounts_in, []);
        assert_eq!(change.accounts_out, []);
    }
    let former = bob.group.take().unwrap();
    bob.join(&seated, own);
    bob.group().inherit(&former).unwrap();
    assert!(bob.reads(&before));
    let post = Post::by(&mut bob, "back");
    everyone_hears(&post, "back", &mut [&mut alice, &mut carol]);
    // The same request is one of another time.
    let refused = alice.group().readmits(&request).err();
    assert_eq!(refused, Some(ReadmissionError::Stale));
}

#[test]
fn a_device_that_is_seated_anew_unasked_knows_it() {
    let ([mut alice, mut bob, mut carol], _, _) = room();
    let own = bob.key_package();
    let request = readmission::sign(&wanted(&mut carol), &own.bytes, &bob.device);
    let peer = carol.group().readmits(&request).unwrap();
    let seated = carol.stage(&Intent::readmit(vec![peer])).unwrap();
    alice.merge(&seated.commit);
    let verdict = bob.judge(&seated.commit);
    let readmitted = matches!(
        verdict,
        Verdict::Removed {
            readmitted: true,
            ..
        }
    );
    assert!(readmitted, "{verdict:?}");
}

#[test]
fn nobody_takes_the_place_of_a_device_with_another_key() {
    let ([mut alice, bob, _], _, _) = room();
    let mut impostor = bob.further_device("bob");
    let fields = DeviceFields {
        device: bob.device.id(),
        ..impostor.device.certificate().fields().clone()
    };
    let certificate = DeviceCertificate::issue(fields, &bob.signing);
    let mut writer = Writer::new();
    writer.fixed(&impostor.device.encode()[..32]);
    writer.vec(certificate.as_bytes());
    impostor.device = Device::decode(&writer.finish()).unwrap();
    let own = impostor.key_package();
    let request = readmission::sign(&wanted(&mut alice), &own.bytes, &impostor.device);
    let refused = alice.group().readmits(&request).err();
    assert_eq!(refused, Some(ReadmissionError::Seated));
}

#[test]
fn who_waits_to_be_let_go_lets_somebody_in() {
    let ([mut alice, mut bob, mut carol], mut server, mut phone) = room();
    let wish = carol.leave();
    for person in [&mut alice, &mut bob] {
        person.group().note_proposal(&wish).unwrap();
        person.save();
    }
    let own = phone.key_package();
    let request = readmission::sign(&wanted(&mut carol), &own.bytes, &phone.device);
    let peer = carol.group().readmits(&request).unwrap();
    let added = carol.stage(&Intent::readmit(vec![peer])).unwrap();
    for person in [&mut alice, &mut bob, &mut carol] {
        person.merge(&added.commit);
    }
    server.take(&added);
    phone.join(&added, own);
    let post = Post::by(&mut carol, "still here");
    everyone_hears(&post, "still here", &mut [&mut alice, &mut bob, &mut phone]);
}

#[test]
fn nobody_comes_in_whose_account_is_not_in_or_was_removed() {
    let ([mut alice, mut bob, mut carol], mut server, mut phone) = room();
    let mut dave = Person::new("dave", Suite::CLASSICAL);
    let stranger = dave.key_package();
    let request = readmission::sign(&wanted(&mut alice), &stranger.bytes, &dave.device);
    let refused = alice.group().readmits(&request).err();
    assert_eq!(refused, Some(ReadmissionError::NotAMember));
    let own = phone.key_package();
    let request = readmission::sign(&wanted(&mut alice), &own.bytes, &phone.device);
    assert!(alice.group().readmits(&request).is_ok());
    let removal = Intent::remove(bob.account());
    let staged = alice.stage(&removal).unwrap();
    alice.merge(&staged.commit);
    carol.merge(&staged.commit);
    bob.judge(&staged.commit);
    server.take(&staged);
    let refused = alice.group().readmits(&request).err();
    assert_eq!(refused, Some(ReadmissionError::NotAMember));
}

#[test]
fn a_request_is_for_one_room_and_for_a_time_that_has_been() {
    let ([mut alice, _, _], _, mut phone) = room();
    let own = phone.key_package();
    let here = wanted(&mut alice);
    let mut refused = |wanted: &Wanted| {
        let request = readmission::sign(wanted, &own.bytes, &phone.device);
        alice.group().readmits(&request).err()
    };
    let elsewhere = Wanted {
        group: [9; 16].into(),
        ..here
    };
    assert_eq!(refused(&elsewhere), Some(ReadmissionError::OtherRoom));
    let ahead = Wanted {
        epoch: here.epoch + 1,
        ..here
    };
    assert_eq!(refused(&ahead), Some(ReadmissionError::Stale));
    assert_eq!(refused(&here), None);
}

#[test]
fn a_device_of_a_lower_generation_does_not_come_back() {
    let ([mut alice, mut bob, mut carol], mut server, mut phone) = room();
    let own = phone.key_package();
    let request = readmission::sign(&wanted(&mut alice), &own.bytes, &phone.device);
    assert!(alice.group().readmits(&request).is_ok());
    // Bob raises his generation; the lost phone still has its keys and a certificate of the former one.
    let next = SigningKey::generate(&bob.identity, 1, &mut bob.rng);
    let copy = Device::decode(&bob.device.encode()).unwrap();
    bob.device = copy.renew(&next, Validity::days(NOW, 90));
    let renewal = Intent::housekeeping();
    commit(
        &mut server,
        &mut bob,
        &renewal,
        &mut [&mut alice, &mut carol],
    );
    let refused = alice.group().readmits(&request).err();
    assert_eq!(refused, Some(ReadmissionError::Generation));
}
