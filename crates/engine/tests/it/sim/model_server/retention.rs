//! Old commits and proposals: the bodies go, the places and hashes stay.

use protocol::{
    bytes::Bytes,
    limits::HANDSHAKES_KEPT_MILLIS,
    log::{Body, Deleted},
};
use sha2::{Digest as _, Sha256};

use super::{ModelServer, rooms::RoomRecord};

/// They are looked for this often.
const SWEEP_MS: u64 = 86_400_000;

impl ModelServer {
    pub(super) fn drop_handshakes(&mut self) {
        if self.now < self.swept.plus(SWEEP_MS) {
            return;
        }
        self.swept = self.now;
        let oldest = self.now.millis().saturating_sub(HANDSHAKES_KEPT_MILLIS);
        for room in self.rooms.values_mut() {
            drop_old(room, oldest);
        }
    }
}

/// Those up to the tree snapshot lead nowhere any more. The last commit stays.
fn drop_old(room: &mut RoomRecord, oldest: u64) {
    let (tree, last) = (room.side.tree.seq, room.last_commit());
    for entry in &mut room.log {
        let old = entry.timestamp.millis() < oldest && entry.seq <= tree && entry.seq < last;
        if !old || !entry.body.is_handshake() {
            continue;
        }
        if let (Some(was), Some(body)) = (entry.body.kind_byte(), entry.body.canonical()) {
            let body_hash = Bytes(Sha256::digest(body).to_vec());
            entry.body = Body::Deleted(Deleted { body_hash, was });
        }
    }
}
