//! The store of the browser passes what every store must, in a real one, and notices every damage.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    thread,
};

use super::chromium::Chromium;

const PAGE: &str = "<!doctype html><title>store</title><script src=/store_check.js></script>";

/// Gives out the page and the files of one directory.
fn serve(directory: PathBuf) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    // Ends with the test's process.
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            answer(stream, &directory);
        }
    });
    url
}

fn answer(mut stream: TcpStream, directory: &Path) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    let first = lines.next().and_then(Result::ok).unwrap_or_default();
    // The rest of the head, so that the connection is not reset.
    while lines
        .next()
        .is_some_and(|line| line.is_ok_and(|line| !line.is_empty()))
    {}
    let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
    let (kind, body) = match path.as_str() {
        "/" => ("text/html", PAGE.as_bytes().to_vec()),
        "/store_check.js" => ("text/javascript", file(directory, "store_check.js")),
        "/store_check_bg.wasm" => ("application/wasm", file(directory, "store_check_bg.wasm")),
        _ => ("text/plain", Vec::new()),
    };
    let length = body.len();
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    // A browser that has heard enough closes.
    let _ = stream.write_all(head.as_bytes());
    let _ = stream.write_all(&body);
}

fn file(directory: &Path, name: &str) -> Vec<u8> {
    fs::read(directory.join(name)).unwrap()
}

#[test]
#[ignore = "needs a browser: cargo xtask ci browser"]
fn the_store_of_the_browser_conforms_and_notices_damage() {
    let directory = std::env::var_os("SECURE_CHAT_STORE_CHECK")
        .expect("`cargo xtask ci browser` builds the store's check and says where it is");
    let url = serve(directory.into());
    let profile = tempfile::tempdir().unwrap();
    let browser = Chromium::start(profile.path());
    browser.go(&url);
    browser.run(
        "window.ended = null;
         wasm_bindgen('/store_check_bg.wasm')
             .then(() => wasm_bindgen.check())
             .then((passed) => { window.ended = passed }, (error) => { window.ended = String(error) })",
    );
    browser.until("window.ended !== null || window.panicked !== undefined");
    let panicked = browser.run("return window.panicked ?? null");
    assert!(panicked.is_null(), "{panicked}");
    let passed = browser.run("return window.ended");
    let passed: Vec<&str> = passed.as_str().unwrap().split(", ").collect();
    assert_eq!(
        passed,
        [
            "conforms",
            "rows survive",
            "an empty store is a loss",
            "cleared rows are a loss",
            "a missing header is damage",
            "another key is damage",
            "a changed row is damage",
            "a moved row is damage",
            "a read-back key stays hidden",
            "nothing readable is kept",
            "who opened last writes",
            "a lock is waited for",
            "a lock that is taken away is missed",
            "a lock has one owner",
        ]
    );
}
