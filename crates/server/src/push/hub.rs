//! Who listens to what.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::Ordering},
};

use protocol::{
    error::ErrorBody,
    events::{Ephemeral, ReadmissionAsked, RoomClosed, name},
    ids::{AccountId, DeviceId, RoomId, Seq},
    limits::PUSH_BYTES,
    log::{Body, Entry, Large},
    time::Timestamp,
};
use serde_json::value::RawValue;
use socketioxide::{extract::SocketRef, socket::Sid};

use super::{
    listeners::{HEARD_AFTER_REMOVAL_MILLIS, Listeners},
    peer::{Line, Peer},
    seats::Seats,
};
use crate::{
    clock::Clock,
    store::{Committed, session::TokenHash},
};

/// All connected sockets.
pub(crate) struct Hub {
    tables: Mutex<Tables>,
    clock: Arc<dyn Clock>,
}

#[derive(Default)]
struct Tables {
    sockets: HashMap<Sid, Arc<Peer>>,
    rooms: Seats,
    listeners: Listeners,
    accounts: Groups<AccountId>,
    devices: Groups<DeviceId>,
    sessions: Groups<TokenHash>,
}

/// Sockets by what they listen to.
struct Groups<K>(HashMap<K, Vec<Arc<Peer>>>);

impl<K> Default for Groups<K> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<K: Hash + Eq> Groups<K> {
    fn of(&self, key: &K) -> &[Arc<Peer>] {
        self.0.get(key).map_or(&[], Vec::as_slice)
    }

    fn add(&mut self, key: K, peer: &Arc<Peer>) {
        let group = self.0.entry(key).or_default();
        if group.iter().all(|other| other.socket.id != peer.socket.id) {
            group.push(peer.clone());
        }
    }

    fn remove(&mut self, key: &K, sid: Sid) {
        if let Some(group) = self.0.get_mut(key) {
            group.retain(|peer| peer.socket.id != sid);
            if group.is_empty() {
                self.0.remove(key);
            }
        }
    }
}

impl Tables {
    /// The peer of a socket; a closed one has none any more.
    fn peer(&mut self, socket: &SocketRef, line: &Arc<Line>) -> Option<Arc<Peer>> {
        if line.closed.load(Ordering::SeqCst) {
            return None;
        }
        if let Some(peer) = self.sockets.get(&socket.id) {
            return Some(peer.clone());
        }
        let peer = Arc::new(Peer {
            socket: socket.clone(),
            line: line.clone(),
        });
        self.sockets.insert(socket.id, peer.clone());
        self.accounts.add(line.caller.account, &peer);
        self.sessions.add(line.caller.token, &peer);
        if let Some(device) = line.caller.device {
            self.devices.add(device, &peer);
        }
        Some(peer)
    }
}

impl Hub {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            tables: Mutex::default(),
            clock,
        }
    }

    /// A socket is connected: from now on it gets its mail.
    pub(crate) fn connected(&self, socket: &SocketRef, line: &Arc<Line>) {
        if let Some(peer) = self.lock().peer(socket, line)
            && peer.is_behind()
        {
            peer.tell_missed();
        }
    }

    /// A socket is gone.
    pub(crate) fn disconnected(&self, sid: Sid, line: &Line) {
        let mut tables = self.lock();
        line.closed.store(true, Ordering::SeqCst);
        if tables.sockets.remove(&sid).is_none() {
            return;
        }
        tables.rooms.leave_all(sid);
        tables.listeners.remove_all(sid);
        tables.accounts.remove(&line.caller.account, sid);
        tables.sessions.remove(&line.caller.token, sid);
        if let Some(device) = line.caller.device {
            tables.devices.remove(&device, sid);
        }
    }

    /// The socket takes a seat in the room; entries wait until [`Self::open`].
    pub(crate) fn join(&self, socket: &SocketRef, line: &Arc<Line>, room: RoomId) {
        let mut tables = self.lock();
        if let Some(peer) = tables.peer(socket, line) {
            tables.listeners.remove(room, peer.socket.id);
            tables.rooms.take(room, &peer);
        }
    }

    /// The join was answered with `last`: from now on the socket gets every entry after it.
    pub(crate) fn open(&self, sid: Sid, room: RoomId, last: Seq) {
        let now = self.clock.now();
        self.lock().rooms.open(room, sid, last, now);
    }

    /// The socket gets no more of the room.
    pub(crate) fn leave(&self, sid: Sid, room: RoomId) {
        self.lock().rooms.leave(room, sid);
    }

    /// The socket, whose account went out of the room, hears its unlogged events until then.
    pub(crate) fn listen(
        &self,
        socket: &SocketRef,
        line: &Arc<Line>,
        room: RoomId,
        until: Timestamp,
    ) {
        let mut tables = self.lock();
        if let Some(peer) = tables.peer(socket, line) {
            tables.listeners.add(room, &peer, until);
        }
    }

    /// Whether the socket has a seat in the room.
    pub(crate) fn has_joined(&self, sid: Sid, room: RoomId) -> bool {
        self.lock()
            .rooms
            .peers(room)
            .any(|peer| peer.socket.id == sid)
    }

    /// How many sockets a session has open.
    pub(crate) fn sockets_of(&self, token: TokenHash) -> usize {
        self.lock().sessions.of(&token).len()
    }

    /// Tells the sockets of a session that it ended, and closes them.
    pub(crate) fn end_session(&self, token: TokenHash, body: &ErrorBody) {
        let now = self.clock.now();
        let peers = self.lock().sessions.of(&token).to_vec();
        // Outside the lock: a disconnect calls back into the hub.
        for peer in peers {
            peer.push(name::SESSION_ENDED, body, now);
            if let Err(error) = peer.socket.clone().disconnect() {
                tracing::debug!(%error, "a socket was closed already");
            }
        }
    }

    /// Sends an unlogged event to everybody who hears the room but the socket that it came from.
    pub(crate) fn send_ephemeral(&self, from: Sid, event: &Ephemeral) {
        let Some(raw) = raw(event) else { return };
        let now = self.clock.now();
        let mut tables = self.lock();
        let Tables {
            rooms, listeners, ..
        } = &mut *tables;
        let others = rooms
            .peers(event.room_id)
            .chain(listeners.of(event.room_id, now));
        for peer in others.filter(|peer| peer.socket.id != from) {
            peer.push(name::EPHEMERAL, &raw, now);
        }
    }

    /// Pushes what became durable.
    pub(crate) fn publish(&self, event: &Committed) {
        match event {
            Committed::Entry(entry) => self.publish_entry(entry),
            Committed::Mail(device, mail) => {
                let tables = self.lock();
                let peers = tables.devices.of(device);
                if let Some(raw) = (!peers.is_empty()).then(|| raw(mail.as_ref())).flatten() {
                    let now = self.clock.now();
                    peers
                        .iter()
                        .for_each(|peer| peer.push(name::MAIL, &raw, now));
                }
            }
            Committed::Out(room, account) => self.close_room(*room, *account),
            Committed::Readmission(room) => self.tell_readmission(*room),
        }
    }

    fn publish_entry(&self, entry: &Entry) {
        let now = self.clock.now();
        let mut tables = self.lock();
        tables.rooms.push(entry.room_id, entry.seq, now, || {
            pushed(entry).map(Arc::from)
        });
    }

    fn tell_readmission(&self, room: RoomId) {
        let now = self.clock.now();
        let asked = ReadmissionAsked { room_id: room };
        for peer in self.lock().rooms.peers(room) {
            peer.push(name::READMISSION, &asked, now);
        }
    }

    fn close_room(&self, room: RoomId, account: AccountId) {
        let now = self.clock.now();
        let mut tables = self.lock();
        let peers = tables.accounts.of(&account).to_vec();
        for peer in peers {
            if tables.rooms.leave(room, peer.socket.id) {
                tables
                    .listeners
                    .add(room, &peer, now.plus(HEARD_AFTER_REMOVAL_MILLIS));
            }
            peer.push(name::ROOM_CLOSED, &RoomClosed { room_id: room }, now);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An entry as it is pushed: in full, or as a stub if it is large.
fn pushed(entry: &Entry) -> Option<Box<RawValue>> {
    let full = raw(entry)?;
    let size = full.get().len();
    if size <= PUSH_BYTES {
        return Some(full);
    }
    let body = Body::Large(Large { size: size as u64 });
    raw(&Entry {
        body,
        ..entry_without_body(entry)
    })
}

fn entry_without_body(entry: &Entry) -> Entry {
    Entry {
        id: entry.id,
        room_id: entry.room_id,
        seq: entry.seq,
        sender: entry.sender,
        device: entry.device,
        timestamp: entry.timestamp,
        client_id: entry.client_id,
        handshake_seq: entry.handshake_seq,
        body: Body::Large(Large { size: 0 }),
    }
}

/// Serialised once, however many sockets it goes to.
fn raw(value: &impl serde::Serialize) -> Option<Box<RawValue>> {
    serde_json::value::to_raw_value(value)
        .inspect_err(|error| tracing::error!(%error, "a push does not serialise"))
        .ok()
}
