//! Pending wishes to leave: kept as they came, given to the library only while a commit is judged
//! or staged, because it seals no message while it holds a proposal.

use openmls::{
    framing::ProcessedMessageContent,
    group::QueuedProposal,
    prelude::{Proposal, Sender},
};

use super::{Group, LeafInfo, ProposalError};
use crate::{
    handshake,
    rows::{RowError, Slot},
};

/// A pending SelfRemove.
pub(crate) struct PendingLeave {
    pub(crate) queued: QueuedProposal,
    pub(crate) leaf: LeafInfo,
}

impl Group {
    /// The raw proposals of this epoch, in the order of the log.
    pub(super) fn raw_proposals(&self) -> Result<Vec<serde_bytes::ByteBuf>, RowError> {
        let rows = self.provider.rows();
        Ok(rows.fetch(Slot::Proposals, &[])?.unwrap_or_default())
    }

    pub(super) fn keep_proposal(&self, bytes: &[u8]) -> Result<(), RowError> {
        let mut raw = self.raw_proposals()?;
        if !raw.iter().any(|known| **known == *bytes) {
            raw.push(serde_bytes::ByteBuf::from(bytes));
        }
        self.provider.rows().store(Slot::Proposals, &[], &raw)
    }

    /// The pending wishes to leave, one per leaf, in the order of the log.
    pub(crate) fn pending_leaves(&mut self) -> Result<Vec<PendingLeave>, RowError> {
        let mut leaves: Vec<PendingLeave> = Vec::new();
        for raw in self.raw_proposals()? {
            let leave = self.read_leave(&raw).map_err(|_| RowError::Damaged)?;
            leaves.push(leave);
        }
        Ok(leaves)
    }

    /// Reads a proposal: a SelfRemove by a member, in a PublicMessage of this epoch.
    pub(super) fn read_leave(&mut self, bytes: &[u8]) -> Result<PendingLeave, ProposalError> {
        let message = handshake::proposal(bytes).ok_or(ProposalError::Invalid)?;
        let processed = self
            .mls
            .process_message(&self.provider, message)
            .map_err(|_| ProposalError::Invalid)?;
        let ProcessedMessageContent::ProposalMessage(queued) = processed.into_content() else {
            return Err(ProposalError::Invalid);
        };
        let (Proposal::SelfRemove, Sender::Member(index)) = (queued.proposal(), queued.sender())
        else {
            return Err(ProposalError::Type);
        };
        let leaf = self
            .leaves
            .get(index.u32())
            .ok_or(ProposalError::Invalid)?
            .clone();
        Ok(PendingLeave {
            queued: *queued,
            leaf,
        })
    }

    /// Gives proposals to the library.
    pub(crate) fn load_proposals(
        &mut self,
        proposals: impl IntoIterator<Item = QueuedProposal>,
    ) -> Result<(), RowError> {
        for proposal in proposals {
            self.mls
                .store_pending_proposal(self.provider.rows(), proposal)?;
        }
        Ok(())
    }

    /// Takes them away again.
    pub(super) fn unload_proposals(&mut self) -> Result<(), RowError> {
        self.mls.clear_pending_proposals(self.provider.rows())
    }
}
