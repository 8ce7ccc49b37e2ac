//! Making, listing and ending links.

use e2ee::{
    group::{Group, Intent},
    ids::AccountId,
    link::LinkSecret,
    policy::Access,
    roles::Role,
    room_state::{ListedLink, MAX_LABEL},
    spoken::SpokenLink,
};
use protocol::{
    error::ErrorCode,
    ids::{LinkId, RoomId},
    pin::Pin,
    rest::Links,
    time::Timestamp,
};

use super::{LinkStage, OwnLink};
use crate::{
    api::{CommandId, LinkText, LinkView, Outcome},
    convert,
    engine::Engine,
    jobs::Job,
    rooms::Room,
    roster::{Step, Wish},
    turn::Turn,
};

/// What a new link is to be.
pub(crate) struct NewLink {
    pub(crate) label: String,
    pub(crate) expires: Option<Timestamp>,
    pub(crate) uses: Option<u32>,
    /// It is to be said, in six words.
    pub(crate) spoken: bool,
}

impl Engine {
    /// Draws a link and wishes it into the room's state. Its text is told when the server has its grant.
    pub(crate) fn make_link(
        &mut self,
        command: CommandId,
        room: &mut Room,
        new: NewLink,
        turn: &mut Turn<'_>,
    ) -> Result<(), ErrorCode> {
        room.may_speak()?;
        let over = new.expires.is_some_and(|expires| expires <= turn.now);
        if new.label.len() > MAX_LABEL || new.uses == Some(0) || over {
            return Err(ErrorCode::BadRequest);
        }
        let words = new.spoken.then(|| SpokenLink::generate(&mut turn.rng));
        let (id, secret) = match &words {
            Some(words) => words.stretch(convert::room(room.id)),
            None => (
                e2ee::ids::LinkId::random(&mut turn.rng),
                LinkSecret::random(&mut turn.rng),
            ),
        };
        let id = convert::link_out(id);
        let link = OwnLink {
            secret: Some(secret),
            words,
            label: new.label,
            expires: new.expires,
            uses: new.uses,
            stage: LinkStage::Wished,
            sealed: None,
            sealing: None,
        };
        room.links.all.insert(id, link);
        room.links.commands.insert(id, command);
        room.save_link(id, turn);
        room.add_wish(Wish::Link { link: id }, None, turn);
        Ok(())
    }

    /// Takes a link off the room's state, with new keys where the own role allows them.
    pub(crate) fn end_link(
        &mut self,
        command: CommandId,
        room: &mut Room,
        link: LinkId,
        turn: &mut Turn<'_>,
    ) -> Result<(), ErrorCode> {
        room.may_speak()?;
        let wish = Wish::Unlink { link, rotate: true };
        room.add_wish(wish, Some(command), turn);
        Ok(())
    }

    pub(crate) fn links_came(&mut self, id: RoomId, links: &Links, turn: &mut Turn<'_>) {
        let own = self.home.as_ref().map(|home| home.account);
        let creator = self.home.as_ref().map(|home| home.device.account());
        self.with_room(id, turn, |engine, room, turn| {
            let pins = &engine.link.pins;
            // The room's members know already that it has ended; the server is about to be told.
            let ending = |link: &LinkId| {
                let own = room.links.all.get(link);
                own.is_some_and(|own| matches!(own.stage, LinkStage::Ending))
            };
            let views: Vec<LinkView> = links
                .links
                .iter()
                .filter(|link| !ending(&link.link_id))
                .map(|link| {
                    let listed = room.listed_link(link.link_id);
                    let maker = listed
                        .as_ref()
                        .map_or(link.creator, |listed| convert::account_out(listed.creator));
                    LinkView {
                        link: link.link_id,
                        label: listed.map(|listed| listed.label),
                        maker,
                        own: Some(maker) == own,
                        created: link.created,
                        expires: link.expires,
                        uses_left: link.uses_left,
                        used: link.used,
                        text: creator
                            .and_then(|creator| room.link_text(link.link_id, creator, pins)),
                    }
                })
                .collect();
            for command in std::mem::take(&mut room.links.listing) {
                turn.done(command, Ok(Outcome::Links(views.clone())));
            }
        });
    }

    pub(crate) fn links_refused(&mut self, id: RoomId, code: ErrorCode, turn: &mut Turn<'_>) {
        self.with_room(id, turn, |_, room, turn| {
            for command in std::mem::take(&mut room.links.listing) {
                turn.done(command, Err(code.into()));
            }
        });
        self.jobs.clear(&Job::Links(id));
    }
}

impl Room {
    /// The commit that lists a link, and opens the room to links where it is not yet.
    pub(crate) fn link_step(&self, id: LinkId) -> Step {
        let (Some(group), Some(own)) = (&self.group, self.links.all.get(&id)) else {
            return Step::Refused(ErrorCode::NotFound);
        };
        let open = group.policy().access == Access::Link;
        if open && self.listed_link(id).is_some() {
            return Step::Fulfilled;
        }
        let intent = Intent {
            access: (!open).then_some(Access::Link),
            list_links: vec![(convert::link(id), own.label.clone())],
            ..Intent::default()
        };
        commit(intent)
    }

    /// The commit that takes a link off the list. New keys shut out who has looked at the link before; they need an
    /// administrator, so that nobody else's links are put to sleep by a moderator.
    pub(crate) fn unlink_step(&self, id: LinkId, rotate: bool, again: bool) -> Step {
        let Some(group) = &self.group else {
            return Step::Wait;
        };
        if self.listed_link(id).is_none() {
            return if again || !rotate {
                Step::Fulfilled
            } else {
                Step::Refused(ErrorCode::NotFound)
            };
        }
        commit(Intent {
            unlist_links: vec![convert::link(id)],
            rotate: rotate && own_role(group) >= Role::Admin,
            ..Intent::default()
        })
    }

    /// What the room's sealed state says of a link.
    pub(super) fn listed_link(&self, id: LinkId) -> Option<ListedLink> {
        let state = self.group.as_ref()?.state()?;
        state.links().get(&convert::link(id)).cloned()
    }

    /// A wish about a link ended.
    pub(crate) fn link_wish_ended(
        &mut self,
        wish: &Wish,
        result: Result<(), ErrorCode>,
        turn: &mut Turn<'_>,
    ) {
        match (wish, result) {
            (Wish::Link { link }, Ok(())) => {
                self.set_link_stage(*link, LinkStage::Unsealed, turn);
            }
            (Wish::Link { link }, Err(code)) => {
                self.links.all.remove(link);
                self.save_link(*link, turn);
                if let Some(command) = self.links.commands.remove(link) {
                    turn.done(command, Err(code.into()));
                }
            }
            (Wish::Unlink { link, .. }, Ok(())) => {
                self.links.all.entry(*link).or_insert(OwnLink {
                    secret: None,
                    words: None,
                    label: String::new(),
                    expires: None,
                    uses: None,
                    stage: LinkStage::Live,
                    sealed: None,
                    sealing: None,
                });
                self.set_link_stage(*link, LinkStage::Ending, turn);
            }
            _ => {}
        }
    }

    /// A link of this account as it is handed on.
    pub(super) fn link_text(
        &self,
        id: LinkId,
        creator: AccountId,
        pins: &[Pin],
    ) -> Option<LinkText> {
        let own = self.links.all.get(&id)?;
        own.text(self.id, convert::link(id), creator, pins)
    }

    /// The text of a link whose grant the server has.
    pub(super) fn tell_link(
        &mut self,
        id: LinkId,
        creator: AccountId,
        pins: &[Pin],
        turn: &mut Turn<'_>,
    ) {
        let text = self.link_text(id, creator, pins);
        if let Some((command, text)) = self.links.commands.remove(&id).zip(text) {
            turn.done(command, Ok(Outcome::LinkCreated { link: id, text }));
        }
    }
}

fn own_role(group: &Group) -> Role {
    let own = group
        .leaves()
        .find(|leaf| leaf.index == group.own_leaf_index());
    own.map_or(Role::Member, |leaf| group.policy().role(leaf.account()))
}

fn commit(intent: Intent) -> Step {
    Step::Commit(Box::new(intent))
}
