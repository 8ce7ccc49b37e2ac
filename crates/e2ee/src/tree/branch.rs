//! One possible state of the room as an outsider sees it, and how commits move it on.

use crate::ordered::Set;

use openmls::{
    framing::{ProcessedMessageContent, ProtocolMessage},
    group::{ProposalStore, PublicGroup, StagedCommit},
    prelude::{Proposal, Sender},
};

use super::{TreeSnapshot, discard::Discard};
use crate::{
    check::{self, Before, Leaves, Outcome, Refusal, StateError, state},
    crypto::Crypto,
    ids::{AccountId, RoomId},
    keys::Scope,
    policy::Policy,
    rows::Rows,
};

/// A state of the public group. It can be copied only if it was stored when it began: storing a
/// large tree takes long, so that is done where a fork is in sight.
pub(super) struct Branch {
    pub(super) scope: Scope,
    pub(super) public: PublicGroup,
    pub(super) policy: Policy,
    pub(super) leaves: Leaves,
    stored: Option<Rows>,
}

/// A stored state.
pub(super) struct Seed {
    rows: Rows,
    scope: Scope,
    policy: Policy,
    leaves: Leaves,
}

impl Seed {
    pub(super) fn grow(&self) -> Option<Branch> {
        let id = openmls::group::GroupId::from_slice(self.scope.group.as_bytes());
        Some(Branch {
            scope: self.scope,
            public: PublicGroup::load(&self.rows, &id).ok()??,
            policy: self.policy.clone(),
            leaves: self.leaves.clone(),
            stored: None,
        })
    }
}

/// A commit that passes every public check on a branch.
pub(super) struct Step {
    staged: StagedCommit,
    outcome: Outcome,
    pub(super) bytes: u64,
}

impl Step {
    /// Who made it.
    pub(super) const fn committer(&self) -> AccountId {
        self.outcome.committer.account
    }

    /// The confirmed transcript hash behind it.
    pub(super) fn transcript(&self) -> &[u8] {
        self.staged.group_context().confirmed_transcript_hash()
    }
}

impl Branch {
    /// The state of a snapshot, checked as a joiner checks a group.
    pub(super) fn start(
        snapshot: &TreeSnapshot,
        room: RoomId,
        copyable: bool,
        crypto: &Crypto,
    ) -> Result<Self, StateError> {
        let stored = copyable.then(Rows::default);
        let (tree, info) = (snapshot.tree.clone(), snapshot.group_info.clone());
        let proposals = ProposalStore::new();
        // The library fails for many reasons, all of which mean that nobody made this tree by the rules.
        let (public, _) = match &stored {
            Some(rows) => PublicGroup::from_external(crypto, rows, tree, info, proposals)
                .map_err(|_| StateError::Tree)?,
            None => PublicGroup::from_external(crypto, &Discard, tree, info, proposals)
                .map_err(|_| StateError::Tree)?,
        };
        let (scope, policy) = state::context(public.group_context(), room)?;
        let leaves = state::leaves(&public, &policy)?;
        Ok(Self {
            scope,
            public,
            policy,
            leaves,
            stored,
        })
    }

    pub(super) fn epoch(&self) -> u64 {
        self.public.group_context().epoch().as_u64()
    }

    /// What the same state can be made of once more; `None` if it was not stored.
    pub(super) fn take_seed(&mut self) -> Option<Seed> {
        Some(Seed {
            rows: self.stored.take()?,
            scope: self.scope,
            policy: self.policy.clone(),
            leaves: self.leaves.clone(),
        })
    }

    /// Takes note of the wishes to leave, one per leaf, as members do.
    pub(super) fn note(&mut self, proposals: &[ProtocolMessage], crypto: &Crypto) {
        let mut leaving = Set::new();
        for message in proposals {
            let Ok(processed) = self.public.process_message(crypto, message.clone()) else {
                continue;
            };
            let ProcessedMessageContent::ProposalMessage(queued) = processed.into_content() else {
                continue;
            };
            let (Proposal::SelfRemove, Sender::Member(index)) =
                (queued.proposal(), queued.sender())
            else {
                continue;
            };
            if leaving.insert(index.u32()) {
                let Ok(()) = self.public.add_proposal(&Discard, *queued);
            }
        }
    }

    /// Judges a commit as everybody does.
    pub(super) fn judge(
        &self,
        message: &ProtocolMessage,
        bytes: u64,
        crypto: &Crypto,
    ) -> Result<Step, Refusal> {
        let processed = self
            .public
            .process_message(crypto, message.clone())
            .map_err(|_| check::PublicReason::Mls)?;
        let sender = processed.sender().clone();
        let ProcessedMessageContent::StagedCommitMessage(staged) = processed.into_content() else {
            return Err(check::PublicReason::NotACommit.into());
        };
        let before = Before {
            scope: self.scope,
            epoch: self.epoch(),
            policy: &self.policy,
            extensions: self.public.group_context().extensions(),
            leaves: &self.leaves,
        };
        let outcome = check::check(&before, &sender, &staged)?;
        Ok(Step {
            staged: *staged,
            outcome,
            bytes,
        })
    }

    /// Moves on by a commit that was judged good on this state. `None` if the library fails on it
    /// after all.
    pub(super) fn advance(mut self, step: Step, copyable: bool) -> Option<Self> {
        self.stored = copyable.then(Rows::default);
        match &self.stored {
            Some(rows) => self.public.merge_commit(rows, step.staged).ok()?,
            None => self.public.merge_commit(&Discard, step.staged).ok()?,
        }
        self.leaves = Leaves::read(&self.public, &self.leaves).ok()?;
        self.policy = step.outcome.policy;
        Some(self)
    }
}
