//! What the page knows, as the worker told it, and where the person is.

use client::engine::ordered::Map;

use client::engine::api::ItemKey;
use leptos::prelude::*;
use protocol::ids::{AccountId, RoomId};

use super::{browser, post, typed, uploads::Upload};
use crate::wire::{Ask, Connection, Line, Member, Own, RoomLine, Tell, Trouble};

/// Lines of a room that are on the page at first, and how many more each time.
pub(super) const PAGE: usize = 100;

/// What lies over the page.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) enum Sheet {
    #[default]
    None,
    Create,
    Invite(RoomId),
    Members(RoomId),
    Person(RoomId, AccountId),
    About(RoomId),
    Settings,
    /// A picture that somebody sent, by its name.
    Picture(RoomId, ItemKey, String),
    GoTo,
    Keys,
    /// With the link that the page was opened by, if it was.
    Join(String),
    /// With what stands in the new device's picture, if the page was opened by it.
    AddDevice(String),
}

/// All of it; copies are handles to the same.
#[derive(Clone, Copy, Default)]
pub(super) struct State {
    /// Whether the worker has said whose page this is.
    pub(super) ready: RwSignal<bool>,
    pub(super) own: RwSignal<Option<Own>>,
    pub(super) connection: RwSignal<Option<Connection>>,
    pub(super) rooms: RwSignal<Vec<RoomLine>>,
    pub(super) room: RwSignal<Option<RoomId>>,
    pub(super) members: RwSignal<Vec<Member>>,
    pub(super) lines: RwSignal<Vec<Line>>,
    /// Whether the room has lines before those.
    pub(super) earlier: RwSignal<bool>,
    pub(super) count: RwSignal<usize>,
    /// The newest line is out of sight, because the person has scrolled up.
    pub(super) below: RwSignal<bool>,
    /// What is on the screen is being noted as read.
    pub(super) reading: RwSignal<bool>,
    /// What is typed and not sent, by room.
    pub(super) drafts: RwSignal<Map<u64, String>>,
    /// Some of it is not kept yet.
    pub(super) unkept: RwSignal<bool>,
    /// How many messages were written here that no tab has taken down yet.
    pub(super) unwritten: RwSignal<usize>,
    /// Files on their way to the server, and those that did not get there.
    pub(super) uploads: RwSignal<Vec<Upload>>,
    /// Which transfer moved last, and how far.
    pub(super) moved: RwSignal<(u64, u32, u32)>,
    pub(super) sheet: RwSignal<Sheet>,
    /// The recovery code of an account that was just made.
    pub(super) code: RwSignal<Option<String>>,
    /// Backup codes that were just made, one on each line.
    pub(super) backup: RwSignal<Option<String>>,
    /// The person looks after the server.
    pub(super) administrates: RwSignal<bool>,
    pub(super) notice: RwSignal<Option<String>>,
    pub(super) closed: RwSignal<Option<Trouble>>,
    /// The passphrase of this browser is waited for.
    pub(super) locked: RwSignal<bool>,
    /// The tab that owns the store is waited for in vain.
    pub(super) silent: RwSignal<bool>,
}

impl State {
    /// Takes in what the worker said.
    pub(super) fn take(self, tell: Tell) {
        match tell {
            Tell::Ready => {
                let start = Ask::Start {
                    origin: browser::origin(),
                    known: browser::known_account().is_some(),
                    version: browser::version(),
                };
                post::ask(&start);
            }
            Tell::Home(own) => self.home(own),
            Tell::Connection(connection) => self.connection.set(Some(connection)),
            Tell::Rooms(rooms) => self.rooms.set(rooms),
            Tell::Members(room, members) => {
                if self.is_shown(room) {
                    self.members.set(members);
                }
            }
            Tell::Lines(told) => {
                if self.is_shown(told.room) {
                    self.lines.set(told.lines);
                    self.earlier.set(told.earlier);
                }
            }
            Tell::Typed(all) => typed::told(self, all),
            Tell::Notice(text) => self.notice.set(Some(text)),
            Tell::UnkeptCode(code) => self.code.set(Some(code)),
            Tell::Closed(trouble) => {
                if !trouble.is_mended_by_erasing() {
                    post::close();
                }
                self.closed.set(Some(trouble));
            }
            Tell::Erased { name_too, words } => {
                browser::forget_account();
                browser::leave_words(&words);
                // All tabs, since one may have written the name back that another forgot.
                if name_too {
                    browser::forget_name();
                }
                browser::reload();
            }
            // Nothing of what was shown stays in the page's memory.
            Tell::Locked if self.ready.get_untracked() => browser::reload(),
            Tell::Locked => self.locked.set(true),
            Tell::Progress(number, done, of) => self.moved.set((number, done, of)),
            Tell::Silent(silent) => self.silent.set(silent),
            Tell::Done(number, done) => post::done(number, done),
        }
    }

    fn home(self, own: Option<Own>) {
        if let Some(own) = &own {
            browser::know_account(&own.user);
        }
        if self.own.with_untracked(signed_in) && !signed_in(&own) {
            // Here or in another tab.
            self.show(None);
            self.sheet.set(Sheet::None);
            self.administrates.set(false);
        }
        self.own.set(own);
        self.locked.set(false);
        if !self.ready.get_untracked() {
            self.ready.set(true);
            self.notice.set(browser::words_left());
            if let Some(link) = browser::fragment_of("/join") {
                self.sheet.set(Sheet::Join(link));
            } else if let Some(code) = browser::fragment_of("/link") {
                self.sheet.set(Sheet::AddDevice(code));
            }
        }
    }

    /// Whether the rooms are on the screen.
    pub(super) fn is_inside(self) -> bool {
        self.closed.with_untracked(Option::is_none)
            && self.code.with_untracked(Option::is_none)
            && self.backup.with_untracked(Option::is_none)
            && !self.administrates.get_untracked()
            && self.own.with_untracked(signed_in)
    }

    fn is_shown(self, room: RoomId) -> bool {
        self.room.get_untracked() == Some(room)
    }

    /// Goes to a room, or to none.
    pub(super) fn show(self, room: Option<RoomId>) {
        if self.room.get_untracked() == room {
            return;
        }
        typed::hand_on(self);
        self.lines.set(Vec::new());
        self.members.set(Vec::new());
        self.earlier.set(false);
        self.below.set(false);
        self.count.set(PAGE);
        self.room.set(room);
        post::ask(&Ask::Show(room, PAGE));
    }

    /// Asks for earlier lines of the room on the screen.
    pub(super) fn show_more(self) {
        self.count.update(|count| *count += PAGE);
        post::ask(&Ask::Show(
            self.room.get_untracked(),
            self.count.get_untracked(),
        ));
    }

    /// The room on the screen.
    pub(super) fn line(self) -> Option<RoomLine> {
        let room = self.room.get()?;
        self.rooms
            .with(|rooms| rooms.iter().find(|line| line.room == room).cloned())
    }
}

fn signed_in(own: &Option<Own>) -> bool {
    own.as_ref().is_some_and(|own| own.signed_in)
}
