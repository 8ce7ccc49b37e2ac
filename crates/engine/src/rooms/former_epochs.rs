//! In which epoch the room stood at a place of the log from before this device's time (decision 48).
//!
//! Who was there judged each commit; who comes later cannot. The first commit of an epoch is taken to be the one that
//! counted, until a later one of the same epoch shows that it may not have been.

use e2ee::{
    codec::Reader,
    ids::GroupId,
    ordered::{Map, Set},
};
use protocol::log::{Body, Entry, Key, Message};
use serde::{Deserialize, Serialize};

/// Epochs with two commits that are remembered: an honest room has none.
const DOUBTED_MAX: usize = 64;
/// Wire formats of MLS (RFC 9420 section 6).
const PUBLIC_MESSAGE: u16 = 1;
const PRIVATE_MESSAGE: u16 = 2;

/// Whether an entry is a message of the epoch in which it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// It is, or it is no message.
    Right,
    /// It may be. If it is not, the room was in this later epoch: whoever has a seat in both could speak in either.
    Doubtful(u64),
    /// It is not.
    Wrong,
}

/// The epochs that are possible at the place up to which the log is read.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct FormerEpochs {
    from: u64,
    to: u64,
    /// Where the last commit of an epoch stands that was held to be over.
    late: Map<u64, u64>,
    /// Epochs of messages that were refused because of that.
    refused: Set<u64>,
    /// One of those was not over.
    doubted: bool,
}

impl Default for FormerEpochs {
    /// Somewhere in the log: nothing is known until a commit says it.
    fn default() -> Self {
        Self {
            from: 0,
            to: u64::MAX,
            late: Map::new(),
            refused: Set::new(),
            doubted: false,
        }
    }
}

impl FormerEpochs {
    /// Behind this entry: a room begins with epoch 0.
    pub(super) fn behind(seq: u64) -> Self {
        Self {
            to: if seq == 0 { 0 } else { u64::MAX },
            ..Self::default()
        }
    }

    /// The same place once more, with what was found out behind it.
    pub(super) fn again(&self, found: &Self) -> Self {
        Self {
            from: self.from,
            to: self.to,
            late: found.late.clone(),
            ..Self::default()
        }
    }

    /// Takes in an entry of the group's log.
    pub(super) fn take(&mut self, entry: &Entry, own: Option<GroupId>) -> Place {
        match &entry.body {
            Body::Commit(commit) => {
                let epoch = own.and_then(|own| of_commit(commit.commit.as_slice(), own));
                epoch
                    .into_iter()
                    .for_each(|epoch| self.commit(epoch, entry.seq.0));
            }
            Body::Deleted(deleted) if deleted.was_handshake() => self.lost_handshake(),
            Body::Message(message) => {
                if let Some(epoch) = of_message(message) {
                    return self.admit(epoch, entry.seq.0);
                }
            }
            _ => {}
        }
        Place::Right
    }

    /// Takes in a commit of an epoch.
    fn commit(&mut self, epoch: u64, seq: u64) {
        if epoch < self.from {
            self.doubted |= self.refused.contains(&epoch);
            let last = self.late.entry(epoch).or_insert(seq);
            *last = seq.max(*last);
            if self.late.len() > DOUBTED_MAX {
                self.late.pop_first();
            }
        } else if epoch <= self.to {
            (self.from, self.to) = (epoch.saturating_add(1), epoch.saturating_add(1));
        }
    }

    /// Takes in a commit or proposal of which nothing is left.
    const fn lost_handshake(&mut self) {
        self.to = self.to.saturating_add(1);
    }

    /// Whether a message of an epoch may stand here.
    fn admit(&mut self, epoch: u64, seq: u64) -> Place {
        if (self.from..=self.to).contains(&epoch) {
            return Place::Right;
        }
        if self.late.get(&epoch).is_some_and(|last| *last > seq) {
            return Place::Doubtful(self.from);
        }
        if self.refused.len() < DOUBTED_MAX {
            self.refused.insert(epoch);
        }
        Place::Wrong
    }

    /// Whether a message was refused that may have been in its place.
    pub(super) const fn is_doubted(&self) -> bool {
        self.doubted
    }
}

/// The epoch that a message's PrivateMessage names. The signature of what it carries and the wrap of the content key cover
/// it.
pub(super) fn of_message(message: &Message) -> Option<u64> {
    let Key::Mls(mls) = &message.key else {
        return None;
    };
    epoch_of(mls.as_slice(), PRIVATE_MESSAGE).map(|(_, epoch)| epoch)
}

/// The epoch that a commit of this group names.
fn of_commit(mls: &[u8], own: GroupId) -> Option<u64> {
    let (group, epoch) = epoch_of(mls, PUBLIC_MESSAGE)?;
    (group == own.as_bytes()).then_some(epoch)
}

/// Group and epoch of an MLS message: version, wire format, group id, epoch.
fn epoch_of(mls: &[u8], wanted: u16) -> Option<(&[u8], u64)> {
    let mut reader = Reader::new(mls);
    let _version = reader.u16().ok()?;
    let format = reader.u16().ok()?;
    let group = reader.vec(64).ok()?;
    let epoch = reader.u64().ok()?;
    (format == wanted).then_some((group, epoch))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_message_stands_in_the_epoch_of_its_place() {
        let mut epochs = FormerEpochs::behind(0);
        assert_eq!(epochs.admit(0, 1), Place::Right);
        assert_eq!(epochs.admit(1, 1), Place::Wrong);
        epochs.commit(0, 2);
        assert_eq!(epochs.admit(1, 3), Place::Right);
        assert_eq!(epochs.admit(0, 3), Place::Wrong);
        // Of an epoch in which nobody has been.
        epochs.commit(5, 4);
        assert_eq!(epochs.admit(1, 5), Place::Right);
        assert_eq!(epochs.admit(6, 5), Place::Wrong);
        assert!(!epochs.is_doubted());
    }

    #[test]
    fn a_second_commit_of_an_epoch_makes_what_was_said_before_it_possible() {
        let mut epochs = FormerEpochs::behind(0);
        let start = epochs.clone();
        epochs.commit(0, 1);
        assert_eq!(epochs.admit(0, 2), Place::Wrong);
        epochs.commit(0, 3);
        epochs.commit(0, 5);
        assert!(epochs.is_doubted());
        let mut again = start.again(&epochs);
        again.commit(0, 1);
        assert_eq!(again.admit(0, 2), Place::Doubtful(1));
        assert_eq!(again.admit(1, 2), Place::Right);
        again.commit(0, 3);
        assert_eq!(again.admit(0, 4), Place::Doubtful(1));
        again.commit(0, 5);
        assert_eq!(again.admit(0, 6), Place::Wrong);
        assert_eq!(again.admit(1, 6), Place::Right);
        assert!(!again.is_doubted());
    }

    #[test]
    fn what_is_gone_leaves_room_for_what_it_may_have_been() {
        let mut epochs = FormerEpochs::behind(0);
        epochs.lost_handshake();
        epochs.lost_handshake();
        for epoch in 0..=2 {
            assert_eq!(epochs.admit(epoch, 3), Place::Right);
        }
        assert_eq!(epochs.admit(3, 3), Place::Wrong);
        epochs.commit(1, 4);
        assert_eq!(epochs.admit(2, 5), Place::Right);
        assert_eq!(epochs.admit(1, 5), Place::Wrong);
        let mut somewhere = FormerEpochs::behind(9);
        assert_eq!(somewhere.admit(77, 10), Place::Right);
        somewhere.commit(3, 11);
        assert_eq!(somewhere.admit(4, 12), Place::Right);
        assert_eq!(somewhere.admit(77, 12), Place::Wrong);
    }
}
