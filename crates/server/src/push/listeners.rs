//! Sockets of accounts that went out of a room: for a while they still hear its unlogged events, so that a client can
//! ask whether the others agree that it is out (PROTOCOL section 1).

use std::{collections::HashMap, sync::Arc};

use protocol::{ids::RoomId, time::Timestamp};

use super::peer::{LineId, Peer};

/// So long after the commit that took the account out.
pub(crate) const HEARD_AFTER_REMOVAL_MILLIS: u64 = 24 * 3_600_000;

/// Who still listens, and until when.
#[derive(Default)]
pub(super) struct Listeners(HashMap<RoomId, Vec<(Arc<Peer>, Timestamp)>>);

impl Listeners {
    /// Lets a socket listen until then.
    pub(super) fn add(&mut self, room: RoomId, peer: &Arc<Peer>, until: Timestamp) {
        self.remove(room, peer.id());
        self.0.entry(room).or_default().push((peer.clone(), until));
    }

    /// The sockets that listen to a room now.
    pub(super) fn of(&mut self, room: RoomId, now: Timestamp) -> impl Iterator<Item = &Arc<Peer>> {
        if let Some(listeners) = self.0.get_mut(&room) {
            listeners.retain(|(_, until)| *until > now);
            if listeners.is_empty() {
                self.0.remove(&room);
            }
        }
        self.0
            .get(&room)
            .into_iter()
            .flatten()
            .map(|(peer, _)| peer)
    }

    /// A socket listens no more.
    pub(super) fn remove(&mut self, room: RoomId, id: LineId) {
        if let Some(listeners) = self.0.get_mut(&room) {
            listeners.retain(|(peer, _)| peer.id() != id);
            if listeners.is_empty() {
                self.0.remove(&room);
            }
        }
    }

    /// A socket is gone.
    pub(super) fn remove_all(&mut self, id: LineId) {
        self.0.retain(|_, listeners| {
            listeners.retain(|(peer, _)| peer.id() != id);
            !listeners.is_empty()
        });
    }
}
