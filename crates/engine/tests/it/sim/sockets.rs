//! Sockets: what crosses one stays in order, until it is cut and each end notices in its own time.

use std::collections::BTreeSet;

use engine::api::{CallError, Input};
use protocol::events::Push;

use super::{
    model_server::{ConnectionId, Outgoing},
    network::Happening,
    person::{Socket, Who},
    world::World,
};

impl World {
    /// When the next packet to the client arrives; none if the socket is cut.
    pub(super) fn next_on(&mut self, who: Who, connection: ConnectionId, wait: u64) -> Option<u64> {
        let earliest = self.now + wait;
        let socket = self.person_mut(who).socket.as_mut()?;
        if socket.id != connection || socket.cut {
            return None;
        }
        socket.to_client = socket.to_client.max(earliest);
        Some(socket.to_client)
    }

    pub(super) fn push_all(&mut self, outgoing: Vec<Outgoing>) {
        for out in outgoing {
            let (Outgoing::Push(connection, _) | Outgoing::Close(connection)) = &out;
            let connection = *connection;
            let Some(who) = self.owner(connection) else {
                continue;
            };
            if self.chance(self.faults.cut) {
                self.cut(who);
            }
            let wait = self.delay();
            match out {
                Outgoing::Push(_, push) => self.push(who, connection, push, wait),
                Outgoing::Close(_) => {
                    if let Some(when) = self.next_on(who, connection, wait) {
                        self.at(when, Happening::Noticed { who, connection });
                    }
                }
            }
        }
    }

    /// Carries what the server pushed of its own accord.
    pub(crate) fn flush_pushes(&mut self) {
        let outgoing = self.server.take_outgoing();
        self.push_all(outgoing);
    }

    fn push(&mut self, who: Who, connection: ConnectionId, push: Push, wait: u64) {
        let pushes = match &mut self.liar {
            Some(liar) => liar.push(push),
            None => vec![push],
        };
        for push in pushes {
            self.push_on(who, connection, push, wait);
        }
    }

    fn push_on(&mut self, who: Who, connection: ConnectionId, push: Push, wait: u64) {
        let ends = matches!(push, Push::SessionEnded(_));
        if let Some(socket) = &mut self.people[who.0].socket
            && socket.stalled
            && !ends
        {
            socket.missed = true;
            return;
        }
        let times = if !ends && self.chance(self.faults.doubled) {
            2
        } else {
            1
        };
        for _ in 0..times {
            let push = push.clone();
            if let Some(when) = self.next_on(who, connection, wait) {
                let over = connection;
                self.at(when, Happening::Push { who, over, push });
            }
        }
    }

    fn owner(&self, connection: ConnectionId) -> Option<Who> {
        self.everybody().into_iter().find(|who| {
            let socket = self.person(*who).socket.as_ref();
            socket.is_some_and(|socket| socket.id == connection)
        })
    }

    /// Whether the client still hears this socket.
    pub(super) fn hears(&self, who: Who, connection: ConnectionId) -> bool {
        let socket = self.person(who).socket.as_ref();
        socket.is_some_and(|socket| socket.id == connection && socket.open && !socket.cut)
    }

    /// Whether the socket's packets no longer cross.
    pub(super) fn cut_off(&self, who: Who, connection: ConnectionId) -> bool {
        let socket = self.person(who).socket.as_ref();
        !socket.is_some_and(|socket| socket.id == connection && !socket.cut)
    }

    /// Tries to connect if there is a session and no socket.
    pub(crate) fn dial(&mut self, who: Who) {
        let person = &self.people[who.0];
        let token = person
            .engine
            .as_ref()
            .and_then(|engine| engine.session_token());
        let (Some(token), None, false) = (token, &person.socket, person.redialing) else {
            return;
        };
        let token = token.to_owned();
        if !person.link_up {
            return;
        }
        self.connections += 1;
        let connection = ConnectionId(self.connections);
        let wait = self.delay();
        let socket = Socket {
            id: connection,
            token: token.clone(),
            open: false,
            cut: false,
            stalled: false,
            missed: false,
            to_server: 0,
            to_client: 0,
            unanswered: BTreeSet::new(),
        };
        self.person_mut(who).socket = Some(socket);
        self.after(
            wait,
            Happening::Knock {
                who,
                connection,
                token,
            },
        );
    }

    pub(super) fn knock(&mut self, who: Who, connection: ConnectionId, token: &str) {
        if self.cut_off(who, connection) {
            return;
        }
        let now = self.server_time();
        let wait = self.delay();
        match self.server.connect(connection, token, now) {
            Ok(()) => {
                if let Some(when) = self.next_on(who, connection, wait) {
                    self.at(when, Happening::Open { who, connection });
                }
            }
            Err(body) => {
                // Only the end of a session is told; anything else (a session without a device yet) is tried again.
                if body.code.status() == 401 {
                    if let Some(socket) = &mut self.person_mut(who).socket {
                        socket.open = true;
                    }
                    self.push(who, connection, Push::SessionEnded(body), wait);
                }
                if let Some(when) = self.next_on(who, connection, wait) {
                    self.at(when, Happening::Noticed { who, connection });
                }
            }
        }
    }

    pub(super) fn open(&mut self, who: Who, connection: ConnectionId) {
        if self.cut_off(who, connection) {
            return;
        }
        if let Some(socket) = &mut self.person_mut(who).socket {
            socket.open = true;
        }
        self.feed(who, Input::Connected);
    }

    /// Cuts somebody's socket: both ends notice later, each in its own time.
    pub(crate) fn cut(&mut self, who: Who) {
        let (client, server) = (1 + self.below(20_000), 1 + self.below(20_000));
        let Some(socket) = self.people[who.0]
            .socket
            .as_mut()
            .filter(|socket| !socket.cut)
        else {
            return;
        };
        socket.cut = true;
        let connection = socket.id;
        self.after(client, Happening::Noticed { who, connection });
        self.after(server, Happening::Forgotten { connection });
    }

    pub(super) fn noticed(&mut self, who: Who, connection: ConnectionId) {
        let person = self.person_mut(who);
        let Some(socket) = person.socket.take_if(|socket| socket.id == connection) else {
            return;
        };
        let wait = 1 + self.below(3_000);
        self.after(wait, Happening::Forgotten { connection });
        if socket.open {
            // Some drivers end what was in flight one by one, some leave it to the one word.
            if self.chance(500) {
                for id in socket.unanswered {
                    self.feed(who, Input::Answer(id, Err(CallError::Gone)));
                }
            }
            self.feed(who, Input::Disconnected);
        }
        let person = self.person_mut(who);
        if person.socket.is_none() && !person.redialing {
            person.redialing = true;
            self.after(wait, Happening::Redial { who });
        }
    }

    /// After an input: a new session needs a new socket, no session needs none.
    pub(crate) fn tend_socket(&mut self, who: Who) {
        let person = &self.people[who.0];
        let Some(engine) = &person.engine else {
            return;
        };
        let Some(socket) = &person.socket else {
            return self.dial(who);
        };
        if engine.session_token() != Some(socket.token.as_str()) && !socket.cut {
            let connection = socket.id;
            if let Some(socket) = &mut self.person_mut(who).socket {
                socket.cut = true;
            }
            self.after(1, Happening::Noticed { who, connection });
        }
    }

    /// Somebody reads too slowly for a while.
    pub(crate) fn stall(&mut self, who: Who, wait: u64) {
        let Some(socket) = &mut self.people[who.0].socket else {
            return;
        };
        socket.stalled = true;
        let connection = socket.id;
        self.after(wait, Happening::Unstalled { who, connection });
    }

    pub(super) fn unstalled(&mut self, who: Who, connection: ConnectionId) {
        let Some(socket) = &mut self.people[who.0].socket else {
            return;
        };
        if socket.id != connection {
            return;
        }
        socket.stalled = false;
        if std::mem::take(&mut socket.missed) {
            let wait = self.delay();
            self.push(who, connection, Push::Missed, wait);
        }
    }

    /// Takes somebody's link down for a while.
    pub(crate) fn link_down(&mut self, who: Who, wait: u64) {
        self.cut(who);
        self.person_mut(who).link_up = false;
        self.after(wait, Happening::LinkUp { who });
    }
}
