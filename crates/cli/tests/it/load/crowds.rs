//! Many connections that want nothing but to be there, bodies without end, and bytes that mean nothing: the others chat on,
//! and the server's memory is what it was.

use std::{
    fs,
    io::{ErrorKind, Read as _, Write as _},
    net::{Shutdown, TcpStream},
};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::world::{Person, World};

/// Sockets that do nothing.
const IDLE: usize = 10_000;
/// Requests whose head never ends.
const SLOW: usize = 500;
/// Frames that mean nothing.
const FRAMES: usize = 100_000;
/// What any of it may cost, in kB: idle connections have buffers of their own, nothing else may grow.
const PER_IDLE: usize = 30;
const SLACK: usize = 40_000;

const UPGRADE: &str = "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

fn connect(world: &World) -> TcpStream {
    TcpStream::connect(world.url.strip_prefix("http://").unwrap()).unwrap()
}

/// A WebSocket that has heard the server's first word.
fn socket(world: &World) -> TcpStream {
    let mut stream = connect(world);
    stream.write_all(UPGRADE.as_bytes()).unwrap();
    let mut said = Vec::new();
    let mut bytes = [0; 512];
    while !said.windows(5).any(|it| it == b"\"sid\"") {
        let read = stream.read(&mut bytes).unwrap();
        assert_ne!(read, 0, "{}", String::from_utf8_lossy(&said));
        said.extend_from_slice(&bytes[..read]);
    }
    stream
}

/// Resident memory of the server, in kB.
fn memory(world: &World) -> usize {
    let pid = world.server.borrow().pid();
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.unwrap().split_whitespace().next().unwrap();
    number.parse().unwrap()
}

/// As many as this process and the server may have open.
fn room_for(wanted: usize) -> usize {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    setrlimit(Resource::Nofile, raised).unwrap();
    let most = limit.maximum.map_or(usize::MAX, |most| most as usize);
    wanted.min(most.saturating_sub(1_000 + SLOW))
}

fn two(world: &World) -> (Person, Person, String) {
    let [alice, bob] = world.people(["alice", "bob"]);
    let room = alice.room_with("Kitchen", &[], &[&bob]);
    (alice, bob, room)
}

#[test]
fn ten_thousand_idle_sockets_and_slow_heads_disturb_nobody() {
    let world = World::new();
    let (alice, bob, room) = two(&world);
    let (before, count) = (memory(&world), room_for(IDLE));
    let idle: Vec<_> = (0..count).map(|_| socket(&world)).collect();
    let mut slow: Vec<_> = (0..SLOW).map(|_| connect(&world)).collect();
    let head = b"GET /api/server HTTP/1.1\r\nHost: x\r\nX-Slow: ";
    for stream in &mut slow {
        stream.write_all(head).unwrap();
    }
    for text in ["one", "two", "three"] {
        alice.ok(&["send", &room, text]);
        for stream in &mut slow {
            // The server has ended some already.
            let _ = stream.write_all(b"a");
        }
    }
    let said = ["alice: one", "alice: two", "alice: three"];
    assert_eq!(bob.texts(&room), said);
    let grown = memory(&world).saturating_sub(before);
    assert!(
        grown < PER_IDLE * count + SLACK,
        "{grown} kB for {count} connections"
    );
    drop((idle, slow));
    bob.ok(&["send", &room, "still here"]);
}

#[test]
fn a_gigabyte_is_refused_before_it_comes() {
    let world = World::new();
    let (alice, _, _) = two(&world);
    let before = memory(&world);
    for path in ["/login", "/register", "/api/rooms"] {
        let mut stream = connect(&world);
        let token = alice.ok(&["token"]);
        write!(
            stream,
            "POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: 1073741824\r\n\r\n"
        )
        .unwrap();
        // Nothing of it was sent.
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"HTTP/1.1 413", "{path}");
    }
    // A frame that says that it is as long.
    let mut stream = socket(&world);
    let mut frame = vec![0x81, 0x80 | 127];
    frame.extend_from_slice(&(1_u64 << 30).to_be_bytes());
    frame.extend_from_slice(&[0; 4]);
    stream.write_all(&frame).unwrap();
    let mut rest = Vec::new();
    // It is ended, politely or not.
    let _ = stream.read_to_end(&mut rest);
    assert!(memory(&world) < before + SLACK);
}

/// A text frame of a client, masked with zeros (RFC 6455 section 5.2).
fn frame(text: &[u8]) -> Vec<u8> {
    let mut frame = vec![0x81, 0x80 | u8::try_from(text.len()).unwrap(), 0, 0, 0, 0];
    frame.extend_from_slice(text);
    frame
}

#[test]
fn a_hundred_thousand_frames_that_mean_nothing_change_nothing() {
    let world = World::new();
    let (alice, bob, room) = two(&world);
    let before = memory(&world);
    let texts: [&[u8]; 10] = [
        b"",
        b"42",
        b"4",
        b"42[",
        b"42[\"join_room\"",
        b"40{\"token\":",
        b"451-[\"a\",{\"_placeholder\":true,\"num\":0}]",
        b"\xff\xfe\xfd",
        b"9999999999999999999999",
        b"42/other,[\"send_message\",[[[[[[[[]]]]]]]]]",
    ];
    let mut stream = socket(&world);
    for number in 0..FRAMES {
        let written = stream.write_all(&frame(texts[number % texts.len()]));
        match written {
            Ok(()) => {}
            // What means nothing ends its own connection.
            Err(error) => {
                assert!(
                    matches!(
                        error.kind(),
                        ErrorKind::BrokenPipe | ErrorKind::ConnectionReset
                    ),
                    "{error}"
                );
                stream = socket(&world);
            }
        }
    }
    let _ = stream.shutdown(Shutdown::Both);
    alice.ok(&["send", &room, "after all that"]);
    assert_eq!(bob.texts(&room), ["alice: after all that"]);
    let grown = memory(&world).saturating_sub(before);
    assert!(grown < SLACK, "{grown} kB");
}

#[test]
fn paths_quotes_and_line_breaks_are_only_text() {
    let world = World::new();
    let (alice, bob, room) = two(&world);
    let token = alice.ok(&["token"]);
    let ask = |path: &str| {
        let mut stream = connect(&world);
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nX-Forwarded-For: 1.2.3.4%0d%0aINJECTED\r\nConnection: close\r\n\r\n"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    };
    for path in [
        "/assets/..%2f..%2f..%2fetc%2fpasswd",
        "/assets/../../../etc/passwd",
        "/assets/%2e%2e/secure-chat.db",
        "//etc/passwd",
        "/api/accounts/%27%20OR%20%271%27%3D%271",
        "/api/accounts/alice%27--",
        "/api/accounts/alice%0d%0aX-Injected:%20yes",
        "/api/rooms/1%20OR%201=1/members",
        "/api/vault/item?name=%27%3B%20DROP%20TABLE%20accounts%3B--",
        "/api/mailbox?after=1%20UNION%20SELECT%201",
        "/login%0aWARN%20INJECTED",
    ] {
        let answer = ask(path);
        let status = answer.split(' ').nth(1).unwrap();
        assert!(matches!(status, "400" | "404" | "422"), "{path}: {answer}");
        assert!(!answer.to_lowercase().contains("\nx-injected"), "{path}");
        assert!(!answer.contains("root:"), "{path}");
    }
    let hostile = "'; DROP TABLE entries; -- \r\nINJECTED ../../etc/passwd %s%n ${jndi:x}";
    alice.ok(&["send", &room, hostile]);
    let texts = bob.json(&["tail", &room]);
    assert!(
        texts.iter().any(|line| line["text"] == hostile),
        "{texts:?}"
    );
    let log = fs::read_to_string(world.path().join("server.log")).unwrap();
    assert!(
        !log.contains("INJECTED"),
        "a line of the log is made by somebody else"
    );
}
