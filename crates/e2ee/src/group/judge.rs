//! Judging a commit of the log.

use super::{Change, Group, Verdict};
use crate::rows::RowError;

impl Group {
    /// Judges the next commit of the log and merges it if it is good. The device's own staged
    /// commit is recognised and confirmed.
    ///
    /// # Errors
    /// [`RowError`] if the rows could not be written: drop the group and load it again.
    pub fn judge(&mut self, commit: &[u8]) -> Result<Verdict, RowError> {
        let _ = commit;
        todo!()
    }

    /// Merges the own staged commit, which the log has taken.
    ///
    /// # Errors
    /// [`RowError`], as for [`Group::judge`].
    pub fn confirm_own(&mut self) -> Result<Option<Change>, RowError> {
        todo!()
    }

    /// Forgets the own staged commit, which lost its race.
    ///
    /// # Errors
    /// [`RowError`], as for [`Group::judge`].
    pub fn discard_own(&mut self) -> Result<(), RowError> {
        todo!()
    }
}
