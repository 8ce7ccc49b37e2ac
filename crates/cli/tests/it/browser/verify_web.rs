//! A server that gives browsers another web client than the release (attack 18).

use std::{
    fs,
    io::{Read as _, Write as _},
    net::TcpStream,
};

use crate::{
    liar::{Act, Liar},
    world::{Person, World},
};

/// What a server answers to somebody who wants it unpacked, with its head.
fn answer(server: &str, path: &str) -> Vec<u8> {
    let host = server.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    bytes
}

/// The same with another head.
fn with_header(answer: &[u8], line: &str) -> Vec<u8> {
    let first = answer.windows(2).position(|two| two == b"\r\n").unwrap();
    let (status, rest) = answer.split_at(first);
    [status, b"\r\n", line.as_bytes(), rest].concat()
}

/// The same with one bit of its last byte the other way.
fn with_another_byte(mut answer: Vec<u8>) -> Vec<u8> {
    *answer.last_mut().unwrap() ^= 1;
    answer
}

/// What is found at a server, without an account there.
fn found(person: &Person, server: &str) -> String {
    let ran = person.run(&["verify-web", "--server", server]);
    assert_eq!(ran.status, 1, "{}{}", ran.out, ran.err);
    assert!(ran.err.contains("WEB_CLIENT_CHANGED"), "{}", ran.err);
    ran.out.trim_end().to_owned()
}

/// An address of the script, as the list has it.
fn script(person: &Person) -> String {
    let list = person.ok(&["verify-web", "--list"]);
    let names = list.lines().filter_map(|line| line.split_once("  "));
    let mut names = names.map(|(_, name)| format!("/{name}"));
    names
        .find(|name| name.starts_with("/assets/web.") && name.ends_with(".js"))
        .unwrap()
}

#[test]
#[ignore = "needs the web client in the program: cargo xtask ci browser"]
fn an_honest_server_gives_what_the_list_says() {
    let world = World::new();
    let [alice] = world.people(["alice"]);
    let said = alice.ok(&["verify-web"]);
    assert!(said.contains("anybody and your account"), "{said}");
    // A stranger with the list of a release alone.
    let stranger = world.person("stranger");
    let list = world.path().join("list");
    fs::write(&list, stranger.ok(&["verify-web", "--list"])).unwrap();
    let list = list.to_str().unwrap();
    stranger.ok(&["verify-web", "--server", &world.url, "--manifest", list]);
    // Another release's list is not this one's.
    let other = fs::read_to_string(list)
        .unwrap()
        .replace("  index.html\n", "  assets/x.js\n");
    fs::write(list, other).unwrap();
    let refused = stranger.fails(&["verify-web", "--server", &world.url, "--manifest", list]);
    assert_eq!(refused, (1, "FILE_FAILED".to_owned()));
}

#[test]
#[ignore = "needs the web client in the program: cargo xtask ci browser"]
fn a_changed_byte_of_the_web_client_is_found() {
    let world = World::new();
    let person = world.person("somebody");
    let script = script(&person);
    for path in ["/", "/join", &script] {
        let server = Liar::before(&world.url);
        let changed = with_another_byte(answer(&world.url, path));
        server.rule(&format!("GET {path} "), Act::Answer(changed));
        assert_eq!(
            found(&person, &server.url),
            format!("{path} has other bytes")
        );
        // And as soon as it behaves again, nothing.
        server.behaves();
        person.ok(&["verify-web", "--server", &server.url]);
    }
}

#[test]
#[ignore = "needs the web client in the program: cargo xtask ci browser"]
fn the_right_page_with_a_wrong_head_is_found() {
    let world = World::new();
    let person = world.person("somebody");
    let page = answer(&world.url, "/");
    let text = String::from_utf8(page.clone()).unwrap();
    let policy = text.lines().find(|line| {
        line.to_ascii_lowercase()
            .starts_with("content-security-policy:")
    });
    let weak = text.replace(policy.unwrap(), "content-security-policy: default-src *");
    let rows = [
        (with_header(&page, "Refresh: 0; url=https://evil.example"), "/ comes with a header \"refresh\", which leads elsewhere"),
        (with_header(&page, "Link: </x.css>; rel=stylesheet"), "/ comes with a header \"link\", which leads elsewhere"),
        // A browser heeds also what is no text.
        (with_header(&page, "Link: </é.css>; rel=stylesheet"), "/ comes with a header \"link\", which leads elsewhere"),
        (with_header(&page, "Speculation-Rules: \"/rules.json\""), "/ comes with a header \"speculation-rules\", which leads elsewhere"),
        (weak.into_bytes(), "/ lets scripts do other things (Content-Security-Policy)"),
        (b"HTTP/1.1 302 Found\r\nLocation: https://evil.example/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_vec(), "/ is answered with 302"),
    ];
    for (told, says) in rows {
        let server = Liar::before(&world.url);
        server.rule("GET / ", Act::Answer(told));
        assert_eq!(found(&person, &server.url), says);
    }
}

#[test]
#[ignore = "needs the web client in the program: cargo xtask ci browser"]
fn what_is_given_to_a_browser_that_comes_again_is_found() {
    let world = World::new();
    let person = world.person("somebody");
    let page = answer(&world.url, "/");
    let head = |lines: &str| {
        format!("HTTP/1.1 304 Not Modified\r\nConnection: close\r\n{lines}\r\n").into_bytes()
    };
    let kept = head("");
    let weak = head("Content-Security-Policy: default-src *\r\n");
    let leads = head("Refresh: 0; url=https://evil.example\r\n");
    let rows = [
        (with_another_byte(page.clone()), Some("has other bytes")),
        (
            weak,
            Some("lets scripts do other things (Content-Security-Policy)"),
        ),
        (
            leads,
            Some("comes with a header \"refresh\", which leads elsewhere"),
        ),
        (kept, None),
    ];
    for line in [
        "ETag: \"é\"",
        "Last-Modified: Mon, 30 Nov 2026 12:00:00 GMT",
    ] {
        for (again, says) in &rows {
            let server = Liar::before(&world.url);
            server.rule("if-none-match: \"é\"", Act::Answer(again.clone()));
            server.rule("if-modified-since: Mon, 30 Nov", Act::Answer(again.clone()));
            server.rule("GET / ", Act::Answer(with_header(&page, line)));
            match says {
                Some(says) => assert_eq!(
                    found(&person, &server.url),
                    format!("/ {says}, for a browser that was there before")
                ),
                None => {
                    person.ok(&["verify-web", "--server", &server.url]);
                }
            }
        }
    }
}

#[test]
#[ignore = "needs the web client in the program: cargo xtask ci browser"]
fn what_is_given_to_one_account_alone_is_found() {
    let world = World::new();
    let server = Liar::before(&world.url);
    let alice = server.guest(&world, "alice");
    alice.ok(&["verify-web"]);
    let changed = with_another_byte(answer(&world.url, "/"));
    server.rule("cookie: secure_chat=", Act::Answer(changed));
    // Whoever asks without an account sees nothing of it.
    alice.ok(&["verify-web", "--server", &server.url]);
    let ran = alice.run(&["verify-web"]);
    assert_eq!(ran.status, 1, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("/ has other bytes"), "{}", ran.out);
}
