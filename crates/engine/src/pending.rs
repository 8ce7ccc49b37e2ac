//! What is not finished yet. A command line exits when this is idle, so it counts neither too much nor too little.

use crate::{api::Pending, engine::Engine, jobs::Job};

impl Engine {
    /// What is not finished yet. Waiting for other people is not counted: an invitation that nobody answered, a
    /// wish to leave that nobody has taken in, evidence that nobody has given.
    pub fn pending(&self) -> Pending {
        let mut pending = Pending {
            calls: self.jobs.in_flight(),
            vault: self.vault_pending(),
            ..Pending::default()
        };
        for room in self.rooms.values() {
            pending.messages += room.messages_pending();
            pending.changes += room.changes_pending();
            pending.changes += usize::from(self.renewal_pending(room));
            pending.behind += usize::from(room.is_behind(&self.jobs));
        }
        pending.changes += self.arrivals_pending();
        let (messages, entering, behind) = self.shared.pending();
        pending.messages += messages;
        pending.changes += entering;
        pending.behind += behind;
        pending.behind += usize::from(self.mailbox.is_behind());
        pending.behind += usize::from(self.link.rooms_wanted && self.session.is_some());
        pending.behind += usize::from(self.devices.wanted && self.session.is_some());
        pending.changes += usize::from(self.key_packages_pending() && self.session.is_some());
        pending.changes += self.devices.pending() + self.code_tests.pending();
        pending.changes += self.reseal.pending() + self.requests.pending();
        pending.changes += self.meetings.pending();
        pending.changes += self.reports.pending();
        pending.changes += self.logging_out.len() + usize::from(self.sign_in.is_some());
        pending
    }

    /// Whether nothing but the vault is left to do.
    pub(crate) fn is_quiet(&self) -> bool {
        let mut pending = self.pending();
        let vault_calls = [Job::VaultRead, Job::VaultWrite]
            .iter()
            .filter(|job| self.jobs.is_in_flight(job))
            .count();
        pending.calls -= vault_calls.min(pending.calls);
        pending.vault = 0;
        pending.is_idle()
    }
}
