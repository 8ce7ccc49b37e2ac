//! A socket that says what no honest server says: the connection ends or goes on, and the next one works.

use client::{
    engine::api::CallError,
    transport::{ConnectError, Transport},
};
use protocol::{
    call::{Call, Reply},
    events::{JoinRoom, Push},
    ids::RoomId,
};
use tokio::join;
use tokio_tungstenite::tungstenite::Message;

use crate::fake::{Fake, OPEN, story};

/// More than any frame of the protocol may have.
const HUGE: usize = 17 * 1024 * 1024;

fn join_room() -> Call {
    let room_id = RoomId::new(5).unwrap();
    Call::JoinRoom(JoinRoom { room_id })
}

#[tokio::test]
async fn a_greeting_that_is_none_is_refused() {
    let binary = || Message::binary(vec![0, 1, 2]);
    let cases = [
        ("nonsense", Message::text("hello"), ConnectError::Malformed),
        (
            "another packet",
            Message::text("2"),
            ConnectError::Malformed,
        ),
        (
            "bad JSON",
            Message::text("0{\"sid\":"),
            ConnectError::Malformed,
        ),
        ("bytes", binary(), ConnectError::Gone),
        (
            "a huge frame",
            Message::text("0".repeat(HUGE)),
            ConnectError::Gone,
        ),
        ("a farewell", Message::Close(None), ConnectError::Gone),
    ];
    story(async {
        let (fake, network) = Fake::start().await;
        for (name, message, expected) in cases {
            let server = async {
                let mut socket = fake.socket().await;
                socket.send(message).await;
                socket.ended().await;
            };
            let (connected, ()) = join!(network.connect("token"), server);
            assert_eq!(connected.err(), Some(expected), "{name}");
        }
        let refusals = [
            ("42[\"new_message\",{}]", ConnectError::Malformed),
            ("44{\"message\":\"because\"}", ConnectError::Malformed),
            ("41", ConnectError::Gone),
        ];
        for (text, expected) in refusals {
            let server = async {
                let mut socket = fake.socket().await;
                socket.say(OPEN).await;
                socket.hear().await;
                socket.say(text).await;
                socket.ended().await;
            };
            let (connected, ()) = join!(network.connect("token"), server);
            assert_eq!(connected.err(), Some(expected), "{text}");
        }
        let (connected, ()) = join!(
            network.connect("token"),
            fake.answer(b"HTTP/1.1 200 OK\r\n\r\n")
        );
        assert_eq!(connected.err(), Some(ConnectError::Gone));
        let (connected, _socket) = join!(network.connect("token"), fake.greeted());
        assert!(connected.is_ok());
    })
    .await;
}

#[tokio::test]
async fn a_server_that_never_greets_is_given_up() {
    story(async {
        let (fake, network) = Fake::start().await;
        let silent = async {
            let socket = fake.socket().await;
            tokio::time::pause();
            socket
        };
        let (connected, _socket) = join!(network.connect("token"), silent);
        assert_eq!(connected.err(), Some(ConnectError::Gone));
    })
    .await;
}

#[tokio::test]
async fn what_nobody_asked_for_is_passed_over() {
    story(async {
        let (fake, network) = Fake::start().await;
        let (connected, mut socket) = join!(network.connect("token"), fake.greeted());
        let mut pushes = connected.unwrap();
        for text in [
            "43999[{}]",
            "4318446744073709551615[]",
            "42[\"an_event_of_a_later_version\",{\"x\":1}]",
            "6",
            "42[\"missed\"]",
        ] {
            socket.say(text).await;
        }
        assert!(matches!(pushes.next().await, Some(Push::Missed)));
        let answer = network.call(join_room(), Some("token"));
        let server = async {
            assert!(socket.hear().await.starts_with("420[\"join_room\""));
            // An answer to another question first, then two to this one: the first counts.
            socket.say("431[{}]").await;
            socket
                .say("430[{\"room_id\":5,\"last_seq\":3,\"handshake_seq\":2}]")
                .await;
            socket
                .say("430[{\"room_id\":6,\"last_seq\":9,\"handshake_seq\":9}]")
                .await;
        };
        let (answer, ()) = join!(answer, server);
        assert!(matches!(answer, Ok(Reply::JoinedRoom(joined)) if joined.last_seq.0 == 3));
    })
    .await;
}

#[tokio::test]
async fn an_acknowledgement_of_another_form_is_malformed_and_ends_nothing() {
    story(async {
        let (fake, network) = Fake::start().await;
        let (connected, mut socket) = join!(network.connect("token"), fake.greeted());
        let mut pushes = connected.unwrap();
        let forms = ["[]", "[7]", "[{\"room_id\":\"x\"}]", "[{},{}]", "[[[[]"];
        for (id, form) in forms.into_iter().enumerate() {
            let answer = network.call(join_room(), Some("token"));
            let server = async {
                socket.hear().await;
                socket.say(&format!("43{id}{form}")).await;
            };
            let (answer, ()) = join!(answer, server);
            assert_eq!(answer, Err(CallError::Malformed), "{form}");
        }
        socket.say("42[\"missed\"]").await;
        assert!(matches!(pushes.next().await, Some(Push::Missed)));
    })
    .await;
}

#[tokio::test]
async fn a_frame_that_cannot_be_read_ends_the_connection_and_the_next_one_works() {
    let frames = [
        ("nonsense", Message::text("hello")),
        ("an empty frame", Message::text("")),
        ("a binary event", Message::text("451-[\"new_message\",{}]")),
        ("bytes", Message::binary(vec![4; 64])),
        ("a huge frame", Message::text("4".repeat(HUGE))),
        (
            "an entry of another form",
            Message::text("42[\"new_message\",{\"id\":1}]"),
        ),
        (
            "depth",
            Message::text(format!("42[\"new_message\",{}", "[".repeat(100_000))),
        ),
        ("a second greeting", Message::text(OPEN)),
        ("another namespace", Message::text("42/admin,[\"x\"]")),
    ];
    story(async {
        let (fake, network) = Fake::start().await;
        for (name, frame) in frames {
            let (connected, mut socket) = join!(network.connect("token"), fake.greeted());
            let mut pushes = connected.unwrap();
            let waiting = network.call(join_room(), Some("token"));
            let server = async {
                socket.hear().await;
                socket.send(frame).await;
                socket.ended().await;
            };
            let (answer, ()) = join!(waiting, server);
            // What was in flight has no answer, and nothing comes any more.
            assert_eq!(answer, Err(CallError::Gone), "{name}");
            assert_eq!(pushes.next().await.map(|_| ()), None, "{name}");
        }
        let (connected, mut socket) = join!(network.connect("token"), fake.greeted());
        let mut pushes = connected.unwrap();
        socket.say("42[\"missed\"]").await;
        assert!(matches!(pushes.next().await, Some(Push::Missed)));
    })
    .await;
}

#[tokio::test]
async fn a_server_that_falls_silent_is_left() {
    story(async {
        let (fake, network) = Fake::start().await;
        let (connected, socket) = join!(network.connect("token"), fake.greeted());
        let mut pushes = connected.unwrap();
        tokio::time::pause();
        assert_eq!(pushes.next().await.map(|_| ()), None);
        drop(socket);
    })
    .await;
}
