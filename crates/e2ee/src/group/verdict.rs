//! What a commit of the log means for this device.

use thiserror::Error;

use crate::{
    check::PublicReason,
    ids::{AccountId, DeviceId},
    policy::History,
    roles::Role,
};

/// The verdict on one commit (PROTOCOL section 1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The group is in the epoch that the commit starts.
    Merged(Box<Change>),
    /// It breaks a public rule: every member skips it alike. Nothing changed.
    Skipped(PublicReason),
    /// It fails on this device's own secrets: evidence must decide. Nothing changed.
    Suspect(PrivateReason),
    /// The policy allows it and it removes this device. Nothing changed.
    Removed {
        /// Who committed it.
        by: DeviceRef,
        /// Whether a device of this account had asked to leave.
        asked: bool,
        /// Whether it seats this device again, as one that asked for it.
        readmitted: bool,
        /// The epoch that the commit starts for those who stay.
        epoch: u64,
        /// The first 16 bytes of its confirmed transcript hash: with it, a `status` of somebody who
        /// stayed proves that the commit was good.
        transcript: [u8; 16],
    },
    /// The group's policy is of a newer version: nothing is judged until this client knows it.
    Paused {
        /// The version met.
        version: u16,
    },
}

/// A device of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeviceRef {
    /// The account.
    pub account: AccountId,
    /// Its device.
    pub device: DeviceId,
}

/// A role before and after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoleChange {
    /// Whose.
    pub account: AccountId,
    /// In the epoch before.
    pub before: Role,
    /// In the new epoch.
    pub after: Role,
}

/// What a merged commit changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The new epoch.
    pub epoch: u64,
    /// Who made the commit.
    pub committer: DeviceRef,
    /// Whether it was this device's own staged commit.
    pub own: bool,
    /// Leaves added, by Add or by external commit.
    pub added: Vec<DeviceRef>,
    /// Leaves gone.
    pub removed: Vec<DeviceRef>,
    /// Those of the removed that had asked to leave, for all devices of their accounts.
    pub left: Vec<DeviceRef>,
    /// Accounts that had no leaf before.
    pub accounts_in: Vec<AccountId>,
    /// Accounts that have no leaf any more.
    pub accounts_out: Vec<AccountId>,
    /// Accounts whose role changed.
    pub roles: Vec<RoleChange>,
    /// Whether there is a new room state to fetch.
    pub state_changed: bool,
    /// Whether permissions or access changed.
    pub rules_changed: bool,
    /// Whether the door key, and a shared history key, changed.
    pub rotation: bool,
    /// Whether the committer's account has revoked a device, and this is the first commit of the committer since.
    pub raised: bool,
}

/// What a change means for the links that a member has made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkFate {
    /// Nothing: the grants open what they opened.
    Stay,
    /// The keys are new: their grants are to be sealed anew, and sleep until they are.
    Reseal,
    /// They have ended: their secrets may be known to somebody who must not come back.
    End,
}

impl Change {
    /// What becomes of the links of an account (PROTOCOL section 3). A removal ends them, be it of a person
    /// or of a device that may have held their secrets; in a room with shared history every
    /// rotation does, because a grant would give the history to whoever left with the link. Those of an account that
    /// has revoked a device end, for the vault may have told it of them.
    #[must_use]
    pub fn links_of(&self, account: AccountId, history: History) -> LinkFate {
        let asked = |account| self.left.iter().any(|left| left.account == account);
        let thrown_out = self.removed.iter().any(|device| !asked(device.account));
        let told = self.raised && self.committer.account == account;
        match (self.rotation, history) {
            (false, _) => LinkFate::Stay,
            (true, History::Shared) => LinkFate::End,
            (true, History::None | History::SinceJoin) if thrown_out || told => LinkFate::End,
            (true, History::None | History::SinceJoin) => LinkFate::Reseal,
        }
    }
}

/// Why a commit that passes every public rule fails here. Only evidence from others tells whether
/// it was bad for all.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum PrivateReason {
    /// The path secret for this device does not open or does not fit.
    #[error("the path does not open for this device")]
    Path,
    /// The pre-shared key is not the one that this device exported.
    #[error("the pre-shared key is not known here")]
    Psk,
    /// The new epoch's confirmation tag differs.
    #[error("the confirmation tag differs")]
    ConfirmationTag,
    /// It is signed by this device's own leaf, but this device did not stage it.
    #[error("a commit of this device's leaf that it did not make")]
    OwnLeaf,
    /// The library failed in another way on secret state.
    #[error("the commit cannot be processed with this device's keys")]
    Other,
}
