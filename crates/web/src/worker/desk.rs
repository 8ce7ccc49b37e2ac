//! The running client: wishes in, and what changed out, for all tabs.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use client::{Client, engine::Engine, store::Stretched};
use protocol::ids::RoomId;
use tokio::sync::{Mutex, mpsc};
use wasm_bindgen_futures::spawn_local;

use super::{account, applock, changes, ending, lines, open, rooms, wish};
use crate::{
    channel::{Shown, Tab, Wanted, Word},
    wire::{AccountWish, Done, Own, Tell, Trouble, Wish},
    words,
};

/// Screens that are kept up to date. A tab that was closed does not say so; its place goes when others came later.
const SCREENS_MAX: usize = 64;

/// What the desk has to say.
pub(super) enum Said {
    /// To one tab, or to all.
    Tell(Option<Tab>, Tell),
    /// From now on the store opens with this, or without.
    Key(Option<Stretched>),
    /// The client has ended until somebody types the passphrase.
    Locked,
    /// The client has ended, because its store failed for good.
    Stopped,
}

/// The client, or why there is none, and the screens of all tabs.
pub(super) struct Desk {
    client: Result<Client<Engine>, Trouble>,
    /// Scheme, host and port of the server.
    origin: String,
    /// The tab that changed last stands last.
    screens: RefCell<Vec<(Tab, Shown)>>,
    /// Whoever reads tells before the next one reads, so that nothing older is told after something newer.
    telling: Mutex<()>,
    says: mpsc::UnboundedSender<Said>,
    /// The person wants everything gone, or locked: the client ends, and that is no failure.
    ending: Cell<bool>,
    /// Whether the store has a passphrase.
    locks: Cell<bool>,
    /// What was found to be damaged while the client ran: the person may begin anew.
    damaged: Cell<bool>,
}

impl Desk {
    /// Begins to tell what changes.
    pub(super) fn open(
        client: Result<Client<Engine>, Trouble>,
        says: mpsc::UnboundedSender<Said>,
        locks: bool,
        origin: String,
    ) -> Rc<Self> {
        let desk = Rc::new(Self {
            client,
            origin,
            screens: RefCell::default(),
            telling: Mutex::default(),
            says,
            ending: Cell::new(false),
            locks: Cell::new(locks),
            damaged: Cell::new(false),
        });
        if let Ok(client) = &desk.client {
            spawn_local(changes::watch_events(desk.clone(), client.clone()));
            spawn_local(changes::watch_connection(desk.clone(), client.clone()));
        }
        desk
    }

    /// Does what a tab says.
    pub(super) fn take(self: &Rc<Self>, from: Tab, word: Word) {
        let desk = self.clone();
        match (&self.client, word) {
            (Ok(client), Word::Join(shown)) => {
                self.note_screen(from, shown);
                let client = client.clone();
                spawn_local(async move { desk.welcome(&client, from, shown).await });
            }
            (Ok(client), Word::Show(shown)) => {
                self.note_screen(from, shown);
                let client = client.clone();
                spawn_local(async move { desk.show(&client, Some(from), shown).await });
            }
            (Ok(client), Word::Wish(wanted)) => {
                let client = client.clone();
                spawn_local(async move { desk.grant(&client, from, wanted).await });
            }
            (Err(trouble), Word::Join(_)) => self.tell(Some(from), Tell::Closed(trouble.clone())),
            (Ok(client), Word::Erase) if self.damaged.get() => {
                let client = client.clone();
                spawn_local(async move { desk.wipe(&client, false, "").await });
            }
            (Err(_), Word::Erase) => spawn_local(async move { desk.erase(false, "").await }),
            // A store in use is not erased, and the rest is said by owners or answered before it comes here.
            _ => {}
        }
    }

    /// Says something to one tab, or to all.
    pub(super) fn tell(&self, to: Option<Tab>, tell: Tell) {
        self.say(Said::Tell(to, tell));
    }

    pub(super) fn say(&self, said: Said) {
        // Nobody listens after the end.
        let _ = self.says.send(said);
    }

    /// Everything, for a tab that is new here.
    async fn welcome(&self, client: &Client<Engine>, to: Tab, shown: Shown) {
        self.home(client, Some(to)).await;
        let connection = changes::connection(*client.link().borrow());
        if let Some(connection) = connection {
            self.tell(Some(to), Tell::Connection(connection));
        }
        self.typed(client, Some(to)).await;
        self.rooms(client, Some(to)).await;
        self.show(client, Some(to), shown).await;
        self.account(client, Some(to)).await;
    }

    /// What the account's owner is to know: what other devices changed of what opens it, and a code that nobody has kept.
    pub(super) async fn account(&self, client: &Client<Engine>, to: Option<Tab>) {
        let changes = client.read(Engine::changes).await.unwrap_or_default();
        if !changes.is_empty() {
            let words: Vec<String> = changes.iter().map(account::changed).collect();
            self.tell(to, Tell::Notice(words.join(" ")));
        }
        if let (Some(_), Ok(Some(code))) = (to, client.read(Engine::unkept_code).await) {
            self.tell(to, Tell::UnkeptCode(code.expose().to_owned()));
        }
    }

    /// What is on a screen.
    async fn show(&self, client: &Client<Engine>, to: Option<Tab>, shown: Shown) {
        if let Some(room) = shown.room {
            self.members(client, to, room).await;
            self.lines(client, to, room, shown.count).await;
        }
    }

    async fn grant(&self, client: &Client<Engine>, to: Tab, wanted: Wanted) {
        let number = wanted.number;
        let wipes = match wanted.wish {
            Wish::Wipe { name_too } => Some((name_too, "")),
            Wish::Account(AccountWish::Delete { .. }) => Some((true, ending::DELETED)),
            _ => None,
        };
        let changes_rooms = wanted.wish.may_change_rooms();
        let done = match wanted.wish {
            Wish::SetLock { old, new } => self.set_lock(client, old, new).await,
            Wish::Lock if self.locks.get() => return self.lock(client).await,
            _ => wish::grant(client, &self.origin, wanted).await,
        };
        if let (Some((name_too, words)), Ok(_)) = (wipes, &done) {
            self.tell(Some(to), Tell::Done(number, done));
            self.wipe(client, name_too, words).await;
            return;
        }
        if changes::connection(*client.link().borrow()).is_none() {
            // The client has ended, and the next owner answers.
            return;
        }
        if changes_rooms {
            self.home(client, None).await;
            self.rooms(client, None).await;
            // Whoever is in by it now does not see the form any more that wished it.
            if let Ok(Done::Said(words)) = &done {
                self.tell(Some(to), Tell::Notice(words.clone()));
            }
        }
        self.tell(Some(to), Tell::Done(number, done));
    }

    /// Ends the client and removes what it kept.
    async fn wipe(&self, client: &Client<Engine>, name_too: bool, words: &str) {
        self.end(client).await;
        self.erase(name_too, words).await;
    }

    async fn end(&self, client: &Client<Engine>) {
        self.ending.set(true);
        client.close().await;
    }

    /// Ends the client until somebody types the passphrase.
    async fn lock(&self, client: &Client<Engine>) {
        self.end(client).await;
        self.say(Said::Locked);
    }

    async fn set_lock(
        &self,
        client: &Client<Engine>,
        old: Option<String>,
        new: Option<String>,
    ) -> Result<Done, Trouble> {
        let turn = self.telling.lock().await;
        let key = applock::change(client, old, new).await?;
        self.locks.set(key.is_some());
        drop(turn);
        self.say(Said::Key(key));
        self.home(client, None).await;
        Ok(Done::Yes)
    }

    /// The client has ended by itself, because its store failed for good.
    pub(super) fn stopped(&self) {
        if !self.ending.get() {
            self.say(Said::Stopped);
        }
    }

    async fn erase(&self, name_too: bool, words: &str) {
        let words = words.to_owned();
        self.tell(
            None,
            match open::erase().await {
                Ok(()) => Tell::Erased { name_too, words },
                Err(error) => Tell::Closed(super::trouble(&error)),
            },
        );
    }

    pub(super) async fn home(&self, client: &Client<Engine>, to: Option<Tab>) {
        let _turn = self.telling.lock().await;
        let own = client.read(Engine::account).await.ok().flatten();
        let own = own.map(|own| Own {
            account: own.account,
            user: own.user,
            signed_in: own.signed_in,
            locks: self.locks.get(),
            deleted: own.deleted,
        });
        self.tell(to, Tell::Home(own));
    }

    pub(super) async fn rooms(&self, client: &Client<Engine>, to: Option<Tab>) {
        let _turn = self.telling.lock().await;
        if let Some(tell) = rooms::all(client).await {
            self.tell(to, tell);
        }
    }

    pub(super) async fn typed(&self, client: &Client<Engine>, to: Option<Tab>) {
        let _turn = self.telling.lock().await;
        if let Ok(typed) = client.read(Engine::typed).await {
            self.tell(to, Tell::Typed(typed));
        }
    }

    pub(super) async fn members(&self, client: &Client<Engine>, to: Option<Tab>, room: RoomId) {
        let _turn = self.telling.lock().await;
        if let Some(tell) = rooms::members(client, room).await {
            self.tell(to, tell);
        }
    }

    pub(super) async fn lines(
        &self,
        client: &Client<Engine>,
        to: Option<Tab>,
        room: RoomId,
        count: usize,
    ) {
        let _turn = self.telling.lock().await;
        match lines::last(client, room, count).await {
            Ok(tell) => self.tell(to, tell),
            Err(failure) => self.unreadable(words::trouble(failure.code)),
        }
    }

    /// Something that is kept here does not open: none of it is used any more, in any tab.
    fn unreadable(&self, trouble: Trouble) {
        if trouble.is_mended_by_erasing() {
            self.damaged.set(true);
            self.tell(None, Tell::Closed(trouble));
        }
    }

    /// What is on any screen: rooms, and how many lines of each.
    pub(super) fn shown(&self) -> Vec<(RoomId, usize)> {
        let mut all = Vec::new();
        for (_, shown) in self.screens.borrow().iter() {
            let shown = shown.room.map(|room| (room, shown.count));
            all.extend(shown.filter(|shown| !all.contains(shown)));
        }
        all
    }

    fn note_screen(&self, tab: Tab, shown: Shown) {
        let mut screens = self.screens.borrow_mut();
        screens.retain(|(other, _)| *other != tab);
        screens.push((tab, shown));
        if screens.len() > SCREENS_MAX {
            screens.remove(0);
        }
    }
}
