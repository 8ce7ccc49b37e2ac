//! What callers have had done: whoever has lost the answer asks again, is told how it ended, and nothing is done twice.
//!
//! The entry is in the batch of its effect, so that the two are there together or not at all. Of each caller the last
//! one is kept, because a caller asks for the next thing only when the one before is answered; and of callers the last
//! ones, by when they asked.

use protocol::{ids::RoomId, time::Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    api::{Command, ItemKey, Outcome, Space, Ticket},
    records::{self, RecordError},
    turn::Turn,
};

/// In front of the caller in the name of its row.
pub(crate) const PREFIX: &[u8] = b"ledger/";

/// Tabs of a browser that can all have lost their answers at once.
const CALLERS_MAX: usize = 64;

/// All callers that are known. They are few, and a list is less code than a map.
#[derive(Default)]
pub(crate) struct Ledger {
    entries: Vec<([u8; 16], Entry)>,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    number: u64,
    at: Timestamp,
    effect: Effect,
}

/// What was done.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(crate) enum Effect {
    /// A message was written down.
    Queued(ItemKey),
    /// A room was made.
    Created(RoomId),
}

impl Ledger {
    pub(crate) fn load(&mut self, name: &[u8], row: &[u8]) -> Result<(), RecordError> {
        let caller = name.try_into().map_err(|_| RecordError::Damaged)?;
        self.entries.push((caller, records::decode(row)?));
        Ok(())
    }

    /// How it ended, if it was done before.
    pub(crate) fn outcome(&self, ticket: Ticket) -> Option<Outcome> {
        let mut entries = self.entries.iter();
        let (_, entry) = entries.find(|(caller, _)| *caller == ticket.caller)?;
        if entry.number < ticket.number {
            return None;
        }
        Some(match entry.effect {
            Effect::Queued(item) => Outcome::Queued(item),
            Effect::Created(room) => Outcome::RoomCreated(room),
        })
    }

    /// Notes what the input at hand has done.
    pub(crate) fn note(&mut self, ticket: Ticket, effect: Effect, turn: &mut Turn<'_>) {
        let Ticket { caller, number } = ticket;
        let at = turn.now;
        let entry = Entry { number, at, effect };
        turn.put(Space::Account, &name(caller), records::encode(&entry));
        self.entries.retain(|(other, _)| *other != caller);
        if self.entries.len() >= CALLERS_MAX {
            self.forget_the_oldest(turn);
        }
        self.entries.push((caller, entry));
    }

    fn forget_the_oldest(&mut self, turn: &mut Turn<'_>) {
        let entries = self.entries.iter().enumerate();
        let oldest = entries.min_by_key(|(_, (_, entry))| entry.at);
        if let Some(oldest) = oldest.map(|(place, _)| place) {
            let (caller, _) = self.entries.swap_remove(oldest);
            turn.delete(Space::Account, &name(caller));
        }
    }
}

impl Command {
    /// By what a repetition is known.
    pub(crate) const fn ticket(&self) -> Option<Ticket> {
        match self {
            Self::Send { ticket, .. } | Self::CreateRoom { ticket, .. } => *ticket,
            _ => None,
        }
    }
}

fn name(caller: [u8; 16]) -> Vec<u8> {
    [PREFIX, &caller].concat()
}

#[cfg(test)]
mod tests {
    use protocol::ids::ClientId;
    use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng as _};

    use super::*;
    use crate::api::{Key, Write};

    fn ticket(caller: u8, number: u64) -> Ticket {
        let caller = [caller; 16];
        Ticket { caller, number }
    }

    fn queued(id: u8) -> Effect {
        Effect::Queued(ItemKey::Draft(ClientId::from_bytes([id; 16])))
    }

    #[test]
    fn what_was_done_is_known_after_a_restart_too() {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let mut turn = Turn::new(Timestamp::from_millis(5), &mut rng);
        let mut ledger = Ledger::default();
        ledger.note(ticket(1, 3), queued(7), &mut turn);
        let mut again = Ledger::default();
        for (key, write) in turn.batch.iter() {
            let (Key::Named(Space::Account, name), Write::Put(row)) = (key, write) else {
                panic!("one named row");
            };
            again.load(name.strip_prefix(PREFIX).unwrap(), row).unwrap();
        }
        for ledger in [ledger, again] {
            let item = ItemKey::Draft(ClientId::from_bytes([7; 16]));
            let done = Some(Outcome::Queued(item));
            assert_eq!(ledger.outcome(ticket(1, 3)), done);
            assert_eq!(ledger.outcome(ticket(1, 4)), None);
            assert_eq!(ledger.outcome(ticket(2, 3)), None);
        }
    }

    #[test]
    fn the_callers_that_asked_last_are_kept() {
        let mut ledger = Ledger::default();
        for caller in 0..=64_u8 {
            let mut rng = ChaCha20Rng::seed_from_u64(1);
            let at = Timestamp::from_millis(u64::from(caller));
            let mut turn = Turn::new(at, &mut rng);
            ledger.note(ticket(caller, 1), queued(caller), &mut turn);
            let rows = if caller == 64 { 2 } else { 1 };
            assert_eq!(turn.batch.len(), rows);
        }
        assert_eq!(ledger.outcome(ticket(0, 1)), None);
        assert!(ledger.outcome(ticket(1, 1)).is_some());
        assert!(ledger.outcome(ticket(64, 1)).is_some());
    }
}
