//! History keys from another device of the room (PROTOCOL section 4), from the side of who lacks them.
//!
//! What others send are candidates: a key is kept when a message opens with it and all that a message has to fulfil
//! holds. So whoever answers can withhold, and can make nobody read what was not said.

use std::ops::RangeInclusive;

use rand_core::CryptoRngCore;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use zeroize::Zeroizing;

use super::Group;
use crate::{
    device::Device,
    history_answer::{self, SignedAnswer},
    history_request::{HistoryRequest, HistoryRequestError},
    ids::{AccountId, DeviceId},
    keys,
    policy::History,
    roster_log::{self, Seats},
    rows::{RowError, Slot},
    secret::{Secret, SecretBytes},
};

/// The request that is out.
#[derive(Serialize, Deserialize)]
struct Asked {
    id: ByteBuf,
    seed: SecretBytes,
}

impl Group {
    /// Makes a request for the history keys of these epochs, at most [`crate::history_request::RANGES_MAX`] ranges.
    /// Answers to a former one open no more.
    ///
    /// # Errors
    /// [`HistoryRequestError`].
    pub fn ask_history(
        &mut self,
        epochs: Vec<RangeInclusive<u64>>,
        device: &Device,
        rng: &mut impl CryptoRngCore,
    ) -> Result<Vec<u8>, HistoryRequestError> {
        let seed = Secret::random(rng);
        let mut id = [0; 16];
        rng.fill_bytes(&mut id);
        let request = HistoryRequest {
            room: self.scope.room,
            group: self.scope.group,
            account: device.account(),
            device: device.id(),
            id,
            key: history_answer::key_pair(&seed, self.policy.suite)?.public,
            epochs,
        };
        let asked = Asked {
            id: ByteBuf::from(id),
            seed: SecretBytes::copy(seed.expose()),
        };
        let rows = self.provider.rows();
        rows.store(Slot::HistoryAsked, &[], &asked)?;
        Ok(request.sign(device))
    }

    /// Takes an answer in. Returns how many keys are candidates by it.
    ///
    /// # Errors
    /// [`HistoryRequestError`]: it is no answer of a member to what this device asks.
    pub fn take_history(&mut self, answer: &[u8]) -> Result<usize, HistoryRequestError> {
        let rows = self.provider.rows();
        let answer = SignedAnswer::read(answer)?;
        if answer.scope != self.scope {
            return Err(HistoryRequestError::OtherRoom);
        }
        let asked: Option<Asked> = rows.fetch(Slot::HistoryAsked, &[])?;
        let asked = asked.filter(|asked| *asked.id == answer.id);
        let seed = asked.ok_or(HistoryRequestError::NotAsked)?.seed;
        let seed = Secret::from_slice(seed.expose()).ok_or(RowError::Damaged)?;
        let leaf = self.leaves.device(answer.device);
        let leaf = leaf.ok_or(HistoryRequestError::NotAMember)?;
        if self.leaves.outdates(&leaf.certificate) {
            return Err(HistoryRequestError::Generation);
        }
        answer.verify(leaf.certificate.device_key())?;
        let mut taken = 0;
        for (epoch, key) in answer.open(&seed, self.policy.suite)? {
            taken += usize::from(self.keep_candidate(answer.device, epoch, &key)?);
        }
        Ok(taken)
    }

    /// Nothing is asked for any more: what was sent and opened nothing goes.
    pub fn history_is_whole(&mut self) {
        self.provider.rows().erase(Slot::HistoryAsked, &[]);
        self.drop_candidates();
    }

    /// Former messages were read with the candidates: those that opened nothing go.
    pub fn drop_candidates(&mut self) {
        self.provider.rows().clear(Slot::Candidate);
    }

    /// When an account had leaves, as far as the roster log is known.
    ///
    /// # Errors
    /// [`RowError`].
    pub fn seats(&self, account: AccountId) -> Result<Seats, RowError> {
        roster_log::seats(self.provider.rows(), account)
    }

    /// Whether a message of an earlier epoch that does not open may do so with a key of others.
    #[must_use]
    pub fn lacks_history(&self, epoch: u64) -> bool {
        let rows = self.provider.rows();
        match self.policy.history {
            History::None => false,
            History::SinceJoin => !rows.contains(Slot::HistoryKey, &epoch.to_be_bytes()),
            // Which key was the right one does not show from outside.
            History::Shared => true,
        }
    }

    fn keep_candidate(
        &self,
        from: DeviceId,
        epoch: u64,
        key: &Secret<32>,
    ) -> Result<bool, RowError> {
        let rows = self.provider.rows();
        let known = keys::kept(rows, Slot::HistoryKey, epoch)?;
        let name = candidate_name(from.as_bytes(), epoch);
        let is_known = known.is_some_and(|known| known.same_as(key));
        if epoch > self.epoch() || is_known || rows.contains(Slot::Candidate, &name) {
            return Ok(false);
        }
        let bytes = serde_bytes::Bytes::new(key.expose());
        rows.store(Slot::Candidate, &name, &bytes)?;
        Ok(true)
    }

    /// The candidates for a message of an epoch, with the epochs with which they begin: of each device that answered its
    /// own, so that none stands in another's way.
    pub(super) fn candidates(&self, epoch: u64) -> Result<Vec<(u64, Secret<32>)>, RowError> {
        let rows = self.provider.rows();
        let first = match self.policy.history {
            History::Shared => 0,
            History::SinceJoin | History::None => epoch,
        };
        let mut list = Vec::new();
        let mut behind = vec![0xff; 24];
        while let Some(name) = rows.last_key(Slot::Candidate, &[], &behind) {
            let from = name.first_chunk::<16>().ok_or(RowError::Damaged)?;
            let [least, most] = [first, epoch].map(|epoch| candidate_name(from, epoch));
            if let Some(name) = rows.last_key(Slot::Candidate, &least, &most) {
                let begun = name.last_chunk().ok_or(RowError::Damaged)?;
                let bytes: Option<ByteBuf> = rows.fetch(Slot::Candidate, &name)?;
                let bytes = Zeroizing::new(bytes.ok_or(RowError::Damaged)?.into_vec());
                let key = Secret::from_slice(&bytes).ok_or(RowError::Damaged)?;
                list.push((u64::from_be_bytes(*begun), key));
            }
            // Shorter than all names of this device, so before them.
            behind = from.to_vec();
        }
        Ok(list)
    }

    /// A candidate has opened a message. A key that is here stays.
    pub(super) fn candidate_holds(&self, begun: u64, key: &Secret<32>) -> Result<(), RowError> {
        let rows = self.provider.rows();
        if rows.contains(Slot::HistoryKey, &begun.to_be_bytes()) {
            return Ok(());
        }
        keys::keep(rows, Slot::HistoryKey, begun, key)
    }
}

fn candidate_name(from: &[u8; 16], epoch: u64) -> Vec<u8> {
    [from.as_slice(), &epoch.to_be_bytes()].concat()
}
