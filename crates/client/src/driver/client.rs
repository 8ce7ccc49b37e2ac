//! The handle that programs hold.

use engine::api::{Command, Event, Failure, Outcome, Space, TimelineItem};
use protocol::{
    error::ErrorCode,
    ids::{RoomId, Seq},
};
use tokio::sync::{broadcast, mpsc, oneshot, watch};
use zeroize::Zeroizing;

use super::{Link, Machine};
use crate::store::{Range, StoreError};

/// What a handle asks of the driver.
pub(super) enum Ask<M> {
    Command(Command, oneshot::Sender<Result<Outcome, Failure>>),
    Report(RoomId, Seq, oneshot::Sender<Result<Outcome, Failure>>),
    Read(Box<dyn FnOnce(&M)>),
    Timeline(
        RoomId,
        Range,
        oneshot::Sender<Result<Vec<TimelineItem>, StoreError>>,
    ),
    Idle(oneshot::Sender<()>),
    Close(oneshot::Sender<()>),
}

/// A client: clones share one driver.
pub struct Client<M> {
    pub(super) asks: mpsc::Sender<Ask<M>>,
    pub(super) events: broadcast::Sender<Event>,
    pub(super) link: watch::Receiver<Link>,
}

impl<M> Clone for Client<M> {
    fn clone(&self) -> Self {
        Self {
            asks: self.asks.clone(),
            events: self.events.clone(),
            link: self.link.clone(),
        }
    }
}

impl<M: Machine> Client<M> {
    /// Gives a command and waits for its end.
    ///
    /// # Errors
    /// Why it failed, with a code of the closed list; `STORE_FAILED` if the driver has ended.
    pub async fn command(&self, command: Command) -> Result<Outcome, Failure> {
        let (answer, answered) = oneshot::channel();
        self.ask(Ask::Command(command, answer)).await;
        answered.await.unwrap_or_else(|_| Err(stopped()))
    }

    /// Reads from the engine between two inputs, when everything that it knows is durable.
    ///
    /// # Errors
    /// The driver has ended.
    pub async fn read<T: 'static>(
        &self,
        read: impl FnOnce(&M) -> T + 'static,
    ) -> Result<T, Failure> {
        let (answer, answered) = oneshot::channel();
        let read = move |machine: &M| {
            // Whoever asked may be gone.
            let _ = answer.send(read(machine));
        };
        self.ask(Ask::Read(Box::new(read))).await;
        answered.await.map_err(|_| stopped())
    }

    /// Reads lines of a room that stand in its log.
    ///
    /// # Errors
    /// The store fails, or the driver has ended.
    pub async fn timeline(&self, room: RoomId, range: Range) -> Result<Vec<TimelineItem>, Failure> {
        let (answer, answered) = oneshot::channel();
        self.ask(Ask::Timeline(room, range, answer)).await;
        let items = answered.await.map_err(|_| stopped())?;
        items.map_err(|error| Failure::from(error.code()))
    }

    /// Makes a report of one message, for [`engine::api::verify_report`].
    ///
    /// # Errors
    /// Why there is none, with a code of the closed list; `STORE_FAILED` if the driver has ended.
    pub async fn report(&self, room: RoomId, seq: Seq) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let (answer, answered) = oneshot::channel();
        self.ask(Ask::Report(room, seq, answer)).await;
        match answered.await.unwrap_or_else(|_| Err(stopped()))? {
            Outcome::Report(report) => Ok(report),
            _ => Err(Failure::from(ErrorCode::BadAnswer)),
        }
    }

    /// Waits until nothing is left to do: outbox and vault written, logs and mail read, nothing in flight. Ends
    /// also when the driver does.
    pub async fn idle(&self) {
        let (answer, answered) = oneshot::channel();
        self.ask(Ask::Idle(answer)).await;
        // A driver that has ended does nothing any more.
        let _ = answered.await;
    }

    /// Ends the driver, its connection and its store.
    pub async fn close(&self) {
        let (answer, answered) = oneshot::channel();
        self.ask(Ask::Close(answer)).await;
        let _ = answered.await;
    }

    /// Events from now on. A receiver that falls far behind is told so ([`broadcast::error::RecvError::Lagged`])
    /// and reads rooms and timelines anew.
    pub fn events(&self) -> broadcast::Receiver<Event> {
        self.events.subscribe()
    }

    /// Where the connection stands, and how it changes.
    pub fn link(&self) -> watch::Receiver<Link> {
        self.link.clone()
    }

    async fn ask(&self, ask: Ask<M>) {
        // If the driver has ended, the ask is dropped and with it the sender of its answer.
        let _ = self.asks.send(ask).await;
    }
}

fn stopped() -> Failure {
    Failure::from(ErrorCode::StoreFailed)
}

/// The rows of a room's timeline.
pub(super) const fn timeline_space(room: RoomId) -> Space {
    Space::Timeline(room)
}
