//! Commits: all or nothing, one at a time, with a ticket for who lost a race.

use protocol::{
    call::Reply,
    error::{ErrorBody, ErrorCode},
    events::{Push, RoomOpened},
    ids::{DeviceId, RoomId, Seq, Ticket},
    limits,
    log::{Body, Commit},
    rest::{CommitRequest, MailBody, RosterWrite, TreeSnapshot},
};

use super::{
    Caller, ModelServer, Refusal,
    links::only_joins,
    rooms::{HeldTicket, RoomRecord},
};

impl ModelServer {
    pub(super) fn commit(
        &mut self,
        caller: Caller,
        room_id: RoomId,
        request: CommitRequest,
    ) -> Result<Reply, Refusal> {
        if let Some(receipt) = self.receipt(caller, room_id, request.client_id) {
            return Ok(Reply::Receipt(receipt));
        }
        let room = self.behind(caller, room_id, request.link.as_ref())?;
        if request.handshake_seq != room.handshake_seq {
            return Err(self.stale(caller.device, room_id));
        }
        self.not_reserved(caller.device, room_id, Some(request.ticket))?;
        let room = self.behind(caller, room_id, request.link.as_ref())?;
        match request.link {
            Some(_) if only_joins(&request, caller.account) => {}
            Some(_) => return Err(ErrorCode::BadRequest.into()),
            None => room.table.allows(caller.account, &request.effects)?,
        }
        let mut after = room.table.clone();
        after.apply(&request.effects, room.last_seq().next());
        let addressed = request.mails.iter().all(|mail| {
            let welcome = matches!(mail.body, MailBody::Welcome { .. });
            welcome && self.mail_has_address(mail) && after.roles().contains_key(&mail.account_id)
        });
        let known = request
            .effects
            .accounts_in
            .iter()
            .all(|account| self.accounts.contains_key(account));
        if !addressed || !known {
            return Err(ErrorCode::BadRequest.into());
        }
        self.accept(caller, room_id, request)
    }

    fn accept(
        &mut self,
        caller: Caller,
        room_id: RoomId,
        request: CommitRequest,
    ) -> Result<Reply, Refusal> {
        let effects = request.effects.clone();
        let before = self
            .rooms
            .get(&room_id)
            .map_or(Seq::START, RoomRecord::last_commit);
        let body = Body::Commit(Commit {
            commit: request.commit,
            effects: request.effects,
            with_tree: request.tree.is_some(),
        });
        // Who goes out does not get the entry pushed: it is told that the room is closed and fetches.
        for account in &effects.accounts_out {
            self.close_room_for(*account, room_id);
        }
        let receipt = self.append(
            caller,
            room_id,
            request.client_id,
            request.handshake_seq,
            body,
        )?;
        let room = self
            .rooms
            .get_mut(&room_id)
            .ok_or(ErrorCode::RoomNotFound)?;
        if !self.keeps_links {
            room.change_links(caller.account, &effects, request.link.as_ref(), before);
        }
        let roles = room.table.roles();
        let mut came = effects.accounts_in.clone();
        came.retain(|account| !roles.contains_key(account));
        room.table.apply(&effects, receipt.seq);
        room.declared.push((receipt.seq, effects.clone()));
        room.readmissions
            .retain(|_, (account, ..)| !effects.accounts_out.contains(account));
        room.ticket = None;
        room.side.add_door(request.door);
        if let Some(state) = request.state {
            room.side.state = state;
        }
        match request.roster {
            Some(RosterWrite::Append(record)) => room.side.roster.push(record),
            Some(RosterWrite::Replace(log)) => room.side.roster = vec![log],
            None => {}
        }
        if let Some(snapshot) = request.tree {
            room.side.tree = TreeSnapshot {
                seq: receipt.seq,
                snapshot,
            };
        }
        room.side.chain.extend(request.chain);
        for account in came {
            self.push_to_account(account, &Push::RoomOpened(RoomOpened { room_id }));
        }
        for mail in request.mails {
            self.deliver(caller, Some(room_id), Some(receipt.seq), mail);
        }
        Ok(Reply::Receipt(receipt))
    }

    /// Refuses while somebody else holds the ticket. A commit shows it; a proposal has none to show.
    pub(super) fn not_reserved(
        &self,
        device: DeviceId,
        room_id: RoomId,
        shown: Option<Option<Ticket>>,
    ) -> Result<(), Refusal> {
        let room = self.rooms.get(&room_id).ok_or(ErrorCode::RoomNotFound)?;
        let Some(held) = room.ticket.filter(|held| held.until > self.now) else {
            return Ok(());
        };
        if held.holder == device && shown.is_none_or(|shown| shown == Some(held.ticket)) {
            return Ok(());
        }
        let mut body = ErrorBody::new(ErrorCode::CommitReserved, self.now);
        body.retry_after_ms = Some(held.until.since(self.now));
        Err(Refusal::Body(Box::new(body)))
    }

    /// The refusal of a commit that is behind, with a ticket if nobody else holds one.
    fn stale(&mut self, device: DeviceId, room_id: RoomId) -> Refusal {
        let ticket = Ticket::from_bytes(self.draw_16());
        let now = self.now;
        let mut body = ErrorBody::new(ErrorCode::StaleCommit, now);
        if let Some(room) = self.rooms.get_mut(&room_id) {
            let held = room.ticket.filter(|held| held.until > now);
            let held = *room.ticket.insert(held.unwrap_or(HeldTicket {
                ticket,
                holder: device,
                until: now.plus(limits::TICKET_MILLIS),
            }));
            body.ticket = (held.holder == device).then_some(held.ticket);
        }
        Refusal::Body(Box::new(body))
    }
}
