//! What a commit may do: the closed list of PROTOCOL section 5, judged from public content alone by
//! the policy before the commit.
//!
//! OpenMLS has verified framing, signatures, proposals and tree of the commit by the rules of
//! RFC 9420 before this module looks at it; nothing here depends on a secret, a clock or a side file,
//! so all members come to the same answer.

mod add;
mod committer;
mod external;
mod leaves;
mod policy_change;
mod proposals;
mod reason;
mod remove;
mod roles;
pub(crate) mod state;

#[cfg(test)]
pub(crate) mod tests;

use openmls::{
    group::StagedCommit,
    prelude::{Extensions, GroupContext, Sender},
};

pub(crate) use leaves::Leaves;
pub use reason::PublicReason;
pub use state::StateError;

use crate::{
    certificate::DeviceCertificate,
    group::{DeviceRef, LeafInfo},
    keys::Scope,
    policy::Policy,
};
use proposals::Proposals;

/// The most devices that an account may have in a room.
pub const MAX_DEVICES: usize = 10;

/// The public state before the commit.
pub(crate) struct Before<'a> {
    pub(crate) scope: Scope,
    pub(crate) epoch: u64,
    pub(crate) policy: &'a Policy,
    pub(crate) extensions: &'a Extensions<GroupContext>,
    pub(crate) leaves: &'a Leaves,
}

/// What an allowed commit does.
pub(crate) struct Outcome {
    pub(crate) committer: DeviceRef,
    pub(crate) committer_certificate: DeviceCertificate,
    /// Whether the committer came in by this commit.
    pub(crate) external: bool,
    pub(crate) policy: Policy,
    /// Leaves added by Add.
    pub(crate) added: Vec<DeviceCertificate>,
    /// Leaves gone, in any way.
    pub(crate) removed: Vec<LeafInfo>,
    /// Those of the removed that had asked to leave, for all devices of their accounts.
    pub(crate) left: Vec<DeviceRef>,
    pub(crate) rotation: bool,
    /// Whether the committer's leaf goes to a higher generation: its account has revoked a device.
    pub(crate) raised: bool,
    /// The first 16 bytes of the confirmed transcript hash behind the commit.
    pub(crate) transcript: [u8; 16],
}

/// What stands against a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It breaks a rule.
    Broken(PublicReason),
    /// An administrator moved the room to rules that this client does not know.
    NewerPolicy(u16),
}

impl From<PublicReason> for Refusal {
    fn from(reason: PublicReason) -> Self {
        Self::Broken(reason)
    }
}

/// Judges a commit that OpenMLS finds valid.
pub(crate) fn check(
    before: &Before<'_>,
    sender: &Sender,
    commit: &StagedCommit,
) -> Result<Outcome, Refusal> {
    let proposals = Proposals::sort(before, commit)?;
    let external = matches!(sender, Sender::NewMemberCommit);
    let committer_certificate = committer::check(before, sender, commit)?;
    let committer = DeviceRef {
        account: committer_certificate.account(),
        device: committer_certificate.device(),
    };
    if external {
        external::check(before, &proposals, &committer_certificate)?;
    } else {
        external::refuse_parts(&proposals)?;
        add::check(before, &proposals.adds, committer.account)?;
        remove::check(before, &proposals, committer.account)?;
    }
    let after = leaves::After::new(before.leaves, &proposals, &committer_certificate, external);
    after.check()?;
    remove::check_left(&proposals, &after)?;
    let policy = policy_change::check(before, &proposals, committer.account, &after)?;
    let raised = !external && raises(before, &committer_certificate);
    let rotation = raised || is_rotation(before, &proposals, external, &after, &policy);
    Ok(Outcome {
        committer,
        committer_certificate,
        external,
        policy,
        added: proposals
            .adds
            .into_iter()
            .map(|add| add.certificate)
            .collect(),
        removed: after.removed,
        left: proposals.left,
        rotation,
        raised,
        transcript: commit
            .group_context()
            .confirmed_transcript_hash()
            .first_chunk()
            .copied()
            .unwrap_or_default(),
    })
}

/// Whether a member's commit shows for the first time that a device of its account was revoked. That device may know the
/// room's keys by the vault though it never had a leaf, so that no commit takes one from it.
fn raises(before: &Before<'_>, committer: &DeviceCertificate) -> bool {
    let leaf = before.leaves.device(committer.device());
    leaf.is_some_and(|leaf| leaf.certificate.generation() < committer.generation())
}

/// Whether a commit starts new room keys: it takes the last leaf of an account, revokes a device or
/// raises the join generation (PROTOCOL section 3); [`raises`] is one more reason. A resync, a readmission and the log-out of one
/// of several devices do not.
fn is_rotation(
    before: &Before<'_>,
    proposals: &Proposals,
    external: bool,
    after: &leaves::After,
    policy: &Policy,
) -> bool {
    let revokes = |index: &u32| {
        let leaf = before.leaves.get(*index);
        leaf.is_none_or(|leaf| !proposals.replaces(leaf))
    };
    let revoked = !external && proposals.removes.iter().any(revokes);
    let departed = after
        .removed
        .iter()
        .any(|leaf| !after.has_account(leaf.account()));
    revoked || departed || policy.join_generation > before.policy.join_generation
}
