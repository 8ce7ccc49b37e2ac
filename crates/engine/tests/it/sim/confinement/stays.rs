//! Who was in a room when, and when that changed the room's keys: by what commits declared and who asked to leave, and
//! by who has a leaf. No key is asked.

use std::collections::BTreeMap;

use protocol::{
    call::Call,
    ids::{AccountId, DeviceId, LinkId, RoomId, Seq},
    log::Body,
};

use super::past::Chronicle;
use crate::sim::model_server::{Given, ModelServer, RoomRecord};

/// Epochs, the first and the one after the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) from: u64,
    pub(super) to: u64,
}

impl Span {
    pub(super) const fn holds(&self, epoch: u64) -> bool {
        self.from <= epoch && epoch < self.to
    }

    pub(super) fn before(self, end: u64) -> Self {
        Self {
            to: self.to.min(end),
            ..self
        }
    }
}

/// The course of one room.
pub(super) struct Course<'a> {
    id: RoomId,
    room: &'a RoomRecord,
    server: &'a ModelServer,
    /// The epoch that each commit started, by its place.
    starts: BTreeMap<Seq, u64>,
}

impl<'a> Course<'a> {
    pub(super) fn new(id: RoomId, room: &'a RoomRecord, server: &'a ModelServer) -> Self {
        let commits = server
            .given()
            .iter()
            .filter_map(|given| match &*given.call {
                Call::Commit(of, request) if *of == id && given.taken => Some(request),
                _ => None,
            });
        let taken: BTreeMap<_, u64> = commits
            .filter_map(|request| {
                let started = started_by(request.commit.as_slice())?;
                Some((request.client_id, started))
            })
            .collect();
        // Old bodies are gone from the log, but not from what was given.
        let starts = room.log().iter().filter_map(|entry| {
            let started = match &entry.body {
                Body::Commit(commit) => started_by(commit.commit.as_slice()),
                Body::Deleted(_) => taken.get(&entry.client_id).copied(),
                _ => None,
            };
            Some((entry.seq, started?))
        });
        Self {
            id,
            room,
            server,
            starts: starts.collect(),
        }
    }

    /// The epoch at a place of the log.
    fn epoch_at(&self, seq: Seq) -> u64 {
        let start = self.starts.range(..=seq).next_back();
        start.map_or(0, |(_, epoch)| *epoch)
    }

    /// When an account had a leaf, by what commits declared.
    pub(super) fn stays(&self, account: AccountId) -> Vec<Span> {
        let began = |from| Span { from, to: u64::MAX };
        let mut spans = Vec::new();
        if self.room.creator() == account {
            spans.push(began(0));
        }
        for (seq, effects) in self.room.declared() {
            let epoch = self.epoch_at(*seq);
            if effects.accounts_out.contains(&account)
                && let Some(span) = spans.last_mut()
            {
                *span = span.before(epoch);
            }
            if effects.accounts_in.contains(&account) {
                spans.push(began(epoch));
            }
        }
        spans
    }

    /// The epochs with which room keys began: whenever an account lost its last leaf, and whenever members made new ones.
    pub(super) fn rotations(&self, chronicle: &Chronicle) -> Vec<u64> {
        let out = self.room.declared().iter();
        let out = out.filter(|(_, effects)| !effects.accounts_out.is_empty());
        let mut all: Vec<u64> = out.map(|(seq, _)| self.epoch_at(*seq)).collect();
        all.push(0);
        all.extend(&chronicle.rotations);
        all.sort_unstable();
        all.dedup();
        all
    }

    /// The epoch with which a revoked device is to be locked out: the one in which it has no leaf any more, or, where it
    /// never had one, that which another device of the account began first. None where that never came.
    pub(super) fn locked_out(
        &self,
        account: AccountId,
        devices: &[DeviceId],
        chronicle: &Chronicle,
    ) -> Option<u64> {
        let (given, revoked) = self.server.given().iter().find_map(|given| {
            let Call::RevokeDevices(request) = &*given.call else {
                return None;
            };
            let of_them = devices.iter().find(|one| request.devices.contains(one))?;
            given.taken.then_some((given, *of_them))
        })?;
        let then = given.at.get(&self.id).copied().unwrap_or(Seq::START);
        let device = e2ee::ids::DeviceId::from(*revoked.as_bytes());
        let seated = |epoch: u64| {
            let states = chronicle.at(epoch);
            states.iter().any(|state| state.seats(device))
        };
        let now = self.epoch_at(then);
        if seated(now) {
            return (now + 1..=self.last_epoch()).find(|epoch| !seated(*epoch));
        }
        let later = self.room.log().iter().filter(|entry| entry.seq > then);
        let mut own = later.filter(|entry| {
            let inside = !entry_is_external(self.server, self.id, entry.client_id);
            entry.sender == account && self.starts.contains_key(&entry.seq) && inside
        });
        own.next().map(|entry| self.epoch_at(entry.seq))
    }

    pub(super) fn last_epoch(&self) -> u64 {
        self.epoch_at(self.room.last_seq())
    }

    /// The epochs in which a link may have held the keys of its grants: up to the first removal. In a room with shared
    /// history any rotation ends it.
    pub(super) fn link(
        &self,
        link: LinkId,
        rotations: &[u64],
        shared: bool,
        chronicle: &Chronicle,
    ) -> Option<Span> {
        let put = |given: &&Given| {
            // One that is over before it comes is refused, and yet the server has the grant.
            matches!(&*given.call, Call::PutLink(room, id, _) if (*room, *id) == (self.id, link))
        };
        let first = self.server.given().iter().find(put)?;
        let made = first.at.get(&self.id).copied().unwrap_or(Seq::START);
        let came = self.epoch_at(made);
        let removed = self.room.declared().iter();
        let mut removed = removed.filter(|(seq, _)| *seq > made && self.throws_out(*seq));
        let removal = removed
            .next()
            .map_or(u64::MAX, |(seq, _)| self.epoch_at(*seq));
        let rotation = rotations.iter().find(|epoch| shared && **epoch > came);
        let to = removal.min(rotation.copied().unwrap_or(u64::MAX));
        // It was on its way for a while, and may hold the keys that its maker had then.
        let from = chronicle.links.get(&link).copied().unwrap_or(came);
        let from = from.min(came);
        Some(Span { from, to })
    }

    /// Whether a commit takes somebody out who had not asked for it.
    fn throws_out(&self, at: Seq) -> bool {
        let effects = self.room.declared().iter().find(|(seq, _)| *seq == at);
        let Some((_, effects)) = effects else {
            return false;
        };
        let before = self.starts.range(..at).next_back();
        let since = before.map_or(Seq::START, |(seq, _)| *seq);
        let asked = |account: &AccountId| {
            let mut entries = self.room.log().iter();
            entries.any(|entry| {
                let wish = matches!(entry.body, Body::Proposal(_) | Body::Deleted(_));
                wish && entry.sender == *account && entry.seq > since && entry.seq < at
            })
        };
        effects.accounts_out.iter().any(|account| !asked(account))
    }
}

/// The epoch that a commit starts.
fn started_by(commit: &[u8]) -> Option<u64> {
    let commit = e2ee::closure::Commit::read(commit)?;
    Some(commit.epoch + 1)
}

fn entry_is_external(
    server: &ModelServer,
    room: RoomId,
    client_id: protocol::ids::ClientId,
) -> bool {
    server.given().iter().any(|given| match &*given.call {
        Call::Commit(of, request) if *of == room && request.client_id == client_id => {
            let commit = e2ee::closure::Commit::read(request.commit.as_slice());
            commit.is_some_and(|commit| commit.is_external())
        }
        _ => false,
    })
}
