//! A bot that accepts every invitation and answers every message with its own text, each once, whenever it is killed.
//!
//! ```sh
//! PASSWORD='marble tugboat whispers 42' SECURE_CHAT_STORE_PASSPHRASE='words for the disk' \
//!     cargo run --package client --example echo_bot -- http://localhost:5000 echo ./echo-home
//! ```

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    error::Error,
    path::PathBuf,
};

use client::{
    Client, Link,
    engine::{
        Engine,
        api::{
            Command, Content, Event, Failure, ItemBody, ItemKey, Outcome, Password, RoomStage,
            TimelineItem,
        },
    },
    native::{self, Home, Unlock},
    protocol::{
        error::ErrorCode,
        ids::{AccountId, RoomId, Seq},
        names::UserName,
    },
    store::Range,
    transport::ServerUrl,
};
use tokio::{sync::broadcast::error::RecvError, task::LocalSet};

/// Lines of a room that are read at once.
const PAGE: usize = 1_000;

/// What the bot is told when it starts.
pub(crate) struct Settings {
    /// Such as `https://chat.example.org`.
    pub(crate) server: String,
    /// Its name.
    pub(crate) user: String,
    /// Of its account.
    pub(crate) password: String,
    /// Its device lies there.
    pub(crate) home: PathBuf,
    /// What seals that.
    pub(crate) passphrase: String,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [server, user, home] = arguments.as_slice() else {
        return Err("usage: echo_bot SERVER USER HOME".into());
    };
    let settings = Settings {
        server: server.clone(),
        user: user.clone(),
        password: env::var("PASSWORD")?,
        home: home.into(),
        passphrase: env::var("SECURE_CHAT_STORE_PASSPHRASE")?,
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    // The client's loop is a task of this set.
    LocalSet::new().block_on(&runtime, run(settings))
}

/// Until the session ends.
///
/// # Errors
/// The home does not open, the server does not let the bot in, or the store fails.
pub(crate) async fn run(settings: Settings) -> Result<(), Box<dyn Error>> {
    let home = Home::take(&settings.home)?;
    let client = open(&home, &settings).await?;
    let mut bot = Bot::new(client, &settings).await?;
    bot.listen().await
}

async fn open(home: &Home, settings: &Settings) -> Result<Client<Engine>, Box<dyn Error>> {
    let server = ServerUrl::parse(&settings.server)?;
    let mut unlock = Unlock {
        insecure: false,
        passphrase: Some(settings.passphrase.clone().into()),
        keyring: false,
        ask: &mut |_| None,
    };
    Ok(native::open(home, &server, &mut unlock).await?)
}

struct Bot {
    client: Client<Engine>,
    account: AccountId,
    /// Of each room: the last place that was looked at, and the places that have an answer.
    heard: BTreeMap<RoomId, (Seq, BTreeSet<Seq>)>,
}

impl Bot {
    /// A new account, or a new session of one that is there.
    async fn new(client: Client<Engine>, settings: &Settings) -> Result<Self, Box<dyn Error>> {
        let own = client.read(Engine::account).await?;
        if !own.is_some_and(|own| own.signed_in) {
            enter(&client, settings).await?;
        }
        let own = client.read(Engine::account).await?;
        Ok(Self {
            client,
            account: own.ok_or("there is no account")?.account,
            heard: BTreeMap::new(),
        })
    }

    async fn listen(&mut self) -> Result<(), Box<dyn Error>> {
        // Listening begins before the first look, so that nothing happens in between.
        let (mut events, mut link) = (self.client.events(), self.client.link());
        self.look().await?;
        loop {
            tokio::select! {
                event = events.recv() => match event {
                    Ok(Event::Timeline(room, _)) => self.echo(room).await?,
                    Ok(Event::RoomsChanged) | Err(RecvError::Lagged(_)) => self.look().await?,
                    Ok(_) => {}
                    Err(RecvError::Closed) => return Ok(()),
                },
                ended = link.wait_for(|link| matches!(link, Link::SignedOut | Link::Stopped)) => {
                    return Err(format!("the client has ended: {:?}", *ended?).into());
                }
            }
        }
    }

    /// Says yes to whoever invites, and reads what was said while nobody listened.
    async fn look(&mut self) -> Result<(), Failure> {
        for room in self.client.read(Engine::rooms).await? {
            match room.stage {
                RoomStage::Invited => {
                    let command = Command::Accept { room: room.room };
                    self.client.command(command).await?;
                }
                RoomStage::Joined => self.echo(room.room).await?,
                _ => {}
            }
        }
        Ok(())
    }

    /// Answers what has no answer yet. An answer is durable as a draft before it goes out, so it says what was answered.
    async fn echo(&mut self, room: RoomId) -> Result<(), Failure> {
        // Drafts first: what leaves them meanwhile stands in the log.
        let drafts = self.client.read(move |engine| engine.drafts(room)).await?;
        let (seen, answered) = self.heard.entry(room).or_default();
        let mut fresh = Vec::new();
        loop {
            let page = Range::after(seen.0, PAGE);
            let page = self.client.timeline(room, page).await?;
            let Some(ItemKey::Logged(last)) = page.last().map(|item| item.key) else {
                break;
            };
            *seen = last;
            fresh.extend(page);
        }
        let own = |item: &&TimelineItem| item.sender == Some(self.account);
        for item in drafts.iter().chain(&fresh).filter(own) {
            if let ItemBody::Reply { to, .. } = item.body {
                answered.insert(to);
            }
        }
        for item in fresh.iter().filter(|item| !own(item)) {
            let (ItemKey::Logged(to), ItemBody::Text(text)) = (item.key, &item.body) else {
                continue;
            };
            if answered.insert(to) {
                let text = text.clone();
                let command = Command::Send {
                    room,
                    content: Content::Reply { to, text },
                    ticket: None,
                };
                self.client.command(command).await?;
            }
        }
        Ok(())
    }
}

async fn enter(client: &Client<Engine>, settings: &Settings) -> Result<(), Box<dyn Error>> {
    let user = UserName::parse(&settings.user).map_err(|_| "that is no name")?;
    let password = Password::new(settings.password.clone());
    if client.read(Engine::account).await?.is_none() {
        let register = Command::Register {
            user: user.clone(),
            password: password.clone(),
            invite: None,
        };
        match client.command(register).await {
            Ok(Outcome::Registered { recovery_code }) => {
                // It is shown once. Who has it gets in when the password is lost.
                #[allow(clippy::print_stdout, reason = "a program for the terminal")]
                {
                    println!("recovery code: {}", recovery_code.as_str());
                }
                return Ok(());
            }
            Err(failure) if failure.code != ErrorCode::NameTaken => return Err(failure.into()),
            _ => {}
        }
    }
    let login = Command::Login {
        user,
        password,
        code: None,
    };
    client.command(login).await?;
    Ok(())
}
