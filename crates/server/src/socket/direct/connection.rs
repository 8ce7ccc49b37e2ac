//! One socket: greeted, connected to its session, gone.

use std::{
    future::poll_fn,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hyper::upgrade::Upgraded;
use serde_json::json;
use tokio::time::{Sleep, sleep, timeout};
use tungstenite::{Error, Message};

use super::{
    open::{CLOSE, Open},
    packet::{BadPacket, Call, Event, Packet, Transport},
    wire::Wire,
};
use crate::{
    app::Shared,
    push::{Line, Outbox, Road, frame},
    session::Token,
    socket::{
        CONNECT_TIMEOUT, PACKET_BYTES, PING_EVERY, PING_TIMEOUT, connect,
        event::{Ack, Caller, Payload},
        events,
    },
};

/// A socket that closes gets this long to take what waits for it, and to close its side.
const LEAVING: Duration = Duration::from_secs(5);
/// Asks for a sign of life (Engine.IO).
const PING: &str = "2";

pub(super) struct Connection {
    app: Shared,
    wire: Wire,
    outbox: Arc<Outbox>,
    cookie: Option<Token>,
    session: Option<Session>,
    /// A packet whose attachment comes next.
    incomplete: Option<String>,
    /// When it rings: too late to connect, time for a ping, or no sign of life.
    alarm: Pin<Box<Sleep>>,
    is_pinged: bool,
    is_leaving: bool,
}

/// A connected session; it leaves the hub when it is dropped.
struct Session {
    app: Shared,
    line: Arc<Line>,
}

impl Drop for Session {
    fn drop(&mut self) {
        self.app.hub.disconnected(&self.line);
    }
}

/// What comes next.
enum Turn {
    Message(Message),
    Alarm,
    /// One side closes; there may be something to say yet.
    Over,
    /// The connection is broken.
    Broken,
}

impl Connection {
    pub(super) fn new(app: Shared, stream: Upgraded, cookie: Option<Token>) -> Self {
        let outbox = app.hub.outbox();
        Self {
            app,
            wire: Wire::new(stream, Arc::clone(&outbox)),
            outbox,
            cookie,
            session: None,
            incomplete: None,
            alarm: Box::pin(sleep(CONNECT_TIMEOUT)),
            is_pinged: false,
            is_leaving: false,
        }
    }

    /// Serves the socket until it is closed.
    pub(super) async fn run(mut self, open: &Arc<Open>) {
        let _entry = open.enter(&self.outbox);
        self.greet();
        loop {
            match poll_fn(|context| self.poll(context)).await {
                Turn::Message(message) => {
                    if self.message(message).await.is_err() {
                        tracing::debug!("a client does not speak the protocol");
                        self.outbox.end([frame::packet(CLOSE)]);
                    }
                }
                Turn::Alarm if self.is_leaving || self.is_pinged => return,
                Turn::Alarm if self.session.is_none() => {
                    self.outbox.end([frame::packet(CLOSE)]);
                }
                Turn::Alarm => self.ping(),
                Turn::Over => break,
                Turn::Broken => return,
            }
        }
        self.session = None;
        self.wire.write_close();
        let closed = timeout(LEAVING, poll_fn(|context| self.wire.poll_close(context))).await;
        if !matches!(closed, Ok(Ok(()))) {
            tracing::debug!("a client did not close its side");
        }
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Turn> {
        let progress = match self.wire.poll_write(context) {
            Ok(progress) => progress,
            Err(error) => {
                tracing::debug!(%error, "a socket broke");
                return Poll::Ready(Turn::Broken);
            }
        };
        if progress.is_ending && progress.is_done {
            return Poll::Ready(Turn::Over);
        }
        if progress.is_ending && !self.is_leaving {
            self.is_leaving = true;
            self.set_alarm(LEAVING);
        }
        match self.wire.poll_read(context) {
            Poll::Ready(Ok(Some(message))) => return Poll::Ready(Turn::Message(message)),
            Poll::Ready(Ok(None)) => return Poll::Ready(Turn::Over),
            Poll::Ready(Err(error)) => return Poll::Ready(ended(&error)),
            Poll::Pending => {}
        }
        ready!(self.alarm.as_mut().poll(context));
        Poll::Ready(Turn::Alarm)
    }

    fn greet(&self) {
        let open = json!({
            "sid": self.random_id(),
            "upgrades": [],
            "pingInterval": u64::try_from(PING_EVERY.as_millis()).unwrap_or(u64::MAX),
            "pingTimeout": u64::try_from(PING_TIMEOUT.as_millis()).unwrap_or(u64::MAX),
            "maxPayload": PACKET_BYTES,
        });
        self.outbox.answer(frame::packet(&format!("0{open}")));
    }

    /// Goes before all that waits: a client that is slow to take that is alive nevertheless.
    fn ping(&mut self) {
        self.wire.write_next(frame::packet(PING));
        self.is_pinged = true;
        self.set_alarm(PING_TIMEOUT);
    }

    async fn message(&mut self, message: Message) -> Result<(), BadPacket> {
        if self.is_leaving {
            return Ok(());
        }
        if self.is_pinged {
            self.is_pinged = false;
            self.set_alarm(PING_EVERY);
        }
        match message {
            Message::Text(text) => self.text(&text).await,
            Message::Binary(_) => self.attachment().await,
            Message::Ping(_) | Message::Pong(_) | Message::Close(_) | Message::Frame(_) => Ok(()),
        }
    }

    async fn text(&mut self, text: &str) -> Result<(), BadPacket> {
        match Transport::parse(text)? {
            Transport::Close => {
                self.outbox.end([]);
                Ok(())
            }
            Transport::Alive => Ok(()),
            Transport::Message(_) if self.incomplete.is_some() => Err(BadPacket),
            Transport::Message(message) => {
                let (packet, attachments) = Packet::parse(message)?;
                if attachments > 0 {
                    self.incomplete = Some(message.to_owned());
                    return Ok(());
                }
                self.packet(packet).await
            }
        }
    }

    /// No event takes bytes: what it has in their place is malformed, and so it is answered.
    async fn attachment(&mut self) -> Result<(), BadPacket> {
        let message = self.incomplete.take().ok_or(BadPacket)?;
        let (packet, _) = Packet::parse(&message)?;
        self.packet(packet).await
    }

    async fn packet(&mut self, packet: Packet<'_>) -> Result<(), BadPacket> {
        match packet {
            Packet::Connect(auth) => self.connect(auth).await,
            Packet::ConnectElsewhere(namespace) => {
                let error = json!({ "message": "Invalid namespace" });
                let refusal = format!("44{namespace},{error}");
                self.outbox.answer(frame::packet(&refusal));
            }
            Packet::Disconnect => {
                self.session = None;
                self.set_alarm(CONNECT_TIMEOUT);
            }
            Packet::Event(call) => self.event(&call)?,
            Packet::Nothing => {}
        }
        Ok(())
    }

    async fn connect(&mut self, auth: &str) {
        if self.session.is_some() {
            return;
        }
        // Without a token, or with something else in its place, the cookie counts.
        let auth = serde_json::from_str(auth).ok();
        let answer = match connect::admit(&self.app, auth, self.cookie.as_ref()).await {
            Ok(line) => {
                self.session = Some(Session {
                    app: Arc::clone(&self.app),
                    line,
                });
                self.set_alarm(PING_EVERY);
                format!("40{}", json!({ "sid": self.random_id() }))
            }
            Err(refused) => format!("44{}", json!({ "message": refused.to_string() })),
        };
        self.outbox.answer(frame::packet(&answer));
        // After the answer: from now on there are pushes.
        if let Some(session) = &self.session {
            self.app.hub.connected(&session.line, &self.road());
        }
    }

    fn event(&self, call: &Call<'_>) -> Result<(), BadPacket> {
        let session = self.session.as_ref().ok_or(BadPacket)?;
        let event = Event::parse(call.array)?;
        let ack = match call.number {
            Some(number) => Ack::Direct(Arc::clone(&self.outbox), number),
            None => Ack::Unwanted,
        };
        let caller = Caller {
            app: Arc::clone(&self.app),
            line: Arc::clone(&session.line),
            road: self.road(),
        };
        let payload = Payload::Text(event.payload);
        tokio::spawn(events::handle(caller, ack, &event.name, payload));
        Ok(())
    }

    fn road(&self) -> Road {
        Road::Direct(Arc::clone(&self.outbox))
    }

    fn random_id(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.app.entropy.bytes::<12>())
    }

    fn set_alarm(&mut self, after: Duration) {
        self.alarm = Box::pin(sleep(after));
    }
}

fn ended(error: &Error) -> Turn {
    tracing::debug!(%error, "a socket ended");
    match error {
        // A frame that is none, or too large a one: the client is there to be told.
        Error::Capacity(_) | Error::Protocol(_) | Error::Utf8(_) => Turn::Over,
        _ => Turn::Broken,
    }
}
