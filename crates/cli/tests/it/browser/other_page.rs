//! A page that is not ours, of another origin: Web Crypto and Socket.IO, and nothing else.

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    net::{TcpListener, TcpStream},
    path::Path,
    thread,
};

use super::{chromium::Chromium, person::profile, story::complaints};
use crate::{
    foreign::{installed, of_the_project},
    world::{PASSWORD, World},
};

/// Serves two files on a port of its own, for as long as the test runs.
fn serve(page: Vec<u8>, module: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            // A browser opens connections that it does not use, and waits for nobody.
            let (page, module) = (page.clone(), module.clone());
            thread::spawn(move || answer(stream, &page, &module));
        }
    });
    origin
}

fn answer(mut stream: TcpStream, page: &[u8], module: &[u8]) -> Option<()> {
    let mut lines = BufReader::new(stream.try_clone().ok()?).lines();
    let first = lines.next()?.ok()?;
    while !lines.next()?.ok()?.is_empty() {}
    let (kind, body) = if first.contains(".js") {
        ("text/javascript", module)
    } else {
        ("text/html; charset=utf-8", page)
    };
    let length = body.len();
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(body).ok()
}

fn comes_in(browser: &Chromium, page: &str, server: &str, name: &str, place: &str) {
    browser.go(page);
    browser.run("document.getElementById('server').value = ''");
    for (field, text) in [
        ("server", server),
        ("username", name),
        ("password", PASSWORD),
        ("passphrase", "four words of ours"),
        ("place", place),
    ] {
        browser.write(field, text);
    }
    browser.press("Come in");
}

fn hears(browser: &Chromium, lines: &[&str]) {
    let lines = serde_json::to_string(lines).unwrap();
    browser.until(&format!(
        "JSON.stringify([...document.querySelectorAll('#said li')].map((line) => line.textContent)) === JSON.stringify({lines})"
    ));
}

#[test]
#[ignore = "needs a browser: cargo xtask ci browser"]
fn a_page_of_another_origin_chats_with_web_crypto_alone() {
    let Some(foreign) = installed() else { return };
    let read = |path: &Path| fs::read(path).unwrap();
    let module = "node_modules/socket.io-client/dist/socket.io.esm.min.js";
    let page = serve(
        read(&of_the_project("examples/shared-key/index.html")),
        read(&foreign.join(module)),
    );
    let origin: &'static str = Box::leak(page.clone().into_boxed_str());
    let settings = Box::leak(Box::new([
        ("SECURE_CHAT_DEFAULT_ADMIN", "no"),
        ("SECURE_CHAT_CORS_ORIGINS", origin),
    ]));
    let world = World::with(settings);
    let alice = Chromium::start(&profile(world.path(), "alice"));
    comes_in(&alice, &page, &world.url, "alice", "The garden");
    alice.until("document.getElementById('state').textContent.includes('#shared-key=')");
    let link = alice.text("state");
    let bob = Chromium::start(&profile(world.path(), "bob"));
    comes_in(&bob, &page, &world.url, "bob", &link);
    alice.write("text", "Hello, Bob\u{e007}");
    hears(&alice, &["alice: Hello, Bob"]);
    hears(&bob, &["alice: Hello, Bob"]);
    bob.write("text", "¡Hola! <b>you</b>\u{e007}");
    let all = ["alice: Hello, Bob", "bob: ¡Hola! <b>you</b>"];
    hears(&alice, &all);
    hears(&bob, &all);
    // A link into another server is none into this one: no password goes there.
    let other = link.replace(&world.url, "http://127.0.0.1:9");
    let eve = Chromium::start(&profile(world.path(), "eve"));
    comes_in(&eve, &page, &world.url, "eve", &other);
    eve.says("That link leads to another server.");
    for browser in [&alice, &bob, &eve] {
        assert_eq!(complaints(browser), [""; 0]);
    }
}
