//! One open connection: a task that owns the WebSocket, answers pings and pairs acknowledgements with events.

use std::future::Future;

use engine::{api::CallError, json, ordered::Map};
use protocol::{
    error::{ErrorBody, ErrorCode},
    events::{Auth, Push},
    time::Timestamp,
};
use tokio::sync::{mpsc, oneshot};

use super::{
    packet::{self, Opening, Packet},
    push,
};
use crate::{
    platform::{self, WireReceiver, WireSender},
    transport::{ConnectError, Pushes, ServerUrl, plan::Event},
};

/// Pushes that wait for the driver; when it is full the connection is read no further for the time being.
const PUSHES_WAITING: usize = 256;
/// Events that wait to be written. The engine bounds what it has in flight; more than this is refused.
const EVENTS_WAITING: usize = 1_024;
/// How long a server may take to greet or to acknowledge.
const ANSWER_MILLIS: u64 = 30_000;

/// The sending half of a connection. Dropping it ends the connection.
pub(crate) struct Link {
    events: mpsc::Sender<Outgoing>,
}

struct Outgoing {
    event: Event,
    answer: oneshot::Sender<String>,
}

impl Link {
    /// Queues an event at once; the future gives the text of its acknowledgement's one argument.
    pub(crate) fn emit(
        &self,
        event: Event,
    ) -> impl Future<Output = Result<String, CallError>> + 'static {
        let (answer, answered) = oneshot::channel();
        // A full queue drops the sender with the event, so the future below ends as gone.
        let _ = self.events.try_send(Outgoing { event, answer });
        async move {
            tokio::select! {
                text = answered => text.map_err(|_| CallError::Gone),
                () = platform::sleep(ANSWER_MILLIS) => Err(CallError::Gone),
            }
        }
    }
}

/// Connects, presents the token, and starts the task.
pub(crate) async fn open(url: &ServerUrl, token: &str) -> Result<(Link, Pushes), ConnectError> {
    let greeted = async {
        let (mut sender, mut receiver) = platform::open_wire(url)
            .await
            .map_err(|_| ConnectError::Gone)?;
        let opening = greet(&mut sender, &mut receiver, token).await?;
        Ok((sender, receiver, opening))
    };
    let (sender, receiver, opening) = tokio::select! {
        greeted = greeted => greeted?,
        () = platform::sleep(ANSWER_MILLIS) => return Err(ConnectError::Gone),
    };
    let (events, outgoing) = mpsc::channel(EVENTS_WAITING);
    let (pushes, arrivals) = mpsc::channel(PUSHES_WAITING);
    let pump = Pump {
        sender,
        silence_millis: opening.silence_millis(),
        pushes,
        waiting: Map::new(),
        next_id: 0,
    };
    platform::spawn(pump.run(receiver, outgoing));
    Ok((Link { events }, Pushes { arrivals }))
}

async fn greet(
    sender: &mut WireSender,
    receiver: &mut WireReceiver,
    token: &str,
) -> Result<Opening, ConnectError> {
    let frame = receiver.receive().await.map_err(|_| ConnectError::Gone)?;
    let Ok(Packet::Open(opening)) = packet::parse(&frame) else {
        return Err(ConnectError::Malformed);
    };
    let auth = Auth {
        token: token.to_owned(),
    };
    let connect = packet::connect(&auth).map_err(|_| ConnectError::Malformed)?;
    sender.send(connect).await.map_err(|_| ConnectError::Gone)?;
    loop {
        let frame = receiver.receive().await.map_err(|_| ConnectError::Gone)?;
        match packet::parse(&frame) {
            Ok(Packet::Connected) => return Ok(opening),
            Ok(Packet::Ping) => sender
                .send(packet::PONG.to_owned())
                .await
                .map_err(|_| ConnectError::Gone)?,
            Ok(Packet::Noop) => {}
            Ok(Packet::Refused(body)) => return Err(refused(body)),
            Ok(Packet::Close | Packet::Disconnected) => return Err(ConnectError::Gone),
            _ => return Err(ConnectError::Malformed),
        }
    }
}

/// A refusal carries an error body, or its code or its JSON as the message.
fn refused(body: &str) -> ConnectError {
    #[derive(serde::Deserialize)]
    struct Message {
        message: String,
        data: Option<ErrorBody>,
    }
    if let Ok(error) = json::read::<ErrorBody>(body) {
        return ConnectError::Refused(error);
    }
    let Ok(Message { message, data }) = json::read(body) else {
        return ConnectError::Malformed;
    };
    if let Some(error) = data.or_else(|| json::read(&message).ok()) {
        return ConnectError::Refused(error);
    }
    let code = ErrorCode::ALL.iter().find(|code| code.as_str() == message);
    match code {
        Some(code) => ConnectError::Refused(ErrorBody::new(*code, Timestamp::default())),
        None => ConnectError::Malformed,
    }
}

/// Whether a frame is a packet, and what is in it is what it says.
#[cfg(feature = "fuzzing-for-tests")]
pub(crate) fn reads(frame: &str) -> bool {
    match packet::parse(frame) {
        Ok(Packet::Event(array)) => push::parse(array).is_ok(),
        Ok(Packet::Refused(body)) => matches!(refused(body), ConnectError::Refused(_)),
        Ok(Packet::Open(opening)) => opening.silence_millis() <= 20 * 60_000,
        Ok(_) => true,
        Err(_) => false,
    }
}

/// The task behind a [`Link`].
struct Pump {
    sender: WireSender,
    silence_millis: u64,
    pushes: mpsc::Sender<Push>,
    waiting: Map<u64, oneshot::Sender<String>>,
    next_id: u64,
}

/// The connection is over, whatever the reason: everything that waits ends as gone.
struct Over;

impl Pump {
    async fn run(mut self, mut receiver: WireReceiver, mut outgoing: mpsc::Receiver<Outgoing>) {
        while let Ok(()) = self.step(&mut receiver, &mut outgoing).await {}
        // A refused farewell changes nothing.
        let _ = self.sender.send(packet::DISCONNECT.to_owned()).await;
        self.sender.close().await;
    }

    async fn step(
        &mut self,
        receiver: &mut WireReceiver,
        outgoing: &mut mpsc::Receiver<Outgoing>,
    ) -> Result<(), Over> {
        tokio::select! {
            frame = receiver.receive() => self.arrived(&frame.map_err(|_| Over)?).await,
            event = outgoing.recv() => self.emit(event.ok_or(Over)?).await,
            () = self.pushes.closed() => Err(Over),
            // Pings come more often than this; other frames restart the watch as well.
            () = platform::sleep(self.silence_millis) => Err(Over),
        }
    }

    async fn arrived(&mut self, frame: &str) -> Result<(), Over> {
        match packet::parse(frame) {
            Ok(Packet::Ping) => self.write(packet::PONG.to_owned()).await,
            Ok(Packet::Event(array)) => match push::parse(array) {
                Ok(Some(push)) => self.pushes.send(push).await.map_err(|_| Over),
                Ok(None) => Ok(()),
                Err(error) => broken(&error),
            },
            Ok(Packet::Ack(id, array)) => {
                let argument = array.strip_prefix('[').unwrap_or(array);
                let argument = argument.strip_suffix(']').unwrap_or(argument);
                // An acknowledgement that nobody waits for any more is late, not wrong.
                if let Some(answer) = self.waiting.remove(&id) {
                    let _ = answer.send(argument.to_owned());
                }
                Ok(())
            }
            Ok(Packet::Noop) => Ok(()),
            Ok(Packet::Close | Packet::Disconnected) => Err(Over),
            Ok(Packet::Open(_) | Packet::Connected | Packet::Refused(_)) => Err(Over),
            Err(error) => broken(&error),
        }
    }

    async fn emit(&mut self, outgoing: Outgoing) -> Result<(), Over> {
        let id = self.next_id;
        self.next_id = self.next_id.wrapping_add(1);
        let Outgoing { event, answer } = outgoing;
        let frame = packet::event(id, event.name, &event.payload).map_err(|_| Over)?;
        self.waiting.retain(|_, answer| !answer.is_closed());
        self.waiting.insert(id, answer);
        self.write(frame).await
    }

    async fn write(&mut self, frame: String) -> Result<(), Over> {
        tokio::select! {
            sent = self.sender.send(frame) => sent.map_err(|_| Over),
            () = platform::sleep(ANSWER_MILLIS) => Err(Over),
        }
    }
}

/// What cannot be read ends the connection: the next one starts from known places in the logs.
fn broken(error: &super::PacketError) -> Result<(), Over> {
    tracing::warn!(%error, "the server sent a frame that can't be read");
    Err(Over)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_read_in_every_spelling() {
        let body = "{\"error\":\"no\",\"code\":\"SESSION_EXPIRED\",\"timestamp\":\"2026-11-30T12:00:00.000Z\"}";
        let message = serde_json::json!({ "message": body }).to_string();
        let data = format!("{{\"message\":\"no\",\"data\":{body}}}");
        for text in [body, &message, &data, "{\"message\":\"SESSION_EXPIRED\"}"] {
            let ConnectError::Refused(error) = refused(text) else {
                panic!("not a refusal: {text}");
            };
            assert_eq!(error.code, ErrorCode::SessionExpired);
        }
        assert_eq!(
            refused("{\"message\":\"whatever\"}"),
            ConnectError::Malformed
        );
        assert_eq!(refused("[]"), ConnectError::Malformed);
    }
}
