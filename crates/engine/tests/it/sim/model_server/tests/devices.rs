//! Further devices against the rules that the model follows.

use protocol::rest::{
    AddDevice, Device, KeyPackageUpload, Mail, MailDrop, Readmission, RevokeDevices, SendMail,
};

use super::*;

/// A second device of Alice.
const PHONE: u8 = 9;

impl Desk {
    /// Alice with a second device, whose session is CAROL's place: she has none in these tests.
    fn with_phone(members: &[u8]) -> Self {
        let mut desk = Self::with_room(members);
        desk.tokens[usize::from(CAROL)] = desk.log_in(ALICE);
        let phone = NewDevice {
            device_id: device(PHONE),
            certificate: vec![3].into(),
            key_packages: vec![],
            last_resort: vec![12].into(),
        };
        desk.call(CAROL, further(phone)).unwrap();
        desk
    }

    /// A session without a device.
    fn log_in(&mut self, who: u8) -> String {
        let name = name(who);
        let mut rng = ChaCha20Rng::seed_from_u64(6);
        let start = ClientLogin::<Suite>::start(&mut rng, b"long password").unwrap();
        let request = LoginStart {
            username: name.clone(),
            start: start.message.serialize().to_vec().into(),
        };
        let Ok(Reply::LoginStarted(started)) = self.call(0, Call::LoginStart(request)) else {
            panic!("the first leg was refused");
        };
        let response = CredentialResponse::deserialize(started.response.as_slice()).unwrap();
        let parameters = ClientLoginFinishParameters::new(Some(CONTEXT), identifiers(&name), None);
        let finished = start
            .state
            .finish(&mut rng, b"long password", response, parameters)
            .unwrap();
        let request = LoginFinish {
            login_id: started.login_id,
            finish: finished.message.serialize().to_vec().into(),
            device_id: None,
        };
        match self.call(0, Call::LoginFinish(request)) {
            Ok(Reply::LoginFinished(done)) => done.session.token,
            answer => panic!("no session: {answer:?}"),
        }
    }

    fn devices(&mut self, who: u8) -> Vec<Device> {
        match self.call(who, Call::Devices) {
            Ok(Reply::Devices(devices)) => devices.devices,
            answer => panic!("no devices: {answer:?}"),
        }
    }

    fn mails(&mut self, who: u8) -> Vec<Mail> {
        match self.call(who, Call::Mailbox { after: None }) {
            Ok(Reply::Mailbox(mailbox)) => mailbox.mails,
            answer => panic!("no mailbox: {answer:?}"),
        }
    }

    fn waiting(&mut self) -> Vec<Bytes> {
        match self.call(ALICE, Call::Readmissions(room())) {
            Ok(Reply::Readmissions(waiting)) => {
                waiting.requests.into_iter().map(|it| it.request).collect()
            }
            answer => panic!("no requests: {answer:?}"),
        }
    }
}

fn to(who: u8, number: u8, body: MailBody) -> MailDrop {
    MailDrop {
        account_id: account(who),
        device_id: device(number),
        body,
    }
}

fn key() -> MailBody {
    MailBody::AccountKey {
        sealed: vec![1].into(),
    }
}

fn ask() -> MailBody {
    MailBody::HistoryRequest {
        sealed: vec![2].into(),
    }
}

fn further(device: NewDevice) -> Call {
    Call::AddDevice(Box::new(AddDevice {
        device,
        account_key: 0,
    }))
}

fn revocation(devices: Vec<DeviceId>, expected: u64) -> Call {
    Call::RevokeDevices(Box::new(RevokeDevices {
        devices,
        remaining: vec![],
        certificate: vec![30].into(),
        key_packages: vec![vec![31].into()],
        last_resort: vec![32].into(),
        vault: vec![VaultPut {
            name: "root".to_owned(),
            expected,
            sealed: vec![33].into(),
        }],
        mails: vec![],
    }))
}

#[test]
fn a_revoked_device_is_gone_for_good() {
    let mut desk = Desk::with_phone(&[]);
    desk.listen(CAROL);
    desk.server.take_outgoing();
    let request = Readmission {
        request: vec![1].into(),
    };
    desk.call(CAROL, Call::AskReadmission(room(), request))
        .unwrap();
    desk.server.take_outgoing();
    let shown: Vec<_> = desk
        .devices(CAROL)
        .iter()
        .map(|it| (it.device_id, it.current))
        .collect();
    assert_eq!(shown, [(device(ALICE), false), (device(PHONE), true)]);

    // Bob's device is none of hers, and skipped.
    desk.call(
        ALICE,
        revocation(vec![device(PHONE), device(BOB), device(77)], 0),
    )
    .unwrap();
    let outgoing = desk.server.take_outgoing();
    assert!(matches!(
        outgoing.as_slice(),
        [Outgoing::Push(_, Push::SessionEnded(_)), Outgoing::Close(_)]
    ));
    assert_eq!(
        desk.refused(CAROL, Call::Rooms).code,
        ErrorCode::SessionExpired
    );
    desk.call(BOB, Call::Rooms).unwrap();
    assert!(desk.waiting().is_empty());
    let left = desk.devices(ALICE);
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].certificate, vec![30].into());
    let Ok(Reply::ClaimedKeyPackages(claimed)) =
        desk.call(BOB, Call::ClaimKeyPackages(account(ALICE)))
    else {
        panic!("nothing claimed");
    };
    assert_eq!(claimed.key_packages.len(), 1);
    assert_eq!(claimed.key_packages[0].key_package, vec![31].into());

    desk.tokens[usize::from(CAROL)] = desk.log_in(ALICE);
    let back = NewDevice {
        device_id: device(PHONE),
        certificate: vec![3].into(),
        key_packages: vec![],
        last_resort: vec![12].into(),
    };
    let refused = desk.refused(CAROL, further(back));
    assert_eq!(refused.code, ErrorCode::BadRequest);
}

#[test]
fn a_refused_revocation_changes_nothing() {
    let mut desk = Desk::with_phone(&[]);
    let with_mail = |mail: MailDrop| {
        let Call::RevokeDevices(mut request) = revocation(vec![device(PHONE)], 0) else {
            panic!("another call");
        };
        request.mails = vec![mail];
        Call::RevokeDevices(request)
    };
    for (call, code) in [
        (revocation(vec![], 0), ErrorCode::BadRequest),
        (revocation(vec![device(ALICE)], 0), ErrorCode::BadRequest),
        (
            revocation(vec![device(PHONE)], 5),
            ErrorCode::VersionConflict,
        ),
        (with_mail(to(ALICE, PHONE, key())), ErrorCode::BadRequest),
        (with_mail(to(ALICE, ALICE, key())), ErrorCode::BadRequest),
        (with_mail(to(BOB, BOB, key())), ErrorCode::BadRequest),
    ] {
        assert_eq!(desk.refused(ALICE, call).code, code);
        let devices = desk.devices(CAROL);
        assert_eq!(devices.len(), 2);
        assert_eq!(devices[0].certificate, vec![3].into());
    }
}

#[test]
fn mail_without_a_commit_stays_near() {
    let mut desk = Desk::with_phone(&[BOB]);
    let send = |room_id, mail| {
        Call::SendMail(SendMail {
            room_id,
            mails: vec![mail],
        })
    };
    let here = Some(room());
    for (who, call) in [
        (ALICE, send(None, to(BOB, BOB, ask()))),
        (ALICE, send(here, to(BOB, BOB, key()))),
        (ALICE, send(here, to(CAROL, CAROL, ask()))),
        (ALICE, send(here, to(BOB, PHONE, ask()))),
        (ALICE, send(here, welcome(BOB))),
        (
            ALICE,
            Call::SendMail(SendMail {
                room_id: here,
                mails: vec![],
            }),
        ),
    ] {
        assert_eq!(desk.refused(who, call).code, ErrorCode::BadRequest);
    }
    // With a commit come Welcomes alone.
    let mut request = commit(5, Seq(1));
    request.mails = vec![to(BOB, BOB, ask())];
    let refused = desk.commit(ALICE, request).unwrap_err();
    assert_eq!(refused.code, ErrorCode::BadRequest);
    desk.call(ALICE, send(here, to(BOB, BOB, ask()))).unwrap();
    desk.call(ALICE, send(None, to(ALICE, PHONE, key())))
        .unwrap();
    let of_bob = desk.mails(BOB).pop().unwrap();
    assert_eq!((of_bob.room_id, of_bob.seq), (here, None));
    let of_phone = desk.mails(CAROL).pop().unwrap();
    assert_eq!((of_phone.room_id, of_phone.body), (None, key()));
}

#[test]
fn an_upload_may_replace_all() {
    let mut desk = Desk::open();
    let upload = KeyPackageUpload {
        key_packages: vec![vec![20].into()],
        last_resort: None,
        replace: true,
        certificate: Some(vec![21].into()),
    };
    let Ok(Reply::KeyPackageCount(count)) = desk.call(ALICE, Call::UploadKeyPackages(upload))
    else {
        panic!("no count");
    };
    assert_eq!(count.left, 1);
    assert_eq!(desk.devices(ALICE)[0].certificate, vec![21].into());
}

#[test]
fn whoever_asks_to_be_let_in_again_waits_once() {
    let mut desk = Desk::with_room(&[BOB]);
    desk.listen(ALICE);
    desk.server.take_outgoing();
    let ask = |byte: u8| {
        let request = Readmission {
            request: vec![byte].into(),
        };
        Call::AskReadmission(room(), request)
    };
    desk.call(BOB, ask(1)).unwrap();
    desk.call(BOB, ask(2)).unwrap();
    assert!(matches!(
        desk.server.take_outgoing().as_slice(),
        [Outgoing::Push(_, Push::Readmission(_)), Outgoing::Push(..)]
    ));
    assert_eq!(desk.waiting(), [vec![2].into()]);
    assert_eq!(desk.refused(CAROL, ask(3)).code, ErrorCode::NotAMember);
    desk.call(BOB, Call::DropReadmission(room())).unwrap();
    assert!(desk.waiting().is_empty());
    desk.call(BOB, ask(4)).unwrap();
    let mut request = commit(5, Seq(1));
    request.effects.accounts_out = vec![account(BOB)];
    desk.commit(ALICE, request).unwrap();
    assert!(desk.waiting().is_empty());
}
