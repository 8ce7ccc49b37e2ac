//! Logins between their two legs: in memory, for a minute, bounded.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, PoisonError},
};

use protocol::{
    ids::LoginId, limits::LOGIN_LEG_MILLIS, names::UserName, rest::RootBoxes, time::Timestamp,
};

use super::opaque::LoginState;
use protocol::ids::AccountId;

/// Logins that may wait at once; then the oldest gives way.
const WAITING: usize = 16_384;

/// What the second leg needs.
pub(crate) struct PendingLogin {
    pub(crate) name: UserName,
    pub(crate) state: LoginState,
    /// The account, if the name is one's.
    pub(crate) account: Option<(AccountId, Vec<u8>, RootBoxes)>,
}

/// The table of pending logins.
#[derive(Default)]
pub(crate) struct PendingLogins(Mutex<Table>);

#[derive(Default)]
struct Table {
    logins: HashMap<LoginId, PendingLogin>,
    /// Oldest first; a login that was taken leaves its place here until it is old.
    order: VecDeque<(Timestamp, LoginId)>,
}

impl PendingLogins {
    /// Keeps a login for its second leg.
    pub(crate) fn keep(&self, id: LoginId, login: PendingLogin, now: Timestamp) {
        let mut table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        table.forget_old(now);
        if table.order.len() >= WAITING {
            table.forget_oldest();
        }
        table.order.push_back((now, id));
        table.logins.insert(id, login);
    }

    /// Takes a login out: a second leg has one try.
    pub(crate) fn take(&self, id: LoginId, now: Timestamp) -> Option<PendingLogin> {
        let mut table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        table.forget_old(now);
        table.logins.remove(&id)
    }
}

impl Table {
    fn forget_old(&mut self, now: Timestamp) {
        while self
            .order
            .front()
            .is_some_and(|(kept, _)| now.since(*kept) >= LOGIN_LEG_MILLIS)
        {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        if let Some((_, id)) = self.order.pop_front() {
            self.logins.remove(&id);
        }
    }
}
