//! Sessions that ended a moment ago. A socket is admitted first and registered a little later: one whose session ended
//! in between was not there to be told, and is told when it registers.

use std::{collections::HashMap, sync::Arc};

use protocol::time::Timestamp;

use super::peer::Event;
use crate::store::session::TokenHash;

/// Far longer than a socket may take from its admission to its registration.
const REMEMBERED_MILLIS: u64 = 60_000;

/// What sockets of ended sessions are to be told.
#[derive(Default)]
pub(super) struct Ended(HashMap<TokenHash, (Arc<Event>, Timestamp)>);

impl Ended {
    /// A session ended now.
    pub(super) fn note(&mut self, token: TokenHash, event: &Arc<Event>, now: Timestamp) {
        self.0
            .retain(|_, (_, at)| now.since(*at) < REMEMBERED_MILLIS);
        self.0.insert(token, (Arc::clone(event), now));
    }

    /// The last word to a socket of a session that is over.
    pub(super) fn last_word(&self, token: &TokenHash) -> Option<Arc<Event>> {
        self.0.get(token).map(|(event, _)| Arc::clone(event))
    }
}
