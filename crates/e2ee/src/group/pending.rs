//! The own staged commit, until the log has decided about it.

use serde::{Deserialize, Serialize};

use super::Group;
use crate::{
    rows::{RowError, Slot},
    secret::SecretBytes,
};

/// What is kept beside the staged commit of the library.
#[derive(Serialize, Deserialize)]
pub(super) struct Pending {
    /// The commit as it was posted.
    #[serde(with = "serde_bytes")]
    pub(super) commit: Vec<u8>,
    /// The room state that it brings, if it changes the state.
    pub(super) state: Option<SecretBytes>,
}

impl Group {
    /// Whether a commit is staged and neither confirmed nor discarded.
    #[must_use]
    pub fn has_staged(&self) -> bool {
        self.mls.pending_commit().is_some()
    }

    pub(super) fn pending(&self) -> Result<Option<Pending>, RowError> {
        self.provider.rows().fetch(Slot::Pending, &[])
    }

    pub(super) fn keep_pending(&self, pending: &Pending) -> Result<(), RowError> {
        self.provider.rows().store(Slot::Pending, &[], pending)
    }

    /// Forgets the own staged commit, which lost its race.
    ///
    /// # Errors
    /// [`RowError`]: drop the group and load it again.
    pub fn discard_own(&mut self) -> Result<(), RowError> {
        self.provider.rows().erase(Slot::Pending, &[]);
        self.mls.clear_pending_commit(self.provider.rows())
    }
}
