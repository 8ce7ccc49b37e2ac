//! Since when this device has been here without a break, and since when each account: what it may tell others of the
//! past rests on this alone. The roster log would not do, which any member can add to on the server.

use crate::{
    ids::AccountId,
    rows::{RowError, Rows, Slot},
};

/// This device has a leaf from this epoch on.
pub(super) fn begin(rows: &Rows, epoch: u64) -> Result<(), RowError> {
    rows.clear(Slot::Present);
    rows.store(Slot::Present, &[], &epoch)
}

/// These accounts have come with an epoch. A device that did not note when it came itself does so now.
pub(super) fn came(rows: &Rows, accounts: &[AccountId], epoch: u64) -> Result<(), RowError> {
    if !rows.contains(Slot::Present, &[]) {
        begin(rows, epoch)?;
    }
    for account in accounts {
        rows.store(Slot::Present, account.as_bytes(), &epoch)?;
    }
    Ok(())
}

/// The first epoch from which on this device has seen an account in the room, for one that is there now.
pub(super) fn since(rows: &Rows, account: AccountId) -> Result<Option<u64>, RowError> {
    match rows.fetch(Slot::Present, account.as_bytes())? {
        Some(epoch) => Ok(Some(epoch)),
        None => rows.fetch(Slot::Present, &[]),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_new_stay_begins_from_nothing() {
        let [alice, bob] = [1, 2].map(|byte| AccountId::from([byte; 16]));
        let rows = Rows::default();
        assert_eq!(since(&rows, alice), Ok(None));
        begin(&rows, 3).unwrap();
        came(&rows, &[bob], 5).unwrap();
        assert_eq!(
            [alice, bob].map(|who| since(&rows, who).unwrap()),
            [Some(3), Some(5)]
        );
        begin(&rows, 9).unwrap();
        assert_eq!(
            [alice, bob].map(|who| since(&rows, who).unwrap()),
            [Some(9); 2]
        );
    }

    #[test]
    fn who_did_not_note_when_it_came_knows_of_now_alone() {
        let rows = Rows::default();
        came(&rows, &[], 7).unwrap();
        assert_eq!(since(&rows, AccountId::from([1; 16])), Ok(Some(7)));
    }
}
