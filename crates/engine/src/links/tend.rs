//! Keeping links in step with the room: a grant seals the room's present keys, so each rotation makes it anew, or ends
//! the link (PROTOCOL section 3).

use e2ee::ordered::Set;

use e2ee::group::{Change, LinkFate};
use protocol::{
    bytes::Bytes,
    call::Call,
    error::ErrorCode,
    ids::{LinkId, RoomId},
    rest::PutLink,
};

use super::LinkStage;
use crate::{
    api::{Event, RoomStage},
    convert,
    engine::Engine,
    jobs::Job,
    rooms::Room,
    roster::Wish,
    turn::Turn,
};

impl Engine {
    /// Asks for whatever the room's links lack.
    pub(crate) fn links_work(&mut self, room: &mut Room, turn: &mut Turn<'_>) {
        if room.stage() != RoomStage::Joined || room.group.is_none() {
            return;
        }
        if !room.links.listing.is_empty() && self.jobs.may_start(&Job::Links(room.id), turn.now) {
            self.jobs
                .start(Job::Links(room.id), Call::Links(room.id), turn);
        }
        self.adopt_links(room, turn);
        room.tend_links(turn);
        let ids: Vec<LinkId> = room.links.all.keys().copied().collect();
        for id in ids {
            match room.links.all.get(&id).map(|link| link.stage) {
                Some(LinkStage::Unsealed) => self.put_link(room, id, turn),
                Some(LinkStage::Ending) => {
                    let job = Job::EndLink(room.id, id);
                    if self.jobs.may_start(&job, turn.now) {
                        self.jobs.start(job, Call::DeleteLink(room.id, id), turn);
                    }
                }
                Some(LinkStage::Wished | LinkStage::Live) | None => {}
            }
        }
    }

    /// Seals the grant of the present keys. A log that is behind would seal old ones.
    fn put_link(&mut self, room: &mut Room, id: LinkId, turn: &mut Turn<'_>) {
        let job = Job::PutLink(room.id, id);
        if !room.is_caught_up() || !self.jobs.may_start(&job, turn.now) {
            return;
        }
        let (Some(home), Some(group)) = (&self.home, &room.group) else {
            return;
        };
        let Some(own) = room.links.all.get_mut(&id) else {
            return;
        };
        let Some(secret) = &own.secret else { return };
        let rotation = group.rotation().ok().flatten();
        // Without the door key there is nothing to grant until a bundle comes.
        let Ok(grant) = group.make_grant(&home.device, convert::link(id), secret, &mut turn.rng)
        else {
            return;
        };
        let put = PutLink {
            token_hash: Bytes(secret.token_hash().to_vec()),
            grant: grant.into(),
            expires: own.expires,
            uses: own.uses,
        };
        own.sealing = rotation;
        self.jobs.start(job, Call::PutLink(room.id, id, put), turn);
    }

    /// The server has the grant. If the keys have changed since it was sealed, it is made once more.
    pub(crate) fn link_put(&mut self, id: RoomId, link: LinkId, turn: &mut Turn<'_>) {
        let account = self.home.as_ref().map(|home| home.device.account());
        self.with_room(id, turn, |engine, room, turn| {
            let rotation = room.rotation();
            let Some(own) = room.links.all.get_mut(&link) else {
                return;
            };
            let Some(sealed) = own.sealing.take() else {
                return;
            };
            own.sealed = Some(sealed);
            if own.stage == LinkStage::Unsealed && rotation == Some(sealed) {
                own.stage = LinkStage::Live;
            }
            let live = own.stage == LinkStage::Live;
            room.save_link(link, turn);
            // The account's other devices follow the keys where this one is away.
            engine.mark_links(room, turn);
            if live && let Some(account) = account {
                room.tell_link(link, account, &engine.link.pins, turn);
            }
        });
    }

    /// The server forgot the link, or never had it.
    pub(crate) fn link_ended(&mut self, id: RoomId, link: LinkId, turn: &mut Turn<'_>) {
        self.with_room(id, turn, |engine, room, turn| {
            room.links.all.remove(&link);
            room.save_link(link, turn);
            engine.mark_links(room, turn);
        });
    }

    /// Links are on the page of a room's first epoch.
    fn mark_links(&mut self, room: &Room, turn: &mut Turn<'_>) {
        self.mark_room_pages(room, &Set::from([0]), turn);
    }

    /// The server does not take the link.
    pub(crate) fn link_refused(
        &mut self,
        id: RoomId,
        link: LinkId,
        code: ErrorCode,
        turn: &mut Turn<'_>,
    ) {
        self.jobs.clear(&Job::PutLink(id, link));
        self.jobs.clear(&Job::EndLink(id, link));
        self.with_room(id, turn, |_, room, turn| {
            if let Some(command) = room.links.commands.remove(&link) {
                turn.done(command, Err(code.into()));
            }
            room.links.all.remove(&link);
            room.save_link(link, turn);
            if room.listed_link(link).is_some() && room.stage() == RoomStage::Joined {
                // The others are not to see a link that leads nowhere.
                let wish = Wish::Unlink {
                    link,
                    rotate: false,
                };
                room.add_wish(wish, None, turn);
            }
        });
    }
}

impl Room {
    /// The room's keys changed: links end, or their grants are sealed anew.
    pub(crate) fn links_follow(&mut self, change: &Change, turn: &mut Turn<'_>) {
        let fate = self.group.as_ref().and_then(|group| {
            let mut leaves = group.leaves();
            let own = leaves.find(|leaf| leaf.index == group.own_leaf_index())?;
            Some(change.links_of(own.account(), group.policy().history))
        });
        if fate != Some(LinkFate::End) {
            return;
        }
        self.change().links_since = Some(change.epoch);
        let ids: Vec<LinkId> = self.links.all.keys().copied().collect();
        for id in ids {
            let stage = self.links.all.get(&id).map(|link| link.stage);
            if matches!(stage, Some(LinkStage::Live | LinkStage::Unsealed)) {
                self.end_own_link(id, turn);
            }
        }
    }

    /// The rotation of the newest keys that are known here.
    pub(super) fn rotation(&self) -> Option<u64> {
        let group = self.group.as_ref()?;
        group.rotation().ok().flatten()
    }

    /// Grants of former keys are sealed anew if this device has seen all that happened since: after a change that it
    /// missed, somebody may know a link's secret who must not come back.
    fn tend_links(&mut self, turn: &mut Turn<'_>) {
        let epoch = self.group.as_ref().map(e2ee::group::Group::epoch);
        if self.live.links.tended == epoch {
            return;
        }
        let Some(rotation) = self.rotation() else {
            return;
        };
        self.live.links.tended = epoch;
        let since = match self.record().links_since {
            Some(since) => since,
            None => *self.change().links_since.insert(rotation),
        };
        let ids: Vec<LinkId> = self.links.all.keys().copied().collect();
        for id in ids {
            let Some(own) = self.links.all.get_mut(&id) else {
                continue;
            };
            match (own.stage, own.sealed) {
                (LinkStage::Live, None) => {
                    // A row from before this was noted: it was in step then.
                    own.sealed = Some(rotation);
                    self.save_link(id, turn);
                }
                (LinkStage::Live | LinkStage::Unsealed, Some(sealed)) if sealed < since => {
                    self.end_own_link(id, turn);
                }
                (LinkStage::Live, Some(sealed)) if sealed < rotation => {
                    self.set_link_stage(id, LinkStage::Unsealed, turn);
                }
                _ => {}
            }
        }
    }

    fn end_own_link(&mut self, id: LinkId, turn: &mut Turn<'_>) {
        if let Some(own) = self.links.all.get(&id).filter(|own| own.secret.is_some()) {
            turn.event(Event::LinkEnded {
                room: self.id,
                label: own.label.clone(),
            });
        }
        self.set_link_stage(id, LinkStage::Ending, turn);
        let wish = Wish::Unlink {
            link: id,
            rotate: false,
        };
        self.add_wish(wish, None, turn);
    }
}
