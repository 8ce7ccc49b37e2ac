//! All bytes that ever came to the server with something sealed in them: what a thief of everything that passed through
//! it would have.

use std::{collections::BTreeMap, sync::Arc};

use protocol::{
    call::Call,
    ids::{AccountId, RoomId, Seq},
};

use super::{ModelServer, Origin};

/// One request.
#[derive(Clone)]
pub(crate) struct Given {
    /// Who asked, where it is an account with a session.
    pub(crate) account: Option<AccountId>,
    pub(crate) call: Arc<Call>,
    /// Whether the server did what it says.
    pub(crate) taken: bool,
    /// Where the logs of all rooms stood before it.
    pub(crate) at: Arc<BTreeMap<RoomId, Seq>>,
}

impl ModelServer {
    /// All that it was given, in order.
    pub(crate) fn given(&self) -> &[Given] {
        &self.given
    }

    /// Writes a request down; answers its place, if it carries anything sealed.
    pub(super) fn note(&mut self, origin: &Origin, call: &Call) -> Option<usize> {
        let sealed = matches!(
            call,
            Call::RegisterFinish(_)
                | Call::RevokeDevices(_)
                | Call::SendMail(_)
                | Call::WriteVault(_)
                | Call::CreateRoom(_)
                | Call::PutLink(..)
                | Call::RepairSide(..)
                | Call::Commit(..)
        );
        if !sealed || (origin.token.is_none() && !matches!(call, Call::RegisterFinish(_))) {
            return None;
        }
        let dated = matches!(call, Call::RevokeDevices(_) | Call::PutLink(..));
        let rooms = self.rooms.iter().filter(|_| dated);
        let given = Given {
            account: self.session(origin).map(|session| session.account).ok(),
            call: Arc::new(call.clone()),
            taken: false,
            at: Arc::new(rooms.map(|(id, room)| (*id, room.last_seq())).collect()),
        };
        self.given.push(given);
        Some(self.given.len() - 1)
    }

    pub(super) fn note_answer(&mut self, noted: Option<usize>, taken: bool) {
        if let Some(given) = noted.and_then(|noted| self.given.get_mut(noted)) {
            given.taken = taken;
        }
    }
}
