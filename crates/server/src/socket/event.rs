//! What all events have in common: a place among the requests under way, an acknowledgement whatever happens.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use protocol::rest::Empty;
use serde::Serialize;
use socketioxide::extract::{AckSender, TryData};
use tokio::sync::OwnedSemaphorePermit;

use crate::{
    app::{App, Shared},
    failure::Refusal,
    push::Line,
    store::Store as _,
};

/// Milliseconds after which a client with too many requests under way may ask again.
const BUSY_MILLIS: u64 = 100;
/// A used session is noted at most this often.
const TOUCH_MILLIS: u64 = 3_600_000;

/// The request of an event, and its place among those under way.
pub(super) fn request<T>(
    line: &Line,
    TryData(data): TryData<T>,
) -> Result<(T, OwnedSemaphorePermit), Refusal> {
    let place = line.enter().ok_or(Refusal::rate_limited(BUSY_MILLIS))?;
    // The parser hands its error out as text only.
    let request = data.map_err(|error| Refusal::of_json(&error.to_string()))?;
    Ok((request, place))
}

/// Acknowledges an event.
pub(super) fn answer<T: Serialize>(app: &App, ack: AckSender, result: &Result<T, Refusal>) {
    let sent = match result {
        Ok(answer) => ack.send(answer),
        Err(refusal) => ack.send(&refusal.body(app.clock.now())),
    };
    if let Err(error) = sent {
        // The socket is closed, or its buffer is full because its client does not read: it asks again.
        tracing::debug!(%error, "an acknowledgement was not sent");
    }
}

/// Acknowledges an event that has no answer of its own.
pub(super) fn done(app: &App, ack: AckSender, result: Result<(), Refusal>) {
    answer(app, ack, &result.map(|()| Empty {}));
}

/// Notes from time to time that the session of a long-lived socket is used.
pub(super) async fn touch(app: &Shared, line: &Arc<Line>) {
    if line.is_due(app.clock.now(), TOUCH_MILLIS)
        && let Err(error) = app.store.touch_session(line.caller.token).await
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
