//! Calls as packets in flight: HTTP calls overtake each other, and any of them is delayed, lost or doubled.

use engine::api::{CallError, CallId, Input};
use protocol::{
    call::{Call, Reply},
    events::Push,
};

use super::{
    model_server::{Answer, ConnectionId, Origin},
    person::Who,
    world::World,
};

/// Something that will happen.
#[derive(Debug)]
pub(crate) enum Happening {
    /// A request or socket event reaches the server. Nobody waits for the answer to a double.
    Request {
        who: Who,
        life: u64,
        id: CallId,
        origin: Origin,
        call: Box<Call>,
        answered: bool,
    },
    /// An answer, or the end of the patience for one, reaches the client.
    Answer {
        who: Who,
        life: u64,
        id: CallId,
        over: Option<ConnectionId>,
        result: Box<Result<Reply, CallError>>,
    },
    /// The server sends an answer that it has had for a while.
    LateAnswer {
        who: Who,
        life: u64,
        id: CallId,
        over: Option<ConnectionId>,
        result: Box<Result<Reply, CallError>>,
    },
    /// A push reaches the client.
    Push {
        who: Who,
        over: ConnectionId,
        push: Push,
    },
    /// A new socket reaches the server.
    Knock {
        who: Who,
        connection: ConnectionId,
        token: String,
    },
    /// A socket opens at the client.
    Open { who: Who, connection: ConnectionId },
    /// The client notices that its socket is gone.
    Noticed { who: Who, connection: ConnectionId },
    /// The server notices that a socket is gone.
    Forgotten { connection: ConnectionId },
    /// The client tries to connect again.
    Redial { who: Who },
    /// A socket's reader catches up.
    Unstalled { who: Who, connection: ConnectionId },
    /// The link is up again.
    LinkUp { who: Who },
    /// The time that an engine asked for, if no other input came before.
    Wake { who: Who, inputs: u64 },
    /// A crashed program starts again.
    Restart { who: Who },
}

impl Happening {
    /// The client that it is about, if there is one.
    pub(super) const fn client(&self) -> Option<Who> {
        match self {
            Self::Request { who, .. }
            | Self::Answer { who, .. }
            | Self::LateAnswer { who, .. }
            | Self::Push { who, .. }
            | Self::Knock { who, .. }
            | Self::Open { who, .. }
            | Self::Noticed { who, .. }
            | Self::Redial { who }
            | Self::Unstalled { who, .. }
            | Self::LinkUp { who }
            | Self::Wake { who, .. }
            | Self::Restart { who } => Some(*who),
            Self::Forgotten { .. } => None,
        }
    }
}

/// Whether a network may deliver a request twice: a client's own retries look the same.
fn may_be_doubled(call: &Call) -> bool {
    matches!(
        call,
        Call::Commit(..)
            | Call::Propose(..)
            | Call::CreateRoom(_)
            | Call::AckMail(_)
            | Call::Mailbox { .. }
            | Call::ClaimKeyPackages(_)
            | Call::WriteVault(_)
            | Call::RepairSide(..)
            | Call::SideFiles(_)
            | Call::PutLink(..)
            | Call::DeleteLink(..)
            | Call::EnterRoom(..)
            | Call::FollowHandshakes(..)
            | Call::AskReadmission(..)
            | Call::DropReadmission(_)
    )
}

impl World {
    pub(crate) fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Request {
                who,
                life,
                id,
                origin,
                call,
                answered,
            } => {
                self.request(who, life, id, &origin, *call, answered);
            }
            Happening::Answer {
                who,
                life,
                id,
                over,
                result,
            } => {
                self.answer(who, life, id, over, *result);
            }
            Happening::LateAnswer {
                who,
                life,
                id,
                over,
                result,
            } => self.reply(who, life, id, over, *result),
            Happening::Push { who, over, push } => {
                if self.hears(who, over) {
                    self.feed(who, Input::Push(push));
                }
            }
            Happening::Knock {
                who,
                connection,
                token,
            } => self.knock(who, connection, &token),
            Happening::Open { who, connection } => self.open(who, connection),
            Happening::Noticed { who, connection } => self.noticed(who, connection),
            Happening::Forgotten { connection } => self.server.disconnect(connection),
            Happening::Redial { who } => {
                self.person_mut(who).redialing = false;
                self.dial(who);
            }
            Happening::Unstalled { who, connection } => self.unstalled(who, connection),
            Happening::LinkUp { who } => {
                self.person_mut(who).link_up = true;
                self.dial(who);
            }
            Happening::Wake { who, inputs } => {
                if self.person(who).inputs == inputs {
                    self.feed(who, Input::Wake);
                }
            }
            Happening::Restart { who } => self.restart(who),
        }
    }

    /// Sends one call of an engine on its way.
    pub(crate) fn send(&mut self, who: Who, id: CallId, call: Call, token: Option<String>) {
        if call.is_event() {
            self.send_event(who, id, call);
        } else {
            self.send_request(who, id, call, token);
        }
    }

    fn send_request(&mut self, who: Who, id: CallId, call: Call, token: Option<String>) {
        let life = self.person(who).life;
        if !self.person(who).link_up || self.chance(self.faults.request_lost) {
            return self.give_up(who, life, id, None);
        }
        let origin = Origin {
            token,
            connection: None,
        };
        if may_be_doubled(&call) && self.chance(self.faults.doubled) {
            let wait = self.delay() + self.delay();
            let (origin, call) = (origin.clone(), Box::new(call.clone()));
            self.after(
                wait,
                Happening::Request {
                    who,
                    life,
                    id,
                    origin,
                    call,
                    answered: false,
                },
            );
        }
        let wait = self.delay();
        let call = Box::new(call);
        self.after(
            wait,
            Happening::Request {
                who,
                life,
                id,
                origin,
                call,
                answered: true,
            },
        );
    }

    fn send_event(&mut self, who: Who, id: CallId, call: Call) {
        let now = self.now;
        let life = self.person(who).life;
        let wait = self.delay();
        if self.person(who).socket.is_some() && self.chance(self.faults.cut) {
            self.cut(who);
        }
        let Some(socket) = self.people[who.0]
            .socket
            .as_mut()
            .filter(|socket| socket.open)
        else {
            return self.give_up(who, life, id, None);
        };
        socket.unanswered.insert(id);
        if socket.cut {
            return;
        }
        socket.to_server = socket.to_server.max(now + wait);
        let (when, connection) = (socket.to_server, socket.id);
        let origin = Origin {
            token: Some(socket.token.clone()),
            connection: Some(connection),
        };
        let call = Box::new(call);
        self.at(
            when,
            Happening::Request {
                who,
                life,
                id,
                origin,
                call,
                answered: true,
            },
        );
        if self.chance(self.faults.impatient) {
            self.give_up(who, life, id, Some(connection));
        }
    }

    /// No answer will come in time.
    fn give_up(&mut self, who: Who, life: u64, id: CallId, over: Option<ConnectionId>) {
        let wait = 1 + self.below(self.faults.delay * 3);
        let result = Box::new(Err(CallError::Gone));
        self.after(
            wait,
            Happening::Answer {
                who,
                life,
                id,
                over,
                result,
            },
        );
    }

    fn request(
        &mut self,
        who: Who,
        life: u64,
        id: CallId,
        origin: &Origin,
        call: Call,
        answered: bool,
    ) {
        let over = origin.connection;
        if let Some(connection) = over {
            if self.cut_off(who, connection) || !self.server.has_socket(connection) {
                return;
            }
        } else if !self.person(who).link_up {
            if answered {
                self.give_up(who, life, id, None);
            }
            return;
        }
        let now = self.server_time();
        // It changes nothing on the server, so nothing is pushed because of it.
        let late = matches!(call, Call::RoomHistory(_)) && self.chance(self.faults.late_page);
        let result: Answer = self.server.call(origin, call, now);
        self.trace.line(self.now, "server", || {
            let short = result.as_ref().map(super::recorder::brief_reply);
            format!("{} {id:?}: {:?}", who.0, short.map_err(|body| body.code))
        });
        let outgoing = self.server.take_outgoing();
        let mut result = result.map_err(CallError::Refused);
        if let Some(liar) = &mut self.liar {
            result = liar.answer(result, now);
        }
        if late {
            let (wait, result) = (self.delay(), Box::new(result));
            return self.after(
                wait,
                Happening::LateAnswer {
                    who,
                    life,
                    id,
                    over,
                    result,
                },
            );
        }
        // An acknowledgement and a push of the same thing race; only the order per socket is kept.
        let ack_first = self.chance(500);
        if answered && ack_first {
            self.reply(who, life, id, over, result.clone());
        }
        self.push_all(outgoing);
        if answered && !ack_first {
            self.reply(who, life, id, over, result);
        }
    }

    fn reply(
        &mut self,
        who: Who,
        life: u64,
        id: CallId,
        over: Option<ConnectionId>,
        result: Result<Reply, CallError>,
    ) {
        let wait = self.delay();
        let result = Box::new(result);
        match over {
            Some(connection) => {
                if let Some(when) = self.next_on(who, connection, wait) {
                    self.at(
                        when,
                        Happening::Answer {
                            who,
                            life,
                            id,
                            over,
                            result,
                        },
                    );
                }
            }
            None if self.chance(self.faults.answer_lost) => self.give_up(who, life, id, None),
            None => self.after(
                wait,
                Happening::Answer {
                    who,
                    life,
                    id,
                    over,
                    result,
                },
            ),
        }
    }

    fn answer(
        &mut self,
        who: Who,
        life: u64,
        id: CallId,
        over: Option<ConnectionId>,
        result: Result<Reply, CallError>,
    ) {
        if self.person(who).life != life {
            return;
        }
        let mut result = result;
        if let Some(connection) = over {
            if !self.hears(who, connection) {
                return;
            }
            let socket = self.person_mut(who).socket.as_mut();
            // Who was impatient does not hear the late answer.
            if !socket.is_some_and(|socket| socket.unanswered.remove(&id)) {
                return;
            }
        } else if !self.person(who).link_up {
            result = Err(CallError::Gone);
        }
        self.feed(who, Input::Answer(id, result));
    }
}
