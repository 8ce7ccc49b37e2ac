//! Which states of the vault this device and the others of its account have seen (PROTOCOL section 2, decision 46). A server
//! that keeps a vault for each of them is found out when one names a state that the other has seen differently, or that
//! the server denies.

use e2ee::{codec::Reader, ordered::Map, vault::VaultMark};

use crate::{
    api::{Alarm, Event, Space},
    engine::Engine,
    records::RecordError,
    turn::Turn,
};

/// The row of the states.
pub(crate) const MARKS_ROW: &[u8] = b"vault-marks";
/// How many are kept: the newest.
const KEPT: usize = 64;

/// Version and hash of each state, all under one account key.
#[derive(Default)]
pub(crate) struct Marks(Map<u64, [u8; 16]>);

impl Marks {
    pub(super) fn load(row: &[u8]) -> Result<Self, RecordError> {
        let mut marks = Map::new();
        let mut reader = Reader::new(row);
        while !reader.is_empty() {
            let version = reader.u64().map_err(|_| RecordError::Damaged)?;
            let hash = reader.array().map_err(|_| RecordError::Damaged)?;
            marks.insert(version, hash);
        }
        Ok(Self(marks))
    }

    /// Notes what somebody has seen; `false` if the state of that version was seen otherwise before.
    pub(super) fn note(&mut self, mark: VaultMark, turn: &mut Turn<'_>) -> bool {
        if let Some(seen) = self.0.get(&mark.version) {
            return *seen == mark.hash;
        }
        self.0.insert(mark.version, mark.hash);
        if self.0.len() > KEPT {
            self.0.pop_first();
        }
        let row = |(version, hash): (&u64, &[u8; 16])| [&version.to_be_bytes()[..], hash].concat();
        let row: Vec<u8> = self.0.iter().flat_map(row).collect();
        turn.put(Space::Account, MARKS_ROW, row);
        true
    }

    /// The highest version that a device of the account has seen.
    pub(super) fn highest(&self) -> u64 {
        self.0.last_key_value().map_or(0, |(version, _)| *version)
    }
}

impl Engine {
    /// What this device tells the others of its account with each message.
    pub(crate) fn vault_mark(&self, turn: &mut Turn<'_>) -> Vec<u8> {
        let sealed = self.home.as_ref().and_then(|home| {
            let mark = VaultMark::of(&self.vault.root);
            let account = home.device.account();
            mark.seal(&home.account_key, account, &mut turn.rng).ok()
        });
        sealed.unwrap_or_default()
    }

    /// Another device of the account has said which state of the vault it has seen.
    pub(crate) fn vault_mark_heard(&mut self, sealed: &[u8], turn: &mut Turn<'_>) {
        let Some(home) = &self.home else { return };
        // From before the newest revocation, or after one that this device has not heard of yet, it does not open; programs of
        // before there were marks send none.
        let Ok(mark) = VaultMark::open(sealed, &home.account_key, home.device.account()) else {
            return;
        };
        let agree = self.vault.marks.note(mark, turn);
        if !agree {
            self.vault.differs(turn);
        }
        if !agree || self.vault.is_behind() {
            self.vault.reading.get_or_insert_default();
        }
    }
}

impl super::Vault {
    /// Whether another device has seen a later state than this one.
    pub(super) fn is_behind(&self) -> bool {
        self.marks.highest() > self.root.version()
    }

    /// The server keeps more than one vault, or an old one. It is said once in each connection.
    pub(super) fn differs(&mut self, turn: &mut Turn<'_>) {
        if !self.told {
            self.told = true;
            turn.event(Event::Alarm(Alarm::VaultDiffers));
        }
    }
}
