//! What all events have in common: a place among the requests under way, an acknowledgement whatever happens.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use protocol::rest::Scope;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;
use socketioxide::extract::AckSender;

use crate::{
    app::Shared,
    failure::Refusal,
    push::{Line, Outbox, Place, Road, frame},
    session,
};

/// Milliseconds after which a client with too many requests under way may ask again.
const BUSY_MILLIS: u64 = 100;
/// A used session is noted at most this often.
const TOUCH_MILLIS: u64 = 3_600_000;

/// Whose event it is.
#[derive(Clone)]
pub(super) struct Caller {
    pub(super) app: Shared,
    pub(super) line: Arc<Line>,
    pub(super) road: Road,
}

/// The way of an acknowledgement.
pub(super) enum Ack {
    /// The client waits for this number.
    Direct(Arc<Outbox>, u64),
    Library(AckSender),
    /// The client waits for none.
    Unwanted,
}

/// What came with an event, by its road.
pub(super) enum Payload<'a> {
    Text(Option<&'a RawValue>),
    Value(Result<serde_json::Value, String>),
}

/// A request and its place among those under way.
pub(super) type Entered<T> = Result<(T, Place), Refusal>;

const NO_OBJECT: &str = "expected an object";

impl Payload<'_> {
    /// The request; the error is text, because one of the parsers hands out no more.
    pub(super) fn parse<T: DeserializeOwned>(self) -> Result<T, String> {
        match self {
            Self::Text(text) => {
                let text = text.map_or("null", RawValue::get);
                // The library would read a list, too, by the order of a type's fields.
                if !text.trim_start().starts_with('{') {
                    return Err(NO_OBJECT.to_owned());
                }
                serde_json::from_str(text).map_err(|error| error.to_string())
            }
            Self::Value(value) => match value? {
                value @ serde_json::Value::Object(_) => {
                    serde_json::from_value(value).map_err(|error| error.to_string())
                }
                _ => Err(NO_OBJECT.to_owned()),
            },
        }
    }
}

/// The request of an event, and its place among those under way.
pub(super) fn request<T: DeserializeOwned>(line: &Line, payload: Payload<'_>) -> Entered<T> {
    let place = enter(line)?;
    let request = payload.parse();
    let request = request.map_err(|error| Refusal::of_json(&error))?;
    Ok((request, place))
}

/// The same, where an API token needs the scope to write.
pub(super) fn writing<T: DeserializeOwned>(line: &Line, payload: Payload<'_>) -> Entered<T> {
    let entered = request(line, payload)?;
    line.caller.rights.need(Scope::Write)?;
    Ok(entered)
}

/// A place among the requests under way.
pub(super) fn enter(line: &Line) -> Result<Place, Refusal> {
    line.enter().ok_or(Refusal::rate_limited(BUSY_MILLIS))
}

/// Acknowledges an event. Its place, if it has one, is free once the answer is written.
pub(super) fn answer<T: Serialize>(
    caller: &Caller,
    ack: Ack,
    result: &Result<T, Refusal>,
    place: Option<Place>,
) {
    match result {
        Ok(answer) => ack.send(answer, place),
        Err(refusal) => ack.send(&refusal.body(caller.app.clock.now()), place),
    }
}

impl Ack {
    fn send(self, answer: &impl Serialize, place: Option<Place>) {
        match self {
            Self::Direct(outbox, number) => {
                if let Some(json) = frame::raw(answer) {
                    outbox.answer(frame::held(frame::acknowledgement(number, &json), place));
                }
            }
            Self::Library(ack) => {
                if let Err(error) = ack.send(answer) {
                    // The socket is closed, or its buffer is full because its client does not read: it asks again.
                    tracing::debug!(%error, "an acknowledgement was not sent");
                }
            }
            Self::Unwanted => {}
        }
    }
}

/// Notes from time to time that the session of a long-lived socket is used.
pub(super) async fn touch(Caller { app, line, .. }: &Caller) {
    if line.is_due(app.clock.now(), TOUCH_MILLIS)
        && let Err(error) = session::touch(app, &line.caller).await
    {
        tracing::warn!(%error, "a session could not be touched");
    }
}

/// A future that has been polled once: what it queues, it has queued in the order of the events, although each event is
/// then answered by a task of its own.
pub(super) enum Begun<T> {
    Ready(T),
    Pending(Pin<Box<dyn Future<Output = T> + Send>>),
}

impl<T> Begun<T> {
    pub(super) fn new(future: impl Future<Output = T> + Send + 'static) -> Self {
        // Unconstrained: the task that reads the transport may have used up its budget, and then the first poll would
        // queue nothing.
        let mut future: Pin<Box<dyn Future<Output = T> + Send>> =
            Box::pin(tokio::task::unconstrained(future));
        // Nobody is woken by this poll; the one in `finish` leaves the right waker.
        match future
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
        {
            Poll::Ready(output) => Self::Ready(output),
            Poll::Pending => Self::Pending(future),
        }
    }

    pub(super) async fn finish(self) -> T {
        match self {
            Self::Ready(output) => output,
            Self::Pending(future) => future.await,
        }
    }
}
