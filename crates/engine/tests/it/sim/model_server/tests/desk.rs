//! A server with three people who have registered.

use super::*;

pub(super) fn identifiers(name: &UserName) -> Identifiers<'_> {
    Identifiers {
        client: Some(name.as_str().as_bytes()),
        server: Some(SERVER_IDENTITY),
    }
}

/// A server with three people, and what talks to it.
#[derive(Clone)]
pub(super) struct Desk {
    pub(super) server: ModelServer,
    pub(super) tokens: [String; 4],
    pub(super) now: Timestamp,
}

/// Registration stretches a password for some 100 ms, so the three register once.
static DESK: LazyLock<Desk> = LazyLock::new(|| {
    let mut desk = Desk {
        server: ModelServer::new(1),
        tokens: Default::default(),
        now: Timestamp::from_millis(1_000),
    };
    for who in [ALICE, BOB, CAROL] {
        desk.tokens[usize::from(who)] = desk.register(who);
    }
    desk
});

impl Desk {
    pub(super) fn open() -> Self {
        DESK.clone()
    }

    pub(super) fn register(&mut self, who: u8) -> String {
        let mut rng = ChaCha20Rng::seed_from_u64(u64::from(who));
        let name = name(who);
        let start = ClientRegistration::<Suite>::start(&mut rng, b"long password").unwrap();
        let request = RegisterStart {
            username: name.clone(),
            start: start.message.serialize().to_vec().into(),
            invite: None,
        };
        let Ok(Reply::RegisterStarted(started)) = self.call(0, Call::RegisterStart(request)) else {
            panic!("the first leg was refused");
        };
        let response = RegistrationResponse::deserialize(started.response.as_slice()).unwrap();
        let parameters = ClientRegistrationFinishParameters::new(identifiers(&name), None);
        let finish = start
            .state
            .finish(&mut rng, b"long password", response, parameters)
            .unwrap();
        let request = RegisterFinish {
            username: name.clone(),
            finish: finish.message.serialize().to_vec().into(),
            account_id: account(who),
            identity_key: vec![who; 32].into(),
            token_hash: vec![7; 32].into(),
            root_box: RootBoxes {
                by_password: vec![1].into(),
                by_code: vec![2].into(),
            },
            vault: vec![],
            device: NewDevice {
                device_id: device(who),
                certificate: vec![3].into(),
                key_packages: vec![vec![10].into(), vec![11].into()],
                last_resort: vec![12].into(),
            },
            invite: None,
        };
        let Ok(Reply::Session(session)) = self.call(0, Call::RegisterFinish(Box::new(request)))
        else {
            panic!("the second leg was refused");
        };
        session.token
    }

    pub(super) fn origin(&self, who: u8) -> Origin {
        Origin {
            token: Some(self.tokens[usize::from(who)].clone()),
            connection: Some(ConnectionId(u64::from(who))),
        }
    }

    pub(super) fn call(&mut self, who: u8, call: Call) -> Answer {
        let origin = self.origin(who);
        self.server.call(&origin, call, self.now)
    }

    pub(super) fn refused(&mut self, who: u8, call: Call) -> ErrorBody {
        self.call(who, call).expect_err("this must be refused")
    }

    /// Alice's room, with these in it.
    pub(super) fn with_room(members: &[u8]) -> Self {
        let mut desk = Self::open();
        desk.call(ALICE, Call::CreateRoom(new_room(1))).unwrap();
        for (number, who) in members.iter().enumerate() {
            let handshake = Seq(number as u64);
            let request = invite(100 + number as u8, handshake, *who);
            desk.commit(ALICE, request).unwrap();
        }
        desk
    }

    pub(super) fn commit(&mut self, who: u8, request: CommitRequest) -> Answer {
        self.call(who, Call::Commit(room(), Box::new(request)))
    }

    pub(super) fn listen(&mut self, who: u8) {
        let connection = ConnectionId(u64::from(who));
        let token = self.tokens[usize::from(who)].clone();
        self.server.connect(connection, &token, self.now).unwrap();
        self.call(who, Call::JoinRoom(JoinRoom { room_id: room() }))
            .unwrap();
    }

    pub(super) fn log(&mut self, who: u8, since: u64) -> Vec<Seq> {
        let wanted = RoomHistory {
            room_id: room(),
            since: Seq(since),
            limit: None,
        };
        let Ok(Reply::History(history)) = self.call(who, Call::RoomHistory(wanted)) else {
            panic!("no history");
        };
        history.entries.iter().map(|entry| entry.seq).collect()
    }
}

pub(super) fn new_room(id: u8) -> CreateRoom {
    CreateRoom::Mls(Box::new(NewSealedRoom {
        room_id: room(),
        group_id: GroupId::from_bytes([9; 16]),
        client_id: client_id(id),
        door: vec![1].into(),
        state: vec![2].into(),
        roster: vec![3].into(),
        tree: vec![4].into(),
    }))
}

pub(super) fn commit(id: u8, handshake: Seq) -> CommitRequest {
    CommitRequest {
        client_id: client_id(id),
        handshake_seq: handshake,
        ticket: None,
        link: None,
        commit: vec![id].into(),
        effects: Effects::default(),
        mails: vec![],
        door: vec![id].into(),
        state: None,
        roster: None,
        tree: None,
        chain: None,
    }
}

pub(super) fn welcome(who: u8) -> MailDrop {
    MailDrop {
        account_id: account(who),
        device_id: device(who),
        body: MailBody::Welcome {
            group_id: GroupId::from_bytes([9; 16]),
            welcome: vec![5].into(),
            bundle: vec![6].into(),
        },
    }
}

pub(super) fn invite(id: u8, handshake: Seq, who: u8) -> CommitRequest {
    let mut request = commit(id, handshake);
    request.effects.accounts_in = vec![account(who)];
    request.mails = vec![welcome(who)];
    request
}

pub(super) fn message(id: u8, handshake: u64) -> Call {
    Call::SendMessage(Box::new(SendMessage {
        room_id: room(),
        client_id: Some(client_id(id)),
        handshake_seq: Some(Seq(handshake)),
        message: Message {
            encrypted_content: "AA==".into(),
            iv: "AA==".into(),
            message_hash: "00".into(),
            key: Key::Mls(Bytes(vec![id])),
            history_key: None,
        },
    }))
}
