//! A client while one command runs: opened, synced, flushed, closed.

use std::{future::Future, time::Duration};

use client::{
    Client, Link,
    driver::{self, Parts},
    engine::{
        Config, Engine,
        api::{AccountView, Command, Event, NewDevice, Outcome},
    },
    native::{Home, NativeStore, Pins},
    transport::{Network, ServerUrl},
    words,
};
use protocol::{error::ErrorCode, ids::RoomId};
use rand_core::OsRng;
use tokio::{task::spawn_local, time::timeout};

use crate::{args::Global, clock::Clock, exit::Problem, home, output};

/// How long a command may take altogether on the network's side.
const PATIENCE: Duration = Duration::from_secs(90);
/// How long a connection that was lost may take to come back before a command gives up.
const GRACE: Duration = Duration::from_secs(6);

/// A client and the home that it owns.
pub(crate) struct Session {
    pub(crate) client: Client<Engine>,
    home: Home,
    /// The server that it speaks to, and what that showed.
    url: ServerUrl,
}

impl Session {
    /// Starts the client of a home; connects to nothing that it has no session for.
    pub(crate) async fn start(
        home: Home,
        store: NativeStore,
        url: ServerUrl,
        days_ahead: u32,
    ) -> Result<Self, Problem> {
        let transport =
            Network::new(url.clone()).map_err(|_| Problem::of(ErrorCode::ServerGone))?;
        let parts = Parts {
            store,
            transport,
            clock: Clock { days_ahead },
            rng: OsRng,
        };
        let client = driver::start::<Engine, _, _, _, _>(Config::default(), parts).await?;
        spawn_local(report_alarms(client.clone()));
        Ok(Self { client, home, url })
    }

    /// Opens a home that is logged in; does not wait for the server.
    pub(crate) async fn open(global: &Global) -> Result<Self, Problem> {
        let session = Self::begin(global).await?;
        match session.account().await? {
            Some(account) if account.deleted => Err(gone()),
            Some(account) if account.signed_in => Ok(session),
            _ => Err(Problem::of(ErrorCode::NotLoggedIn)),
        }
    }

    /// Opens a home that has an account.
    pub(crate) async fn begin(global: &Global) -> Result<Self, Problem> {
        let home = home::take(global)?;
        let store = home::open(&home).await?;
        let url = home
            .server()?
            .ok_or_else(|| Problem::of(ErrorCode::NotLoggedIn))?;
        Self::start(home, store, url, global.days_ahead).await
    }

    /// Connects and fetches what there is.
    pub(crate) async fn sync(&self) -> Result<(), Problem> {
        let account = self.account().await?;
        if !account.is_some_and(|account| account.signed_in) {
            return Err(Problem::of(ErrorCode::NotLoggedIn));
        }
        self.online().await?;
        self.command(Command::Sync).await?;
        Ok(())
    }

    /// Whether the account of this home is no more.
    pub(crate) async fn is_deleted(&self) -> Result<bool, Problem> {
        let account = self.account().await?;
        Ok(account.is_some_and(|account| account.deleted))
    }

    /// Ends, and takes away what the home held.
    pub(crate) async fn wipe(self) -> Result<(), Problem> {
        self.client.close().await;
        Ok(self.home.wipe().await?)
    }

    /// Opens a home that is logged in, connects and fetches what there is. Says if the account has devices that nobody
    /// has looked at.
    pub(crate) async fn synced(global: &Global) -> Result<Self, Problem> {
        let session = Self::current(global).await?;
        for device in session.client.read(Engine::new_devices).await? {
            output::note(&format!("secure-chat: {}", news(&device)));
        }
        for change in session.client.read(Engine::changes).await? {
            output::note(&format!("secure-chat: {}", words::changed(&change)));
        }
        Ok(session)
    }

    /// The same for a command that shows devices anyway.
    pub(crate) async fn current(global: &Global) -> Result<Self, Problem> {
        let session = Self::open(global).await?;
        if let Err(problem) = session.sync().await {
            // Another device may have deleted the account since.
            let deleted = session.is_deleted().await.unwrap_or(false);
            return Err(if deleted { gone() } else { problem });
        }
        if let Some(code) = session.client.read(Engine::unkept_code).await? {
            output::note(&format!(
                "secure-chat: Your recovery code was replaced, and the new one not shown before this program ended. It is {}. Keep it somewhere safe; it is shown only now.",
                code.expose()
            ));
            session.command(Command::CodeKept).await?;
        }
        Ok(session)
    }

    /// The own account, if this home has one.
    pub(crate) async fn account(&self) -> Result<Option<AccountView>, Problem> {
        Ok(self.client.read(Engine::account).await?)
    }

    /// The server's address.
    pub(crate) const fn url(&self) -> &ServerUrl {
        &self.url
    }

    /// Notes the server that this home belongs to.
    pub(crate) fn belongs_to(&self, url: &ServerUrl) -> Result<(), Problem> {
        Ok(self.home.set_server(url)?)
    }

    /// Waits for the first connection; fails as soon as an attempt has.
    pub(crate) async fn online(&self) -> Result<(), Problem> {
        let mut link = self.client.link();
        let settled = link.wait_for(|link| *link != Link::Connecting);
        let link = match timeout(PATIENCE, settled).await {
            Ok(Ok(link)) => *link,
            Ok(Err(_)) => Link::Stopped,
            Err(_) => Link::Offline,
        };
        match link {
            Link::Online => Ok(()),
            other => Err(self.why(problem_of(other))),
        }
    }

    /// A server that cannot be reached, or one that showed what is not to be trusted.
    fn why(&self, problem: Problem) -> Problem {
        match self.url.trust().problem() {
            Some(code) if problem.code == ErrorCode::ServerGone => Problem::of(code),
            _ => problem,
        }
    }

    /// Gives a command and waits for its end, as long as the server is there.
    pub(crate) async fn command(&self, command: Command) -> Result<Outcome, Problem> {
        Ok(self.steadily(self.client.command(command)).await??)
    }

    /// Gives a command that begins a session, when there is no connection to lose yet.
    pub(crate) async fn sign_in(&self, command: Command) -> Result<Outcome, Problem> {
        let done = self.patiently(self.client.command(command)).await?;
        done.map_err(|failure| self.why(failure.into()))
    }

    /// Waits for something that the connection's end does not end.
    pub(crate) async fn patiently<T>(&self, work: impl Future<Output = T>) -> Result<T, Problem> {
        let done = timeout(PATIENCE, work).await;
        done.map_err(|_| Problem::of(ErrorCode::ServerGone))
    }

    /// The same for what waits for a person at another device. It ends by itself.
    pub(crate) async fn follow(&self, command: Command) -> Result<Outcome, Problem> {
        Ok(self.client.command(command).await?)
    }

    /// Waits for something as long as the connection stands or comes back soon.
    pub(crate) async fn steadily<T>(&self, work: impl Future<Output = T>) -> Result<T, Problem> {
        let work = timeout(PATIENCE, work);
        tokio::select! {
            biased;
            done = work => done.map_err(|_| Problem::of(ErrorCode::ServerGone)),
            link = self.lost() => Err(self.why(problem_of(link))),
        }
    }

    async fn lost(&self) -> Link {
        let mut link = self.client.link();
        let is_down = |link: &Link| !matches!(link, Link::Online | Link::Connecting);
        loop {
            let Ok(down) = link.wait_for(is_down).await.map(|link| *link) else {
                return Link::Stopped;
            };
            if matches!(down, Link::SignedOut | Link::Stopped) {
                return down;
            }
            let back = link.wait_for(|link| matches!(link, Link::Online | Link::SignedOut));
            if !matches!(timeout(GRACE, back).await, Ok(Ok(_))) {
                return down;
            }
        }
    }

    /// Waits until outbox and vault are written, and ends.
    pub(crate) async fn finish(self) -> Result<(), Problem> {
        let flushed = self.steadily(self.client.idle()).await;
        self.keep_pins().await?;
        self.client.close().await;
        flushed
    }

    /// A server that pins its keys names them at each connection, the next one among them: so it can change to that one and
    /// is still known. What it says counts only over a connection whose own key is one of them.
    async fn keep_pins(&self) -> Result<(), Problem> {
        let named = self
            .client
            .read(|engine: &Engine| engine.server_pins().to_vec());
        let (named, trust) = (named.await?, self.url.trust());
        let stands = trust.shown().is_some_and(|shown| named.contains(&shown));
        if !stands || trust.pins().pins == named {
            return Ok(());
        }
        let alone = trust.pins().alone;
        let pins = Pins { pins: named, alone };
        self.belongs_to(&self.url.clone().trusted(pins))
    }

    /// Ends where there is no session left to flush for.
    pub(crate) async fn close(self) {
        self.client.close().await;
    }
}

fn gone() -> Problem {
    Problem::new(
        ErrorCode::AccountDeleted,
        "This account was deleted. `secure-chat account delete` empties this home.",
    )
}

fn problem_of(link: Link) -> Problem {
    Problem::of(match link {
        Link::SignedOut => ErrorCode::SessionExpired,
        Link::Unreadable => ErrorCode::BadAnswer,
        Link::Stopped => ErrorCode::StoreFailed,
        Link::Connecting | Link::Online | Link::Offline => ErrorCode::ServerGone,
    })
}

/// Signs that somebody lies, and what a person will want to mend, are told at once, whatever the command.
async fn report_alarms(client: Client<Engine>) {
    let mut events = client.events();
    drop(client);
    loop {
        match events.recv().await {
            Ok(Event::Alarm(alarm)) => {
                output::note(&format!("secure-chat: {}", words::alarm(&alarm)))
            }
            Ok(Event::LinkEnded { room, label }) => {
                output::note(&format!("secure-chat: {}", ended(room, &label)));
            }
            Ok(Event::Settled(settled)) => {
                if let Some(sentence) = words::settled(settled) {
                    output::note(&format!("secure-chat: {sentence}"));
                }
            }
            Ok(_) | Err(tokio::sync::broadcast::error::RecvError::Lagged(_)) => {}
            Err(tokio::sync::broadcast::error::RecvError::Closed) => return,
        }
    }
}

/// A link that ended in words.
fn ended(room: RoomId, label: &str) -> String {
    let label = output::clean_line(label);
    let which = if label.is_empty() {
        String::new()
    } else {
        format!(" ({label})")
    };
    format!(
        "A link of yours{which} into room {room} has ended, because the room's keys changed. Make another one: secure-chat room link {room}"
    )
}

/// A further device in words.
pub(crate) fn news(device: &NewDevice) -> String {
    let NewDevice { device, since } = device;
    format!(
        "Your account has a new device since {since}: {device}. If it is yours, `secure-chat devices` ends this notice. If not, somebody has your password: secure-chat device revoke {device}"
    )
}
