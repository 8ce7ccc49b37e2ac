//! A server that lies: what it tells is true only sometimes, until everything heals (PROTOCOL section 8: verdict,
//! convergence, place, authority).
//!
//! The model server does its work and keeps its word; the liar stands before it and twists answers and pushes. It knows
//! every blob that it ever handed out, of every room, and gives it out again in places where it does not belong. What it
//! cannot do here is what nobody can mend: it destroys nothing that it has and answers nothing for good.

mod pushes;
mod replies;

use std::collections::{BTreeMap, BTreeSet};

use engine::api::CallError;
use protocol::{
    bytes::Bytes,
    call::Reply,
    error::{ErrorBody, ErrorCode},
    ids::RoomId,
    log::Entry,
    time::Timestamp,
};
use rand_chacha::ChaCha20Rng;
use rand_core::{RngCore, SeedableRng};

use super::{
    faults::{below, chance, pick},
    world::World,
};

/// What it says instead of an answer, whatever it did.
const EXCUSES: [ErrorCode; 4] = [
    ErrorCode::ServerError,
    ErrorCode::RateLimited,
    ErrorCode::StorageFull,
    ErrorCode::ShuttingDown,
];

/// A kind of blob: one is handed out in the place of another of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Blob {
    Door,
    State,
    Roster,
    Tree,
    Chain,
    Bundle,
    Vault,
    Request,
    KeyPackage,
    Certificate,
}

/// What it knows and how often it lies.
pub(crate) struct Liar {
    rng: ChaCha20Rng,
    /// Lies in a thousand places where it could.
    often: u32,
    blobs: BTreeMap<Blob, Vec<Bytes>>,
    entries: Vec<Entry>,
    rooms: BTreeSet<RoomId>,
    /// Lies told.
    pub(crate) told: usize,
}

impl Liar {
    pub(crate) fn new(seed: u64) -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(seed ^ 0x11A2);
        let often = 5 + below(&mut rng, 120) as u32;
        Self {
            rng,
            often,
            blobs: BTreeMap::new(),
            entries: Vec::new(),
            rooms: BTreeSet::new(),
            told: 0,
        }
    }

    /// Whether it lies this time.
    fn lies(&mut self) -> bool {
        let lies = chance(&mut self.rng, self.often);
        self.told += usize::from(lies);
        lies
    }

    /// One of many ways to lie.
    fn way(&mut self, ways: u64) -> u64 {
        below(&mut self.rng, ways)
    }

    /// An answer, as it reaches the client.
    pub(crate) fn answer(
        &mut self,
        answer: Result<Reply, CallError>,
        now: Timestamp,
    ) -> Result<Reply, CallError> {
        let reply = answer?;
        if chance(&mut self.rng, self.often / 4) {
            self.told += 1;
            let code = *pick(&mut self.rng, &EXCUSES).expect("some");
            return Err(CallError::Refused(ErrorBody::new(code, now)));
        }
        Ok(self.twist(reply))
    }

    /// Another blob in the place of one: nothing, garbage, a part, one changed bit, or one from elsewhere or before.
    fn blob(&mut self, kind: Blob, bytes: &mut Bytes) {
        let known = self.blobs.entry(kind).or_default();
        if !known.contains(bytes) {
            known.push(bytes.clone());
        }
        if !self.lies() {
            return;
        }
        let len = bytes.len() as u64;
        match self.way(8) {
            0 => bytes.0.clear(),
            1 => {
                let mut garbage = vec![0; 1 + self.way(300) as usize];
                self.rng.fill_bytes(&mut garbage);
                bytes.0 = garbage;
            }
            2 => bytes.0.truncate(self.way(len.max(1)) as usize),
            3 if len > 0 => {
                let at = self.way(len) as usize;
                bytes.0[at] ^= 1 << self.way(8);
            }
            _ => {
                let known = &self.blobs[&kind];
                if let Some(other) = pick(&mut self.rng, known) {
                    *bytes = other.clone();
                }
            }
        }
    }

    /// A list with something missing, twice, elsewhere, or with nothing in it.
    fn list<T: Clone>(&mut self, list: &mut Vec<T>) {
        if list.is_empty() || !self.lies() {
            return;
        }
        let at = self.way(list.len() as u64) as usize;
        match self.way(5) {
            0 => list.clear(),
            1 => list.truncate(at),
            2 => drop(list.remove(at)),
            3 => list.insert(at, list[at].clone()),
            _ => list.reverse(),
        }
    }

    /// A number that is not so.
    fn number(&mut self, number: &mut u64) {
        if !self.lies() {
            return;
        }
        *number = match self.way(4) {
            0 => 0,
            1 => number.saturating_sub(1 + self.way(3)),
            2 => number.saturating_add(1 + self.way(3)),
            _ => u64::from(u32::MAX) + self.way(1_000),
        };
    }

    fn some_room(&mut self) -> Option<RoomId> {
        let rooms: Vec<RoomId> = self.rooms.iter().copied().collect();
        pick(&mut self.rng, &rooms).copied()
    }
}

impl World {
    /// From now on the server lies.
    pub(crate) fn begins_to_lie(&mut self, seed: u64) {
        self.liar = Some(Liar::new(seed));
    }

    /// From now on it tells the truth. Whoever heard lies over an open connection gets another one, as after any
    /// operator's repair.
    pub(crate) fn stops_lying(&mut self) {
        let Some(liar) = self.liar.take() else {
            return;
        };
        self.lies += liar.told;
        for who in self.everybody() {
            self.cut(who);
        }
    }
}
