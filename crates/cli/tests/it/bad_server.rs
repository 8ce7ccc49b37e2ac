//! A server that is too new, too full, broken or hostile: a clear code, nothing lost, and it goes on as soon as the server
//! behaves again.

use crate::{
    liar::{Act, Liar, http::response},
    world::{PASSWORD, Person, World},
};
use protocol::{error::ErrorCode, rest::ServerInfo};

/// Alice at a server that lies, with a room.
fn alice(world: &World) -> (Liar, Person, String) {
    let server = Liar::before(&world.url);
    let mut alice = world.person("alice");
    alice.url.clone_from(&server.url);
    alice.register();
    let room = alice.ok(&["room", "create", "Tea"]);
    (server, alice, room)
}

#[test]
fn one_that_needs_a_newer_program() {
    let world = World::new();
    let (server, alice, room) = alice(&world);
    server.lies("GET /api/server ", |info: &mut ServerInfo| {
        info.min_protocol = 9
    });
    let too_old = || (4, "UPGRADE_REQUIRED".to_owned());
    assert_eq!(alice.fails(&["rooms"]), too_old());
    assert_eq!(alice.fails(&["send", &room, "x"]), too_old());
    assert_eq!(alice.fails(&["tail", &room]), too_old());
    let mut bob = world.person("bob");
    bob.url.clone_from(&server.url);
    for how in ["register", "login"] {
        let ran = bob.sign_in(how, PASSWORD);
        assert_eq!(
            (ran.status, ran.code()),
            (4, "UPGRADE_REQUIRED"),
            "{}",
            ran.err
        );
    }
    server.behaves();
    bob.register();
    alice.ok(&["send", &room, "again"]);
    assert_eq!(alice.texts(&room), ["alice: again"]);
}

#[test]
fn one_that_refuses_says_why() {
    let world = World::new();
    let (server, alice, room) = alice(&world);
    let [_bob] = world.people(["bob"]);
    let create = ["room", "create", "Coffee"];
    let invite = ["room", "invite", &room, "bob"];
    let commands: [(&str, ErrorCode, &[&str], i32); 6] = [
        ("POST /api/rooms ", ErrorCode::StorageFull, &create, 1),
        ("/commits", ErrorCode::StorageFull, &invite, 1),
        ("POST /api/accounts/", ErrorCode::NoKeyPackages, &invite, 1),
        ("GET /api/rooms ", ErrorCode::ServerError, &["rooms"], 1),
        ("GET /api/rooms ", ErrorCode::ShuttingDown, &["rooms"], 4),
        ("GET /api/server ", ErrorCode::ServerError, &["rooms"], 1),
    ];
    for (path, code, command, status) in commands {
        server.rule(path, Act::Refuse(code));
        assert_eq!(alice.fails(command), (status, code.as_str().to_owned()));
        server.behaves();
        alice.ok(&["rooms"]);
    }
    alice.ok(&invite);
    alice.ok(&create);
}

#[test]
fn one_that_talks_nonsense() {
    let world = World::new();
    let (server, alice, room) = alice(&world);
    let redirect = |path: &str| {
        format!(
            "HTTP/1.1 302 Found\r\nLocation: {path}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        )
    };
    let deep = "[".repeat(200_000);
    let nonsense: [(&str, Vec<u8>); 8] = [
        ("no JSON", response(200, "<html>hello</html>").into()),
        ("another form", response(200, "{\"rooms\":7}").into()),
        ("deep", response(200, &deep).into()),
        ("an endless redirect", redirect("/api/rooms").into()),
        ("an unknown code", response(500, "{\"error\":\"no\",\"code\":\"WHAT\",\"timestamp\":\"2026-11-30T12:00:00.000Z\"}").into()),
        ("an error that is none", response(200, "{\"error\":\"no\",\"code\":\"SERVER_ERROR\",\"timestamp\":\"2026-11-30T12:00:00.000Z\"}").into()),
        ("no text", [response(200, "").replace("Length: 0", "Length: 2").into_bytes(), vec![0xff, 0xfe]].concat()),
        ("bad base64", response(200, "{\"rooms\":[{\"room_id\":\"AAAA\"}]}").into()),
    ];
    for (name, bytes) in nonsense {
        server.rule("GET /api/rooms ", Act::Answer(bytes));
        let failed = alice.fails(&["rooms"]);
        assert_eq!(failed, (4, "BAD_ANSWER".to_owned()), "{name}");
        server.behaves();
    }
    for bytes in [
        "",
        "hello",
        "HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n{",
    ] {
        server.rule("GET /api/rooms ", Act::Answer(bytes.into()));
        assert_eq!(alice.fails(&["rooms"]), (4, "SERVER_GONE".to_owned()));
        server.behaves();
    }
    server.rule("GET /socket.io", Act::Answer(response(200, "{}").into()));
    assert_eq!(alice.fails(&["rooms"]), (4, "SERVER_GONE".to_owned()));
    server.behaves();
    server.rule("GET /socket.io", Act::Hang);
    assert_eq!(alice.fails(&["rooms"]), (4, "SERVER_GONE".to_owned()));
    server.behaves();
    alice.ok(&["send", &room, "still here"]);
    assert_eq!(alice.texts(&room), ["alice: still here"]);
}

#[test]
fn one_that_hands_out_damaged_key_material() {
    let world = World::new();
    let (server, alice, room) = alice(&world);
    let [bob] = world.people(["bob"]);
    let device = "00112233445566778899aabbccddeeff";
    for key_package in ["", "AAAA", &"/w".repeat(2_000)] {
        let body = format!(
            "{{\"key_packages\":[{{\"device_id\":\"{device}\",\"key_package\":\"{key_package}\",\"last_resort\":false}}]}}"
        );
        server.rule(
            "POST /api/accounts/",
            Act::Answer(response(200, &body).into()),
        );
        let damaged = (1, "BAD_MLS".to_owned());
        assert_eq!(alice.fails(&["room", "invite", &room, "bob"]), damaged);
        server.behaves();
    }
    assert_eq!(alice.members(&room).len(), 1);
    alice.ok(&["room", "invite", &room, "bob"]);
    bob.ok(&["room", "accept", &room]);
    alice.ok(&["send", &room, "welcome"]);
    assert_eq!(bob.texts(&room), ["alice: welcome"]);
}
