#![allow(clippy::unwrap_used)]
use std::iter::empty;

use super::*;
use crate::{
    ids::{GroupId, RoomId},
    testing::{self, flipped, rng},
};

fn scope(room: u64) -> Scope {
    Scope {
        room: RoomId::new(room).unwrap(),
        group: GroupId::from([2; 16]),
    }
}

fn records() -> [RosterRecord; 4] {
    let [alice, bob] = [("alice", 1), ("bobby", 2)]
        .map(|(name, seed)| testing::person(name, seed).device.certificate().clone());
    let bob_device = bob.device();
    let seated = |epoch, certificate: &DeviceCertificate| RosterRecord::Seated {
        epoch,
        certificate: Box::new(certificate.clone()),
    };
    [
        seated(0, &alice),
        seated(2, &bob),
        RosterRecord::Gone {
            epoch: 5,
            device: bob_device,
        },
        seated(9, &bob),
    ]
}

fn bob() -> DeviceId {
    testing::person("bobby", 2).device.id()
}

fn seats(rows: &Rows) -> Vec<u64> {
    let seated = |epoch: &u64| seated(rows, bob(), *epoch).unwrap().is_some();
    (0..12).filter(seated).collect()
}

#[test]
fn a_device_is_seated_from_its_record_until_it_is_gone() {
    let rows = Rows::default();
    records()
        .iter()
        .for_each(|record| witness(&rows, record).unwrap());
    assert_eq!(seats(&rows), [2, 3, 4, 9, 10, 11]);
    assert!(known(&rows, bob()).unwrap().is_some());
    assert!(known(&rows, DeviceId::from([7; 16])).unwrap().is_none());
    let account = testing::person("bobby", 2).device.account();
    let seats = super::seats(&rows, account).unwrap();
    let held: Vec<u64> = (0..12).filter(|epoch| seats.holds(*epoch)).collect();
    assert_eq!(held, [2, 3, 4, 9, 10, 11]);
    assert_eq!(seats.first(), Some(2));
    let nobody = super::seats(&rows, AccountId::from([7; 16])).unwrap();
    assert!(!nobody.holds(4) && nobody.first().is_none());
}

#[test]
fn chunks_add_up_and_what_was_witnessed_stays() {
    let rng = &mut rng(1);
    let key = Secret::random(rng);
    let [first, second, gone, again] = records();
    let rows = Rows::default();
    witness(&rows, &first).unwrap();
    let mut copy = seal_all(&rows, &key, scope(1), 0, rng).unwrap();
    for record in [second, gone, again] {
        copy.extend(seal_records(&[record], &key, scope(1), 0, rng).unwrap());
    }
    let reader = Rows::default();
    adopt(&reader, &copy, &key, scope(1), 0, empty()).unwrap();
    assert_eq!(seats(&reader), [2, 3, 4, 9, 10, 11]);
    // A lie in the copy about an epoch that this device saw itself changes nothing.
    let lie = RosterRecord::Gone {
        epoch: 2,
        device: bob(),
    };
    let lie = seal_records(&[lie], &key, scope(1), 0, rng).unwrap();
    adopt(&reader, &lie, &key, scope(1), 0, empty()).unwrap();
    assert_eq!(seats(&reader), [2, 3, 4, 9, 10, 11]);
}

#[test]
fn a_copy_opens_in_its_place_only() {
    let rng = &mut rng(1);
    let key = Secret::random(rng);
    let copy = seal_records(&records()[2..3], &key, scope(1), 4, rng).unwrap();
    let rows = Rows::default();
    let adopt = |copy: &[u8], key: &Secret<32>, room, rotation| {
        adopt(&rows, copy, key, scope(room), rotation, empty())
    };
    assert!(adopt(&copy, &key, 1, 5).is_err());
    assert!(adopt(&copy, &key, 2, 4).is_err());
    assert!(adopt(&copy, &Secret::random(rng), 1, 4).is_err());
    assert!(flipped(&copy).all(|bad| adopt(&bad, &key, 1, 4).is_err()));
    assert_eq!(rows.size(), (0, 0));
}

#[test]
fn a_certificate_is_taken_as_valid_for_its_bytes_alone() {
    let rng = &mut rng(1);
    let key = Secret::random(rng);
    let [first, second, ..] = records();
    let certificates = [&first, &second].map(|record| match record {
        RosterRecord::Seated { certificate, .. } => certificate.as_ref().clone(),
        RosterRecord::Gone { .. } => unreachable!("both are seated"),
    });
    let mut body = Writer::new();
    body.u16(VERSION);
    first.write(&mut body);
    second.write(&mut body);
    let honest = body.finish();
    let seal = |plain: &[u8], rng: &mut _| {
        let mut body = Writer::new();
        body.fixed(plain);
        seal_chunk(body, &key, scope(1), 0, rng).unwrap()
    };
    let chunk = seal(&honest, rng);
    let rows = Rows::default();
    adopt(&rows, &chunk, &key, scope(1), 0, certificates.iter()).unwrap();
    assert_eq!(rows.keys(Slot::Roster).len(), 2);
    // Any other byte, in a certificate of a device that is known, is looked at.
    let signature = honest.len() - 1;
    for at in [signature, signature - 200] {
        let mut forged = honest.clone();
        forged[at] ^= 1;
        let chunk = seal(&forged, rng);
        let rows = Rows::default();
        let refused = adopt(&rows, &chunk, &key, scope(1), 0, certificates.iter());
        assert!(matches!(refused, Err(RosterError::Certificate(_))), "{at}");
    }
}
