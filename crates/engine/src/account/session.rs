//! The session with the server.

use protocol::{ids::DeviceId, rest::Session as Answer, time::Timestamp};
use serde::{Deserialize, Serialize};

use crate::{api::Space, records, turn::Turn};

pub(crate) const ROW: &[u8] = b"session";

/// A session that stands until the server says otherwise.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Session {
    pub(crate) token: String,
    pub(crate) expires: Timestamp,
    #[serde(default)]
    pub(crate) device: Option<DeviceId>,
}

impl From<&Answer> for Session {
    fn from(answer: &Answer) -> Self {
        Self {
            token: answer.token.clone(),
            expires: answer.expires,
            device: answer.device_id,
        }
    }
}

impl Session {
    pub(crate) fn save(&self, turn: &mut Turn<'_>) {
        turn.put(Space::Account, ROW, records::encode(self));
    }

    pub(crate) fn forget(turn: &mut Turn<'_>) {
        turn.delete(Space::Account, ROW);
    }
}
