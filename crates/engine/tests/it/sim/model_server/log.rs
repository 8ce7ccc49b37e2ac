//! The log of a room: gapless places, one entry per client id, nothing that is behind.

use protocol::{
    call::Reply,
    error::ErrorCode,
    events::{History, RoomHistory, SendMessage},
    ids::{AccountId, ClientId, DeviceId, EntryId, RoomId, Seq},
    log::{Body, Entry, Key, Proposal},
    rest::{ProposalRequest, Receipt},
    time::Timestamp,
};

use super::{Caller, ModelServer, Refusal};

impl ModelServer {
    pub(super) fn send_message(
        &mut self,
        caller: Caller,
        request: SendMessage,
    ) -> Result<Reply, Refusal> {
        let room_id = request.room_id;
        let (Some(client_id), Some(handshake_seq)) = (request.client_id, request.handshake_seq)
        else {
            return Err(ErrorCode::BadRequest.into());
        };
        if !matches!(request.message.key, Key::Mls(_)) {
            return Err(ErrorCode::WrongRoomKind.into());
        }
        if let Some(receipt) = self.known(caller, room_id, client_id)? {
            return Ok(Reply::Receipt(receipt));
        }
        self.in_step(room_id, handshake_seq, ErrorCode::StaleMessage)?;
        let body = Body::Message(request.message);
        let receipt = self.append(caller, room_id, client_id, handshake_seq, body)?;
        Ok(Reply::Receipt(receipt))
    }

    pub(super) fn propose(
        &mut self,
        caller: Caller,
        room_id: RoomId,
        request: ProposalRequest,
    ) -> Result<Reply, Refusal> {
        if let Some(receipt) = self.known(caller, room_id, request.client_id)? {
            return Ok(Reply::Receipt(receipt));
        }
        self.in_step(room_id, request.handshake_seq, ErrorCode::StaleCommit)?;
        self.not_reserved(caller.device, room_id, None)?;
        let body = Body::Proposal(Proposal {
            proposal: request.proposal,
        });
        let receipt = self.append(
            caller,
            room_id,
            request.client_id,
            request.handshake_seq,
            body,
        )?;
        let room = self.room_of_member_mut(caller, room_id)?;
        room.table.note_leaving(caller.account, receipt.seq);
        let commits = room.log.iter().rev();
        let mut commits = commits.filter(|entry| matches!(entry.body, Body::Commit(_)));
        let since = commits.next().map_or(Seq::START, |entry| entry.seq);
        if room.table.is_deserted(since) {
            // Nobody is left who could take them out.
            for account in room.table.end(receipt.seq) {
                self.close_room_for(account, room_id);
            }
        }
        Ok(Reply::Receipt(receipt))
    }

    pub(super) fn history(
        &mut self,
        caller: Caller,
        wanted: RoomHistory,
    ) -> Result<Reply, Refusal> {
        let room = self
            .rooms
            .get(&wanted.room_id)
            .ok_or(ErrorCode::RoomNotFound)?;
        let last_seq = room
            .table
            .reads_up_to(caller.account, room.last_seq())
            .ok_or(ErrorCode::NotAMember)?;
        let page = wanted.limit.map_or(self.limits.history_page, |limit| {
            self.limits.history_page.min(limit as usize)
        });
        let entries = room
            .log
            .iter()
            .filter(|entry| entry.seq > wanted.since && entry.seq <= last_seq)
            .take(page)
            .cloned()
            .collect();
        let handshake_seq = room
            .log
            .iter()
            .rev()
            .find(|entry| entry.seq <= last_seq && entry.body.is_handshake())
            .map_or(Seq::START, |entry| entry.seq);
        Ok(Reply::History(History {
            room_id: wanted.room_id,
            entries,
            last_seq,
            handshake_seq,
        }))
    }

    pub(super) fn entry(
        &self,
        caller: Caller,
        room_id: RoomId,
        seq: Seq,
    ) -> Result<Reply, Refusal> {
        let room = self.rooms.get(&room_id).ok_or(ErrorCode::RoomNotFound)?;
        let last = room
            .table
            .reads_up_to(caller.account, room.last_seq())
            .ok_or(ErrorCode::NotAMember)?;
        let entry = room
            .log
            .iter()
            .find(|entry| entry.seq == seq && seq <= last)
            .ok_or(ErrorCode::NotFound)?;
        Ok(Reply::Entry(Box::new(entry.clone())))
    }

    /// Puts an entry into the log that nobody in the room has posted: the server helps whom it likes.
    pub(crate) fn slips_in(
        &mut self,
        room: RoomId,
        (account, device): (AccountId, DeviceId),
        client_id: ClientId,
        body: Body,
        now: Timestamp,
    ) -> Option<Seq> {
        self.now = now;
        let handshake = self.rooms.get(&room)?.handshake_seq;
        let caller = Caller { account, device };
        let receipt = self.append(caller, room, client_id, handshake, body);
        receipt.ok().map(|receipt| receipt.seq)
    }

    /// The stored result of a client id that is known, whatever else is wrong with the request.
    pub(super) fn known(
        &self,
        caller: Caller,
        room_id: RoomId,
        client_id: ClientId,
    ) -> Result<Option<Receipt>, Refusal> {
        if let Some(receipt) = self.receipt(caller, room_id, client_id) {
            return Ok(Some(receipt));
        }
        self.room_of_member(caller, room_id)?;
        Ok(None)
    }

    /// The stored result of a client id.
    pub(super) fn receipt(
        &self,
        caller: Caller,
        room_id: RoomId,
        client_id: ClientId,
    ) -> Option<Receipt> {
        let room = self.rooms.get(&room_id)?;
        room.receipts.get(&(caller.device, client_id)).copied()
    }

    fn in_step(&self, room: RoomId, handshake: Seq, stale: ErrorCode) -> Result<(), Refusal> {
        let room = self.rooms.get(&room).ok_or(ErrorCode::RoomNotFound)?;
        if room.handshake_seq == handshake {
            Ok(())
        } else {
            Err(stale.into())
        }
    }

    /// Appends for a caller that was found to be allowed.
    pub(super) fn append(
        &mut self,
        caller: Caller,
        room_id: RoomId,
        client_id: ClientId,
        handshake_seq: Seq,
        body: Body,
    ) -> Result<Receipt, Refusal> {
        self.last_entry += 1;
        let id = EntryId::new(self.last_entry).map_err(|_| ErrorCode::ServerError)?;
        let timestamp = self.now;
        let room = self
            .rooms
            .get_mut(&room_id)
            .ok_or(ErrorCode::RoomNotFound)?;
        let seq = room.last_seq().next();
        let entry = Entry {
            id,
            room_id,
            seq,
            sender: caller.account,
            device: Some(caller.device),
            timestamp,
            client_id,
            handshake_seq,
            body,
        };
        if entry.body.is_handshake() {
            room.handshake_seq = seq;
        }
        let receipt = Receipt { id, seq, timestamp };
        room.receipts.insert((caller.device, client_id), receipt);
        room.log.push(entry.clone());
        self.push_entry(&entry);
        Ok(receipt)
    }

    /// The server's own word about an account.
    pub(super) fn say(
        &mut self,
        about: AccountId,
        room_id: RoomId,
        client_id: ClientId,
        body: Body,
    ) {
        self.last_entry += 1;
        let id = EntryId::new(self.last_entry).expect("room for an entry");
        let room = self.rooms.get_mut(&room_id).expect("a room");
        let entry = Entry {
            id,
            room_id,
            seq: room.last_seq().next(),
            sender: about,
            device: None,
            timestamp: self.now,
            client_id,
            handshake_seq: room.handshake_seq,
            body,
        };
        room.log.push(entry.clone());
        self.push_entry(&entry);
    }
}
