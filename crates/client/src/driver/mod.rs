//! The one loop: input, batch, calls, events.
//!
//! One input at a time goes through the engine. Its batch is durable before any call is sent and any event is
//! shown. After a store error the engine in memory may be ahead of the store, so it is thrown away and loaded
//! anew.

mod adapter;
mod client;
mod connection;
mod core;

mod machine;

#[cfg(test)]
mod tests;

use engine::api::{CallError, CallId, Input};
use futures_util::{StreamExt, future::LocalBoxFuture, stream::FuturesUnordered};
use protocol::{call::Reply, events::Push};
use rand_core::CryptoRngCore;
use tokio::sync::{broadcast, mpsc, oneshot, watch};

use crate::{
    clock::Clock,
    platform,
    store::{Store, StoreError},
    transport::Transport,
};
use client::Ask;
use connection::{Connection, News};

pub use client::Client;
pub use connection::Link;
pub use machine::Machine;

/// Asks that wait for the driver; handles wait beyond that.
const ASKS_WAITING: usize = 64;
/// Events that a slow receiver may be behind before it is told that it missed some.
const EVENTS_KEPT: usize = 16_384;
/// A wake is never sooner than this, so that a mistaken wish cannot spin the loop.
const WAKE_MILLIS_MIN: u64 = 5;

/// What a driver is made of.
pub struct Parts<S, T, C, R> {
    /// Where rows are kept.
    pub store: S,
    /// The road to the server.
    pub transport: T,
    /// The time.
    pub clock: C,
    /// The operating system's randomness, or a seed's.
    pub rng: R,
}

/// Loads a machine from its store and starts its loop; the handle talks to it.
///
/// # Errors
/// The store fails or is damaged.
pub async fn start<M, S, T, C, R>(
    config: M::Config,
    mut parts: Parts<S, T, C, R>,
) -> Result<Client<M>, StoreError>
where
    M: Machine,
    S: Store,
    T: Transport,
    C: Clock,
    R: CryptoRngCore + 'static,
{
    let machine = M::load(config.clone(), &mut parts.store).await?;
    let (asks, asked) = mpsc::channel(ASKS_WAITING);
    let (events, _) = broadcast::channel(EVENTS_KEPT);
    let (link, link_seen) = watch::channel(Link::SignedOut);
    let mut driver = Driver {
        config,
        machine,
        parts,
        connection: Connection::new(),
        calls: FuturesUnordered::new(),
        commands: Default::default(),
        next_command: 0,
        idlers: Vec::new(),
        wake: None,
        failures: 0,
        given_up: false,
        events: events.clone(),
        link,
    };
    driver.follow_session();
    driver.settle();
    platform::spawn(driver.run(asked));
    Ok(Client {
        asks,
        events,
        link: link_seen,
    })
}

type Answer = (CallId, Result<Reply, CallError>);

/// The loop and all that it owns.
struct Driver<M: Machine, S, T, C, R> {
    config: M::Config,
    machine: M,
    parts: Parts<S, T, C, R>,
    connection: Connection,
    calls: FuturesUnordered<LocalBoxFuture<'static, Answer>>,
    commands: core::Commands,
    next_command: u64,
    idlers: Vec<oneshot::Sender<()>>,
    wake: Option<protocol::time::Timestamp>,
    failures: u32,
    /// An open connection was given up for another session; the machine has yet to be told.
    given_up: bool,
    events: broadcast::Sender<engine::api::Event>,
    link: watch::Sender<Link>,
}

/// What ends one turn of the loop.
enum Happening<M> {
    Ask(Ask<M>),
    Answer(Answer),
    News(News),
    Wake,
    HandlesGone,
}

impl<M, S, T, C, R> Driver<M, S, T, C, R>
where
    M: Machine,
    S: Store,
    T: Transport,
    C: Clock,
    R: CryptoRngCore + 'static,
{
    async fn run(mut self, mut asked: mpsc::Receiver<Ask<M>>) {
        loop {
            let mut turn = match self.happening(&mut asked).await {
                Happening::Ask(Ask::Close(done)) => {
                    if let Err(error) = self.parts.store.close().await {
                        tracing::warn!(%error, "the store could not be closed");
                    }
                    let _ = done.send(());
                    return;
                }
                Happening::HandlesGone => return,
                Happening::Ask(ask) => self.asked(ask).await,
                Happening::Answer((id, answer)) => self.take(Input::Answer(id, answer)).await,
                Happening::News(news) => self.heard(news).await,
                Happening::Wake => {
                    self.wake = None;
                    self.take(Input::Wake).await
                }
            };
            if turn.is_ok() && std::mem::take(&mut self.given_up) {
                turn = self.take(Input::Disconnected).await;
            }
            if let Err(error) = turn {
                tracing::error!(code = %error.code(), %error, "the store failed for good");
                self.link.send_replace(Link::Stopped);
                return;
            }
            self.settle();
        }
    }

    async fn happening(&mut self, asked: &mut mpsc::Receiver<Ask<M>>) -> Happening<M> {
        let parts = &mut self.parts;
        let alarm = self.wake.map(|wake| {
            let millis = wake.since(parts.clock.now()).max(WAKE_MILLIS_MIN);
            parts.clock.sleep(millis)
        });
        let alarm = async {
            match alarm {
                Some(alarm) => alarm.await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            ask = asked.recv() => ask.map_or(Happening::HandlesGone, Happening::Ask),
            Some(answer) = self.calls.next() => Happening::Answer(answer),
            news = self.connection.next(&parts.transport, &parts.clock, &mut parts.rng) => {
                Happening::News(news)
            }
            () = alarm => Happening::Wake,
        }
    }

    async fn heard(&mut self, news: News) -> Result<(), StoreError> {
        match news {
            News::Opened => self.take(Input::Connected).await,
            News::Lost => self.take(Input::Disconnected).await,
            News::Push(push) => self.take(Input::Push(push)).await,
            News::Refused(error) => self.take(Input::Push(Push::SessionEnded(error))).await,
            News::Failed => Ok(()),
        }
    }
}
