//! A room's one row.

use e2ee::ordered::{Map, Set};

use e2ee::{ids::GroupId, log_head::LogHead};
use protocol::{
    ids::{AccountId, DeviceId},
    role::Role,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

use super::{
    Provisional,
    backfill::{Anchor, Backfill},
};
use crate::{
    api::{HistoryChoice, RoomStage, TimelineItem},
    history::Gap,
};

/// What this device keeps of a room beside its group, its timeline and its outbox.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) stage: RoomStage,
    /// None where only the server has told of the room, without one.
    pub(crate) group: Option<GroupId>,
    pub(crate) history: HistoryChoice,
    /// The last entry taken in.
    pub(crate) cursor: u64,
    /// The log head there.
    #[serde(with = "serde_bytes")]
    pub(crate) head: [u8; 32],
    /// The last commit or proposal taken in.
    pub(crate) handshake: u64,
    /// Entries up to here are known to exist.
    pub(crate) known: u64,
    /// The entry by which this device came in; 0 for the creator, the end of all numbers while it is not found.
    pub(crate) joined: u64,
    /// Where the server says that entry stands, until the log itself has shown it.
    #[serde(default)]
    pub(crate) unplaced: Option<u64>,
    /// Who made the Welcome, by its signature.
    pub(crate) inviter: Option<AccountId>,
    /// Accounts that have said something since they came in.
    #[serde(default)]
    pub(crate) accepted: Set<AccountId>,
    /// The next message's counter.
    pub(crate) next_counter: u64,
    #[serde(default)]
    pub(crate) tombstones: u64,
    /// Messages of others since this person last looked.
    #[serde(default)]
    pub(crate) unread: u32,
    /// Where the last of those stands.
    #[serde(default)]
    pub(crate) last_said: u64,
    /// The person does not want to be told of them.
    #[serde(default)]
    pub(crate) muted: bool,
    #[serde(default)]
    pub(crate) commits_since_tree: u32,
    #[serde(default)]
    pub(crate) bytes_since_tree: u64,
    /// The server has the room. False only between a creation and its answer.
    pub(crate) posted: bool,
    /// The server says that this account is out; the log has yet to show it.
    #[serde(default)]
    pub(crate) closed: bool,
    /// What is to be read of the time before this device came.
    #[serde(default)]
    pub(crate) backfill: Option<Backfill>,
    /// The room state is to be fetched.
    #[serde(default)]
    pub(crate) state_wanted: bool,
    /// The roster log is to be read: a rotation of this device would seal it anew without what it does not know.
    #[serde(default)]
    pub(crate) roster_wanted: bool,
    /// Where the log stood before the first former message that the side files did not suffice for: what the server gave of
    /// them may not be all.
    #[serde(default)]
    pub(crate) unread_from: Option<(u64, serde_bytes::ByteArray<32>)>,
    /// The first former place where something did not open when the log was read last.
    #[serde(default)]
    pub(super) anchor: Option<Anchor>,
    /// Former messages that wait for their keys.
    #[serde(default)]
    pub(crate) gap: Option<Gap>,
    #[serde(default)]
    pub(crate) name: Option<String>,
    #[serde(default)]
    pub(crate) topic: Option<String>,
    /// The last notice of an edit, to be filled in when the state is readable.
    #[serde(default)]
    pub(crate) edited: Option<TimelineItem>,
    /// The stage before a pause.
    #[serde(default)]
    pub(crate) paused_from: Option<RoomStage>,
    #[serde(default)]
    pub(crate) suspicion: Option<Suspicion>,
    /// What was skipped on the word of others.
    #[serde(default)]
    pub(crate) provisional: Option<Provisional>,
    /// The last leaves that went, newest last.
    #[serde(default)]
    pub(crate) former: Vec<FormerLeaf>,
    /// The entry that evidence has shown to be bad for all.
    #[serde(default)]
    pub(crate) skip: Option<u64>,
    /// When the oldest wish to leave of this epoch was first seen here.
    #[serde(default)]
    pub(crate) leaver_seen: Option<Timestamp>,
    /// Own messages since this device renewed its leaf.
    #[serde(default)]
    pub(crate) sealed_since_update: u32,
    /// When this device renews its leaf.
    #[serde(default)]
    pub(crate) update_due: Option<Timestamp>,
    /// Who may confirm that the others see this account in the room: it came by a link, on the server's word. Empty
    /// once one of them has.
    #[serde(default)]
    pub(crate) vouchers: Set<AccountId>,
    /// The rotation from which on this device has seen all that ends links; none until its keys are here.
    #[serde(default)]
    pub(crate) links_since: Option<u64>,
    /// When devices of the own account last changed the group, by the log's time.
    #[serde(default)]
    pub(crate) heard: Map<DeviceId, Timestamp>,
    /// What was last known of the group, for a room that this device has left.
    #[serde(default)]
    pub(crate) last: Last,
}

/// The last sight of a group.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Last {
    pub(crate) epoch: u64,
    #[serde(with = "serde_bytes")]
    pub(crate) authenticator: Vec<u8>,
    pub(crate) accounts: usize,
    pub(crate) role: Option<Role>,
}

/// A commit that this device cannot follow, and what the others say (PROTOCOL section 1).
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Suspicion {
    /// The entry.
    pub(crate) seq: u64,
    /// The log head behind it: this device has seen the entry, though it did not follow it.
    #[serde(with = "serde_bytes")]
    pub(crate) head: [u8; 32],
    /// Who committed it: an answer of this account counts only where there is no other.
    pub(crate) committer: AccountId,
    /// What those who stay come to, where the commit removes this device.
    #[serde(default)]
    pub(crate) removal: Option<Successor>,
    /// Devices that stand where this one does.
    pub(crate) same: Set<(AccountId, DeviceId)>,
    /// Devices that went on.
    pub(crate) different: Set<(AccountId, DeviceId)>,
    /// Where they stood: this device comes back to them, and to nobody who claims to be the room.
    #[serde(default)]
    pub(crate) stood: Set<Successor>,
    /// For a settled matter that was opened again: when it is left, if it leads nowhere.
    #[serde(default)]
    pub(crate) until: Option<Timestamp>,
}

impl Suspicion {
    /// Whether evidence is still asked for.
    pub(crate) fn is_open(&self) -> bool {
        self.different.is_empty()
    }
}

/// The epoch behind a commit.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Successor {
    pub(crate) epoch: u64,
    pub(crate) transcript: [u8; 16],
}

/// A leaf that is gone: its device may ask whether its removal stands.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FormerLeaf {
    pub(crate) account: AccountId,
    pub(crate) device: DeviceId,
    pub(crate) key: [u8; 32],
}

impl Record {
    pub(crate) fn new(stage: RoomStage, group: Option<GroupId>, history: HistoryChoice) -> Self {
        Self {
            stage,
            group,
            history,
            cursor: 0,
            head: [0; 32],
            handshake: 0,
            known: 0,
            joined: 0,
            unplaced: None,
            inviter: None,
            accepted: Set::new(),
            next_counter: 1,
            tombstones: 0,
            unread: 0,
            last_said: 0,
            muted: false,
            commits_since_tree: 0,
            bytes_since_tree: 0,
            posted: true,
            closed: false,
            backfill: None,
            unread_from: None,
            anchor: None,
            gap: None,
            state_wanted: false,
            roster_wanted: false,
            name: None,
            topic: None,
            edited: None,
            paused_from: None,
            suspicion: None,
            provisional: None,
            former: Vec::new(),
            skip: None,
            leaver_seen: None,
            sealed_since_update: 0,
            update_due: None,
            vouchers: Set::new(),
            links_since: None,
            heard: Map::new(),
            last: Last::default(),
        }
    }

    pub(crate) const fn log_head(&self) -> LogHead {
        LogHead {
            seq: self.cursor,
            head: self.head,
        }
    }
}
