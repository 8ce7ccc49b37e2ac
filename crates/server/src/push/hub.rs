//! Who listens to what.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use protocol::{
    error::ErrorBody,
    events::{DoorShut, Ephemeral, ReadmissionAsked, RoomClosed, RoomOpened, name},
    ids::{AccountId, DeviceId, RoomId, Seq},
    log::Entry,
    rest::{Empty, Mail, Shut},
    time::Timestamp,
};

use super::{
    ended::Ended,
    groups::Groups,
    listeners::{HEARD_AFTER_REMOVAL_MILLIS, Listeners},
    memory::Memory,
    outbox::Outbox,
    peer::{Event, Line, LineId, Peer, Road},
    run::Draft,
    seats::Seats,
};
use crate::{
    clock::Clock,
    session::{Caller, Rights},
    store::{Committed, session::TokenHash},
};

/// All connected sockets.
pub(crate) struct Hub {
    tables: Mutex<Tables>,
    clock: Arc<dyn Clock>,
    memory: Arc<Memory>,
    lines: AtomicU64,
}

#[derive(Default)]
struct Tables {
    sockets: HashMap<LineId, Arc<Peer>>,
    rooms: Seats,
    listeners: Listeners,
    accounts: Groups<AccountId>,
    devices: Groups<DeviceId>,
    sessions: Groups<TokenHash>,
    ended: Ended,
}

impl Tables {
    /// The last word to a socket whose session, or family of tokens, is over.
    fn last_word(&self, line: &Line) -> Option<Arc<Event>> {
        let of_family = || match line.caller.rights {
            Rights::Access(family) => self.ended.last_word(&family.key()),
            Rights::Session | Rights::Api(_) => None,
        };
        let of_session = self.ended.last_word(&line.caller.token);
        of_session.or_else(of_family)
    }

    /// The peer of a socket; a closed one has none any more.
    fn peer(&mut self, line: &Arc<Line>, road: &Road) -> Option<Arc<Peer>> {
        if line.closed.load(Ordering::SeqCst) {
            return None;
        }
        if let Some(peer) = self.sockets.get(&line.id) {
            return Some(peer.clone());
        }
        let peer = Arc::new(Peer::new(line.clone(), road.clone()));
        self.sockets.insert(line.id, peer.clone());
        self.accounts.add(line.caller.account, &peer);
        self.sessions.add(line.caller.token, &peer);
        if let Rights::Access(family) = line.caller.rights {
            self.sessions.add(family.key(), &peer);
        }
        if let Some(device) = mail_for(line) {
            self.devices.add(device, &peer);
        }
        Some(peer)
    }
}

/// The device whose mail a socket gets: it is for keys, which a bot's token does not reach.
fn mail_for(line: &Line) -> Option<DeviceId> {
    line.caller.device.filter(|_| !line.caller.rights.is_api())
}

impl Hub {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            tables: Mutex::default(),
            clock,
            memory: Arc::default(),
            lines: AtomicU64::new(0),
        }
    }

    /// What a new socket of this caller shares with the hub.
    pub(crate) fn line(&self, caller: Caller) -> Arc<Line> {
        let id = LineId(self.lines.fetch_add(1, Ordering::Relaxed));
        Arc::new(Line::new(id, caller, self.clock.now()))
    }

    /// The queue of a new socket.
    pub(crate) fn outbox(&self) -> Arc<Outbox> {
        Arc::new(Outbox::new(Arc::clone(&self.memory)))
    }

    /// A socket is connected: from now on it gets its mail, unless its session has ended since it was admitted.
    pub(crate) fn connected(&self, line: &Arc<Line>, road: &Road) {
        let (peer, last_word) = {
            let mut tables = self.lock();
            let last_word = tables.last_word(line);
            (tables.peer(line, road), last_word)
        };
        let Some(peer) = peer else { return };
        match last_word {
            // Outside the lock: a disconnect calls back into the hub.
            Some(event) => peer.end(&event, self.clock.now()),
            None if peer.is_behind() => peer.tell_missed(),
            None => {}
        }
    }

    /// A socket is gone.
    pub(crate) fn disconnected(&self, line: &Line) {
        let mut tables = self.lock();
        line.closed.store(true, Ordering::SeqCst);
        if tables.sockets.remove(&line.id).is_none() {
            return;
        }
        tables.rooms.leave_all(line.id);
        tables.listeners.remove_all(line.id);
        tables.accounts.remove(&line.caller.account, line.id);
        tables.sessions.remove(&line.caller.token, line.id);
        if let Rights::Access(family) = line.caller.rights {
            tables.sessions.remove(&family.key(), line.id);
        }
        if let Some(device) = mail_for(line) {
            tables.devices.remove(&device, line.id);
        }
    }

    /// The socket takes a seat in the room; entries wait until [`Self::open`].
    pub(crate) fn join(&self, line: &Arc<Line>, road: &Road, room: RoomId) {
        let mut tables = self.lock();
        if let Some(peer) = tables.peer(line, road) {
            tables.listeners.remove(room, line.id);
            tables.rooms.take(room, &peer);
        }
    }

    /// The join was answered with `last`: from now on the socket gets every entry after it.
    pub(crate) fn open(&self, line: &Line, room: RoomId, last: Seq) {
        let now = self.clock.now();
        self.lock().rooms.open(room, line.id, last, now);
    }

    /// The socket gets no more of the room.
    pub(crate) fn leave(&self, line: &Line, room: RoomId) {
        self.lock().rooms.leave(room, line.id);
    }

    /// The socket, whose account went out of the room, hears its unlogged events until then.
    pub(crate) fn listen(&self, line: &Arc<Line>, road: &Road, room: RoomId, until: Timestamp) {
        let mut tables = self.lock();
        if let Some(peer) = tables.peer(line, road) {
            tables.listeners.add(room, &peer, until);
        }
    }

    /// Whether the socket has a seat in the room.
    pub(crate) fn has_joined(&self, line: &Line, room: RoomId) -> bool {
        self.lock()
            .rooms
            .peers(room)
            .any(|peer| peer.id() == line.id)
    }

    /// How many sockets a session has open.
    pub(crate) fn sockets_of(&self, token: TokenHash) -> usize {
        self.lock().sessions.of(&token).len()
    }

    /// Tells the sockets of a session that it ended, and closes them.
    pub(crate) fn end_session(&self, token: TokenHash, body: &ErrorBody) {
        let Some(event) = Event::new(name::SESSION_ENDED, body) else {
            return;
        };
        let (event, now) = (Arc::new(event), self.clock.now());
        let peers = {
            let mut tables = self.lock();
            tables.ended.note(token, &event, now);
            tables.sessions.of(&token).to_vec()
        };
        // Outside the lock: a disconnect calls back into the hub.
        for peer in peers {
            peer.end(&event, now);
        }
    }

    /// Closes the sockets under a token in whose place its session has another, without a word: whoever has the new one
    /// knows. A socket that registers late under the old one is told.
    pub(crate) fn turn_session(&self, old: TokenHash, body: &ErrorBody) {
        let now = self.clock.now();
        let peers = {
            let mut tables = self.lock();
            if let Some(event) = Event::new(name::SESSION_ENDED, body) {
                tables.ended.note(old, &Arc::new(event), now);
            }
            tables.sessions.of(&old).to_vec()
        };
        // Outside the lock: a disconnect calls back into the hub.
        for peer in peers {
            peer.close();
        }
    }

    /// Sends an event to one socket alone.
    pub(crate) fn tell(
        &self,
        line: &Arc<Line>,
        road: &Road,
        name: &'static str,
        data: &impl serde::Serialize,
    ) {
        if let Some(event) = Event::new(name, data) {
            Peer::new(line.clone(), road.clone()).push(&event, self.clock.now());
        }
    }

    /// Sends an unlogged event to everybody who hears the room but the socket that it came from.
    pub(crate) fn send_ephemeral(&self, from: &Line, event: &Ephemeral) {
        let Some(pushed) = Event::new(name::EPHEMERAL, event) else {
            return;
        };
        let now = self.clock.now();
        let mut tables = self.lock();
        let Tables {
            rooms, listeners, ..
        } = &mut *tables;
        let others = rooms
            .peers(event.room_id)
            .chain(listeners.of(event.room_id, now));
        for peer in others.filter(|peer| peer.id() != from.id) {
            peer.push(&pushed, now);
        }
    }

    /// Tells who is there that somebody could not come in.
    pub(crate) fn tell_shut(&self, room: RoomId, what: Shut) {
        let shut = DoorShut {
            room_id: room,
            what,
        };
        let Some(event) = Event::new(name::DOOR_SHUT, &shut) else {
            return;
        };
        let now = self.clock.now();
        let tables = self.lock();
        let peers = tables.rooms.peers(room);
        peers.for_each(|peer| peer.push(&event, now));
    }

    /// Pushes what became durable, in its order; entries of one room go out together.
    pub(crate) fn publish(&self, batch: &[Committed]) {
        let now = self.clock.now();
        let mut drafts = Vec::new();
        let mut tables = self.lock();
        for event in batch {
            if let Committed::Entry(entry) = event {
                tables.collect(entry, &mut drafts, &self.memory, now);
                continue;
            }
            tables.push(drafts.drain(..), &self.memory, now);
            match event {
                Committed::Entry(_) => {}
                Committed::Mail(device, mail) => tables.push_mail(device, mail, now),
                Committed::In(room, account) => tables.tell_opened(*room, account, now),
                Committed::Out(room, account) => tables.close_room(*room, *account, now),
                Committed::Readmission(room) => tables.tell_readmission(*room, now),
                Committed::DevicesChanged(account) => tables.tell_devices(account, now),
            }
        }
        tables.push(drafts, &self.memory, now);
    }

    fn lock(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tables {
    /// Adds an entry to the draft of its room, if anybody is there; a full draft is pushed first.
    fn collect(
        &mut self,
        entry: &Entry,
        drafts: &mut Vec<Draft>,
        memory: &Arc<Memory>,
        now: Timestamp,
    ) {
        if !self.rooms.is_taken(entry.room_id) {
            return;
        }
        let index = drafts
            .iter()
            .position(|draft| draft.room() == entry.room_id);
        if let Some(draft) = index.and_then(|index| drafts.get_mut(index)) {
            if draft.is_full() {
                let full = std::mem::replace(draft, Draft::new(entry.room_id));
                self.rooms.push(full.finish(memory), now);
            }
            draft.add(entry);
        } else {
            let mut draft = Draft::new(entry.room_id);
            draft.add(entry);
            drafts.push(draft);
        }
    }

    fn push(
        &mut self,
        drafts: impl IntoIterator<Item = Draft>,
        memory: &Arc<Memory>,
        now: Timestamp,
    ) {
        for draft in drafts {
            self.rooms.push(draft.finish(memory), now);
        }
    }

    fn push_mail(&self, device: &DeviceId, mail: &Mail, now: Timestamp) {
        let peers = self.devices.of(device);
        if peers.is_empty() {
            return;
        }
        if let Some(event) = Event::new(name::MAIL, mail) {
            peers.iter().for_each(|peer| peer.push(&event, now));
        }
    }

    fn tell_readmission(&self, room: RoomId, now: Timestamp) {
        let asked = ReadmissionAsked { room_id: room };
        if let Some(event) = Event::new(name::READMISSION, &asked) {
            self.rooms
                .peers(room)
                .for_each(|peer| peer.push(&event, now));
        }
    }

    fn tell_devices(&self, account: &AccountId, now: Timestamp) {
        if let Some(event) = Event::new(name::DEVICES_CHANGED, &Empty {}) {
            let peers = self.accounts.of(account);
            peers.iter().for_each(|peer| peer.push(&event, now));
        }
    }

    fn tell_opened(&self, room: RoomId, account: &AccountId, now: Timestamp) {
        let peers = self.accounts.of(account);
        if peers.is_empty() {
            return;
        }
        if let Some(event) = Event::new(name::ROOM_OPENED, &RoomOpened { room_id: room }) {
            peers.iter().for_each(|peer| peer.push(&event, now));
        }
    }

    fn close_room(&mut self, room: RoomId, account: AccountId, now: Timestamp) {
        let Some(event) = Event::new(name::ROOM_CLOSED, &RoomClosed { room_id: room }) else {
            return;
        };
        let peers = self.accounts.of(&account).to_vec();
        for peer in peers {
            if self.rooms.leave(room, peer.id()) {
                self.listeners
                    .add(room, &peer, now.plus(HEARD_AFTER_REMOVAL_MILLIS));
            }
            peer.push(&event, now);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Waker};

    use protocol::error::ErrorCode;

    use super::*;
    use crate::clock::ManualClock;

    fn caller(token: u8) -> Caller {
        Caller {
            account: AccountId::from_bytes([1; 16]),
            device: None,
            token: TokenHash([token; 32]),
            started: Timestamp::default(),
            rights: Rights::Session,
            classic: false,
        }
    }

    /// Everything that a socket was sent, and whether that was all.
    fn sent(outbox: &Outbox) -> (String, bool) {
        let mut taken = std::collections::VecDeque::new();
        let over = outbox.poll_take(&mut taken, &mut Context::from_waker(Waker::noop()));
        let text =
            |waiting: super::super::Waiting| String::from_utf8_lossy(&waiting.frame).into_owned();
        (taken.into_iter().map(text).collect(), over)
    }

    #[test]
    fn a_token_that_was_turned_leaves_no_socket_and_says_nothing() {
        let clock = Arc::new(ManualClock::new(Timestamp::from_millis(1_000)));
        let hub = Hub::new(clock.clone());
        let body = ErrorBody::new(ErrorCode::SessionExpired, clock.now());
        let admitted = [1, 1, 2].map(|token| (hub.line(caller(token)), hub.outbox()));
        let [(line, outbox), (late, late_outbox), (other, other_outbox)] = &admitted;
        hub.connected(line, &Road::Direct(Arc::clone(outbox)));
        hub.connected(other, &Road::Direct(Arc::clone(other_outbox)));
        hub.turn_session(TokenHash([1; 32]), &body);
        let (text, over) = sent(outbox);
        assert!(over && !text.contains("SESSION_EXPIRED"), "{text}");
        assert_eq!(sent(other_outbox), (String::new(), false));
        hub.connected(late, &Road::Direct(Arc::clone(late_outbox)));
        let (text, over) = sent(late_outbox);
        assert!(over && text.contains("SESSION_EXPIRED"), "{text}");
    }

    #[test]
    fn a_socket_whose_session_ended_before_it_registered_is_closed() {
        let clock = Arc::new(ManualClock::new(Timestamp::from_millis(1_000)));
        let hub = Hub::new(clock.clone());
        let body = ErrorBody::new(ErrorCode::SessionExpired, clock.now());
        let admitted = [1, 2].map(|token| (hub.line(caller(token)), hub.outbox()));
        hub.end_session(TokenHash([1; 32]), &body);
        for (line, outbox) in &admitted {
            hub.connected(line, &Road::Direct(Arc::clone(outbox)));
        }
        let [(_, ended), (_, other)] = &admitted;
        let (text, over) = sent(ended);
        assert!(over && text.contains("SESSION_EXPIRED"), "{text}");
        assert_eq!(sent(other), (String::new(), false));
    }
}
