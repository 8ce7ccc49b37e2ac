//! Links of the account on its further devices: the maker leaves each in the vault, and whoever is there when the
//! room's keys change seals the grants anew (PROTOCOL sections 3 and 4). The room's state says which links live.

use e2ee::{
    ids::LinkId,
    vault::{RoomItem, VaultLink},
};

use protocol::time::Timestamp;

use super::{LinkStage, OwnLink};
use crate::{convert, engine::Engine, rooms::Room, turn::Turn};

/// How long after a link was seen in the state the vault is looked at for it, again and again: its maker writes it when
/// it has nothing else to do.
const LOOKS_MS: [u64; 4] = [0, 20_000, 2 * 60_000, 10 * 60_000];

/// What was seen in this life, so that no input looks at all of it again.
#[derive(Default)]
pub(crate) struct LinksSeen {
    looked: Option<Look>,
    /// How often the vault was looked at for unknown links, in the epoch of the next field.
    looks: usize,
    epoch: Option<u64>,
    /// When it is looked at next.
    look_at: Option<Timestamp>,
    /// The epoch whose keys the grants were compared with.
    pub(super) tended: Option<u64>,
}

impl LinksSeen {
    /// When the vault is to be looked at again.
    pub(crate) const fn due(&self) -> Option<Timestamp> {
        self.look_at
    }
}

/// All that decides whether there is a link to take over.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Look {
    epoch: Option<u64>,
    pages_read: bool,
    state_wanted: bool,
}

impl Engine {
    /// Takes over what other devices of the account have left: links that the state lists as the account's and that
    /// this device does not know. The vault is looked at anew for them whenever the room has changed.
    pub(super) fn adopt_links(&mut self, room: &mut Room, turn: &mut Turn<'_>) {
        let Some(account) = self.home.as_ref().map(|home| home.device.account()) else {
            return;
        };
        let look = Look {
            epoch: room.group.as_ref().map(e2ee::group::Group::epoch),
            pages_read: self.vault_pages_read(room.id),
            state_wanted: room.record().state_wanted,
        };
        let due = room.live.links.look_at.is_some_and(|at| at <= turn.now);
        if room.live.links.looked == Some(look) && !due {
            return;
        }
        let unknown = room.unknown_links(account);
        if unknown.is_empty() {
            room.live.links.looked = Some(look);
            return;
        }
        let seen = &mut room.live.links;
        if seen.epoch != look.epoch {
            (seen.epoch, seen.looks) = (look.epoch, 0);
        }
        if due || seen.looks == 0 {
            self.forget_room_pages(room.id);
            seen.look_at = None;
            seen.looks += 1;
        }
        if !self.room_pages_known(room.id) {
            return;
        }
        seen.tended = None;
        seen.looked = Some(Look {
            pages_read: true,
            ..look
        });
        let item = self.vault_room(room.id);
        let mut missing = false;
        for id in unknown {
            match item.links.get(&id) {
                Some(link) => room.adopt_link(id, link, turn),
                None => missing = true,
            }
        }
        let seen = &mut room.live.links;
        let wait = LOOKS_MS.get(seen.looks).filter(|_| missing);
        seen.look_at = wait.map(|wait| turn.now.plus(*wait));
    }
}

impl Room {
    /// The links that the state lists as this account's and that this device has no secret of.
    fn unknown_links(&self, account: e2ee::ids::AccountId) -> Vec<LinkId> {
        let Some(state) = self.group.as_ref().and_then(|group| group.state()) else {
            return Vec::new();
        };
        let links = state.links().iter();
        links
            .filter(|(id, link)| {
                link.creator == account && !self.links.all.contains_key(&convert::link_out(**id))
            })
            .map(|(id, _)| *id)
            .collect()
    }

    fn adopt_link(&mut self, id: LinkId, link: &VaultLink, turn: &mut Turn<'_>) {
        let wire = convert::link_out(id);
        let label = self.listed_link(wire).map(|listed| listed.label);
        let link = OwnLink {
            secret: Some(link.secret.duplicate()),
            words: link.words.as_ref().map(|words| words.duplicate()),
            label: label.unwrap_or_default(),
            // The server has these from the maker, and keeps them.
            expires: None,
            uses: None,
            stage: LinkStage::Live,
            sealed: Some(link.sealed),
            sealing: None,
        };
        self.links.all.insert(wire, link);
        self.save_link(wire, turn);
    }

    /// What the vault is to keep of this device's links.
    pub(crate) fn links_for_vault(&self, item: &mut RoomItem) {
        for (id, link) in &self.links.all {
            let (Some(secret), Some(sealed)) = (&link.secret, link.sealed) else {
                continue;
            };
            let kept = VaultLink {
                secret: secret.duplicate(),
                words: link.words.as_ref().map(|words| words.duplicate()),
                sealed,
            };
            item.links.insert(convert::link(*id), kept);
        }
    }

    /// Takes secrets of links out that the state lists no more. A device that is behind does not know which those are.
    pub(crate) fn forget_ended_links(&self, item: &mut RoomItem) {
        let Some(group) = &self.group else { return };
        let Some(state) = group.state() else { return };
        let behind = item.mark.is_some_and(|mark| mark.epoch > group.epoch());
        if !behind {
            item.links.retain(|id, _| state.links().contains_key(id));
        }
    }
}
