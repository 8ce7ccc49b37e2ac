//! What follows a merge, whoever made the commit: keys, roster, a clean slate for the epoch.

use super::{Change, DeviceRef, Group, JudgeError, LeafInfo, RoleChange, presence, state};
use crate::{
    certificate::DeviceCertificate,
    check::{Leaves, Outcome},
    ids::AccountId,
    keys,
    roster_log::{self, RosterRecord},
    rows::{RowError, Slot},
    said::said,
};

impl Group {
    /// Starts the epoch that the library has just merged.
    pub(super) fn begin_epoch(
        &mut self,
        outcome: Outcome,
        own_state: Option<&[u8]>,
        own: bool,
    ) -> Result<Change, JudgeError> {
        let old = std::mem::take(&mut self.leaves);
        self.leaves = Leaves::read(self.mls.public_group(), &old)
            .map_err(|error| JudgeError::Mls(said(&error)))?;
        let change = self.change(&outcome, &old, own);
        self.forget_epoch(own_state)?;
        keys::arm(
            &self.mls,
            &self.provider,
            self.scope,
            self.policy.history,
            outcome.rotation,
        )?;
        presence::came(self.provider.rows(), &change.accounts_in, change.epoch)?;
        for record in records(self.epoch(), &outcome, &old) {
            roster_log::witness(self.provider.rows(), &record)?;
        }
        self.policy = outcome.policy;
        Ok(change)
    }

    /// Drops what belonged to the epoch before.
    fn forget_epoch(&self, own_state: Option<&[u8]>) -> Result<(), RowError> {
        let rows = self.provider.rows();
        rows.erase(Slot::Proposals, &[]);
        rows.erase(Slot::Pending, &[]);
        rows.erase(Slot::Entered, &[]);
        rows.clear(Slot::EchoKey);
        own_state.map_or(Ok(()), |own| state::keep(rows, own))
    }

    fn change(&self, outcome: &Outcome, old: &Leaves, own: bool) -> Change {
        let new = &outcome.policy;
        let removed: Vec<DeviceRef> = outcome
            .removed
            .iter()
            .map(|leaf| DeviceRef {
                account: leaf.account(),
                device: leaf.device(),
            })
            .collect();
        let added: Vec<DeviceRef> = newcomers(outcome).map(device_ref).collect();
        let accounts_in = accounts(&added, |account| !old.has_account(account));
        let accounts_out = accounts(&removed, |account| !self.leaves.has_account(account));
        let roles = self.policy.roles.differences(&new.roles).into_iter();
        Change {
            epoch: self.epoch(),
            committer: outcome.committer,
            own,
            added,
            removed,
            left: outcome.left.clone(),
            accounts_in,
            accounts_out,
            roles: roles
                .map(|(account, before, after)| RoleChange {
                    account,
                    before,
                    after,
                })
                .collect(),
            state_changed: new.state_version != self.policy.state_version,
            rules_changed: (new.permissions, new.access)
                != (self.policy.permissions, self.policy.access),
            rotation: outcome.rotation,
            raised: outcome.raised,
        }
    }
}

/// The roster records that a commit makes.
pub(super) fn records(epoch: u64, outcome: &Outcome, old: &Leaves) -> Vec<RosterRecord> {
    // A resync takes a leaf and seats the same device again: only the seat is worth a record.
    let back = |device| newcomers(outcome).any(|certificate| certificate.device() == device);
    let gone = outcome.removed.iter().map(LeafInfo::device);
    let gone = gone
        .filter(|device| !back(*device))
        .map(|device| RosterRecord::Gone { epoch, device });
    let renewed = old
        .device(outcome.committer.device)
        .filter(|leaf| leaf.certificate != outcome.committer_certificate)
        .filter(|_| !outcome.external)
        .map(|_| &outcome.committer_certificate);
    let seated = newcomers(outcome)
        .chain(renewed)
        .map(|certificate| RosterRecord::Seated {
            epoch,
            certificate: Box::new(certificate.clone()),
        });
    gone.chain(seated).collect()
}

fn newcomers(outcome: &Outcome) -> impl Iterator<Item = &DeviceCertificate> {
    let joiner = outcome.external.then_some(&outcome.committer_certificate);
    outcome.added.iter().chain(joiner)
}

fn device_ref(certificate: &DeviceCertificate) -> DeviceRef {
    DeviceRef {
        account: certificate.account(),
        device: certificate.device(),
    }
}

/// The accounts of some devices that pass a test, each once.
pub(super) fn accounts(devices: &[DeviceRef], test: impl Fn(AccountId) -> bool) -> Vec<AccountId> {
    let mut accounts: Vec<AccountId> = devices
        .iter()
        .map(|device| device.account)
        .filter(|account| test(*account))
        .collect();
    accounts.sort_unstable();
    accounts.dedup();
    accounts
}
