//! Sockets by what they listen to, apart from rooms.

use std::{collections::HashMap, hash::Hash, sync::Arc};

use super::peer::{LineId, Peer};

/// Sockets by account, device or session.
pub(super) struct Groups<K>(HashMap<K, Vec<Arc<Peer>>>);

impl<K> Default for Groups<K> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<K: Hash + Eq> Groups<K> {
    pub(super) fn of(&self, key: &K) -> &[Arc<Peer>] {
        self.0.get(key).map_or(&[], Vec::as_slice)
    }

    pub(super) fn add(&mut self, key: K, peer: &Arc<Peer>) {
        let group = self.0.entry(key).or_default();
        if group.iter().all(|other| other.id() != peer.id()) {
            group.push(peer.clone());
        }
    }

    pub(super) fn remove(&mut self, key: &K, id: LineId) {
        if let Some(group) = self.0.get_mut(key) {
            group.retain(|peer| peer.id() != id);
            if group.is_empty() {
                self.0.remove(key);
            }
        }
    }
}
