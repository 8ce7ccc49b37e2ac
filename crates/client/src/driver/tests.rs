//! The loop with a scripted machine, a scripted server and a clock that tests move.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::{cell::RefCell, collections::VecDeque, rc::Rc, time::Duration};

use engine::api::{
    Batch, CallError, CallId, Command, CommandId, Event, Input, Key, Outcome, Output, Pending,
    Space, TimelineItem,
};
use futures_util::future::LocalBoxFuture;
use protocol::{
    call::{Call, Reply},
    error::{ErrorBody, ErrorCode},
    events::Push,
    time::Timestamp,
};
use rand_core::{CryptoRngCore, OsRng};
use tokio::{sync::mpsc, task::LocalSet, time::Instant};

use super::{Client, Link, Machine, Parts, start};
use crate::{
    clock::Clock,
    store::{Memory, Plain, Range, Store, StoreError},
    transport::{ConnectError, Pushes, Transport},
};

/// What happened, in order, seen from all sides.
type Journal = Rc<RefCell<Vec<String>>>;

/// Counts commands; each makes one row, one call, and ends when the call is answered.
struct Counter {
    journal: Journal,
    count: u64,
    token: Option<String>,
    waiting: Vec<CommandId>,
    wakes: bool,
}

#[derive(Clone)]
struct Config {
    journal: Journal,
    wakes: bool,
}

impl Machine for Counter {
    type Config = Config;

    async fn load<S: Store>(config: Config, store: &mut S) -> Result<Self, StoreError> {
        let rows = store.tail(Space::Rooms, 1).await?;
        let count = rows.last().map_or(0, |(number, _)| *number);
        config.journal.borrow_mut().push(format!("load {count}"));
        Ok(Self {
            journal: config.journal,
            count,
            token: Some("token".to_owned()),
            waiting: Vec::new(),
            wakes: config.wakes,
        })
    }

    fn handle(&mut self, input: Input, now: Timestamp, _: &mut dyn CryptoRngCore) -> Output {
        let mut output = Output::default();
        let note = |text: &str| self.journal.borrow_mut().push(text.to_owned());
        match input {
            Input::Command(id, _) => {
                self.count += 1;
                let key = Key::Numbered(Space::Rooms, self.count);
                output.batch.put(key, Vec::new());
                output.calls.push((CallId(self.count), Call::ServerInfo));
                self.waiting.push(id);
            }
            Input::Answer(_, answer) => {
                note(if answer.is_ok() {
                    "answer"
                } else {
                    "no answer"
                });
                let done = self.waiting.remove(0);
                output.events.push(Event::Done(done, Ok(Outcome::Done)));
            }
            Input::Push(Push::SessionEnded(_)) => {
                note("session ended");
                self.token = None;
            }
            Input::Push(_) => note("push"),
            Input::Connected => note("connected"),
            Input::Disconnected => note("disconnected"),
            Input::Wake => note("wake"),
        }
        // A careless wish: a time that has passed.
        output.wake = self.wakes.then_some(now);
        output
    }

    fn session_token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    fn pending(&self) -> Pending {
        Pending {
            calls: self.waiting.len(),
            ..Pending::default()
        }
    }

    fn item(_: &[u8]) -> Result<TimelineItem, StoreError> {
        Err(StoreError::Corrupt("no timeline here"))
    }
}

/// So many failures mean that somebody else has opened the store.
const TAKEN: u32 = u32::MAX;

/// A store that fails when told to.
struct Flaky {
    inner: Plain<Memory>,
    journal: Journal,
    failing: Rc<RefCell<u32>>,
}

impl Store for Flaky {
    async fn rows(&mut self, space: Space) -> Result<Vec<(Key, Vec<u8>)>, StoreError> {
        self.inner.rows(space).await
    }

    async fn range(
        &mut self,
        space: Space,
        range: Range,
    ) -> Result<Vec<(u64, Vec<u8>)>, StoreError> {
        self.inner.range(space, range).await
    }

    async fn commit(&mut self, batch: Batch) -> Result<(), StoreError> {
        tokio::task::yield_now().await;
        if *self.failing.borrow() == TAKEN {
            return Err(StoreError::Busy);
        }
        if *self.failing.borrow() > 0 {
            *self.failing.borrow_mut() -= 1;
            return Err(StoreError::Failed("disk full".to_owned()));
        }
        self.journal.borrow_mut().push("stored".to_owned());
        self.inner.commit(batch).await
    }

    async fn close(self) -> Result<(), StoreError> {
        self.inner.close().await
    }
}

/// A server whose connections the test makes and breaks.
#[derive(Clone, Default)]
struct Scripted {
    journal: Journal,
    connects: Rc<RefCell<VecDeque<Result<(), ConnectError>>>>,
    open: Rc<RefCell<Option<mpsc::Sender<Push>>>>,
    silent: Rc<RefCell<bool>>,
}

impl Transport for Scripted {
    fn call(
        &self,
        _: Call,
        token: Option<&str>,
    ) -> impl Future<Output = Result<Reply, CallError>> + 'static {
        assert_eq!(token, Some("token"));
        self.journal.borrow_mut().push("called".to_owned());
        let silent = *self.silent.borrow();
        async move {
            if silent {
                std::future::pending::<()>().await;
            }
            Ok(Reply::Done)
        }
    }

    fn connect(&self, _: &str) -> impl Future<Output = Result<Pushes, ConnectError>> + 'static {
        let result = self.connects.borrow_mut().pop_front().unwrap_or(Ok(()));
        let open = self.open.clone();
        async move {
            result?;
            let (pushes, arrivals) = mpsc::channel(8);
            open.borrow_mut().replace(pushes);
            Ok(Pushes { arrivals })
        }
    }
}

/// Tokio's clock, which a paused test moves.
struct Moved(Instant);

impl Clock for Moved {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.elapsed().as_millis() as u64)
    }

    fn sleep(&self, millis: u64) -> LocalBoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(Duration::from_millis(millis)))
    }
}

/// One driver and what surrounds it.
struct World {
    client: Client<Counter>,
    journal: Journal,
    server: Scripted,
    failing: Rc<RefCell<u32>>,
}

impl World {
    async fn new(connects: Vec<Result<(), ConnectError>>, wakes: bool) -> Self {
        let journal = Journal::default();
        let failing = Rc::new(RefCell::new(0));
        let server = Scripted {
            journal: journal.clone(),
            connects: Rc::new(RefCell::new(connects.into())),
            ..Scripted::default()
        };
        let store = Flaky {
            inner: Plain::new(Memory::new()),
            journal: journal.clone(),
            failing: failing.clone(),
        };
        let parts = Parts {
            store,
            transport: server.clone(),
            clock: Moved(Instant::now()),
            rng: OsRng,
        };
        let config = Config {
            journal: journal.clone(),
            wakes,
        };
        let client = start(config, parts).await.unwrap();
        Self {
            client,
            journal,
            server,
            failing,
        }
    }

    async fn until(&self, wanted: Link) {
        let mut link = self.client.link();
        link.wait_for(|link| *link == wanted).await.unwrap();
    }

    fn journal(&self) -> Vec<String> {
        self.journal.borrow().clone()
    }

    fn count(&self, what: &str) -> usize {
        self.journal().iter().filter(|line| *line == what).count()
    }
}

async fn story(tell: impl AsyncFnOnce()) {
    LocalSet::new().run_until(tell()).await;
}

#[tokio::test(start_paused = true)]
async fn a_batch_is_stored_before_its_calls_go_out() {
    story(async || {
        let world = World::new(vec![], false).await;
        world.until(Link::Online).await;
        let done = world.client.command(Command::Sync).await;
        assert_eq!(done, Ok(Outcome::Done));
        assert_eq!(
            world.journal(),
            ["load 0", "connected", "stored", "called", "answer"]
        );
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_store_error_throws_memory_away() {
    story(async || {
        let world = World::new(vec![], false).await;
        world.until(Link::Online).await;
        world.client.command(Command::Sync).await.unwrap();
        *world.failing.borrow_mut() = 1;
        let failed = world.client.command(Command::Sync).await.unwrap_err();
        assert_eq!(failed.code, ErrorCode::StoreFailed);
        assert_eq!(world.count("load 1"), 1);
        assert_eq!(
            world.count("called"),
            1,
            "nothing is sent that is not stored"
        );
        world.until(Link::Online).await;
        world.client.command(Command::Sync).await.unwrap();
        let count = world.client.read(|machine| machine.count).await;
        assert_eq!(count, Ok(2));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_store_that_keeps_failing_stops_the_driver() {
    story(async || {
        let world = World::new(vec![], false).await;
        *world.failing.borrow_mut() = 99;
        for _ in 0..4 {
            let failed = world.client.command(Command::Sync).await.unwrap_err();
            assert_eq!(failed.code, ErrorCode::StoreFailed);
        }
        world.until(Link::Stopped).await;
        assert!(world.client.read(|_| ()).await.is_err());
        world.client.idle().await;
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_store_that_somebody_else_has_opened_stops_the_driver_at_once() {
    story(async || {
        let world = World::new(vec![], false).await;
        world.until(Link::Online).await;
        *world.failing.borrow_mut() = TAKEN;
        world.client.command(Command::Sync).await.unwrap_err();
        world.until(Link::Stopped).await;
        let quiet = ["load 0", "connected"];
        assert_eq!(world.journal(), quiet, "nothing is sent or loaded");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_lost_connection_comes_back_after_a_pause() {
    story(async || {
        let gone = || Err(ConnectError::Gone);
        let world = World::new(vec![Ok(()), gone(), Err(ConnectError::Malformed)], false).await;
        world.until(Link::Online).await;
        let before = Instant::now();
        world.server.open.borrow_mut().take();
        world.until(Link::Unreadable).await;
        world.until(Link::Online).await;
        // Half of 0.5 s, 1 s and 2 s at least.
        assert!(before.elapsed() >= Duration::from_millis(1_750));
        assert_eq!(world.count("connected"), 2);
        assert_eq!(world.count("disconnected"), 1);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_refused_session_ends_and_is_not_tried_again() {
    story(async || {
        let refused = ErrorBody::new(ErrorCode::SessionExpired, Timestamp::default());
        let world = World::new(vec![Err(ConnectError::Refused(refused))], false).await;
        world.until(Link::SignedOut).await;
        tokio::time::sleep(Duration::from_secs(600)).await;
        assert_eq!(world.journal(), ["load 0", "session ended"]);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_session_that_ends_while_connected_is_told_as_a_disconnect() {
    story(async || {
        let world = World::new(vec![], false).await;
        world.until(Link::Online).await;
        let pushes = world.server.open.borrow_mut().take().unwrap();
        let ended = ErrorBody::new(ErrorCode::SessionExpired, Timestamp::default());
        pushes.send(Push::Missed).await.unwrap();
        pushes.send(Push::SessionEnded(ended)).await.unwrap();
        world.until(Link::SignedOut).await;
        assert_eq!(
            world.journal(),
            [
                "load 0",
                "connected",
                "push",
                "session ended",
                "disconnected"
            ]
        );
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn idle_waits_for_answers() {
    story(async || {
        let world = World::new(vec![], false).await;
        world.until(Link::Online).await;
        world.client.idle().await;
        *world.server.silent.borrow_mut() = true;
        let client = world.client.clone();
        tokio::task::spawn_local(async move { client.command(Command::Sync).await });
        tokio::task::yield_now().await;
        let idle = tokio::time::timeout(Duration::from_secs(60), world.client.idle()).await;
        assert!(idle.is_err());
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_wish_for_the_past_does_not_spin_the_loop() {
    story(async || {
        let world = World::new(vec![], true).await;
        world.until(Link::Online).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        let wakes = world.count("wake");
        assert!((100..=200).contains(&wakes), "{wakes}");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn closing_frees_everything() {
    story(async || {
        let world = World::new(vec![], false).await;
        world.until(Link::Online).await;
        world.client.close().await;
        assert!(world.server.open.borrow().as_ref().unwrap().is_closed());
        assert!(world.client.command(Command::Sync).await.is_err());
    })
    .await;
}
