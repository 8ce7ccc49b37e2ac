//! Sockets: who listens to which room, and what is pushed to whom. The network carries it.

use std::collections::BTreeSet;

use protocol::{
    call::Reply,
    error::{ErrorBody, ErrorCode},
    events::{Ephemeral, JoinedRoom, Push, RoomClosed},
    ids::{AccountId, RoomId},
    log::{Body, Entry, Large},
    time::Timestamp,
};

use super::{Caller, ModelServer, Origin, Refusal};

/// One socket connection, numbered by the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ConnectionId(pub(crate) u64);

/// Something for the network to carry to a client.
#[derive(Clone, Debug)]
pub(crate) enum Outgoing {
    /// A push on a connection.
    Push(ConnectionId, Push),
    /// The server closes the connection after what it pushed.
    Close(ConnectionId),
}

/// An open socket.
#[derive(Clone)]
pub(super) struct Socket {
    token: String,
    caller: Caller,
    joined: BTreeSet<RoomId>,
    /// Rooms that the account went out of: it may ask whether that stands, and hears the answers.
    hearing: BTreeSet<RoomId>,
}

impl ModelServer {
    /// Opens a socket for a session.
    pub(crate) fn connect(
        &mut self,
        connection: ConnectionId,
        token: &str,
        now: Timestamp,
    ) -> Result<(), ErrorBody> {
        self.now = now;
        let origin = Origin {
            token: Some(token.to_owned()),
            connection: None,
        };
        let caller = self.caller(&origin).map_err(|refusal| match refusal {
            Refusal::Code(code) => ErrorBody::new(code, now),
            Refusal::Body(body) => *body,
        })?;
        let socket = Socket {
            token: token.to_owned(),
            caller,
            joined: BTreeSet::new(),
            hearing: BTreeSet::new(),
        };
        self.sockets.insert(connection, socket);
        Ok(())
    }

    /// The socket is gone.
    pub(crate) fn disconnect(&mut self, connection: ConnectionId) {
        self.sockets.remove(&connection);
    }

    /// Closes every socket without a word.
    pub(crate) fn forget_sockets(&mut self) {
        self.sockets.clear();
        self.outgoing.clear();
    }

    /// Whether the socket is open.
    pub(crate) fn has_socket(&self, connection: ConnectionId) -> bool {
        self.sockets.contains_key(&connection)
    }

    /// What was pushed since the last time.
    pub(crate) fn take_outgoing(&mut self) -> Vec<Outgoing> {
        std::mem::take(&mut self.outgoing)
    }

    pub(super) fn join_room(
        &mut self,
        caller: Caller,
        origin: &Origin,
        room_id: RoomId,
    ) -> Result<Reply, Refusal> {
        let room = self.room_of_member(caller, room_id)?;
        let answer = JoinedRoom {
            room_id,
            last_seq: room.last_seq(),
            handshake_seq: room.handshake_seq(),
            readmissions: !room.readmissions.is_empty(),
        };
        let socket = origin
            .connection
            .and_then(|connection| self.sockets.get_mut(&connection))
            .ok_or(ErrorCode::BadRequest)?;
        socket.joined.insert(room_id);
        socket.hearing.remove(&room_id);
        Ok(Reply::JoinedRoom(answer))
    }

    pub(super) fn ephemeral(
        &mut self,
        caller: Caller,
        origin: &Origin,
        mut ephemeral: Ephemeral,
    ) -> Result<Reply, Refusal> {
        self.room_of_member(caller, ephemeral.room_id)
            .map(|_| ())
            .or_else(|refusal| self.hear(caller, origin, ephemeral.room_id).ok_or(refusal))?;
        ephemeral.sender = Some(caller.account);
        ephemeral.device = Some(caller.device);
        self.heard.push(ephemeral.clone());
        let room = ephemeral.room_id;
        let hearing = self.sockets.iter();
        let hearing = hearing.filter(|(_, socket)| socket.hearing.contains(&room));
        let hearing: Vec<ConnectionId> = hearing.map(|(connection, _)| *connection).collect();
        for connection in self.listeners(room).into_iter().chain(hearing) {
            if origin.connection != Some(connection) {
                let push = Push::Ephemeral(ephemeral.clone());
                self.outgoing.push(Outgoing::Push(connection, push));
            }
        }
        Ok(Reply::Done)
    }

    /// Who went out of a room may ask on: the real server lets them for a day.
    fn hear(&mut self, caller: Caller, origin: &Origin, room_id: RoomId) -> Option<()> {
        let went = self.rooms.get(&room_id)?.log().iter().any(|entry| {
            matches!(&entry.body, Body::Commit(commit)
                if commit.effects.accounts_out.contains(&caller.account))
        });
        let socket = self.sockets.get_mut(&origin.connection?)?;
        went.then(|| {
            socket.hearing.insert(room_id);
        })
    }

    /// Pushes an entry to all who listen to its room, as its size only if it is large.
    pub(super) fn push_entry(&mut self, entry: &Entry) {
        let size = serde_json::to_vec(entry).map_or(0, |json| json.len());
        let mut pushed = entry.clone();
        if size > self.limits.push_bytes {
            pushed.body = Body::Large(Large { size: size as u64 });
        }
        for connection in self.listeners(entry.room_id) {
            let push = Push::NewMessage(Box::new(pushed.clone()));
            self.outgoing.push(Outgoing::Push(connection, push));
        }
    }

    pub(super) fn push_to_room(&mut self, room: RoomId, push: &Push) {
        for connection in self.listeners(room) {
            self.outgoing.push(Outgoing::Push(connection, push.clone()));
        }
    }

    pub(super) fn push_to_device(&mut self, to: Caller, push: &Push) {
        let connections = self
            .sockets
            .iter()
            .filter(|(_, socket)| socket.caller == to);
        let pushes = connections.map(|(id, _)| Outgoing::Push(*id, push.clone()));
        self.outgoing.extend(pushes);
    }

    pub(super) fn push_to_account(&mut self, account: AccountId, push: &Push) {
        let sockets = self.sockets.iter();
        let own = sockets.filter(|(_, socket)| socket.caller.account == account);
        let pushes = own.map(|(id, _)| Outgoing::Push(*id, push.clone()));
        self.outgoing.extend(pushes);
    }

    /// Takes an account's sockets out of a room and tells them.
    pub(super) fn close_room_for(&mut self, account: AccountId, room_id: RoomId) {
        for (connection, socket) in &mut self.sockets {
            if socket.caller.account == account {
                socket.joined.remove(&room_id);
                let push = Push::RoomClosed(RoomClosed { room_id });
                self.outgoing.push(Outgoing::Push(*connection, push));
            }
        }
    }

    pub(super) fn close_sockets_of(&mut self, token: &str) {
        let account = self.sessions.get(token).map(|session| session.account);
        let deleted = account.is_some_and(|account| self.deleted.contains(&account));
        let why = if deleted {
            ErrorCode::AccountDeleted
        } else {
            ErrorCode::SessionExpired
        };
        let ended = ErrorBody::new(why, self.now);
        let connections: Vec<ConnectionId> = self
            .sockets
            .iter()
            .filter(|(_, socket)| socket.token == token)
            .map(|(connection, _)| *connection)
            .collect();
        for connection in connections {
            self.sockets.remove(&connection);
            let push = Push::SessionEnded(ended.clone());
            self.outgoing.push(Outgoing::Push(connection, push));
            self.outgoing.push(Outgoing::Close(connection));
        }
    }

    /// Closes the sockets under a token without a word.
    pub(super) fn drop_sockets_of(&mut self, token: &str) {
        let of = self.sockets.iter();
        let of = of.filter(|(_, socket)| socket.token == token);
        let connections: Vec<ConnectionId> = of.map(|(connection, _)| *connection).collect();
        for connection in connections {
            self.sockets.remove(&connection);
            self.outgoing.push(Outgoing::Close(connection));
        }
    }

    fn listeners(&self, room: RoomId) -> Vec<ConnectionId> {
        self.sockets
            .iter()
            .filter(|(_, socket)| socket.joined.contains(&room))
            .map(|(connection, _)| *connection)
            .collect()
    }
}
