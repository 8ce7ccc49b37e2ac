//! Devices that are listed, revoked, written to without a commit, and let in again.

use protocol::{
    ids::DeviceId,
    log::Effects,
    rest::{MailBody, MailDrop, RevokeDevices},
    time::Timestamp,
};

use super::fixtures::{
    account, bytes, coming, commit, device, going, new_device, password, peopled, poster, put,
    request, room,
};
use crate::{
    clock::{Clock as _, ManualClock},
    store::{
        Failure, Store,
        device::{AddDevice, AddDeviceRefusal, Revocation, RevokeRefusal, Upload, UploadRefusal},
        mail::{MailPost, MailRefusal},
        room::{NotInside, ReadmissionRefusal},
        session::{NewSession, TokenHash},
        vault::VaultRefusal,
    },
};

const DAY: u64 = 86_400_000;

/// Adds device `n` to account 1, with session `n`, after a login without a device.
async fn further(store: &impl Store, n: u8) -> Result<(), Failure<AddDeviceRefusal>> {
    let login = NewSession {
        token: TokenHash([100 + n; 32]),
        account: account(1),
        device: None,
        proven: password(),
        development: false,
    };
    // Where the case adds one twice, the login is that of before.
    if store.session(login.token).await?.is_none() {
        store.start_session(login).await.unwrap();
    }
    store
        .add_device(AddDevice {
            account: account(1),
            device: new_device(device(n)),
            account_key: 0,
            old_token: TokenHash([100 + n; 32]),
            new_token: TokenHash([n; 32]),
        })
        .await
}

fn key_to(n: u8, to: u8) -> MailDrop {
    MailDrop {
        account_id: account(n),
        device_id: device(to),
        body: MailBody::AccountKey {
            sealed: bytes("sealed key"),
        },
    }
}

/// Device 1 of account 1 revokes these.
fn revocation(devices: &[u8], remaining: &[u8]) -> Revocation {
    Revocation {
        account: account(1),
        device: device(1),
        request: RevokeDevices {
            devices: devices.iter().map(|n| device(*n)).collect(),
            remaining: remaining.iter().map(|n| device(*n)).collect(),
            certificate: bytes("next certificate"),
            key_packages: vec![bytes("next")],
            last_resort: bytes("next last"),
            vault: vec![put("root", 1), put("key", 0)],
            mails: Vec::new(),
        },
    }
}

async fn revoke(store: &impl Store, revocation: Revocation) -> Result<usize, RevokeRefusal> {
    match store.revoke_devices(revocation).await {
        Ok(ended) => Ok(ended.len()),
        Err(Failure::Refused(refusal)) => Err(refusal),
        Err(failure) => panic!("{failure:?}"),
    }
}

async fn send(store: &impl Store, post: MailPost) -> Result<(), MailRefusal> {
    match store.send_mail(post).await {
        Ok(()) => Ok(()),
        Err(Failure::Refused(refusal)) => Err(refusal),
        Err(failure) => panic!("{failure:?}"),
    }
}

async fn is_live(store: &impl Store, clock: &ManualClock, n: u8) -> bool {
    let row = store.session(TokenHash([n; 32])).await.unwrap().unwrap();
    row.is_live(clock.now(), u64::MAX)
}

async fn names(store: &impl Store) -> Vec<DeviceId> {
    let devices = store.devices(account(1), None).await.unwrap();
    devices.into_iter().map(|it| it.device_id).collect()
}

pub(super) async fn devices_show_the_day_of_their_last_use(store: impl Store, clock: &ManualClock) {
    peopled(&store, 2).await;
    clock.advance(3 * DAY + 1);
    further(&store, 5).await.unwrap();
    let added = clock.now();
    clock.advance(2 * DAY);
    store.touch_session(TokenHash([5; 32])).await.unwrap();
    let listed = store.devices(account(1), Some(device(5))).await.unwrap();
    let seen: Vec<_> = listed.iter().map(|it| (it.device_id, it.current)).collect();
    assert_eq!(seen, [(device(1), false), (device(5), true)]);
    assert_eq!(listed[1].created, added);
    assert_eq!(listed[1].certificate, bytes("certificate"));
    assert_eq!(listed[1].last_resort, bytes("last"));
    let midnight = |time: Timestamp| Timestamp::from_millis(time.millis() / DAY * DAY);
    assert_eq!(listed[0].last_seen, midnight(listed[0].created));
    assert_eq!(listed[1].last_seen, midnight(clock.now()));
    // Its sessions are forgotten after a while, the device is not.
    clock.advance(2 * protocol::limits::SESSION_IDLE_MILLIS + 1);
    store.sweep().await.unwrap();
    let listed = store.devices(account(1), None).await.unwrap();
    assert_eq!(listed[1].last_seen, midnight(added));
}

pub(super) async fn a_revoked_device_is_gone_for_good(store: impl Store, clock: &ManualClock) {
    peopled(&store, 2).await;
    for n in [5, 6] {
        further(&store, n).await.unwrap();
    }
    let second = NewSession {
        token: TokenHash([55; 32]),
        account: account(1),
        device: Some(device(5)),
        proven: password(),
        development: false,
    };
    store.start_session(second).await.unwrap();
    store
        .ask_readmission(room(1), poster_on(5), bytes("let me in").0)
        .await
        .unwrap();
    let mut wanted = revocation(&[5, 2, 99], &[6]);
    wanted.request.mails = vec![key_to(1, 6)];
    // Somebody else's device and an unknown one are skipped.
    assert_eq!(revoke(&store, wanted).await, Ok(2));
    for (n, live) in [(1, true), (2, true), (5, false), (55, false), (6, true)] {
        assert_eq!(is_live(&store, clock, n).await, live, "{n}");
    }
    assert_eq!(names(&store).await, [device(1), device(6)]);
    assert!(store.readmissions(room(1)).await.unwrap().is_empty());
    let mail = store.mailbox(device(6), None).await.unwrap().mails;
    assert_eq!((mail[0].room_id, mail[0].seq), (None, None));
    assert_eq!(mail[0].sender, account(1));

    // The device that asked has what it brought, and nothing older.
    let own = &store.devices(account(1), None).await.unwrap()[0];
    assert_eq!(own.certificate, bytes("next certificate"));
    let claimed = async || {
        let claimed = store.claim_key_packages(account(1), true).await.unwrap();
        assert_eq!(claimed.len(), 2);
        claimed[0].key_package.clone()
    };
    assert_eq!(claimed().await, bytes("next"));
    assert_eq!(claimed().await, bytes("next last"));
    let item = store.vault_item(account(1), "root").await.unwrap().unwrap();
    assert_eq!(item.version, 2);

    // No login brings it back, nor a new device of its id.
    let again = NewSession {
        token: TokenHash([56; 32]),
        account: account(1),
        device: Some(device(5)),
        proven: password(),
        development: false,
    };
    assert_eq!(store.start_session(again).await.unwrap().device, None);
    let added = further(&store, 5).await;
    assert!(matches!(
        added,
        Err(Failure::Refused(AddDeviceRefusal::IdTaken))
    ));
    // What was under way when it ended is refused.
    let upload = Upload {
        device: device(5),
        one_time: vec![vec![1]],
        replace: false,
        last_resort: None,
        certificate: None,
    };
    let late = store.upload_key_packages(upload).await;
    assert!(matches!(
        late,
        Err(Failure::Refused(UploadRefusal::Revoked))
    ));
    let late = Revocation {
        device: device(5),
        ..revocation(&[1], &[])
    };
    assert_eq!(revoke(&store, late).await, Err(RevokeRefusal::Revoked));
    let late = store.ask_readmission(room(1), poster_on(5), vec![1]).await;
    assert!(matches!(
        late,
        Err(Failure::Refused(ReadmissionRefusal::Revoked))
    ));
}

fn poster_on(n: u8) -> crate::store::log::Poster {
    crate::store::log::Poster {
        account: account(1),
        device: device(n),
    }
}

pub(super) async fn a_refused_revocation_leaves_all_as_it_was(
    store: impl Store,
    clock: &ManualClock,
) {
    peopled(&store, 2).await;
    for n in [5, 6] {
        further(&store, n).await.unwrap();
    }
    let with = |change: &dyn Fn(&mut RevokeDevices)| {
        let mut wanted = revocation(&[5], &[6]);
        change(&mut wanted.request);
        wanted
    };
    let conflict = RevokeRefusal::Vault(VaultRefusal::VersionConflict);
    let others = |remaining: Vec<DeviceId>| with(&|it| it.remaining.clone_from(&remaining));
    for (wanted, why) in [
        (others(Vec::new()), RevokeRefusal::OtherDevices),
        (
            others(vec![device(6), device(2)]),
            RevokeRefusal::OtherDevices,
        ),
        (
            with(&|it| it.vault = vec![put("key", 0), put("root", 7)]),
            conflict,
        ),
        (
            with(&|it| it.mails = vec![key_to(1, 6), key_to(1, 5)]),
            RevokeRefusal::BadMail,
        ),
        (
            with(&|it| it.mails = vec![key_to(1, 1)]),
            RevokeRefusal::BadMail,
        ),
        (
            with(&|it| it.mails = vec![key_to(2, 2)]),
            RevokeRefusal::BadMail,
        ),
    ] {
        assert_eq!(revoke(&store, wanted).await, Err(why));
        assert!(is_live(&store, clock, 5).await);
        assert_eq!(names(&store).await, [device(1), device(5), device(6)]);
        let own = &store.devices(account(1), None).await.unwrap()[0];
        assert_eq!(
            (&own.certificate, &own.last_resort),
            (&bytes("certificate"), &bytes("last"))
        );
        assert_eq!(store.key_package_count(device(1)).await.unwrap(), 2);
        assert_eq!(store.vault(account(1)).await.unwrap().len(), 1);
        let mail = store.mailbox(device(6), None).await.unwrap().mails;
        assert!(mail.is_empty());
    }
    assert_eq!(revoke(&store, revocation(&[5], &[6])).await, Ok(1));
}

pub(super) async fn an_upload_may_replace_all(store: impl Store, _: &ManualClock) {
    peopled(&store, 1).await;
    let upload = Upload {
        device: device(1),
        one_time: vec![bytes("new").0],
        replace: true,
        last_resort: None,
        certificate: Some(bytes("renewed").0),
    };
    assert_eq!(store.upload_key_packages(upload).await.unwrap(), 1);
    let claimed = store.claim_key_packages(account(1), true).await.unwrap();
    assert_eq!(claimed[0].key_package, bytes("new"));
    let own = &store.devices(account(1), None).await.unwrap()[0];
    assert_eq!(own.certificate, bytes("renewed"));
}

pub(super) async fn mail_without_a_commit_stays_near(store: impl Store, _: &ManualClock) {
    peopled(&store, 4).await;
    further(&store, 5).await.unwrap();
    store
        .append_commit(commit(1, request(1, 0, coming(&[2, 3]))))
        .await
        .unwrap();
    store
        .append_commit(commit(1, request(2, 1, going(&[3]))))
        .await
        .unwrap();
    let post = |sender: u8, in_room: bool, mails| MailPost {
        sender: account(sender),
        room: in_room.then(|| room(1)),
        mails,
    };
    let ask = |n: u8, to: u8| MailDrop {
        body: MailBody::HistoryRequest {
            sealed: bytes("request"),
        },
        ..key_to(n, to)
    };
    let not_inside = MailRefusal::NotInside;
    for (wrong, why) in [
        // To another account without a room; to somebody who is not in it, or went out.
        (post(1, false, vec![ask(2, 2)]), MailRefusal::BadMail),
        (
            post(1, true, vec![ask(2, 2), ask(4, 4)]),
            MailRefusal::BadMail,
        ),
        (post(1, true, vec![ask(3, 3)]), MailRefusal::BadMail),
        // To a device that its account does not have.
        (post(1, true, vec![ask(2, 5)]), MailRefusal::BadMail),
        (post(1, false, vec![ask(1, 2)]), MailRefusal::BadMail),
        // From outside.
        (
            post(3, true, vec![ask(2, 2)]),
            not_inside(NotInside::NotAMember),
        ),
        (
            post(4, true, vec![ask(2, 2)]),
            not_inside(NotInside::RoomNotFound),
        ),
    ] {
        assert_eq!(send(&store, wrong).await, Err(why));
    }
    for n in [2, 5] {
        let mail = store.mailbox(device(n), None).await.unwrap().mails;
        assert!(mail.is_empty(), "{n}");
    }
    send(&store, post(1, true, vec![ask(2, 2)])).await.unwrap();
    send(&store, post(1, false, vec![key_to(1, 5)]))
        .await
        .unwrap();
    let asked = &store.mailbox(device(2), None).await.unwrap().mails[0];
    assert_eq!((asked.room_id, asked.seq), (Some(room(1)), None));
    assert_eq!(asked.sender, account(1));
    let key = &store.mailbox(device(5), None).await.unwrap().mails[0];
    assert_eq!((key.room_id, key.seq), (None, None));
}

pub(super) async fn whoever_asks_to_be_let_in_again_waits_once(
    store: impl Store,
    clock: &ManualClock,
) {
    peopled(&store, 3).await;
    store
        .append_commit(commit(1, request(1, 0, coming(&[2]))))
        .await
        .unwrap();
    let ask = async |n: u8, text: &str| match store
        .ask_readmission(room(1), poster(n), bytes(text).0)
        .await
    {
        Ok(()) => Ok(()),
        Err(Failure::Refused(refusal)) => Err(refusal),
        Err(failure) => panic!("{failure:?}"),
    };
    let waiting = async || {
        let requests = store.readmissions(room(1)).await.unwrap();
        let texts = requests.into_iter().map(|it| (it.account, it.request));
        texts.collect::<Vec<_>>()
    };
    assert_eq!(
        ask(3, "x").await,
        Err(ReadmissionRefusal::NotInside(NotInside::RoomNotFound))
    );
    ask(2, "first").await.unwrap();
    clock.advance(1);
    ask(1, "other").await.unwrap();
    clock.advance(1);
    ask(2, "second").await.unwrap();
    assert_eq!(
        waiting().await,
        [(account(2), bytes("second")), (account(1), bytes("other"))]
    );
    for _ in 0..2 {
        store.drop_readmission(room(1), poster(1)).await.unwrap();
    }
    assert_eq!(waiting().await, [(account(2), bytes("second"))]);
    // Gone with the account.
    store
        .append_commit(commit(1, request(2, 1, Effects::default())))
        .await
        .unwrap();
    assert_eq!(waiting().await.len(), 1);
    store
        .append_commit(commit(1, request(3, 2, going(&[2]))))
        .await
        .unwrap();
    assert!(waiting().await.is_empty());
}
