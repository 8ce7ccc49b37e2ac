//! Accounts, sessions, devices, KeyPackages, vaults.

use protocol::limits::{DEVICES_MAX, KEY_PACKAGES_MAX, SESSION_IDLE_MILLIS};

use super::fixtures::{
    account, bytes, device, name, new_account, new_device, password, peopled, put,
};
use crate::{
    clock::{Clock as _, ManualClock},
    store::{
        Failure, Store,
        account::RegisterRefusal,
        credentials::CodeHash,
        device::{AddDevice, AddDeviceRefusal, ClaimRefusal, Upload, UploadRefusal},
        session::{NewSession, TokenHash},
        vault::VaultRefusal,
    },
};

pub(super) async fn names_and_ids_are_taken_once(store: impl Store, _: &ManualClock) {
    store.register(new_account(1)).await.unwrap();
    let found = store.account(&name(1)).await.unwrap().unwrap();
    assert_eq!(
        (found.account_id, found.identity_key.0),
        (account(1), vec![1; 32])
    );
    assert!(store.account(&name(2)).await.unwrap().is_none());
    let record = store.login_record(&name(1)).await.unwrap().unwrap();
    assert_eq!(
        (record.account, record.password_file),
        (account(1), vec![1; 10])
    );
    let opened = store.credentials(account(1)).await.unwrap().unwrap();
    assert_eq!((opened.name, opened.root_box), (name(1), record.root_box));
    assert!(opened.code == record.code && record.code == Some(CodeHash([1; 32])));
    assert!(store.credentials(account(2)).await.unwrap().is_none());

    let refused = |result| matches!(result, Err(Failure::Refused(RegisterRefusal::NameTaken)));
    assert!(refused(store.register(new_account(1)).await));
    // Another name with an id that is taken: nothing of it stays.
    for taken in 0..2 {
        let mut new = new_account(2);
        if taken == 0 {
            new.account = account(1);
        } else {
            new.device.device_id = device(1);
        }
        let result = store.register(new).await;
        assert!(matches!(
            result,
            Err(Failure::Refused(RegisterRefusal::IdTaken))
        ));
        assert!(store.account(&name(2)).await.unwrap().is_none());
        assert!(store.vault(account(2)).await.unwrap().is_empty());
    }
    store.register(new_account(2)).await.unwrap();
}

pub(super) async fn sessions_end_and_stay_known(store: impl Store, clock: &ManualClock) {
    peopled(&store, 2).await;
    let token = TokenHash([50; 32]);
    let foreign = NewSession {
        token,
        account: account(1),
        device: Some(device(2)),
        proven: password(),
        development: false,
    };
    assert_eq!(store.start_session(foreign).await.unwrap().device, None);
    let own = NewSession {
        token: TokenHash([51; 32]),
        account: account(1),
        device: Some(device(1)),
        proven: password(),
        development: false,
    };
    let started = store.start_session(own).await.unwrap();
    assert_eq!(started.device, Some(device(1)));
    assert!(!started.must_change_password);
    assert!(store.session(TokenHash([52; 32])).await.unwrap().is_none());

    store.end_session(token).await.unwrap();
    let row = store.session(token).await.unwrap().unwrap();
    assert!(row.ended && !row.is_live(clock.now(), u64::MAX));

    clock.advance(SESSION_IDLE_MILLIS - 1);
    let row = store.session(TokenHash([51; 32])).await.unwrap().unwrap();
    assert!(row.is_live(clock.now(), u64::MAX));
    store.touch_session(TokenHash([51; 32])).await.unwrap();
    clock.advance(1);
    assert!(
        store
            .session(TokenHash([51; 32]))
            .await
            .unwrap()
            .unwrap()
            .is_live(clock.now(), u64::MAX)
    );
    clock.advance(SESSION_IDLE_MILLIS);
    assert!(
        !store
            .session(TokenHash([51; 32]))
            .await
            .unwrap()
            .unwrap()
            .is_live(clock.now(), u64::MAX)
    );

    clock.advance(SESSION_IDLE_MILLIS);
    store.sweep().await.unwrap();
    assert!(store.session(token).await.unwrap().is_none());
}

pub(super) async fn a_device_moves_the_session(store: impl Store, _: &ManualClock) {
    peopled(&store, 1).await;
    let add = |n: u8| AddDevice {
        account: account(1),
        device: new_device(device(n)),
        account_key: 0,
        old_token: TokenHash([n - 1; 32]),
        new_token: TokenHash([n; 32]),
    };
    let taken = AddDevice {
        device: new_device(device(1)),
        ..add(2)
    };
    let result = store.add_device(taken).await;
    assert!(matches!(
        result,
        Err(Failure::Refused(AddDeviceRefusal::IdTaken))
    ));
    let outdated = AddDevice {
        account_key: 1,
        ..add(2)
    };
    assert!(matches!(
        store.add_device(outdated).await,
        Err(Failure::Refused(AddDeviceRefusal::OtherKey))
    ));
    for n in 2..=u8::try_from(DEVICES_MAX).unwrap() {
        store.add_device(add(n)).await.unwrap();
        assert!(
            store
                .session(TokenHash([n - 1; 32]))
                .await
                .unwrap()
                .unwrap()
                .ended
        );
        let row = store.session(TokenHash([n; 32])).await.unwrap().unwrap();
        assert_eq!((row.ended, row.device), (false, Some(device(n))));
    }
    let result = store.add_device(add(11)).await;
    assert!(matches!(
        result,
        Err(Failure::Refused(AddDeviceRefusal::Limit))
    ));
}

pub(super) async fn a_session_that_ended_gets_no_device(store: impl Store, _: &ManualClock) {
    peopled(&store, 1).await;
    store.end_session(TokenHash([1; 32])).await.unwrap();
    let add = AddDevice {
        account: account(1),
        device: new_device(device(2)),
        account_key: 0,
        old_token: TokenHash([1; 32]),
        new_token: TokenHash([2; 32]),
    };
    assert!(matches!(
        store.add_device(add).await,
        Err(Failure::Refused(AddDeviceRefusal::SessionOver))
    ));
    assert!(store.session(TokenHash([2; 32])).await.unwrap().is_none());
    assert_eq!(store.devices(account(1), None).await.unwrap().len(), 1);
}

pub(super) async fn key_packages_go_out_once_oldest_first(store: impl Store, _: &ManualClock) {
    peopled(&store, 1).await;
    let claim = async |one_time| {
        let claimed = store
            .claim_key_packages(account(1), one_time)
            .await
            .unwrap();
        let first = claimed.into_iter().next().unwrap();
        (
            String::from_utf8(first.key_package.0).unwrap(),
            first.last_resort,
        )
    };
    assert_eq!(claim(false).await, ("last".to_owned(), true));
    assert_eq!(store.key_package_count(device(1)).await.unwrap(), 2);
    assert_eq!(claim(true).await, ("first".to_owned(), false));
    let upload = |one_time, last_resort: Option<&str>| Upload {
        device: device(1),
        one_time,
        replace: false,
        last_resort: last_resort.map(|package| bytes(package).0),
        certificate: None,
    };
    let third = vec![bytes("third").0];
    let left = store
        .upload_key_packages(upload(third, Some("newer")))
        .await;
    assert_eq!(left.unwrap(), 2);
    assert_eq!(claim(true).await, ("second".to_owned(), false));
    assert_eq!(claim(true).await, ("third".to_owned(), false));
    assert_eq!(claim(true).await, ("newer".to_owned(), true));

    let many = vec![vec![1]; KEY_PACKAGES_MAX + 1];
    let result = store.upload_key_packages(upload(many, None)).await;
    assert!(matches!(
        result,
        Err(Failure::Refused(UploadRefusal::TooMany))
    ));
    let result = store.claim_key_packages(account(9), true).await;
    assert!(matches!(
        result,
        Err(Failure::Refused(ClaimRefusal::AccountNotFound))
    ));
}

pub(super) async fn the_vault_compares_and_swaps_all_or_nothing(
    store: impl Store,
    _: &ManualClock,
) {
    peopled(&store, 2).await;
    let versions = async || {
        let items = store.vault(account(1)).await.unwrap();
        items
            .into_iter()
            .map(|item| (item.name, item.version))
            .collect::<Vec<_>>()
    };
    let at = |name: &str, version| (name.to_owned(), version);
    store
        .write_vault(account(1), vec![put("room/1", 0), put("root", 1)])
        .await
        .unwrap();
    assert_eq!(versions().await, [at("room/1", 1), at("root", 2)]);
    for puts in [
        vec![put("room/2", 0), put("root", 1)],
        vec![put("room/2", 0), put("room/1", 0)],
        vec![put("room/2", 0), put("room/3", 1)],
    ] {
        let result = store.write_vault(account(1), puts).await;
        assert!(matches!(
            result,
            Err(Failure::Refused(VaultRefusal::VersionConflict))
        ));
        assert_eq!(versions().await, [at("room/1", 1), at("root", 2)]);
    }
    let item = store.vault_item(account(1), "root").await.unwrap().unwrap();
    assert_eq!((item.version, item.sealed), (2, bytes("root after 1")));
    assert!(
        store
            .vault_item(account(2), "room/1")
            .await
            .unwrap()
            .is_none()
    );
}

pub(super) async fn secrets_stay_as_first_kept(store: impl Store, _: &ManualClock) {
    assert!(store.secret("setup").await.unwrap().is_none());
    store.keep_secret("setup", vec![1]).await.unwrap();
    store.keep_secret("setup", vec![2]).await.unwrap();
    assert_eq!(store.secret("setup").await.unwrap(), Some(vec![1]));
    store.probe().await.unwrap();
}
