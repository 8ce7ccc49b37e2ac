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
use desk::{Desk, commit, identifiers, invite, message, new_room, welcome};

mod desk;
mod devices;
mod links;

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
        assert_eq!(mailbox.mails[0].seq, Some(Seq(1)));
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
            Push::RoomOpened(_) => continue,
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
