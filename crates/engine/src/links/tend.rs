//! Keeping links in step with the room: a grant seals the room's present keys, so each rotation makes it anew, or ends
//! the link (PROTOCOL section 3).

use e2ee::{
    group::{Change, LinkFate},
    link::Link,
};
use protocol::{
    bytes::Bytes,
    call::Call,
    error::ErrorCode,
    ids::{LinkId, RoomId},
    rest::PutLink,
};

use super::LinkStage;
use crate::{
    api::{LinkText, RoomStage},
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
        own.sealing = true;
        self.jobs.start(job, Call::PutLink(room.id, id, put), turn);
    }

    /// The server has the grant. If the keys have changed since it was sealed, it is made once more.
    pub(crate) fn link_put(&mut self, id: RoomId, link: LinkId, turn: &mut Turn<'_>) {
        let account = self.home.as_ref().map(|home| home.device.account());
        self.with_room(id, turn, |_, room, turn| {
            let Some(own) = room.links.all.get_mut(&link) else {
                return;
            };
            if !std::mem::take(&mut own.sealing) || own.stage != LinkStage::Unsealed {
                return;
            }
            if let (Some(secret), Some(creator)) = (&own.secret, account) {
                let url = Link {
                    room: convert::room(room.id),
                    id: convert::link(link),
                    secret: secret.duplicate(),
                    creator,
                    pins: Vec::new(),
                };
                let text = url.to_fragment().unwrap_or_default();
                let text = LinkText::new(text.to_string());
                room.set_link_stage(link, LinkStage::Live, turn);
                room.tell_link(link, text, turn);
            }
        });
    }

    /// The server forgot the link, or never had it.
    pub(crate) fn link_ended(&mut self, id: RoomId, link: LinkId, turn: &mut Turn<'_>) {
        self.with_room(id, turn, |_, room, turn| {
            room.links.all.remove(&link);
            room.save_link(link, turn);
        });
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
        let Some(history) = self.group.as_ref().map(|group| group.policy().history) else {
            return;
        };
        let ids: Vec<LinkId> = self.links.all.keys().copied().collect();
        for id in ids {
            let live = self.links.all.get(&id).map(|link| link.stage);
            if !matches!(live, Some(LinkStage::Live | LinkStage::Unsealed)) {
                continue;
            }
            match change.own_links(history) {
                LinkFate::Stay => {}
                LinkFate::Reseal => {
                    if let Some(link) = self.links.all.get_mut(&id) {
                        link.sealing = false;
                    }
                    self.set_link_stage(id, LinkStage::Unsealed, turn);
                }
                LinkFate::End => {
                    self.set_link_stage(id, LinkStage::Ending, turn);
                    let wish = Wish::Unlink {
                        link: id,
                        rotate: false,
                    };
                    self.add_wish(wish, None, turn);
                }
            }
        }
    }
}
