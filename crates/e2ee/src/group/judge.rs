//! Judging a commit of the log.
//!
//! The public verdict comes first, from a group that holds no secret at all; only then are this
//! device's own keys asked. So what fails in the second step fails for a private reason, whatever
//! the library calls it, with three exceptions that all members judge alike: the membership tag and
//! the proof of an external committer are keyed, but with keys that all members of the epoch share;
//! and see `classify` for an external commit's confirmation tag.

use openmls::{
    framing::{ProcessedMessageContent, ProtocolMessage},
    group::{ProcessMessageError, StageCommitError, StagedCommit, ValidationError},
    prelude::Sender,
};
use openmls_traits::OpenMlsProvider;
use thiserror::Error;

use super::{Change, DeviceRef, Group, PrivateReason, Verdict};
use crate::{
    check::{self, Before, Outcome, PublicReason, Refusal},
    handshake, keys,
    rows::RowError,
    said::said,
    secret::{Secret, SecretBytes},
};

/// A verdict could not be reached or carried out: drop the group and load it again.
#[derive(Debug, Error)]
pub enum JudgeError {
    /// The rows could not be read or written.
    #[error(transparent)]
    Rows(#[from] RowError),
    /// The library failed after it had found the commit good.
    #[error("the MLS library failed: {0}")]
    Mls(String),
}

impl Group {
    /// Judges the next commit of the log and merges it if it is good. The device's own staged
    /// commit is recognised and confirmed.
    ///
    /// # Errors
    /// [`JudgeError`]: drop the group and load it again.
    pub fn judge(&mut self, commit: &[u8]) -> Result<Verdict, JudgeError> {
        if let Some(pending) = self.pending()?
            && pending.commit == commit
        {
            let change = self.confirm_own()?;
            return change.map_or_else(
                || Err(RowError::Damaged.into()),
                |change| Ok(Verdict::Merged(Box::new(change))),
            );
        }
        let message = match self.parse_commit(commit) {
            Ok(message) => message,
            Err(reason) => return Ok(Verdict::Skipped(reason)),
        };
        self.with_proposals(|group| group.judge_message(message))
    }

    /// Merges the own staged commit, which the log has taken. `None` if there is none.
    ///
    /// # Errors
    /// [`JudgeError`], as for [`Group::judge`].
    pub fn confirm_own(&mut self) -> Result<Option<Change>, JudgeError> {
        let Some(pending) = self.pending()? else {
            return Ok(None);
        };
        let outcome = self.with_proposals(|group| Ok(group.public_verdict(&pending.commit)))?;
        let outcome = outcome.map_err(|refusal| JudgeError::Mls(format!("{refusal:?}")))?;
        self.merge_own(outcome, pending.state.as_ref().map(SecretBytes::expose))
            .map(Some)
    }

    /// Merges what the library holds as the pending commit.
    pub(super) fn merge_own(
        &mut self,
        outcome: Outcome,
        state: Option<&[u8]>,
    ) -> Result<Change, JudgeError> {
        self.mls
            .merge_pending_commit(&self.provider)
            .map_err(|error| JudgeError::Mls(said(&error)))?;
        self.begin_epoch(outcome, state, true)
    }

    /// The verdict of everybody on a commit.
    pub(super) fn public_verdict(&self, commit: &[u8]) -> Result<Outcome, Refusal> {
        let message = self.parse_commit(commit)?;
        self.check_publicly(message)
    }

    /// Lets the library see the pending proposals while `judge` runs.
    pub(super) fn with_proposals<T>(
        &mut self,
        judge: impl FnOnce(&mut Self) -> Result<T, JudgeError>,
    ) -> Result<T, JudgeError> {
        let leaves = self.pending_leaves()?;
        self.load_proposals(leaves.into_iter().map(|leave| leave.queued))?;
        let result = judge(self);
        self.unload_proposals()?;
        result
    }

    fn judge_message(&mut self, message: ProtocolMessage) -> Result<Verdict, JudgeError> {
        let outcome = match self.check_publicly(message.clone()) {
            Ok(outcome) => outcome,
            Err(Refusal::Broken(reason)) => return Ok(Verdict::Skipped(reason)),
            Err(Refusal::NewerPolicy(version)) => return Ok(Verdict::Paused { version }),
        };
        if !outcome.external && self.is_own(outcome.committer) {
            return Ok(Verdict::Suspect(PrivateReason::OwnLeaf));
        }
        let processed = match self.mls.process_message(&self.provider, message) {
            Ok(processed) => processed,
            Err(error) => return classify(&error, outcome.external),
        };
        let ProcessedMessageContent::StagedCommitMessage(staged) = processed.into_content() else {
            return Ok(Verdict::Suspect(PrivateReason::Other));
        };
        if let Some(verdict) = self.removal(&outcome) {
            return Ok(verdict);
        }
        self.mls
            .merge_staged_commit(&self.provider, *staged)
            .map_err(|error| JudgeError::Mls(said(&error)))?;
        let change = self.begin_epoch(outcome, None, false)?;
        Ok(Verdict::Merged(Box::new(change)))
    }

    /// What holds for everybody: framing, the rules of MLS, then the policy.
    fn check_publicly(&self, message: ProtocolMessage) -> Result<Outcome, Refusal> {
        let public = self.mls.public_group();
        let processed = public
            .process_message(self.provider.crypto(), message)
            .map_err(|_| PublicReason::Mls)?;
        let (sender, shown) = (processed.sender().clone(), processed.aad().to_vec());
        let ProcessedMessageContent::StagedCommitMessage(staged) = processed.into_content() else {
            return Err(PublicReason::NotACommit.into());
        };
        let outcome = self.check(&sender, &staged)?;
        if outcome.external && !self.proves_entry(&outcome, &shown) {
            return Err(PublicReason::ExternalProof.into());
        }
        Ok(outcome)
    }

    /// Whether an external committer knows this epoch's entry PSK. Keyed, but with a key that all
    /// members share.
    fn proves_entry(&self, outcome: &Outcome, shown: &[u8]) -> bool {
        let psk = keys::entry_psk(&self.mls, &self.provider, self.scope);
        let shown = Secret::from_slice(shown);
        psk.zip(shown).is_some_and(|(psk, shown)| {
            keys::entry_proof(&psk, &outcome.committer_certificate).same_as(&shown)
        })
    }

    fn check(&self, sender: &Sender, staged: &StagedCommit) -> Result<Outcome, Refusal> {
        let before = Before {
            scope: self.scope,
            epoch: self.epoch(),
            policy: &self.policy,
            extensions: self.mls.extensions(),
            leaves: &self.leaves,
        };
        check::check(&before, sender, staged)
    }

    fn parse_commit(&self, bytes: &[u8]) -> Result<ProtocolMessage, PublicReason> {
        let message = handshake::commit(bytes)?;
        if message.group_id() != self.mls.group_id() {
            return Err(PublicReason::WrongGroup);
        }
        if message.epoch() != self.mls.epoch() {
            return Err(PublicReason::WrongEpoch);
        }
        handshake::check_path_keys(bytes, self.policy.suite)?;
        Ok(message)
    }

    /// The verdict on an allowed commit that takes this device's leaf.
    fn removal(&self, outcome: &Outcome) -> Option<Verdict> {
        let own = self.mls.own_leaf_index().u32();
        let leaf = outcome.removed.iter().find(|leaf| leaf.index == own)?;
        let me = DeviceRef {
            account: leaf.account(),
            device: leaf.device(),
        };
        Some(Verdict::Removed {
            by: outcome.committer,
            asked: outcome.left.iter().any(|left| left.account == me.account),
            readmitted: outcome
                .added
                .iter()
                .any(|added| added.device() == me.device),
            epoch: self.epoch() + 1,
            // Of the public group: for a member that it removes, the library leaves this hash as it was.
            transcript: outcome.transcript,
        })
    }

    fn is_own(&self, device: DeviceRef) -> bool {
        self.leaves
            .get(self.mls.own_leaf_index().u32())
            .is_some_and(|leaf| (leaf.account(), leaf.device()) == (device.account, device.device))
    }
}

/// The verdict on a commit that passed every public check and failed on this device's keys.
///
/// An external commit's confirmation tag is compared after its path secret was found to lead to the
/// public keys of the path. The secret of the path's last node, which all members reach, is fixed by
/// its public key; init secret and PSK are those of the epoch, and the context is public. So whoever
/// gets that far gets the same tag, and a wrong one is wrong for all: nobody need suspect the others
/// of having gone on. Members whose path does not open ask, and are told so.
fn classify(error: &ProcessMessageError<RowError>, external: bool) -> Result<Verdict, JudgeError> {
    let reason = match error {
        ProcessMessageError::StorageError(error) => return Err((*error).into()),
        // All members of the epoch hold this key, and nobody else does.
        ProcessMessageError::ValidationError(
            ValidationError::InvalidMembershipTag | ValidationError::MissingMembershipTag,
        ) => return Ok(Verdict::Skipped(PublicReason::MembershipTag)),
        ProcessMessageError::InvalidCommit(StageCommitError::ConfirmationTagMismatch)
            if external =>
        {
            return Ok(Verdict::Skipped(PublicReason::ExternalTag));
        }
        ProcessMessageError::InvalidCommit(error) => match error {
            StageCommitError::UpdatePathError(_) | StageCommitError::MissingDecryptionKey => {
                PrivateReason::Path
            }
            StageCommitError::PskError(_) => PrivateReason::Psk,
            StageCommitError::ConfirmationTagMismatch => PrivateReason::ConfirmationTag,
            _ => PrivateReason::Other,
        },
        _ => PrivateReason::Other,
    };
    Ok(Verdict::Suspect(reason))
}
