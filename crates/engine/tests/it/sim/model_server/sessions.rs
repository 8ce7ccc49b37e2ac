//! Sessions as their owner sees and ends them, and a token in place of another.

use protocol::{
    call::Reply,
    error::ErrorCode,
    ids::{AccountId, SessionId},
    limits,
    rest::{ListedSession, Session, Sessions},
};

use super::{ModelServer, Origin, Refusal};

const DAY: u64 = 86_400_000;

/// In a list a session is called by the other half of its token: nobody comes in with that here, and it is as good as a
/// name.
fn id_of(token: &str) -> SessionId {
    let mut bytes = [0_u8; 16];
    for (place, byte) in token.bytes().enumerate() {
        bytes[place % 16] = bytes[place % 16].wrapping_mul(31).wrapping_add(byte);
    }
    SessionId::from_bytes(bytes)
}

impl ModelServer {
    pub(super) fn list_sessions(&self, origin: &Origin) -> Result<Reply, Refusal> {
        let account = self.session_account(origin)?;
        let standing = self.sessions.iter();
        let standing = standing.filter(|(_, it)| it.account == account && !it.ended);
        let sessions = standing.map(|(token, it)| ListedSession {
            id: id_of(token),
            device_id: it.device,
            created: it.started,
            last_used: protocol::time::Timestamp::from_millis(self.now.millis() / DAY * DAY),
            expires: self.now.plus(limits::SESSION_IDLE_MILLIS),
            current: origin.token.as_ref() == Some(token),
        });
        Ok(Reply::Sessions(Sessions {
            sessions: sessions.collect(),
        }))
    }

    pub(super) fn end_session(&mut self, origin: &Origin, id: SessionId) -> Result<Reply, Refusal> {
        let account = self.session_account(origin)?;
        let ended = self.end(account, |token| id_of(token) == id);
        if ended == 0 {
            return Err(ErrorCode::NotFound.into());
        }
        Ok(Reply::Done)
    }

    pub(super) fn end_other_sessions(&mut self, origin: &Origin) -> Result<Reply, Refusal> {
        let account = self.session_account(origin)?;
        let own = origin.token.clone();
        self.end(account, |token| own.as_deref() != Some(token));
        Ok(Reply::Done)
    }

    fn end(&mut self, account: AccountId, which: impl Fn(&str) -> bool) -> usize {
        let mut tokens = Vec::new();
        for (token, session) in &mut self.sessions {
            if session.account == account && !session.ended && which(token) {
                session.ended = true;
                tokens.push(token.clone());
            }
        }
        for token in &tokens {
            self.close_sockets_of(token);
        }
        tokens.len()
    }

    /// The session goes on under a new token. Sockets under the old one close without a word.
    pub(super) fn turn_token(&mut self, origin: &Origin) -> Result<Session, Refusal> {
        let record = self.session(origin)?.clone();
        let old = origin.token.clone().unwrap_or_default();
        let token = AccountId::from_bytes(self.draw_16()).to_string();
        if let Some(session) = self.sessions.get_mut(&old) {
            session.ended = true;
        }
        let (account, device) = (record.account, record.device);
        self.sessions.insert(token.clone(), record);
        self.drop_sockets_of(&old);
        Ok(self.show_session(account, device, token))
    }
}
