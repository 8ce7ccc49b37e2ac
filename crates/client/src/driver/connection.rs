//! The connection's own life: opening, open, lost, waiting, refused.

use std::future::pending;

use futures_util::future::LocalBoxFuture;
use protocol::{error::ErrorBody, events::Push};
use rand_core::CryptoRngCore;

use crate::{
    clock::Clock,
    transport::{Backoff, ConnectError, Pushes, Transport},
};

/// Where the connection to the server stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// There is no session, so nothing to connect for.
    SignedOut,
    /// Being opened for the first time, or again after a loss.
    Connecting,
    /// Open.
    Online,
    /// The server could not be reached; the next attempt comes by itself.
    Offline,
    /// What answers does not speak the protocol; the next attempt comes by itself.
    Unreadable,
    /// The driver has ended because its store failed for good.
    Stopped,
}

/// What happened on the connection.
pub(super) enum News {
    /// It is open.
    Opened,
    /// It is gone after having been open.
    Lost,
    /// The server said something.
    Push(Push),
    /// The server does not accept the session.
    Refused(ErrorBody),
    /// It could not be opened.
    Failed,
}

type Opening = LocalBoxFuture<'static, Result<Pushes, ConnectError>>;

enum State {
    Idle,
    Waiting(LocalBoxFuture<'static, ()>),
    Opening(Opening),
    Open(Pushes),
}

/// Keeps one connection open as long as there is a token.
pub(super) struct Connection {
    token: Option<String>,
    state: State,
    backoff: Backoff,
    unreadable: bool,
}

impl Connection {
    pub(super) fn new() -> Self {
        Self {
            token: None,
            state: State::Idle,
            backoff: Backoff::default(),
            unreadable: false,
        }
    }

    /// Follows the session: a new token opens a new connection, none closes it. Says whether an open connection
    /// was given up.
    pub(super) fn follow(&mut self, token: Option<&str>, transport: &impl Transport) -> bool {
        if self.token.as_deref() == token {
            return false;
        }
        let was_open = matches!(self.state, State::Open(_));
        self.token = token.map(str::to_owned);
        self.backoff.reset();
        self.unreadable = false;
        self.state = match token {
            Some(token) => State::Opening(Box::pin(transport.connect(token))),
            None => State::Idle,
        };
        was_open
    }

    /// Forgets everything; the next [`follow`](Self::follow) begins anew.
    pub(super) fn reset(&mut self) {
        *self = Self::new();
    }

    /// Waits for the next news. May be dropped and called again at any time.
    pub(super) async fn next(
        &mut self,
        transport: &impl Transport,
        clock: &impl Clock,
        rng: &mut dyn CryptoRngCore,
    ) -> News {
        loop {
            match &mut self.state {
                State::Idle => pending().await,
                State::Waiting(pause) => {
                    pause.await;
                    self.state = match &self.token {
                        Some(token) => State::Opening(Box::pin(transport.connect(token))),
                        None => State::Idle,
                    };
                }
                State::Opening(opening) => {
                    let opened = opening.await;
                    return self.opened(opened, clock, rng);
                }
                State::Open(pushes) => {
                    let Some(push) = pushes.next().await else {
                        self.pause(clock, rng);
                        return News::Lost;
                    };
                    return News::Push(push);
                }
            }
        }
    }

    fn opened(
        &mut self,
        opened: Result<Pushes, ConnectError>,
        clock: &impl Clock,
        rng: &mut dyn CryptoRngCore,
    ) -> News {
        self.unreadable = matches!(opened, Err(ConnectError::Malformed));
        match opened {
            Ok(pushes) => {
                self.backoff.reset();
                self.state = State::Open(pushes);
                News::Opened
            }
            Err(ConnectError::Refused(error)) if error.code.status() == 401 => {
                self.state = State::Idle;
                News::Refused(error)
            }
            Err(_) => {
                self.pause(clock, rng);
                News::Failed
            }
        }
    }

    fn pause(&mut self, clock: &impl Clock, mut rng: &mut dyn CryptoRngCore) {
        let millis = self.backoff.next_millis(&mut rng);
        self.state = State::Waiting(clock.sleep(millis));
    }

    /// Where it stands.
    pub(super) fn link(&self) -> Link {
        match &self.state {
            _ if self.token.is_none() => Link::SignedOut,
            State::Open(_) => Link::Online,
            State::Opening(_) => Link::Connecting,
            _ if self.unreadable => Link::Unreadable,
            State::Idle | State::Waiting(_) => Link::Offline,
        }
    }
}
