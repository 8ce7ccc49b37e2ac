//! One connected socket.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use protocol::{events::name, rest::Empty, time::Timestamp};
use serde::Serialize;
use socketioxide::{SendError, SocketError, extract::SocketRef};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::session::Caller;

/// Requests of one socket that may be under way at once.
const IN_FLIGHT: usize = 256;
/// A socket that fell behind is tried again after this time, if it does not ask for history before.
const RETRY_MILLIS: u64 = 1_000;

/// What a socket's event handlers and the hub share. It does not hold the socket itself, which holds the handlers.
pub(crate) struct Line {
    pub(crate) caller: Caller,
    pub(super) closed: AtomicBool,
    /// When a push was dropped; 0 while the socket keeps up.
    behind_since: AtomicU64,
    touched: AtomicU64,
    in_flight: Arc<Semaphore>,
}

impl Line {
    pub(crate) fn new(caller: Caller, now: Timestamp) -> Self {
        Self {
            caller,
            closed: AtomicBool::new(false),
            behind_since: AtomicU64::new(0),
            touched: AtomicU64::new(now.millis()),
            in_flight: Arc::new(Semaphore::new(IN_FLIGHT)),
        }
    }

    /// A place among the requests under way.
    pub(crate) fn enter(&self) -> Option<OwnedSemaphorePermit> {
        self.in_flight.clone().try_acquire_owned().ok()
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

    fn is_waiting(&self, now: Timestamp) -> bool {
        let since = self.behind_since.load(Ordering::SeqCst);
        since != 0 && now.millis().saturating_sub(since) < RETRY_MILLIS
    }
}

/// A socket that the hub pushes to.
pub(crate) struct Peer {
    pub(super) socket: SocketRef,
    pub(super) line: Arc<Line>,
}

impl Peer {
    /// Pushes, or notes that the socket missed something.
    pub(super) fn push(&self, event: &str, data: &(impl Serialize + ?Sized), now: Timestamp) {
        if self.line.is_waiting(now) {
            self.tell_missed();
            return;
        }
        match self.socket.emit(event, data) {
            Ok(()) => self.line.resume(),
            Err(SendError::Socket(SocketError::InternalChannelFull | SocketError::Closed)) => {
                self.line
                    .behind_since
                    .store(now.millis().max(1), Ordering::SeqCst);
                self.tell_missed();
            }
            Err(SendError::Serialize(error)) => {
                tracing::error!(%error, "a push does not serialise");
            }
        }
    }

    /// Tells the socket once that it missed something. This goes through the library's slot for volatile packets, which
    /// holds the last one and is sent when the buffer before it has drained: it cannot be dropped by a full buffer.
    pub(super) fn tell_missed(&self) {
        // An error says that the socket is closed; then its client asks for all when it comes back.
        let _closed = self.socket.volatile().emit(name::MISSED, &Empty {});
    }

    /// Whether a push was dropped before the socket was connected.
    pub(super) fn is_behind(&self) -> bool {
        self.line.behind_since.load(Ordering::SeqCst) != 0
    }
}
