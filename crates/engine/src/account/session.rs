//! The session with the server.

use protocol::{ids::DeviceId, rest::Session as Answer, time::Timestamp};
use serde::{Deserialize, Serialize};

use crate::{api::Space, records, turn::Turn};

pub(crate) const ROW: &[u8] = b"session";
/// The row of the last token, once its session has ended.
pub(crate) const FORMER_ROW: &[u8] = b"session-former";

/// A session that stands until the server says otherwise.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Session {
    pub(crate) token: String,
    pub(crate) expires: Timestamp,
    #[serde(default)]
    pub(crate) device: Option<DeviceId>,
    /// The token under which it goes on if a change of password was taken whose answer did not come.
    #[serde(default)]
    pub(crate) next: Option<String>,
}

impl From<&Answer> for Session {
    fn from(answer: &Answer) -> Self {
        Self {
            token: answer.token.clone(),
            expires: answer.expires,
            device: answer.device_id,
            next: None,
        }
    }
}

impl Session {
    pub(crate) fn save(&self, turn: &mut Turn<'_>) {
        turn.put(Space::Account, ROW, records::encode(self));
    }

    /// It is over. Its token opens nothing any more, but by it the server knows this device when it logs in again.
    pub(crate) fn end(self, turn: &mut Turn<'_>) -> String {
        turn.delete(Space::Account, ROW);
        turn.put(Space::Account, FORMER_ROW, self.token.clone().into_bytes());
        self.token
    }
}
