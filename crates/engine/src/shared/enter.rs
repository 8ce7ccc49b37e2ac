//! Into a room of basic encryption: by making it, or by a link and the passphrase.

use e2ee::{
    shared_key::{SharedKey, SharedLink, SharedLinkError, Stretch},
    vault::SharedKeyEntry,
};
use protocol::{
    call::Call,
    error::ErrorCode,
    events::{History, JoinedRoom},
    ids::{RoomId, Seq},
    limits::{HISTORY_PAGE, PUBLIC_ROOM_NAME_MAX},
    log::Body,
    rest::{Encryption, Room as Listed},
};

use super::{Leg, Live, SharedRoom, SharedRooms, record::Record, said, work};
use crate::{
    account::requests::Wanted,
    api::{CommandId, Event, Failure, LinkText, Outcome, Password},
    engine::Engine,
    password,
    turn::Turn,
};

/// Somebody who has a link and a passphrase.
pub(super) struct Entering {
    pub(super) room: RoomId,
    command: CommandId,
    stretch: Stretch,
    key: SharedKey,
    /// The last entry, once the server lets the account in.
    last: Option<Seq>,
    /// Also where nothing that was said last opens.
    anyway: bool,
    /// Nothing of it opens: the account goes out again before anybody is told.
    wrong: bool,
}

/// A room to be made.
pub(crate) struct NewShared {
    pub(crate) name: String,
    pub(crate) passphrase: Password,
}

impl Engine {
    /// Asks the server for a room. It is made once: if the answer is lost, a room without anybody's key may be left.
    pub(crate) fn create_shared(
        &mut self,
        command: CommandId,
        name: &str,
        passphrase: Password,
        turn: &mut Turn<'_>,
    ) {
        let name = name.trim();
        let fits = !name.is_empty() && name.len() <= PUBLIC_ROOM_NAME_MAX;
        let Some(home) = self.home.as_ref() else {
            return;
        };
        let result = if !fits || name.chars().any(char::is_control) {
            Err(ErrorCode::BadContent.into())
        } else {
            password::check(&passphrase, &home.user)
                .map_err(|weakness| password::refusal(weakness, turn.rng))
        };
        match result {
            Ok(()) => {
                let name = name.to_owned();
                let new = Box::new(NewShared { name, passphrase });
                self.ask_of_account(command, Wanted::CreateShared(new), None, turn);
            }
            Err(why) => turn.done(command, Err(why)),
        }
    }

    /// The server has drawn an id for it.
    pub(crate) fn shared_created(
        &mut self,
        new: &NewShared,
        made: &Listed,
        turn: &mut Turn<'_>,
    ) -> Result<Outcome, ErrorCode> {
        let id = made.room_id;
        let known = self.rooms.contains_key(&id) || self.shared.knows(id);
        if made.encryption != Encryption::SharedKey || known {
            return Err(ErrorCode::BadAnswer);
        }
        let stretch = Stretch::random(&mut turn.rng);
        let key = stretch.key(new.passphrase.expose());
        let entry = SharedKeyEntry {
            revision: 1,
            inside: true,
            stretch,
            key,
            name: new.name.clone(),
        };
        self.enter_shared(id, entry, turn);
        Ok(Outcome::RoomCreated(id))
    }

    /// Comes in by a link, if the passphrase opens what was said there last.
    pub(crate) fn join_shared(
        &mut self,
        command: CommandId,
        link: &LinkText,
        (passphrase, anyway): (&Password, bool),
        turn: &mut Turn<'_>,
    ) {
        match self.shared_link(link) {
            Ok((id, None)) => turn.done(command, Ok(Outcome::RoomJoined(id))),
            Ok((id, Some(_))) if self.shared.comes_into(id).is_some() => {
                turn.done(command, Err(ErrorCode::RateLimited.into()));
            }
            Ok((id, Some(stretch))) => {
                let key = stretch.key(passphrase.expose());
                self.shared.entering.push(Entering {
                    room: id,
                    command,
                    stretch,
                    key,
                    last: None,
                    anyway,
                    wrong: false,
                });
            }
            Err(why) => turn.done(command, Err(why)),
        }
    }

    /// The room of a link, and how its key is made; nothing of that where this account is in the room.
    fn shared_link(&self, link: &LinkText) -> Result<(RoomId, Option<Stretch>), Failure> {
        let link = SharedLink::parse(link.expose().trim()).map_err(|error| match error {
            SharedLinkError::Kind | SharedLinkError::Malformed => ErrorCode::BadLink,
            SharedLinkError::Rounds => ErrorCode::UnsafeParameters,
        })?;
        let id = RoomId::new(link.room.get()).map_err(|_| ErrorCode::BadLink)?;
        // No room changes its kind, whatever a link or the server says.
        if self.rooms.contains_key(&id) {
            return Err(ErrorCode::WrongRoomKind.into());
        }
        let Some(room) = self.shared.inside(id) else {
            return Ok((id, Some(link.stretch)));
        };
        if room.record.entry.stretch == link.stretch {
            return Ok((id, None));
        }
        Err(Failure {
            code: ErrorCode::UnsafeParameters,
            sentence: "That link leads into a room that you are in, and makes its key in \
                       another way. Somebody has changed it."
                .to_owned(),
        })
    }

    pub(super) fn entering_work(&mut self, turn: &mut Turn<'_>) {
        let steps = self.shared.entering.iter().map(|entering| {
            let id = entering.room;
            let (leg, call) = match entering.last {
                _ if entering.wrong => (Leg::Withdraw, Call::LeaveRoom(id)),
                None => (Leg::Join, work::join(id)),
                Some(last) => {
                    let since = last.0.saturating_sub(u64::from(HISTORY_PAGE));
                    (Leg::Probe, work::history(id, Seq(since)))
                }
            };
            (id, leg, call)
        });
        for (id, leg, call) in steps.collect::<Vec<_>>() {
            self.ask_shared(id, leg, call, turn);
        }
    }

    /// The server lets the account in.
    pub(super) fn let_in(&mut self, joined: &JoinedRoom, turn: &mut Turn<'_>) {
        let id = joined.room_id;
        let mut entering = self.shared.entering.iter_mut();
        let Some(entering) = entering.find(|entering| entering.room == id) else {
            return;
        };
        entering.last = Some(joined.last_seq);
        if joined.last_seq == Seq::START {
            self.come_into_shared(id, turn);
        }
    }

    /// What was said last: some of it opens, or the passphrase is another one.
    pub(super) fn probed(&mut self, history: &History, turn: &mut Turn<'_>) {
        let id = history.room_id;
        let mut entering = self.shared.entering.iter_mut();
        let Some(entering) = entering.find(|entering| entering.room == id) else {
            return;
        };
        let messages = history
            .entries
            .iter()
            .filter_map(|entry| match &entry.body {
                Body::Message(message) => Some(message),
                _ => None,
            });
        let opens = messages.map(|message| said::open(&entering.key, id, message).is_ok());
        let (mut all, mut some) = (true, false);
        for one in opens {
            (all, some) = (all && one, some || one);
        }
        if some || all || entering.anyway {
            self.come_into_shared(id, turn);
        } else {
            entering.wrong = true;
        }
    }

    fn come_into_shared(&mut self, id: RoomId, turn: &mut Turn<'_>) {
        let Some(entering) = self.shared.take_entering(id) else {
            return;
        };
        let former = self.shared.rooms.get(&id).map(|room| &room.record.entry);
        let entry = SharedKeyEntry {
            revision: former.map_or(0, |entry| entry.revision) + 1,
            inside: true,
            stretch: entering.stretch,
            key: entering.key,
            // Until the server's list has it.
            name: former.map_or_else(|| id.to_string(), |entry| entry.name.clone()),
        };
        self.enter_shared(id, entry, turn);
        self.want_rooms();
        turn.done(entering.command, Ok(Outcome::RoomJoined(id)));
    }

    /// The server, or the passphrase, does not let somebody in.
    pub(super) fn turn_away(&mut self, id: RoomId, why: Failure, turn: &mut Turn<'_>) {
        if let Some(entering) = self.shared.take_entering(id) {
            turn.done(entering.command, Err(why));
        }
    }

    /// The account is in the room, on this device; the others hear of it by the vault.
    fn enter_shared(&mut self, id: RoomId, entry: SharedKeyEntry, turn: &mut Turn<'_>) {
        self.place_shared(id, entry, turn);
        self.mark_shared_keys(turn);
    }

    /// The log is read from its start.
    pub(super) fn place_shared(&mut self, id: RoomId, entry: SharedKeyEntry, turn: &mut Turn<'_>) {
        self.shared.no_longer_awaits(id);
        let record = Record::new(entry);
        let mut room = match self.shared.rooms.remove(&id) {
            Some(room) => SharedRoom { record, ..room },
            None => SharedRoom::new(id, record),
        };
        room.live = Live::anew();
        room.save(turn);
        self.shared.rooms.insert(id, room);
        turn.event(Event::RoomsChanged);
    }

    /// Out of a room, once the server has taken the account out of its table. What was said stays readable here.
    pub(crate) fn shared_left(&mut self, id: RoomId, turn: &mut Turn<'_>) {
        self.shared.no_longer_awaits(id);
        self.with_shared(id, turn, |engine, room, turn| {
            if room.record.entry.inside {
                room.record.entry.revision += 1;
                engine.end_shared(room, turn);
                engine.mark_shared_keys(turn);
            }
        });
    }

    pub(super) fn end_shared(&mut self, room: &mut SharedRoom, turn: &mut Turn<'_>) {
        room.record.entry.inside = false;
        room.record.unread = 0;
        room.forget_messages(turn);
        room.set_typed(String::new(), turn);
        turn.event(Event::RoomsChanged);
    }

    /// Nobody is coming in any more: the session is over.
    pub(crate) fn shared_interrupted(&mut self, turn: &mut Turn<'_>) {
        for entering in std::mem::take(&mut self.shared.entering) {
            turn.done(entering.command, Err(ErrorCode::SessionExpired.into()));
        }
    }
}

impl SharedRooms {
    /// Who is coming into a room.
    pub(super) fn comes_into(&self, room: RoomId) -> Option<&Entering> {
        let mut entering = self.entering.iter();
        entering.find(|entering| entering.room == room)
    }

    fn take_entering(&mut self, room: RoomId) -> Option<Entering> {
        let mut entering = self.entering.iter();
        let place = entering.position(|entering| entering.room == room)?;
        Some(self.entering.swap_remove(place))
    }
}

/// The call that makes a room.
pub(crate) fn creation(new: &NewShared) -> Call {
    Call::CreateRoom(protocol::rest::CreateRoom::SharedKey {
        name: new.name.clone(),
    })
}
