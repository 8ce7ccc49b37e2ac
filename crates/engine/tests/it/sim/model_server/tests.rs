//! The model against the rules that it models.

use std::sync::LazyLock;

use opaque_ke::{
    ClientLogin, ClientLoginFinishParameters, ClientRegistration,
    ClientRegistrationFinishParameters, CredentialResponse, Identifiers, RegistrationResponse,
};
use protocol::{
    bytes::Bytes,
    call::{Call, Reply},
    error::{ErrorBody, ErrorCode},
    events::{JoinRoom, Push, RoomHistory, SendMessage},
    ids::{AccountId, ClientId, DeviceId, GroupId, RoomId, Seq},
    limits,
    log::{Body, Effects, Key, Message, RoleChange},
    names::UserName,
    opaque::{CONTEXT, SERVER_IDENTITY, Suite},
    rest::{
        CommitRequest, CreateRoom, LoginFinish, LoginStart, MailAck, MailBody, MailDrop, NewDevice,
        NewSealedRoom, ProposalRequest, RegisterFinish, RegisterStart, RootBoxes, VaultPut,
        VaultWrite,
    },
    role::Role,
    time::Timestamp,
};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

use super::{Answer, ConnectionId, ModelServer, Origin, Outgoing};

const ROOM: u64 = 7;
const ALICE: u8 = 1;
const BOB: u8 = 2;
const CAROL: u8 = 3;

fn account(who: u8) -> AccountId {
    AccountId::from_bytes([who; 16])
}

fn device(who: u8) -> DeviceId {
    DeviceId::from_bytes([100 + who; 16])
}

fn client_id(number: u8) -> ClientId {
    ClientId::from_bytes([number; 16])
}

fn name(who: u8) -> UserName {
    UserName::parse(["", "alice", "bob", "carol"][usize::from(who)]).unwrap()
}

fn room() -> RoomId {
    RoomId::new(ROOM).unwrap()
}

fn identifiers(name: &UserName) -> Identifiers<'_> {
    Identifiers {
        client: Some(name.as_str().as_bytes()),
        server: Some(SERVER_IDENTITY),
    }
}

/// A server with three people, and what talks to it.
#[derive(Clone)]
struct Desk {
    server: ModelServer,
    tokens: [String; 4],
    now: Timestamp,
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
    fn open() -> Self {
        DESK.clone()
    }

    fn register(&mut self, who: u8) -> String {
        let mut rng = ChaCha20Rng::seed_from_u64(u64::from(who));
        let name = name(who);
        let start = ClientRegistration::<Suite>::start(&mut rng, b"long password").unwrap();
        let request = RegisterStart {
            username: name.clone(),
            start: start.message.serialize().to_vec().into(),
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
        };
        let Ok(Reply::Session(session)) = self.call(0, Call::RegisterFinish(Box::new(request)))
        else {
            panic!("the second leg was refused");
        };
        session.token
    }

    fn origin(&self, who: u8) -> Origin {
        Origin {
            token: Some(self.tokens[usize::from(who)].clone()),
            connection: Some(ConnectionId(u64::from(who))),
        }
    }

    fn call(&mut self, who: u8, call: Call) -> Answer {
        let origin = self.origin(who);
        self.server.call(&origin, call, self.now)
    }

    fn refused(&mut self, who: u8, call: Call) -> ErrorBody {
        self.call(who, call).expect_err("this must be refused")
    }

    /// Alice's room, with these in it.
    fn with_room(members: &[u8]) -> Self {
        let mut desk = Self::open();
        desk.call(ALICE, Call::CreateRoom(new_room(1))).unwrap();
        for (number, who) in members.iter().enumerate() {
            let handshake = Seq(number as u64);
            let request = invite(100 + number as u8, handshake, *who);
            desk.commit(ALICE, request).unwrap();
        }
        desk
    }

    fn commit(&mut self, who: u8, request: CommitRequest) -> Answer {
        self.call(who, Call::Commit(room(), Box::new(request)))
    }

    fn listen(&mut self, who: u8) {
        let connection = ConnectionId(u64::from(who));
        let token = self.tokens[usize::from(who)].clone();
        self.server.connect(connection, &token, self.now).unwrap();
        self.call(who, Call::JoinRoom(JoinRoom { room_id: room() }))
            .unwrap();
    }

    fn log(&mut self, who: u8, since: u64) -> Vec<Seq> {
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

fn new_room(id: u8) -> CreateRoom {
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

fn commit(id: u8, handshake: Seq) -> CommitRequest {
    CommitRequest {
        client_id: client_id(id),
        handshake_seq: handshake,
        ticket: None,
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

fn welcome(who: u8) -> MailDrop {
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

fn invite(id: u8, handshake: Seq, who: u8) -> CommitRequest {
    let mut request = commit(id, handshake);
    request.effects.accounts_in = vec![account(who)];
    request.mails = vec![welcome(who)];
    request
}

fn message(id: u8, handshake: u64) -> Call {
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

#[test]
fn a_login_needs_the_password_and_an_unknown_name_looks_the_same() {
    let mut desk = Desk::open();
    for (who, password, known) in [
        ("alice", b"long password".as_slice(), true),
        ("alice", b"wrong password", false),
        ("mallory", b"long password", false),
    ] {
        let name = UserName::parse(who).unwrap();
        let mut rng = ChaCha20Rng::seed_from_u64(5);
        let start = ClientLogin::<Suite>::start(&mut rng, password).unwrap();
        let request = LoginStart {
            username: name.clone(),
            start: start.message.serialize().to_vec().into(),
        };
        let Ok(Reply::LoginStarted(started)) = desk.call(0, Call::LoginStart(request)) else {
            panic!("the first leg never tells");
        };
        let response = CredentialResponse::deserialize(started.response.as_slice()).unwrap();
        let parameters = ClientLoginFinishParameters::new(Some(CONTEXT), identifiers(&name), None);
        let finished = start.state.finish(&mut rng, password, response, parameters);
        assert_eq!(finished.is_ok(), known, "{who}");
        let finish = finished.map_or(vec![0; 64], |done| done.message.serialize().to_vec());
        let request = LoginFinish {
            login_id: started.login_id,
            finish: finish.into(),
            device_id: Some(device(ALICE)),
        };
        match desk.call(0, Call::LoginFinish(request.clone())) {
            Ok(Reply::LoginFinished(done)) if known => {
                assert_eq!(done.session.device_id, Some(device(ALICE)));
            }
            answer => assert_eq!(answer.unwrap_err().code, ErrorCode::LoginFailed),
        }
        let again = desk.refused(0, Call::LoginFinish(request));
        assert_eq!(
            again.code,
            ErrorCode::LoginFailed,
            "a login has one second leg"
        );
    }
}

#[test]
fn without_a_session_nothing_is_told() {
    let mut desk = Desk::open();
    assert_eq!(
        desk.refused(0, Call::Rooms).code,
        ErrorCode::Unauthenticated
    );
    desk.listen_nowhere(BOB);
    desk.call(BOB, Call::Logout).unwrap();
    assert_eq!(
        desk.refused(BOB, Call::Rooms).code,
        ErrorCode::SessionExpired
    );
    let outgoing = desk.server.take_outgoing();
    assert!(matches!(
        outgoing.as_slice(),
        [Outgoing::Push(_, Push::SessionEnded(_)), Outgoing::Close(_)]
    ));
}

impl Desk {
    fn listen_nowhere(&mut self, who: u8) {
        let connection = ConnectionId(u64::from(who));
        let token = self.tokens[usize::from(who)].clone();
        self.server.connect(connection, &token, self.now).unwrap();
    }
}

#[test]
fn a_known_client_id_is_answered_before_anything_is_stale() {
    let mut desk = Desk::with_room(&[BOB]);
    let first = desk.call(BOB, message(1, 1)).unwrap();
    desk.commit(ALICE, commit(2, Seq(1))).unwrap();
    assert_eq!(desk.call(BOB, message(1, 1)).unwrap(), first);
    let stale = desk.refused(BOB, message(3, 1));
    assert_eq!(stale.code, ErrorCode::StaleMessage);
    desk.call(BOB, message(3, 3)).unwrap();
    assert_eq!(desk.log(BOB, 0), [Seq(1), Seq(2), Seq(3), Seq(4)]);
}

#[test]
fn who_loses_a_race_goes_next() {
    let mut desk = Desk::with_room(&[BOB, CAROL]);
    desk.commit(ALICE, commit(1, Seq(2))).unwrap();
    let ticket = desk.commit(BOB, commit(2, Seq(2))).unwrap_err().ticket;
    assert!(ticket.is_some());
    let mut late = commit(3, Seq(3));
    let reserved = desk.commit(CAROL, late.clone()).unwrap_err();
    assert_eq!(reserved.code, ErrorCode::CommitReserved);
    assert_eq!(reserved.retry_after_ms, Some(limits::TICKET_MILLIS));
    let mut mine = commit(2, Seq(3));
    mine.ticket = ticket;
    desk.commit(BOB, mine).unwrap();
    late.handshake_seq = Seq(4);
    desk.commit(CAROL, late).unwrap();
}

#[test]
fn a_ticket_ends_after_ten_seconds() {
    let mut desk = Desk::with_room(&[BOB, CAROL]);
    desk.commit(ALICE, commit(1, Seq(2))).unwrap();
    desk.commit(BOB, commit(2, Seq(2))).unwrap_err();
    desk.now = desk.now.plus(limits::TICKET_MILLIS);
    desk.commit(CAROL, commit(3, Seq(3))).unwrap();
}

#[test]
fn the_table_decides_by_its_own_roles() {
    let grant = |who: u8, role: Role| Effects {
        roles: vec![RoleChange {
            account: account(who),
            role,
        }],
        ..Effects::default()
    };
    let out = |who: u8| Effects {
        accounts_out: vec![account(who)],
        ..Effects::default()
    };
    let cases = [
        (ALICE, grant(BOB, Role::Admin), None),
        (BOB, grant(BOB, Role::Admin), Some(ErrorCode::RoleTooLow)),
        (
            BOB,
            grant(CAROL, Role::Moderator),
            Some(ErrorCode::RoleTooLow),
        ),
        (ALICE, out(CAROL), None),
        (BOB, out(CAROL), Some(ErrorCode::RoleTooLow)),
        (BOB, out(ALICE), Some(ErrorCode::RoleTooLow)),
        (BOB, out(BOB), None),
    ];
    for (actor, effects, refusal) in cases {
        let mut desk = Desk::with_room(&[BOB, CAROL]);
        let mut request = commit(1, Seq(2));
        request.effects = effects.clone();
        let answer = desk.commit(actor, request);
        assert_eq!(
            answer.err().map(|body| body.code),
            refusal,
            "{actor} {effects:?}"
        );
    }
}

#[test]
fn anyone_commits_a_wish_to_leave() {
    let mut desk = Desk::with_room(&[BOB, CAROL]);
    let wish = ProposalRequest {
        client_id: client_id(1),
        handshake_seq: Seq(2),
        proposal: vec![1].into(),
    };
    desk.call(CAROL, Call::Propose(room(), wish)).unwrap();
    let mut request = commit(2, Seq(3));
    request.effects.accounts_out = vec![account(CAROL)];
    desk.commit(BOB, request).unwrap();
    // What happened up to the end of the membership stays readable, and nothing after.
    desk.call(BOB, message(3, 4)).unwrap();
    assert_eq!(desk.log(CAROL, 2), [Seq(3), Seq(4)]);
    assert_eq!(
        desk.refused(CAROL, message(4, 4)).code,
        ErrorCode::NotAMember
    );
}

#[test]
fn a_refused_commit_leaves_no_trace() {
    let mut desk = Desk::with_room(&[]);
    let mut request = invite(1, Seq(0), BOB);
    request.mails.push(welcome(CAROL));
    let refused = desk.commit(ALICE, request).unwrap_err();
    assert_eq!(refused.code, ErrorCode::BadRequest);
    let Ok(Reply::Mailbox(mailbox)) = desk.call(BOB, Call::Mailbox { after: None }) else {
        panic!("no mailbox");
    };
    assert!(mailbox.mails.is_empty());
    assert!(desk.log(ALICE, 0).is_empty());
}

#[test]
fn mail_stays_until_it_is_acknowledged() {
    let mut desk = Desk::with_room(&[BOB]);
    for _ in 0..2 {
        let Ok(Reply::Mailbox(mailbox)) = desk.call(BOB, Call::Mailbox { after: None }) else {
            panic!("no mailbox");
        };
        assert_eq!(mailbox.mails.len(), 1);
        assert_eq!(mailbox.mails[0].seq, Seq(1));
    }
    let Ok(Reply::Mailbox(mailbox)) = desk.call(BOB, Call::Mailbox { after: None }) else {
        panic!("no mailbox");
    };
    let ack = MailAck {
        up_to: mailbox.mails[0].id,
    };
    desk.call(BOB, Call::AckMail(ack)).unwrap();
    assert!(matches!(
        desk.call(BOB, Call::Mailbox { after: None }),
        Ok(Reply::Mailbox(mailbox)) if mailbox.mails.is_empty()
    ));
}

#[test]
fn pushes_come_in_order_and_end_with_the_membership() {
    let mut desk = Desk::with_room(&[BOB]);
    desk.listen(ALICE);
    desk.listen(BOB);
    desk.server.limits.push_bytes = 400;
    desk.server.take_outgoing();
    desk.call(ALICE, message(1, 1)).unwrap();
    let mut request = commit(2, Seq(1));
    request.commit = vec![0; 500].into();
    request.effects.accounts_out = vec![account(BOB)];
    desk.commit(ALICE, request).unwrap();
    let mut seen = [vec![], vec![]];
    for outgoing in desk.server.take_outgoing() {
        let Outgoing::Push(connection, push) = outgoing else {
            panic!("nothing closes here");
        };
        seen[connection.0 as usize - 1].push(match push {
            Push::NewMessage(entry) => (entry.seq.0, matches!(entry.body, Body::Large(_))),
            Push::RoomClosed(_) => (0, false),
            other => panic!("{other:?}"),
        });
    }
    assert_eq!(
        seen,
        [
            vec![(1 + 1, false), (3, true)],
            vec![(2, false), (0, false)]
        ]
    );
}

#[test]
fn a_room_is_made_once() {
    let mut desk = Desk::with_room(&[]);
    desk.call(ALICE, Call::CreateRoom(new_room(1))).unwrap();
    for (who, id) in [(ALICE, 2), (BOB, 1)] {
        let taken = desk.refused(who, Call::CreateRoom(new_room(id)));
        assert_eq!(taken.code, ErrorCode::RoomIdTaken);
    }
}

#[test]
fn a_key_package_is_handed_out_once() {
    let mut desk = Desk::open();
    let mut claim = || {
        let Ok(Reply::ClaimedKeyPackages(claimed)) =
            desk.call(ALICE, Call::ClaimKeyPackages(account(BOB)))
        else {
            panic!("nothing claimed");
        };
        (
            claimed.key_packages[0].key_package.0[0],
            claimed.key_packages[0].last_resort,
        )
    };
    let claimed = [claim(), claim(), claim(), claim()];
    assert_eq!(claimed, [(10, false), (11, false), (12, true), (12, true)]);
}

#[test]
fn the_vault_swaps_all_or_nothing() {
    let mut desk = Desk::open();
    let put = |name: &str, expected: u64| VaultPut {
        name: name.to_owned(),
        expected,
        sealed: vec![1].into(),
    };
    let write = |puts: Vec<VaultPut>| Call::WriteVault(VaultWrite { puts });
    desk.call(ALICE, write(vec![put("a", 0)])).unwrap();
    let conflict = desk.refused(ALICE, write(vec![put("b", 0), put("a", 0)]));
    assert_eq!(conflict.code, ErrorCode::VersionConflict);
    let missing = desk.refused(ALICE, Call::VaultItem("b".into()));
    assert_eq!(missing.code, ErrorCode::NotFound);
    desk.call(ALICE, write(vec![put("b", 0), put("a", 1)]))
        .unwrap();
}

#[test]
fn a_page_ends_where_the_server_says() {
    let mut desk = Desk::with_room(&[]);
    for id in 1..=5 {
        desk.call(ALICE, message(id, 0)).unwrap();
    }
    desk.server.limits.history_page = 2;
    assert_eq!(desk.log(ALICE, 1), [Seq(2), Seq(3)]);
}
