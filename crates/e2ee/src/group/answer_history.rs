//! History keys for another device of the room (PROTOCOL section 4), from the side of who has them.

use super::{Group, presence};
use crate::{
    device::Device,
    history_answer::{self, KEYS_MAX, Keys},
    history_request::{HistoryRequest, HistoryRequestError, SignedRequest},
    ids::AccountId,
    keys,
    policy::History,
    rows::{RowError, Slot},
};

impl Group {
    /// The answer to a request, for the device that signed it. Another device of this device's own account gets what is
    /// here. Another account gets the keys of epochs in which this device saw it in the room, and was there itself; in
    /// a room that shares its history, all that a member reads by the chain anyway. The server has no say in it.
    ///
    /// # Errors
    /// [`HistoryRequestError`].
    pub fn answer_history(
        &self,
        request: &[u8],
        device: &Device,
    ) -> Result<Vec<u8>, HistoryRequestError> {
        if self.policy.history == History::None {
            return Err(HistoryRequestError::NoHistory);
        }
        let signed = SignedRequest::read(request)?;
        let asked = &signed.request;
        if (asked.room, asked.group) != (self.scope.room, self.scope.group) {
            return Err(HistoryRequestError::OtherRoom);
        }
        let leaf = self.leaves.device(asked.device);
        let leaf = leaf.filter(|leaf| leaf.account() == asked.account);
        let leaf = leaf.ok_or(HistoryRequestError::NotAMember)?;
        if self.leaves.outdates(&leaf.certificate) {
            return Err(HistoryRequestError::Generation);
        }
        signed.verify(leaf.certificate.device_key())?;
        let own = device.account();
        let keys = match self.readable_from(asked.account, own)? {
            Some(from) => self.keys_for(asked, from)?,
            None => Keys::new(),
        };
        if keys.is_empty() {
            return Err(HistoryRequestError::Nothing);
        }
        Ok(history_answer::seal(
            &keys,
            asked,
            device,
            self.policy.suite,
        )?)
    }

    /// The first epoch whose keys an account may have from here.
    fn readable_from(&self, account: AccountId, own: AccountId) -> Result<Option<u64>, RowError> {
        if account == own || self.policy.history == History::Shared {
            return Ok(Some(0));
        }
        presence::since(self.provider.rows(), account)
    }

    fn keys_for(&self, asked: &HistoryRequest, from: u64) -> Result<Keys, RowError> {
        let rows = self.provider.rows();
        let begun = keys::epochs(rows, Slot::HistoryKey);
        let mut list = Keys::new();
        for (place, epoch) in begun.iter().enumerate() {
            // A key of a rotation is good until the next one.
            let last = match (self.policy.history, begun.get(place + 1)) {
                (History::Shared, Some(next)) => next.saturating_sub(1),
                (History::Shared, None) => u64::MAX,
                (History::SinceJoin | History::None, _) => *epoch,
            };
            let wanted = |range: &std::ops::RangeInclusive<u64>| {
                *range.start() <= last && *epoch <= *range.end()
            };
            if *epoch < from || !asked.epochs.iter().any(wanted) {
                continue;
            }
            if list.len() == KEYS_MAX {
                break;
            }
            list.extend(keys::kept(rows, Slot::HistoryKey, *epoch)?.map(|key| (*epoch, key)));
        }
        Ok(list)
    }
}
