//! Answers over HTTP that no honest server gives: each has its error, none takes more than its share of memory or time.

use client::{engine::api::CallError, transport::Transport};
use protocol::call::{Call, Reply};
use tokio::{io::AsyncWriteExt, join};

use crate::fake::{Fake, story};

const INFO: &str = "{\"protocol\":1,\"min_protocol\":1,\"registration\":\"open\",\"timestamp\":\"2026-11-30T12:00:00.000Z\"}";
const REFUSAL: &str =
    "{\"error\":\"no\",\"code\":\"SERVER_ERROR\",\"timestamp\":\"2026-11-30T12:00:00.000Z\"}";
/// More than any answer of the protocol may have.
const TOO_MUCH: usize = 200 * 1024 * 1024;

fn response(status: u16, body: &str) -> Vec<u8> {
    let length = body.len();
    let head = format!("HTTP/1.1 {status} Whatever\r\nContent-Length: {length}\r\n\r\n");
    [head.as_bytes(), body.as_bytes()].concat()
}

fn redirect(to: &str) -> Vec<u8> {
    format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n").into_bytes()
}

#[tokio::test]
async fn every_wrong_answer_has_its_error_and_the_next_right_one_counts() {
    let gone = || CallError::Gone;
    let malformed = || CallError::Malformed;
    let mut invalid = response(200, "xx");
    invalid.truncate(invalid.len() - 2);
    invalid.extend([0xff, 0xfe]);
    let cases = [
        ("silence", Vec::new(), gone()),
        (
            "another protocol",
            b"220 mail.example ESMTP\r\n".to_vec(),
            gone(),
        ),
        ("half a body", response(200, INFO)[..60].to_vec(), gone()),
        ("a gateway", response(503, "<html>"), gone()),
        ("no JSON", response(200, "<html>"), malformed()),
        (
            "another form",
            response(200, "{\"protocol\":\"one\"}"),
            malformed(),
        ),
        ("no UTF-8", invalid, malformed()),
        ("depth", response(200, &"[".repeat(100_000)), malformed()),
        (
            "a refusal that is a success",
            response(200, REFUSAL),
            malformed(),
        ),
        (
            "a success that is a refusal",
            response(500, INFO),
            malformed(),
        ),
        (
            "an unknown code",
            response(400, &REFUSAL.replace("SERVER_ERROR", "WHAT")),
            malformed(),
        ),
        // Followed, this one would go on for ever, and the other one elsewhere.
        ("a redirect to itself", redirect("/api/server"), malformed()),
        (
            "a redirect away",
            redirect("http://127.0.0.1:1/"),
            malformed(),
        ),
        (
            "endless heads",
            b"HTTP/1.1 200 OK\r\n"
                .iter()
                .copied()
                .chain(b"X: y\r\n".repeat(200_000))
                .collect(),
            gone(),
        ),
    ];
    story(async {
        let (fake, network) = Fake::start().await;
        for (name, bytes, expected) in cases {
            let (answer, ()) = join!(network.call(Call::ServerInfo, None), fake.answer(&bytes));
            assert_eq!(answer, Err(expected), "{name}");
        }
        let right = response(200, INFO);
        let (answer, ()) = join!(network.call(Call::ServerInfo, None), fake.answer(&right));
        assert!(matches!(answer, Ok(Reply::ServerInfo(_))), "{answer:?}");
    })
    .await;
}

#[tokio::test]
async fn an_endless_body_is_left_at_the_limit() {
    story(async {
        let (fake, network) = Fake::start().await;
        let flood = async {
            let mut stream = fake.request().await;
            let head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
            stream.write_all(head).await.unwrap();
            let chunk = [b"100000\r\n".as_slice(), &vec![b' '; 1 << 20], b"\r\n"].concat();
            let mut written = 0;
            while written < 2 * TOO_MUCH && stream.write_all(&chunk).await.is_ok() {
                written += chunk.len();
            }
            written
        };
        let (answer, written) = join!(network.call(Call::ServerInfo, None), flood);
        assert_eq!(answer, Err(CallError::Malformed));
        assert!(written < TOO_MUCH, "{written} bytes were taken");
    })
    .await;
}

#[tokio::test]
async fn a_body_that_never_ends_is_given_up() {
    story(async {
        let (fake, network) = Fake::start().await;
        let stall = async {
            let mut stream = fake.request().await;
            let head = b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{";
            stream.write_all(head).await.unwrap();
            // From here on only time passes, and it passes at once.
            tokio::time::pause();
            stream
        };
        let (answer, _stream) = join!(network.call(Call::ServerInfo, None), stall);
        assert_eq!(answer, Err(CallError::Gone));
    })
    .await;
}
