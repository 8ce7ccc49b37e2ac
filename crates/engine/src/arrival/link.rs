//! Links that this person was given: to look at, and to come in by.

use e2ee::{grant::Grant, group::RoomKeys};
use protocol::{
    error::ErrorCode,
    ids::{AccountId, RoomId},
};

use super::{Arrival, Found, Goes, Way, group_of, seat::Threshold};
use crate::{
    api::{CommandId, LinkPreview, LinkText, Outcome, RoomStage},
    convert,
    engine::Engine,
    links::LinkKey,
    rooms::history_out,
    turn::Turn,
};

/// What a link's maker hands to whoever holds it.
pub(super) struct Granted(Grant);

impl Granted {
    pub(super) fn room_keys(&self) -> RoomKeys {
        self.0.keys()
    }

    /// Who made the link.
    pub(super) fn account(&self) -> AccountId {
        convert::account_out(self.0.creator.account())
    }
}

impl Engine {
    pub(crate) fn preview_link(
        &mut self,
        command: CommandId,
        text: &LinkText,
        turn: &mut Turn<'_>,
    ) {
        self.arrive_by(command, text, true, turn);
    }

    pub(crate) fn join_by_link(
        &mut self,
        command: CommandId,
        text: &LinkText,
        turn: &mut Turn<'_>,
    ) {
        self.arrive_by(command, text, false, turn);
    }

    fn arrive_by(
        &mut self,
        command: CommandId,
        text: &LinkText,
        preview: bool,
        turn: &mut Turn<'_>,
    ) {
        let link = match LinkKey::read(text) {
            Ok(link) => link,
            Err(failure) => {
                turn.done(command, Err(failure));
                return;
            }
        };
        let room = link.room;
        if !preview && let Some(result) = self.inside(room) {
            turn.done(command, result.map_err(Into::into));
            return;
        }
        let under_way = |arrival: &Arrival| arrival.is_asked_for() || arrival.posted.is_some();
        if self.arrivals.get(&room).is_some_and(under_way) {
            turn.done(command, Err(ErrorCode::RateLimited.into()));
            return;
        }
        let arrival = Arrival::new(
            Way::Link(Box::new(link), text.clone()),
            preview,
            Some(command),
        );
        self.arrivals.insert(room, arrival);
        if !preview {
            self.with_arrival(room, turn, |_, _, _| Goes::Saved);
        }
    }

    /// What there is to say to somebody who is in the room already, or knows it.
    pub(super) fn inside(&self, room: RoomId) -> Option<Result<Outcome, ErrorCode>> {
        match self.rooms.get(&room)?.stage() {
            RoomStage::Joined => Some(Ok(Outcome::RoomJoined(room))),
            RoomStage::Invited => Some(Err(ErrorCode::NotAccepted)),
            RoomStage::Suspect => Some(Err(ErrorCode::RoomPaused)),
            RoomStage::TooNew => Some(Err(ErrorCode::PolicyTooNew)),
            RoomStage::Leaving => Some(Err(ErrorCode::AlreadyMember)),
            RoomStage::Left
            | RoomStage::Removed
            | RoomStage::RemovedUnconfirmed
            | RoomStage::NotOnThisDevice => None,
        }
    }

    /// Opens the grant of a link. That the maker's identity is the one whose fingerprint the link carries is part of
    /// it, for a link that was not said; that it is the one that this account knows by that name is for the screen.
    pub(super) fn granted(
        &self,
        arrival: &Arrival,
        found: &Found,
    ) -> Result<Option<Granted>, ErrorCode> {
        let Way::Link(link, _) = &arrival.way else {
            return Ok(None);
        };
        let sealed = found.entrance.grant.as_ref().ok_or(ErrorCode::BadAnswer)?;
        let room = convert::room(link.room);
        let grant = Grant::open(sealed.as_slice(), room, link.id, &link.secret, link.creator)
            .map_err(|_| ErrorCode::BadLink)?;
        if grant.group != group_of(&found.entrance) {
            return Err(ErrorCode::BadAnswer);
        }
        Ok(Some(Granted(grant)))
    }

    /// What a link leads to.
    pub(super) fn preview(
        &self,
        room: RoomId,
        found: &Found,
        threshold: &Threshold,
    ) -> Result<Outcome, ErrorCode> {
        let granted = threshold.granted.as_ref().ok_or(ErrorCode::BadLink)?;
        let policy = threshold.tree.policy();
        let state = threshold.keys.door.last().and_then(|(_, key)| {
            let sealed = found.entrance.state.as_slice();
            threshold.tree.open_state(sealed, key).ok()
        });
        let mut members: Vec<String> = Vec::new();
        let mut seen = e2ee::ordered::Set::new();
        let own = self.home.as_ref().map(|home| home.device.account());
        let mut inside = false;
        for leaf in threshold.tree.leaves() {
            inside |= Some(leaf.account()) == own;
            if seen.insert(leaf.account()) {
                members.push(leaf.certificate.name().as_str().to_owned());
            }
        }
        members.sort_unstable();
        Ok(Outcome::LinkPreview(Box::new(LinkPreview {
            room,
            name: state.as_ref().map(|state| state.name().to_owned()),
            topic: state.map_or_else(String::new, |state| state.topic().to_owned()),
            history: history_out(policy.history),
            maker: granted.account(),
            maker_name: granted.0.creator.name().as_str().to_owned(),
            members,
            inside,
        })))
    }
}
