//! Links of the account on its further devices: the maker leaves each in the vault, and whoever is there when the
//! room's keys change seals the grants anew (PROTOCOL sections 3 and 4). The room's state says which links live.

use e2ee::{
    ids::LinkId,
    vault::{RoomItem, VaultLink},
};

use super::{LinkStage, OwnLink};
use crate::{convert, engine::Engine, rooms::Room, turn::Turn};

/// What was seen in this life, so that no input looks at all of it again.
#[derive(Default)]
pub(crate) struct LinksSeen {
    looked: Option<Look>,
    /// The keys for which the vault was looked at last.
    rotation: Option<u64>,
    /// The epoch whose keys the grants were compared with.
    pub(super) tended: Option<u64>,
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
    /// this device does not know. The vault is looked at anew for them whenever the keys have changed.
    pub(super) fn adopt_links(&mut self, room: &mut Room, turn: &mut Turn<'_>) {
        let Some(account) = self.home.as_ref().map(|home| home.device.account()) else {
            return;
        };
        let look = Look {
            epoch: room.group.as_ref().map(e2ee::group::Group::epoch),
            pages_read: self.vault_pages_read(room.id),
            state_wanted: room.record().state_wanted,
        };
        if room.live.links.looked == Some(look) {
            return;
        }
        let unknown = room.unknown_links(account);
        if unknown.is_empty() {
            room.live.links.looked = Some(look);
            return;
        }
        let rotation = room.rotation();
        if room.live.links.rotation != rotation {
            room.live.links.rotation = rotation;
            self.forget_room_pages(room.id);
        }
        if !self.room_pages_known(room.id) {
            return;
        }
        room.live.links.looked = Some(look);
        room.live.links.tended = None;
        let item = self.vault_room(room.id);
        for id in unknown {
            if let Some(link) = item.links.get(&id) {
                room.adopt_link(id, link, turn);
            }
        }
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
