//! One person: an engine, the store under it, a clock, a link to the server and a screen.

use std::collections::{BTreeMap, BTreeSet};

use engine::{
    Config, Engine,
    api::{
        Alarm, CallId, CommandId, Failure, ItemKey, LinkText, Outcome, RoomStage, RoomView,
        Settled, TimelineItem,
    },
    hostile::BadFile,
};
use protocol::ids::{AccountId, DeviceId, RoomId};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

use super::{canary::MARKER, clock::Clock, model_server::ConnectionId, store::Store};

/// Which person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Who(pub(crate) usize);

/// A socket as its client sees it.
#[derive(Debug)]
pub(crate) struct Socket {
    pub(crate) id: ConnectionId,
    pub(crate) token: String,
    /// The client was told that it is connected.
    pub(crate) open: bool,
    /// Something cut it: nothing crosses any more, noticed or not.
    pub(crate) cut: bool,
    /// Pushes are dropped at the server for now.
    pub(crate) stalled: bool,
    /// Pushes were dropped, and the client will be told.
    pub(crate) missed: bool,
    /// When the last packet arrives at the server: packets of one socket stay in order.
    pub(crate) to_server: u64,
    /// When the last packet arrives at the client.
    pub(crate) to_client: u64,
    /// Events without an answer.
    pub(crate) unanswered: BTreeSet<CallId>,
}

/// What became of a text that somebody wanted to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Text {
    /// Durable at its sender: it must come to stand in the log.
    Durable(RoomId),
    /// The same, but the device was lost before all that it had was known elsewhere: it may stand there or not.
    Lost(RoomId),
    /// The crash came before the batch, or the engine refused: it must never appear.
    Never,
}

/// One person.
pub(crate) struct Person {
    pub(crate) name: String,
    /// The name in traces, which tells the homes of one account apart.
    pub(crate) label: String,
    pub(crate) store: Store,
    /// None between a crash and the restart.
    pub(crate) engine: Option<Engine>,
    pub(crate) rng: ChaCha20Rng,
    pub(crate) clock: Clock,
    /// Counts engines: answers to a former one are ignored.
    pub(crate) life: u64,
    /// Counts inputs: each replaces the wish to be woken.
    pub(crate) inputs: u64,
    /// Crash at this step from now.
    pub(crate) crash_in: Option<u32>,
    pub(crate) link_up: bool,
    pub(crate) socket: Option<Socket>,
    pub(crate) redialing: bool,
    pub(crate) screen: BTreeMap<RoomId, BTreeMap<ItemKey, TimelineItem>>,
    pub(crate) results: BTreeMap<CommandId, Result<Outcome, Failure>>,
    pub(crate) texts: BTreeMap<String, Text>,
    pub(crate) alarms: Vec<Alarm>,
    /// Rooms into which a link of the account ended, as the program told.
    pub(crate) links_ended: Vec<RoomId>,
    /// Links that were handed to the person, used or not.
    pub(crate) links_shown: Vec<LinkText>,
    /// Devices of the account that the program told of.
    pub(crate) told: Vec<DeviceId>,
    /// What became of changes of password and code that a former life of the program had begun.
    pub(crate) settled: Vec<Settled>,
    /// How many commands were answered with success, in all lives of the program.
    pub(crate) answered: usize,
    /// The password, once it is another one than the first.
    pub(crate) new_password: Option<String>,
    /// The home began empty, with a login: it knows what the vault and the others give it.
    pub(crate) came_later: bool,
    /// Somebody else has this device: it may do as it likes, and no rule is for it.
    pub(crate) stolen: bool,
    /// The login that it asked for last, in this life of its program.
    pub(crate) login: Option<CommandId>,
    /// It has betrayed the others, and is not seen again.
    pub(crate) insider: bool,
    /// What is wrong with the files beside its next commit.
    pub(crate) spoils: Option<BadFile>,
    /// Whether the program said that it is too old.
    pub(crate) upgrade_told: bool,
}

impl Person {
    /// Somebody with a home; `store` may be empty.
    pub(crate) fn new(config: Config, name: &str, store: Store, seed: u64) -> Self {
        let engine = Engine::load(config, store.load()).expect("rows of its own");
        Self {
            name: name.to_owned(),
            label: name.to_owned(),
            store,
            engine: Some(engine),
            rng: ChaCha20Rng::seed_from_u64(seed),
            clock: Clock::RIGHT,
            life: 0,
            inputs: 0,
            crash_in: None,
            link_up: true,
            socket: None,
            redialing: false,
            screen: BTreeMap::new(),
            results: BTreeMap::new(),
            texts: BTreeMap::new(),
            alarms: Vec::new(),
            links_ended: Vec::new(),
            links_shown: Vec::new(),
            told: Vec::new(),
            settled: Vec::new(),
            answered: 0,
            new_password: None,
            came_later: false,
            stolen: false,
            login: None,
            insider: false,
            spoils: None,
            upgrade_told: false,
        }
    }

    /// The password, which the server must never see.
    pub(crate) fn password(&self) -> String {
        if let Some(password) = &self.new_password {
            return password.clone();
        }
        let own: u32 = self.name.bytes().map(u32::from).sum();
        format!("{MARKER} lake {own} sandpaper")
    }

    /// The engine of somebody who is there.
    pub(crate) fn engine(&self) -> &Engine {
        self.engine.as_ref().expect("alive")
    }

    /// The account, once there is one.
    pub(crate) fn account(&self) -> Option<AccountId> {
        self.engine.as_ref()?.account().map(|view| view.account)
    }

    /// A new engine from the rows that are durable; the screen shows what is there.
    pub(crate) fn restart(&mut self, config: Config) -> Result<(), String> {
        let engine = Engine::load(config, self.store.load())
            .map_err(|error| format!("{} does not load: {error}", self.name))?;
        self.screen = engine
            .rooms()
            .iter()
            .map(|room| {
                let mut items = self.store.timeline(room.room);
                items.extend(
                    engine
                        .drafts(room.room)
                        .into_iter()
                        .map(|item| (item.key, item)),
                );
                (room.room, items)
            })
            .collect();
        self.engine = Some(engine);
        Ok(())
    }

    /// Whether an engine loaded from the rows knows what this one knows: nothing lives in memory alone.
    ///
    /// # Errors
    /// What it does not know.
    pub(crate) fn twin(&self, config: Config) -> Result<(), String> {
        let Some(own) = &self.engine else {
            return Ok(());
        };
        let twin = Engine::load(config, self.store.load())
            .map_err(|error| format!("{} does not load: {error}", self.name))?;
        let differs = |what: &str| {
            Err(format!(
                "{} would not know its {what} after a crash",
                self.name
            ))
        };
        // The session of a login under way is not one that a crash must leave.
        let signed_in = own.account().is_some_and(|account| account.signed_in);
        if signed_in
            && (own.account(), own.session_token()) != (twin.account(), twin.session_token())
        {
            return differs("account and session");
        }
        let rooms = |engine: &Engine| -> Vec<RoomView> {
            let mut rooms = engine.rooms();
            // What the server was last heard to have is asked for again.
            rooms
                .iter_mut()
                .for_each(|room| room.known_seq = room.last_seq);
            rooms
        };
        let (own_rooms, mut twin_rooms) = (rooms(own), rooms(&twin));
        for (own, twin) in own_rooms.iter().zip(&mut twin_rooms) {
            // A start looks again at what was too new, and finds it to be so still.
            if own.stage == RoomStage::TooNew {
                twin.stage = own.stage;
            }
        }
        if own_rooms != twin_rooms {
            return Err(format!(
                "{} would not know its rooms after a crash: {:?}, but {:?}",
                self.name, own_rooms, twin_rooms
            ));
        }
        for room in own.rooms() {
            if own.members(room.room) != twin.members(room.room) {
                return differs("members");
            }
            if own.drafts(room.room) != twin.drafts(room.room) {
                return differs("drafts");
            }
        }
        if own.typed() != twin.typed() {
            return differs("typed texts");
        }
        // Other work of the two differs by right: a new connection asks anew.
        let (waits, would_wait) = (own.pending().messages, twin.pending().messages);
        if waits != would_wait {
            return Err(format!(
                "{} has {waits} messages to send, after a crash {would_wait}",
                self.name
            ));
        }
        Ok(())
    }

    /// Takes the next step of an input; true if the crash comes here.
    pub(crate) fn crashes_here(&mut self) -> bool {
        match &mut self.crash_in {
            Some(0) => {
                self.crash_in = None;
                true
            }
            Some(steps) => {
                *steps -= 1;
                false
            }
            None => false,
        }
    }
}
