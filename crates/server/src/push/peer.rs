//! One connected socket, by whichever road it came.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use protocol::{events::name, ids::Seq, rest::Empty, time::Timestamp};
use serde_json::value::RawValue;
use socketioxide::{SendError, SocketError, extract::SocketRef};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tungstenite::Bytes;

use super::{
    frame,
    outbox::{Outbox, Put},
    run::Run,
};
use crate::session::Caller;

/// Requests of one socket that may be under way at once.
const IN_FLIGHT: usize = 256;
/// Pages of history of one socket that may be under way at once.
const PAGES: usize = 4;
/// A socket of the library's that fell behind is tried again after this time, if it does not ask for history before.
const RETRY_MILLIS: u64 = 1_000;

/// Tells sockets apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct LineId(pub(super) u64);

/// What a socket's event handlers and the hub share. It does not hold the socket itself, which holds the handlers.
pub(crate) struct Line {
    pub(crate) id: LineId,
    pub(crate) caller: Caller,
    pub(super) closed: AtomicBool,
    /// When a push was dropped; 0 while the socket keeps up.
    behind_since: AtomicU64,
    touched: AtomicU64,
    in_flight: Arc<Semaphore>,
    pages: Arc<Semaphore>,
}

/// A place among the requests under way. An answer keeps it until it is written, where its road can tell.
pub(crate) struct Place {
    _request: OwnedSemaphorePermit,
    page: Option<OwnedSemaphorePermit>,
}

impl Line {
    pub(super) fn new(id: LineId, caller: Caller, now: Timestamp) -> Self {
        Self {
            id,
            caller,
            closed: AtomicBool::new(false),
            behind_since: AtomicU64::new(0),
            touched: AtomicU64::new(now.millis()),
            in_flight: Arc::new(Semaphore::new(IN_FLIGHT)),
            pages: Arc::new(Semaphore::new(PAGES)),
        }
    }

    /// A place among the requests under way.
    pub(crate) fn enter(&self) -> Option<Place> {
        let request = self.in_flight.clone().try_acquire_owned().ok()?;
        Some(Place {
            _request: request,
            page: None,
        })
    }

    /// Waits for a place among the pages of history, so that few wait for a client that does not read.
    pub(crate) async fn enter_page(&self, place: &mut Place) {
        // An error says that the semaphore is closed; nobody closes it.
        place.page = self.pages.clone().acquire_owned().await.ok();
    }

    /// The client asks for what it missed: from now on it gets pushes again.
    pub(crate) fn resume(&self) {
        self.behind_since.store(0, Ordering::SeqCst);
    }

    /// Whether it is time to note again that the session is used.
    pub(crate) fn is_due(&self, now: Timestamp, every_millis: u64) -> bool {
        let touched = Timestamp::from_millis(self.touched.load(Ordering::Relaxed));
        let due = now.since(touched) >= every_millis;
        if due {
            self.touched.store(now.millis(), Ordering::Relaxed);
        }
        due
    }

    fn is_behind(&self) -> bool {
        self.behind_since.load(Ordering::SeqCst) != 0
    }

    fn fall_behind(&self, now: Timestamp) {
        self.behind_since
            .store(now.millis().max(1), Ordering::SeqCst);
    }

    fn is_waiting(&self, now: Timestamp) -> bool {
        let since = self.behind_since.load(Ordering::SeqCst);
        since != 0 && now.millis().saturating_sub(since) < RETRY_MILLIS
    }
}

/// How to reach a socket.
#[derive(Clone)]
pub(crate) enum Road {
    /// A WebSocket of our own.
    Direct(Arc<Outbox>),
    /// The Socket.IO library: polling, and what was upgraded from it.
    Library(SocketRef),
}

/// An event, encoded once however many sockets it goes to.
pub(super) struct Event {
    name: &'static str,
    json: Box<RawValue>,
    frame: Bytes,
}

impl Event {
    pub(super) fn new(name: &'static str, data: &impl serde::Serialize) -> Option<Self> {
        let json = frame::raw(data)?;
        let frame = frame::event(name, &json);
        Some(Self { name, json, frame })
    }
}

/// A socket that the hub pushes to.
pub(crate) struct Peer {
    pub(super) line: Arc<Line>,
    road: Road,
}

impl Peer {
    pub(super) fn new(line: Arc<Line>, road: Road) -> Self {
        Self { line, road }
    }

    pub(super) fn id(&self) -> LineId {
        self.line.id
    }

    /// Pushes, or notes that the socket missed something.
    pub(super) fn push(&self, event: &Event, now: Timestamp) {
        match &self.road {
            Road::Direct(outbox) => self.put(outbox, event.frame.clone(), now),
            Road::Library(socket) => self.emit(socket, event.name, &event.json, now),
        }
    }

    /// Pushes the entries after this place, or notes that the socket missed something.
    pub(super) fn push_run(&self, run: &Run, last: Seq, now: Timestamp) {
        match &self.road {
            Road::Direct(outbox) => {
                if let Some(frames) = run.frames_after(last) {
                    self.put(outbox, frames, now);
                }
            }
            Road::Library(socket) => {
                for json in run.entries_after(last) {
                    self.emit(socket, name::NEW_MESSAGE, json, now);
                }
            }
        }
    }

    /// Tells the socket that it missed something.
    pub(super) fn tell_missed(&self) {
        match &self.road {
            Road::Direct(outbox) => {
                if let Some(missed) = frame::bare_event(name::MISSED) {
                    outbox.answer(missed);
                }
            }
            // This goes through the library's slot for volatile packets, which holds the last one and is sent when the
            // buffer before it has drained: it cannot be dropped by a full buffer. An error says that the socket is
            // closed; then its client asks for all when it comes back.
            Road::Library(socket) => {
                let _closed = socket.volatile().emit(name::MISSED, &Empty {});
            }
        }
    }

    /// Whether a push was dropped before the socket was connected.
    pub(super) fn is_behind(&self) -> bool {
        self.line.is_behind()
    }

    /// Sends a last event and closes the socket.
    pub(super) fn end(&self, event: &Event, now: Timestamp) {
        match &self.road {
            Road::Direct(outbox) => {
                outbox.end([event.frame.clone(), frame::packet(frame::DISCONNECT)]);
            }
            Road::Library(socket) => {
                self.push(event, now);
                if let Err(error) = socket.clone().disconnect() {
                    tracing::debug!(%error, "a socket was closed already");
                }
            }
        }
    }

    /// Closes the socket without a last event.
    pub(super) fn close(&self) {
        match &self.road {
            Road::Direct(outbox) => outbox.end([frame::packet(frame::DISCONNECT)]),
            Road::Library(socket) => {
                if let Err(error) = socket.clone().disconnect() {
                    tracing::debug!(%error, "a socket was closed already");
                }
            }
        }
    }

    /// `missed` takes the place of the first push that is dropped; more are not queued before the socket has caught up.
    fn put(&self, outbox: &Outbox, frame: Bytes, now: Timestamp) {
        let is_behind = self.line.is_behind();
        match outbox.push(frame, is_behind) {
            Put::Queued if is_behind => self.line.resume(),
            Put::Full if !is_behind => {
                self.line.fall_behind(now);
                self.tell_missed();
            }
            Put::Queued | Put::Full | Put::Closed => {}
        }
    }

    fn emit(&self, socket: &SocketRef, name: &str, data: &RawValue, now: Timestamp) {
        if self.line.is_waiting(now) {
            self.tell_missed();
            return;
        }
        match socket.emit(name, data) {
            Ok(()) => self.line.resume(),
            Err(SendError::Socket(SocketError::InternalChannelFull | SocketError::Closed)) => {
                self.line.fall_behind(now);
                self.tell_missed();
            }
            Err(SendError::Serialize(error)) => {
                tracing::error!(%error, "a push does not serialise");
            }
        }
    }
}
