//! A minimal Socket.IO client over WebSocket: text frames `40{..}`, `42<id>["event",{..}]`, `43<id>[..]`, ping and pong.

use std::{collections::VecDeque, time::Duration};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, tungstenite::Message};

/// Nothing that a server does on loopback takes this long.
const PATIENCE: Duration = Duration::from_secs(20);

/// What became durable is told after it is answered: a socket that opens in between hears of its rooms or does not. Only who
/// asks for this event gets it.
const ROOM_OPENED: &str = "room_opened";

type Ws = WebSocketStream<MaybeTlsStream<TcpStream>>;

pub struct Socket {
    ws: Ws,
    next_ack: u64,
    /// What came while something else was waited for.
    pushes: VecDeque<(String, Value)>,
    acks: VecDeque<(u64, Value)>,
}

/// What a server sends.
#[derive(Debug)]
pub enum Packet {
    Event(String, Value),
    Ack(u64, Value),
    Connected,
    Refused(Value),
    Disconnected,
    Closed,
}

impl Socket {
    /// Opens the transport, without `connect`.
    pub async fn open(address: &str, headers: &[(&'static str, String)]) -> Self {
        use tokio_tungstenite::tungstenite::client::IntoClientRequest;
        let url = format!("ws://{address}/socket.io/?EIO=4&transport=websocket");
        let mut request = url.into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        let (ws, _) = tokio_tungstenite::connect_async(request).await.unwrap();
        let mut socket = Self {
            ws,
            next_ack: 0,
            pushes: VecDeque::new(),
            acks: VecDeque::new(),
        };
        let open = socket.frame().await.unwrap();
        assert!(open.starts_with("0{"), "{open}");
        socket
    }

    pub async fn connect(address: &str, token: &str) -> Self {
        let mut socket = Self::open(address, &[]).await;
        let answer = socket.hello(&json!({ "token": token })).await;
        assert!(matches!(answer, Packet::Connected), "{answer:?}");
        socket
    }

    /// Sends `connect` and answers what comes.
    pub async fn hello(&mut self, auth: &Value) -> Packet {
        self.text(&format!("40{auth}")).await;
        self.packet().await
    }

    pub async fn text(&mut self, frame: &str) {
        self.ws.send(Message::text(frame)).await.unwrap();
    }

    pub async fn send(&mut self, message: Message) {
        self.ws.send(message).await.unwrap();
    }

    /// The next text frame as it is, pings as well; none when the transport is closed.
    pub async fn unanswered(&mut self) -> Option<String> {
        loop {
            match self.ws.next().await {
                Some(Ok(Message::Text(text))) => return Some(text.as_str().to_owned()),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(_)) | Some(Err(_)) | None => return None,
            }
        }
    }

    /// The next text frame that is no ping, as it is.
    pub async fn raw(&mut self) -> String {
        self.frame().await.unwrap()
    }

    /// Sends an event without waiting; answers the id of its acknowledgement.
    pub async fn emit(&mut self, event: &str, data: &Value) -> u64 {
        let id = self.next_ack;
        self.next_ack += 1;
        self.text(&format!("42{id}{}", json!([event, data]))).await;
        id
    }

    /// Sends an event and waits for its acknowledgement.
    pub async fn call(&mut self, event: &str, data: &Value) -> Value {
        let id = self.emit(event, data).await;
        self.ack(id).await
    }

    /// The same, for a call that must succeed.
    #[track_caller]
    pub fn ok<'a>(
        &'a mut self,
        event: &'a str,
        data: &'a Value,
    ) -> impl Future<Output = Value> + 'a {
        let caller = std::panic::Location::caller();
        async move {
            let answer = self.call(event, data).await;
            assert!(answer.get("code").is_none(), "{caller}: {answer}");
            answer
        }
    }

    /// The code of a call that must be refused.
    pub async fn refused(&mut self, event: &str, data: &Value) -> String {
        let answer = self.call(event, data).await;
        answer["code"]
            .as_str()
            .unwrap_or_else(|| panic!("not refused: {answer}"))
            .to_owned()
    }

    pub async fn ack(&mut self, id: u64) -> Value {
        if let Some(at) = self.acks.iter().position(|(known, _)| *known == id) {
            return self.acks.remove(at).unwrap().1;
        }
        loop {
            match self.packet().await {
                Packet::Ack(got, value) if got == id => return value,
                Packet::Ack(got, value) => self.acks.push_back((got, value)),
                Packet::Event(name, value) => self.pushes.push_back((name, value)),
                other => panic!("instead of an acknowledgement: {other:?}"),
            }
        }
    }

    /// The next push but `room_opened`, which comes whenever a membership just made is noticed.
    pub async fn push(&mut self) -> (String, Value) {
        loop {
            let push = self.any_push().await;
            if push.0 != ROOM_OPENED {
                return push;
            }
        }
    }

    /// The next push, which must have this name.
    pub async fn pushed(&mut self, name: &str) -> Value {
        let (got, value) = if name == ROOM_OPENED {
            self.any_push().await
        } else {
            self.push().await
        };
        assert_eq!(got, name, "{value}");
        value
    }

    async fn any_push(&mut self) -> (String, Value) {
        if let Some(push) = self.pushes.pop_front() {
            return push;
        }
        loop {
            match self.packet().await {
                Packet::Event(name, value) => return (name, value),
                Packet::Ack(id, value) => self.acks.push_back((id, value)),
                other => panic!("instead of a push: {other:?}"),
            }
        }
    }

    /// The pushes that are there now: everything before the answer to a question asked now.
    pub async fn pushes_so_far(&mut self) -> Vec<(String, Value)> {
        self.call("no such event", &json!({})).await;
        let pushes = self.pushes.drain(..);
        pushes.filter(|(name, _)| name != ROOM_OPENED).collect()
    }

    pub async fn packet(&mut self) -> Packet {
        let Some(frame) = self.frame().await else {
            return Packet::Closed;
        };
        let json = |text: &str| serde_json::from_str::<Value>(text).unwrap_or(Value::Null);
        match frame.split_at_checked(2) {
            Some(("40", _)) => Packet::Connected,
            Some(("41", _)) => Packet::Disconnected,
            Some(("44", rest)) => Packet::Refused(json(rest)),
            Some(("42", rest)) => {
                let event = json(rest);
                Packet::Event(event[0].as_str().unwrap().to_owned(), event[1].clone())
            }
            Some(("43", rest)) => {
                let at = rest.find('[').unwrap();
                Packet::Ack(rest[..at].parse().unwrap(), json(&rest[at..])[0].clone())
            }
            _ if frame.starts_with('1') => Packet::Closed,
            _ => panic!("unknown frame {frame}"),
        }
    }

    /// The next text frame that is no ping; none when the transport is closed.
    async fn frame(&mut self) -> Option<String> {
        loop {
            let next = tokio::time::timeout(PATIENCE, self.ws.next()).await;
            match next.expect("the server says nothing") {
                Some(Ok(Message::Text(text))) if text.as_str() == "2" => {
                    self.ws.send(Message::text("3")).await.unwrap();
                }
                Some(Ok(Message::Text(text))) => return Some(text.as_str().to_owned()),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(_)) | Some(Err(_)) | None => return None,
            }
        }
    }
}
