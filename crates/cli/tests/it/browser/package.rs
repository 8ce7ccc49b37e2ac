//! The package for JavaScript in a page of another origin.

use std::{
    env, fs,
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    thread,
};

use serde_json::json;

use super::chromium::Chromium;
use crate::world::{PASSWORD, World};

const PAGE: &str = "<!doctype html><title>package</title><script type=module>
    import * as all from '/browser.js';
    Object.assign(window, all);
</script>";

/// Gives out the page and the package; answers its origin.
fn serve(package: PathBuf) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    // Ends with the test's process.
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            answer(stream, &package);
        }
    });
    origin
}

fn answer(mut stream: TcpStream, package: &Path) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    let first = lines.next().and_then(Result::ok).unwrap_or_default();
    // The rest of the head, so that the connection is not reset.
    while lines
        .next()
        .is_some_and(|line| line.is_ok_and(|line| !line.is_empty()))
    {}
    let path = first.split(' ').nth(1).unwrap_or_default();
    let name = path.trim_start_matches('/');
    let kind = match name.rsplit_once('.') {
        Some((_, "js")) => "text/javascript",
        Some((_, "wasm")) => "application/wasm",
        _ => "text/html",
    };
    let body = match name {
        "" => PAGE.as_bytes().to_vec(),
        name => fs::read(package.join(name)).unwrap_or_default(),
    };
    let length = body.len();
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    // A browser that has heard enough closes.
    let _ = stream.write_all(head.as_bytes());
    let _ = stream.write_all(&body);
}

/// Runs the body of an async function, and answers what it returns.
fn does(browser: &Chromium, body: &str) -> serde_json::Value {
    browser.wait_for(&format!(
        "(async () => {{ {body} }})().then(done, (error) => done(`${{error.code}}: ${{error.message}}`))"
    ))
}

#[test]
#[ignore = "needs a browser: cargo xtask ci browser"]
fn the_package_opens_in_a_page_and_goes_on_after_it() {
    let package = env::var_os("SECURE_CHAT_NPM")
        .expect("`cargo xtask ci browser` builds the package and says where it is");
    let origin = serve(package.into());
    let origins: &'static str = Box::leak(origin.clone().into_boxed_str());
    let settings = Box::leak(Box::new([
        ("SECURE_CHAT_DEFAULT_ADMIN", "no"),
        ("SECURE_CHAT_CORS_ORIGINS", origins),
    ]));
    let world = World::with(settings);
    let [alice] = world.people(["alice"]);
    let profile = tempfile::tempdir().unwrap();
    let browser = Chromium::start(profile.path());
    browser.go(&origin);
    browser.until("window.SecureChat !== undefined");
    let open = format!(
        "window.chat = await SecureChat.open({{ server: '{}' }});",
        world.url
    );
    let registered = does(
        &browser,
        &format!(
            "{open}
             const {{ recoveryCode }} = await chat.register({{ user: 'bob', password: '{PASSWORD}' }});
             return recoveryCode.length > 0"
        ),
    );
    assert_eq!(registered, true);
    let room = alice.ok(&["room", "create", "Tea"]);
    alice.ok(&["room", "invite", &room, "bob"]);
    let said = does(
        &browser,
        &format!(
            "await chat.sync();
             await chat.accept({room});
             await chat.send({room}, 'from a page');
             await chat.sync();
             return (await chat.account()).device"
        ),
    );
    assert_eq!(alice.texts(&room), ["bob: from a page"]);
    // Another one of the same store waits for no lock.
    let second = does(
        &browser,
        &format!("await SecureChat.open({{ server: '{}' }})", world.url),
    );
    assert!(
        second.as_str().unwrap().starts_with("STORE_BUSY"),
        "{second}"
    );
    alice.ok(&["send", &room, "welcome"]);
    browser.reload();
    browser.until("window.SecureChat !== undefined");
    let after = does(
        &browser,
        &format!(
            "{open}
             await chat.sync();
             const items = await chat.timeline({room});
             const texts = items.filter((item) => item.kind === 'text').map((item) => item.text);
             const {{ device }} = await chat.account();
             await chat.close();
             return [device, texts]"
        ),
    );
    assert_eq!(after, json!([said, ["from a page", "welcome"]]));
}
