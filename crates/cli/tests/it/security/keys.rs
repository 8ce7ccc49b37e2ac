//! Keys that a server offers for somebody to seal to or to derive from.

use std::sync::{Arc, Mutex};

use protocol::rest::{Device, Devices, RegisterStarted, RevokeDevices};
use serde_json::{Value, json};

use super::{account::further, ids, kept, says};
use crate::{
    liar::Liar,
    world::{PASSWORD, World},
};

/// Attack 13: the keys of after a revocation go to devices of the account, whatever the server lists as one.
#[test]
fn the_next_keys_of_an_account_are_sealed_to_none_that_the_server_offers() {
    let world = World::new();
    let server = Liar::before(&world.url);
    let alice = server.guest(&world, "alice");
    let [bob, mallory] = world.people(["bob", "mallory"]);
    let room = alice.room_with("Tea", &[], &[&bob]);
    let second = further(&world, &alice, &Liar::before(&world.url));
    assert_eq!(second.sign_in("login", PASSWORD).status, 0);
    let gone = ids(&second).1;
    let theirs: Devices = kept(&world.url, &mallory, "/api/devices");
    let offered: Device = theirs.devices.into_iter().next().unwrap();
    let offered_id = offered.device_id;
    server.lies("GET /api/devices", move |devices: &mut Devices| {
        devices.devices.push(Device {
            current: false,
            ..offered.clone()
        });
    });
    let sealed_to = Arc::new(Mutex::new(None));
    let heard = sealed_to.clone();
    server.mishears(
        "POST /api/devices/revoke",
        move |asked: &mut RevokeDevices| {
            // The real server would take nothing that names a device which the account does not have.
            asked.remaining.retain(|device| *device != offered_id);
            let mails = std::mem::take(&mut asked.mails);
            let to = mails.iter().map(|mail| mail.device_id).collect::<Vec<_>>();
            *heard.lock().unwrap() = Some(to);
        },
    );
    let revoke = ["device", "revoke", &gone.to_string(), "--password-stdin"];
    let ran = alice.run_with(&revoke, &format!("{PASSWORD}\n"));
    assert_eq!(ran.status, 0, "{}", ran.err);
    assert_eq!(*sealed_to.lock().unwrap(), Some(Vec::new()));
    server.behaves();
    says(&alice, &room, "she is alone");
    assert_eq!(bob.texts(&room), ["alice: she is alone"]);
    assert_eq!(second.fails(&["rooms"]).0, 3);
}

/// Attack 14: who registers takes no cost from the server, and no element that is none.
#[test]
fn a_registration_takes_nothing_from_the_server_that_would_make_guessing_cheap() {
    let world = World::new();
    let server = Liar::before(&world.url);
    let mut alice = world.person("alice");
    alice.url.clone_from(&server.url);
    for spoilt in [vec![0; 64], vec![0xff; 64], vec![7; 3], Vec::new()] {
        server.lies("POST /register ", move |started: &mut RegisterStarted| {
            started.response.0.clone_from(&spoilt);
        });
        let ran = alice.sign_in("register", PASSWORD);
        assert_ne!(ran.status, 0, "{}", ran.out);
        assert!(ran.err.starts_with("secure-chat: "), "{}", ran.err);
        server.behaves();
    }
    let asked = Arc::new(Mutex::new(Vec::new()));
    let heard = asked.clone();
    server.mishears("POST /register ", move |request: &mut Value| {
        heard.lock().unwrap().push(request.to_string());
    });
    server.lies("POST /register ", |started: &mut Value| {
        started["ksf"] = json!({ "memory_kib": 8, "passes": 1 });
        started["iterations"] = json!(1);
        started["password"] = json!("plain");
    });
    alice.register();
    server.behaves();
    for request in asked.lock().unwrap().iter() {
        assert!(!request.contains(PASSWORD), "{request}");
    }
    // What it was stretched by is what a client stretches by that has heard of no other cost.
    let second = further(&world, &alice, &Liar::before(&world.url));
    assert_eq!(second.sign_in("login", PASSWORD).status, 0);
}
