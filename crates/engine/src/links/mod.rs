//! Links that this account made (way b of PROTOCOL section 4): listed in the room's sealed state by a commit, granted
//! on the server under the link's secret, and kept in step with the room's keys for as long as they live.

mod adopt;
mod make;
mod tend;
mod text;

use e2ee::ordered::Map;

use e2ee::{link::LinkSecret, secret::Secret, spoken::SpokenLink};
use protocol::{ids::LinkId, time::Timestamp};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

pub(crate) use adopt::LinksSeen;
pub(crate) use make::NewLink;
pub(crate) use text::LinkKey;
#[cfg(feature = "fuzzing-for-tests")]
pub(crate) use text::said;

use crate::{
    api::{CommandId, Space},
    records::{self, RecordError},
    rooms::Room,
    turn::Turn,
};

/// Prefix of the rows of links, in a room's outbox space.
pub(crate) const LINK_PREFIX: &[u8] = b"link/";

/// A room's links that this device has something to do for.
#[derive(Default)]
pub(crate) struct OwnLinks {
    pub(crate) all: Map<LinkId, OwnLink>,
    /// Who waits for one. Gone with a restart; the link is not.
    pub(crate) commands: Map<LinkId, CommandId>,
    /// Who waits for the list.
    pub(crate) listing: Vec<CommandId>,
}

/// One link.
pub(crate) struct OwnLink {
    /// None for a link of somebody else that is to be ended.
    pub(crate) secret: Option<LinkSecret>,
    /// The words of a link that is said.
    pub(crate) words: Option<SpokenLink>,
    pub(crate) label: String,
    pub(crate) expires: Option<Timestamp>,
    pub(crate) uses: Option<u32>,
    pub(crate) stage: LinkStage,
    /// The rotation whose keys the grant that the server has holds.
    pub(crate) sealed: Option<u64>,
    /// The same of a grant that is on its way.
    pub(crate) sealing: Option<u64>,
}

/// How far a link is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum LinkStage {
    /// The room's state is to list it.
    Wished,
    /// The server is to have its grant, for the first time or anew because the room's keys changed.
    Unsealed,
    /// The server has its grant.
    Live,
    /// The server is to forget it.
    Ending,
}

#[derive(Serialize, Deserialize)]
struct Row {
    #[serde(with = "serde_bytes")]
    secret: Option<Vec<u8>>,
    label: String,
    expires: Option<Timestamp>,
    uses: Option<u32>,
    stage: LinkStage,
    #[serde(default)]
    words: Option<serde_bytes::ByteBuf>,
    #[serde(default)]
    sealed: Option<u64>,
}

impl OwnLinks {
    pub(crate) fn load(&mut self, id: LinkId, row: &[u8]) -> Result<(), RecordError> {
        let row: Row = records::decode(row)?;
        let secret = match row.secret.map(Zeroizing::new) {
            Some(bytes) => Some(Secret::from_slice(&bytes).ok_or(RecordError::Damaged)?),
            None => None,
        };
        let words = match row.words.map(|words| Zeroizing::new(words.into_vec())) {
            Some(bytes) => Some(Secret::from_slice(&bytes).ok_or(RecordError::Damaged)?),
            None => None,
        };
        let link = OwnLink {
            secret: secret.map(LinkSecret::from_secret),
            words: words.map(SpokenLink::from_secret),
            label: row.label,
            expires: row.expires,
            uses: row.uses,
            stage: row.stage,
            sealed: row.sealed,
            sealing: None,
        };
        self.all.insert(id, link);
        Ok(())
    }

    /// Links that wait for an answer of the server.
    pub(crate) fn pending(&self) -> usize {
        let live = |link: &&OwnLink| link.stage != LinkStage::Live;
        self.all.values().filter(live).count() + self.listing.len()
    }
}

/// The id in the name of a link's row.
pub(crate) fn id_of(name: &[u8]) -> Option<LinkId> {
    let id = name.strip_prefix(LINK_PREFIX)?.try_into().ok()?;
    Some(LinkId::from_bytes(id))
}

impl Room {
    /// Writes a link's row, or removes it where the link is forgotten.
    pub(super) fn save_link(&self, id: LinkId, turn: &mut Turn<'_>) {
        let name = [LINK_PREFIX, id.as_bytes()].concat();
        let space = Space::Outbox(self.id);
        let Some(link) = self.links.all.get(&id) else {
            turn.delete(space, &name);
            return;
        };
        let row = Row {
            secret: link
                .secret
                .as_ref()
                .map(|secret| secret.as_secret().expose().to_vec()),
            label: link.label.clone(),
            expires: link.expires,
            uses: link.uses,
            stage: link.stage,
            words: link
                .words
                .as_ref()
                .map(|words| serde_bytes::ByteBuf::from(words.as_secret().expose().to_vec())),
            sealed: link.sealed,
        };
        turn.put(space, &name, records::encode(&row));
    }

    pub(super) fn set_link_stage(&mut self, id: LinkId, stage: LinkStage, turn: &mut Turn<'_>) {
        if let Some(link) = self.links.all.get_mut(&id)
            && link.stage != stage
        {
            link.stage = stage;
            self.save_link(id, turn);
        }
    }

    /// This device is out of the room: its links are over, and the server knows by itself.
    pub(crate) fn forget_links(&mut self, turn: &mut Turn<'_>) {
        let ids: Vec<LinkId> = self.links.all.keys().copied().collect();
        self.links.all.clear();
        for id in ids {
            self.save_link(id, turn);
        }
        let waiting = std::mem::take(&mut self.links.commands).into_values();
        for command in waiting.chain(std::mem::take(&mut self.links.listing)) {
            turn.done(command, Err(protocol::error::ErrorCode::NotAMember.into()));
        }
    }
}
