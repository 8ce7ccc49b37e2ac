//! A new room: its group is made here and posted as epoch 0 (PROTOCOL section 4, "Creation").

use e2ee::{
    group::{Creation, Group, NewRoom},
    log_head::LogHead,
    policy::{Access, History, Permissions},
    room_state::RoomState,
};
use protocol::{
    call::Call,
    error::ErrorCode,
    ids::{ClientId, MAX_SAFE_INTEGER, RoomId},
    rest::{self, CreateRoom, NewSealedRoom},
};
use serde::{Deserialize, Serialize};

use super::{Record, Room, commit::UPDATE_MS};
use crate::{
    api::{CommandId, Event, HistoryChoice, Outcome, RoomStage, Space, Ticket},
    convert,
    engine::Engine,
    jobs::Job,
    ledger::Effect,
    records,
    turn::Turn,
};

/// Of 2^53 ids, no honest server finds so many taken in a row.
const TAKEN_MAX: u32 = 3;

/// The row of a creation that the server has not answered, in the room's outbox space.
pub(crate) const ROW: &[u8] = b"creation";

/// A creation on its way, with what it needs to be made again under another id.
#[derive(Serialize, Deserialize)]
pub(crate) struct Posting {
    request: NewSealedRoom,
    name: String,
    topic: String,
    history: HistoryChoice,
    /// How often another room had the id that was drawn.
    #[serde(default)]
    taken: u32,
    #[serde(default)]
    ticket: Option<Ticket>,
    /// Who waits for it.
    #[serde(skip)]
    commands: Vec<CommandId>,
}

/// The room that somebody wants.
struct Wanted {
    name: String,
    topic: String,
    history: HistoryChoice,
    ticket: Option<Ticket>,
}

impl Engine {
    pub(crate) fn create_room(
        &mut self,
        command: CommandId,
        name: String,
        topic: String,
        (history, ticket): (HistoryChoice, Option<Ticket>),
        turn: &mut Turn<'_>,
    ) {
        if let Some(posting) = self.posting_of(ticket) {
            posting.commands.push(command);
            return;
        }
        let wanted = Wanted {
            name,
            topic,
            history,
            ticket,
        };
        if let Err(code) = self.make_room(vec![command], wanted, 0, turn) {
            turn.done(command, Err(code.into()));
        }
    }

    /// The same wish, given before this engine was loaded and not answered yet.
    fn posting_of(&mut self, ticket: Option<Ticket>) -> Option<&mut Posting> {
        ticket?;
        let mut postings = self
            .rooms
            .values_mut()
            .filter_map(|room| room.roster.posting.as_mut());
        postings.find(|posting| posting.ticket == ticket)
    }

    fn make_room(
        &mut self,
        commands: Vec<CommandId>,
        wanted: Wanted,
        taken: u32,
        turn: &mut Turn<'_>,
    ) -> Result<(), ErrorCode> {
        let Wanted {
            name,
            topic,
            history,
            ticket,
        } = wanted;
        let home = self.home.as_ref().ok_or(ErrorCode::NotLoggedIn)?;
        let id = draw_room_id(turn);
        let state = RoomState::new(name.as_str(), topic.as_str(), &mut turn.rng)
            .map_err(|_| ErrorCode::BadContent)?;
        let new = NewRoom {
            room: convert::room(id),
            history: history_in(history),
            access: Access::Invitation,
            permissions: Permissions::default(),
            state,
            suite: self.config.suite,
        };
        let (group, creation) = Group::create(&home.device, new, turn.now.millis(), &mut turn.rng)
            .map_err(|_| ErrorCode::BadMls)?;
        let request = posted(id, turn.client_id(), creation);
        let posting = Posting {
            request,
            name,
            topic,
            history,
            taken,
            ticket,
            commands,
        };
        let start = LogHead::start(group.room(), group.group_id());
        let mut record = Record::new(RoomStage::Joined, Some(group.group_id()), history);
        record.posted = false;
        record.update_due = Some(turn.now.plus(UPDATE_MS));
        record.head = start.head;
        let mut room = Room::new(id, record);
        room.group = Some(group);
        room.take_state();
        room.keep_head(0, start.head, turn);
        turn.put(Space::Outbox(id), ROW, records::encode(&posting));
        room.roster.posting = Some(posting);
        turn.touched.insert(id);
        self.rooms.insert(id, room);
        Ok(())
    }

    /// Posts a creation that is not answered yet.
    pub(super) fn creation_work(&mut self, room: &Room, turn: &mut Turn<'_>) {
        let job = Job::Create(room.id);
        if let Some(posting) = &room.roster.posting
            && self.jobs.may_start(&job, turn.now)
        {
            let request = CreateRoom::Mls(Box::new(posting.request.clone()));
            self.jobs.start(job, Call::CreateRoom(request), turn);
        }
    }

    pub(crate) fn room_created(&mut self, answer: &rest::Room, turn: &mut Turn<'_>) {
        self.with_room(answer.room_id, turn, |engine, room, turn| {
            let Some(posting) = room.roster.posting.take() else {
                return;
            };
            turn.delete(Space::Outbox(room.id), ROW);
            room.change().posted = true;
            room.live.refetch = true;
            engine.mark_room_pages(room, &room.key_epochs(), turn);
            turn.event(Event::RoomsChanged);
            if let Some(ticket) = posting.ticket {
                engine.ledger.note(ticket, Effect::Created(room.id), turn);
            }
            for command in posting.commands {
                turn.done(command, Ok(Outcome::RoomCreated(room.id)));
            }
        });
    }

    /// The server does not take the room. Under a taken id it is made again with another.
    pub(crate) fn creation_refused(&mut self, id: RoomId, code: ErrorCode, turn: &mut Turn<'_>) {
        let Some(mut room) = self.rooms.remove(&id) else {
            return;
        };
        turn.delete(Space::Outbox(id), ROW);
        let posting = room.roster.posting.take();
        self.erase_room(room, code, turn);
        let Some(posting) = posting else { return };
        let commands = posting.commands;
        let wanted = Wanted {
            name: posting.name,
            topic: posting.topic,
            history: posting.history,
            ticket: posting.ticket,
        };
        let result = if code == ErrorCode::RoomIdTaken && posting.taken < TAKEN_MAX {
            self.make_room(commands.clone(), wanted, posting.taken + 1, turn)
        } else {
            Err(code)
        };
        if let Err(code) = result {
            for command in commands {
                turn.done(command, Err(code.into()));
            }
        }
    }
}

fn posted(room_id: RoomId, client_id: ClientId, creation: Creation) -> NewSealedRoom {
    NewSealedRoom {
        room_id,
        group_id: convert::group_out(creation.group_id),
        client_id,
        door: creation.door.into(),
        state: creation.state.into(),
        roster: creation.roster.into(),
        tree: creation.tree.into(),
    }
}

fn draw_room_id(turn: &mut Turn<'_>) -> RoomId {
    loop {
        if let Ok(id) = RoomId::new(turn.rng.next_u64() & MAX_SAFE_INTEGER) {
            return id;
        }
    }
}

const fn history_in(history: HistoryChoice) -> History {
    match history {
        HistoryChoice::None => History::None,
        HistoryChoice::SinceJoin => History::SinceJoin,
        HistoryChoice::Shared => History::Shared,
    }
}
