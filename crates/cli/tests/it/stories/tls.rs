//! A server elsewhere: whom a terminal takes for that server, by authorities and by pins.

use crate::{
    authority::{self, Authority},
    world::{Person, Ran, Settings, TLS, World, finish, program},
};

const PASSWORD: &str = "marble tugboat whispers 42";

/// Registers with more on the command line.
fn registers(person: &Person, more: &[&str]) -> Ran {
    let mut command = person.program();
    command.args(["register", "--server", &person.url, "--user", &person.name]);
    command.args(["--password-stdin"]).args(more);
    finish(&mut command, &format!("{PASSWORD}\n"))
}

/// The pin of a file in the world's directory.
fn pin(world: &World, file: &str) -> String {
    let ran = finish(program().arg("pin").arg(world.path().join(file)), "");
    assert_eq!(ran.status, 0, "{}", ran.err);
    ran.out.trim().to_owned()
}

#[test]
fn two_people_chat_over_tls_with_a_server_that_an_authority_vouches_for() {
    let (world, _authority) = World::over_tls(TLS);
    assert!(world.url.starts_with("https://localhost:"), "{}", world.url);
    let [alice, bob] = world.people(["alice", "bob"]);
    let room = alice.room_with("Kitchen", &[], &[&bob]);
    alice.ok(&["send", &room, "over the wire"]);
    assert_eq!(bob.texts(&room), ["alice: over the wire"]);
    let status = &bob.json(&["status"])[0];
    assert_eq!(status["server_key"], pin(&world, "chain.pem"));
    assert_eq!(status["pinned"], false);
}

#[test]
fn a_server_for_which_nobody_vouches_gets_nothing() {
    let (world, authority) = World::over_tls(TLS);
    let [alice] = world.people(["alice"]);
    let room = alice.room_with("Kitchen", &[], &[]);
    // Another authority signs for the name: no program of this world knows it.
    let elsewhere = tempfile::tempdir().unwrap();
    world.stop_server();
    Authority::new(elsewhere.path()).sign(world.path());
    world.start_server(TLS);
    assert_eq!(alice.fails(&["rooms"]), (4, "SERVER_UNTRUSTED".to_owned()));
    let ran = registers(&world.person("bob"), &[]);
    assert_eq!((ran.status, ran.code()), (4, "SERVER_UNTRUSTED"));
    let written = alice.run(&["send", &room, "for the real one"]);
    assert_eq!(written.code(), "SERVER_UNTRUSTED");
    world.stop_server();
    authority.sign(world.path());
    world.start_server(TLS);
    alice.ok(&["rooms"]);
    alice.ok(&["send", &room, "it is back"]);
    assert!(alice.texts(&room).contains(&"alice: it is back".to_owned()));
}

#[test]
fn a_pin_that_a_person_brings_stands_in_for_an_authority() {
    let (world, _authority) = World::over_tls(TLS);
    world.stop_server();
    authority::sign_oneself(world.path());
    world.start_server(TLS);
    let own = pin(&world, "chain.pem");
    assert_eq!(own, pin(&world, "key.pem"));
    let alice = world.person("alice");
    assert_eq!(registers(&alice, &[]).code(), "SERVER_UNTRUSTED");
    let other = "sha256/AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    let wrong = registers(&alice, &["--pin", other]);
    assert_eq!((wrong.status, wrong.code()), (4, "SERVER_KEY_CHANGED"));
    let none = registers(&alice, &["--pin", "sha256/short"]);
    assert_eq!(none.status, 2);
    let ran = registers(&alice, &["--pin", &own]);
    assert_eq!(ran.status, 0, "{}", ran.err);
    let room = alice.room_with("Kitchen", &[], &[]);
    alice.ok(&["send", &room, "by its key alone"]);
    assert_eq!(alice.json(&["status"])[0]["pinned"], true);
    world.stop_server();
    authority::sign_oneself(world.path());
    world.start_server(TLS);
    assert_eq!(alice.fails(&["rooms"]).1, "SERVER_KEY_CHANGED");
    // The operator says which key it is now.
    let ran = finish(
        alice
            .program()
            .args(["login", "--server", &alice.url, "--user", "alice"])
            .args(["--password-stdin", "--pin", &pin(&world, "chain.pem")]),
        &format!("{PASSWORD}\n"),
    );
    assert_eq!(ran.status, 0, "{}", ran.err);
    assert_eq!(alice.texts(&room), ["alice: by its key alone"]);
}

/// Settings that live as long as the tests.
fn with_pins(pins: &str) -> Settings {
    let mut settings = TLS.to_vec();
    settings.push(("SECURE_CHAT_PINS", String::leak(pins.to_owned())));
    Vec::leak(settings)
}

/// A key in reserve, as the operator makes it; its pin.
fn spare(world: &World, file: &str) -> String {
    let ran = finish(
        program()
            .arg("pin")
            .arg("--spare")
            .arg(world.path().join(file)),
        "",
    );
    assert_eq!(ran.status, 0, "{}", ran.err);
    ran.out.trim().to_owned()
}

#[test]
fn a_key_in_reserve_takes_over_and_any_other_is_refused() {
    let (world, authority) = World::over_tls(TLS);
    let again = |settings| {
        world.stop_server();
        world.start_server(settings);
    };
    let next = spare(&world, "spare.pem");
    again(with_pins(&next));
    let [alice, bob] = world.people(["alice", "bob"]);
    let room = alice.room_with("Kitchen", &[], &[&bob]);
    let link = alice.ok(&["room", "link", &room]);
    assert_eq!(alice.json(&["status"])[0]["pinned"], true);

    // The key in reserve takes over, and another one waits.
    let later = spare(&world, "later.pem");
    authority.sign_file(world.path(), "spare.pem");
    again(with_pins(&later));
    alice.ok(&["send", &room, "the key has changed"]);
    assert_eq!(bob.texts(&room), ["alice: the key has changed"]);
    assert_eq!(alice.json(&["status"])[0]["server_key"], next);

    // An authority is tricked into signing for somebody else's key.
    authority.sign(world.path());
    again(TLS);
    assert_eq!(
        alice.fails(&["rooms"]),
        (4, "SERVER_KEY_CHANGED".to_owned())
    );
    assert_eq!(
        bob.run(&["send", &room, "not to him"]).code(),
        "SERVER_KEY_CHANGED"
    );
    // Whoever comes with the link sees that its maker was shown other keys.
    let carol = world.person("carol");
    carol.register();
    let ran = carol.run(&["room", "join", &link]);
    assert_eq!(ran.code(), "SERVER_KEY_CHANGED", "{}", ran.err);

    authority.sign_file(world.path(), "spare.pem");
    again(with_pins(&later));
    bob.ok(&["rooms"]);
    carol.ok(&["rooms"]);
}

#[test]
fn a_pin_is_of_a_file_that_holds_a_key() {
    let (world, _authority) = World::over_tls(TLS);
    let none = finish(program().arg("pin"), "");
    assert_eq!(none.status, 2, "{}", none.err);
    let log = world.path().join("server.log");
    let ran = finish(program().arg("pin").arg(&log), "");
    assert_eq!(ran.code(), "FILE_FAILED", "{}", ran.err);
    let by_setting = finish(
        program()
            .arg("pin")
            .env("SSL_CERT_PATH", world.path().join("chain.pem")),
        "",
    );
    assert_eq!(by_setting.out.trim(), pin(&world, "key.pem"));
    let over = world.path().join("key.pem");
    let ran = finish(program().arg("pin").arg("--spare").arg(over), "");
    assert_eq!(ran.code(), "FILE_FAILED", "{}", ran.err);
}
