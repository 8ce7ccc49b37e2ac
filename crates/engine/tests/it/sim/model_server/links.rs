//! Links, and what whoever comes in by an external commit fetches (PROTOCOL section 4).

use std::collections::BTreeMap;

use protocol::{
    bytes::Bytes,
    call::Reply,
    error::ErrorCode,
    events::{DoorShut, Push},
    ids::{AccountId, LinkId, RoomId, Seq},
    limits,
    log::Effects,
    rest::{
        CommitRequest, EnterRoom, Entrance, FollowHandshakes, Handshakes, Link, LinkPass, Links,
        PutLink, RosterWrite,
    },
    role::Role,
    time::Timestamp,
};
use sha2::{Digest as _, Sha256};

use super::{Caller, ModelServer, Refusal, rooms::RoomRecord};

/// The links of one room. One that ended stays, so that its id never opens anything again.
pub(super) type LinkRecords = BTreeMap<LinkId, LinkRecord>;

/// One link.
#[derive(Clone)]
pub(super) struct LinkRecord {
    creator: AccountId,
    token_hash: Bytes,
    grant: Bytes,
    created: Timestamp,
    expires: Option<Timestamp>,
    uses: Option<u32>,
    used: u32,
    taken_back: bool,
}

impl LinkRecord {
    fn is_live(&self, now: Timestamp) -> bool {
        !self.taken_back
            && self.expires.is_none_or(|expires| expires > now)
            && self.uses.is_none_or(|uses| uses > self.used)
    }
}

impl ModelServer {
    pub(super) fn put_link(
        &mut self,
        caller: Caller,
        room_id: RoomId,
        link: LinkId,
        put: PutLink,
    ) -> Result<Reply, Refusal> {
        let now = self.now;
        if put.token_hash.len() != 32 || put.uses == Some(0) || put.grant.is_empty() {
            return Err(ErrorCode::BadRequest.into());
        }
        if put.grant.len() > limits::GRANT_BYTES {
            return Err(ErrorCode::TooLarge.into());
        }
        let links = &mut self.room_of_member_mut(caller, room_id)?.links;
        if let Some(known) = links.get_mut(&link) {
            if known.creator != caller.account || known.token_hash != put.token_hash {
                return Err(ErrorCode::BadRequest.into());
            }
            if !known.is_live(now) {
                return Err(ErrorCode::LinkEnded.into());
            }
            known.grant = put.grant;
            return Ok(Reply::Done);
        }
        if put.expires.is_some_and(|expires| expires <= now) {
            return Err(ErrorCode::BadRequest.into());
        }
        if links.values().filter(|link| link.is_live(now)).count() >= limits::LINKS_MAX {
            return Err(ErrorCode::TooLarge.into());
        }
        let record = LinkRecord {
            creator: caller.account,
            token_hash: put.token_hash,
            grant: put.grant,
            created: now,
            expires: put.expires,
            uses: put.uses,
            used: 0,
            taken_back: false,
        };
        links.insert(link, record);
        Ok(Reply::Done)
    }

    pub(super) fn links(&self, caller: Caller, room_id: RoomId) -> Result<Reply, Refusal> {
        let room = self.room_of_member(caller, room_id)?;
        let live = room.links.iter().filter(|(_, link)| link.is_live(self.now));
        let mut links: Vec<Link> = live
            .map(|(id, link)| Link {
                link_id: *id,
                creator: link.creator,
                created: link.created,
                expires: link.expires,
                uses_left: link.uses.map(|uses| uses - link.used),
                used: link.used,
            })
            .collect();
        links.sort_by_key(|link| (link.created, link.link_id));
        Ok(Reply::Links(Links { links }))
    }

    pub(super) fn delete_link(
        &mut self,
        caller: Caller,
        room_id: RoomId,
        link: LinkId,
    ) -> Result<Reply, Refusal> {
        let now = self.now;
        let room = self.room_of_member_mut(caller, room_id)?;
        let moderates = room.table.role(caller.account) >= Some(Role::Moderator);
        if let Some(link) = room.links.get_mut(&link).filter(|link| link.is_live(now)) {
            if !moderates && link.creator != caller.account {
                return Err(ErrorCode::RoleTooLow.into());
            }
            link.taken_back = true;
        }
        Ok(Reply::Done)
    }

    pub(super) fn enter_room(
        &mut self,
        caller: Caller,
        room_id: RoomId,
        enter: &EnterRoom,
    ) -> Result<Reply, Refusal> {
        self.behind(caller, room_id, enter.link.as_ref())?;
        if let Some(what) = enter.shut {
            self.push_to_room(room_id, &Push::DoorShut(DoorShut { room_id, what }));
        }
        let room = self.behind(caller, room_id, enter.link.as_ref())?;
        let grant = enter.link.as_ref().and_then(|pass| {
            let link = room.links.get(&pass.link_id)?;
            Some(link.grant.clone())
        });
        let side = room.side_files();
        Ok(Reply::Entrance(Box::new(Entrance {
            group_id: room.group_id,
            grant,
            doors: side.doors,
            state: side.state,
            roster: side.roster,
            tree: side.tree,
            chain: side.chain,
            handshake_seq: room.handshake_seq,
            last_seq: room.last_seq(),
        })))
    }

    pub(super) fn follow_handshakes(
        &self,
        caller: Caller,
        room_id: RoomId,
        follow: &FollowHandshakes,
    ) -> Result<Reply, Refusal> {
        let room = self.behind(caller, room_id, follow.link.as_ref())?;
        let mut rest = room
            .log
            .iter()
            .filter(|entry| entry.seq > follow.after && entry.body.is_handshake());
        let entries = rest
            .by_ref()
            .take(self.limits.handshake_page)
            .cloned()
            .collect();
        let more = rest.next().is_some();
        Ok(Reply::Handshakes(Handshakes { entries, more }))
    }

    /// The room, for a member or for whoever shows a link that opens it.
    pub(super) fn behind(
        &self,
        caller: Caller,
        room_id: RoomId,
        link: Option<&LinkPass>,
    ) -> Result<&RoomRecord, Refusal> {
        let Some(pass) = link else {
            return self.room_of_member(caller, room_id);
        };
        let hash = Sha256::digest(pass.token.as_slice());
        self.rooms
            .get(&room_id)
            .filter(|room| {
                room.links.get(&pass.link_id).is_some_and(|link| {
                    link.token_hash.as_slice() == hash.as_slice() && link.is_live(self.now)
                })
            })
            .ok_or_else(|| ErrorCode::LinkEnded.into())
    }
}

impl RoomRecord {
    /// What a commit does to the room's links, before the table changes. `last_commit` began the epoch that it ends.
    pub(super) fn change_links(
        &mut self,
        actor: AccountId,
        effects: &Effects,
        shown: Option<&LinkPass>,
        last_commit: Seq,
    ) {
        let comes_in = self.table.role(actor).is_none();
        if let Some(link) = shown.and_then(|pass| self.links.get_mut(&pass.link_id)) {
            link.used += u32::from(comes_in);
        }
        let removal = self.table.removes(actor, effects, last_commit);
        for link in self.links.values_mut() {
            link.taken_back |= removal || effects.accounts_out.contains(&link.creator);
        }
    }
}

/// Whether a commit brings this account in and does nothing else.
pub(super) fn only_joins(request: &CommitRequest, account: AccountId) -> bool {
    let joins = Effects {
        accounts_in: vec![account],
        ..Effects::default()
    };
    let appends = !matches!(request.roster, Some(RosterWrite::Replace(_)));
    let bare = request.mails.is_empty() && request.state.is_none() && request.chain.is_none();
    request.effects == joins && appends && bare
}
