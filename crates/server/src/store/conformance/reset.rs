//! A reset waits, is told, and is cancelled by whoever knows what it replaces.

use protocol::{
    ids::Seq,
    limits::RESET_WAIT_MILLIS,
    log::{Body, NoticeKind},
    rest::{ACCOUNT_KEY, RevokeDevices},
};

use super::fixtures::{
    account, bytes, device, message, name, new_device, password, peopled, put, room,
};
use crate::{
    clock::ManualClock,
    store::{
        Failure, Store,
        credentials::{CodeChange, CodeHash, PasswordChange, Proven},
        device::{AddDevice, Revocation},
        reset::{ResetFinish, ResetRefusal},
        session::{LoginRefusal, NewSession, TokenHash},
        vault::VaultRefusal,
    },
};

const fn token(n: u8) -> TokenHash {
    TokenHash([n; 32])
}

/// Account 1 and its room, with an account key in its vault.
async fn with_key(store: &impl Store) {
    peopled(store, 2).await;
    let puts = vec![put(ACCOUNT_KEY, 0)];
    store.write_vault(account(1), puts).await.unwrap();
}

fn finish(from: u8, to: u8) -> ResetFinish {
    ResetFinish {
        account: account(1),
        device: device(1),
        password_file: vec![to; 10],
        by_password: bytes("reduced").0,
        by_code: bytes("reduced by code").0,
        code: CodeHash([to; 32]),
        account_key: put(ACCOUNT_KEY, 1),
        old_token: token(from),
        new_token: token(to),
    }
}

fn session(n: u8, proven: Proven) -> NewSession {
    NewSession {
        token: token(n),
        account: account(1),
        device: None,
        proven,
        development: false,
    }
}

async fn refused(store: &impl Store, reset: ResetFinish) -> ResetRefusal {
    match store.finish_reset(reset).await {
        Err(Failure::Refused(refusal)) => refusal,
        _ => panic!("it is not refused"),
    }
}

/// What the room was told.
async fn told(store: &impl Store) -> Vec<NoticeKind> {
    let history = store.history(room(1), Seq::START, Seq(99), 99).await;
    let entries = history.unwrap().entries;
    let notices = entries.into_iter().filter_map(|entry| match entry.body {
        Body::Notice(notice) => {
            assert!(entry.sender == account(1) && entry.device.is_none());
            Some(notice.notice)
        }
        _ => None,
    });
    notices.collect()
}

fn asked() -> NoticeKind {
    NoticeKind::ResetAsked {
        account: account(1),
    }
}

fn cancelled() -> NoticeKind {
    NoticeKind::ResetCancelled {
        account: account(1),
    }
}

pub(super) async fn a_reset_waits_and_is_finished_by_the_device_that_asked(
    store: impl Store,
    clock: &ManualClock,
) {
    with_key(&store).await;
    let other = session(50, password());
    store.start_session(other).await.unwrap();
    assert_eq!(refused(&store, finish(1, 60)).await, ResetRefusal::None);
    let pending = store.ask_reset(account(1), device(1)).await.unwrap();
    assert_eq!(pending.ready.since(pending.asked), RESET_WAIT_MILLIS);
    // It waits from when it was asked for first, and no other device takes it over.
    clock.advance(5);
    for n in [1, 2] {
        let again = store.ask_reset(account(1), device(n)).await.unwrap();
        assert_eq!(again, pending);
    }
    let foreign = ResetFinish {
        device: device(2),
        ..finish(1, 60)
    };
    assert_eq!(told(&store).await, [asked()]);
    clock.advance(RESET_WAIT_MILLIS - 6);
    assert_eq!(refused(&store, finish(1, 60)).await, ResetRefusal::Waits(1));
    clock.advance(1);
    assert_eq!(refused(&store, foreign).await, ResetRefusal::None);
    // Messages and notices share the room's places.
    store.append_message(message(1, 2, 0)).await.unwrap();
    let mut ended = store.finish_reset(finish(1, 60)).await.unwrap();
    ended.sort_unstable_by_key(|token| token.0);
    assert!(ended == [token(1), token(50)]);
    let done = NoticeKind::ResetDone {
        account: account(1),
    };
    assert_eq!(told(&store).await, [asked(), done]);
    assert_eq!(store.reset(account(1)).await.unwrap(), None);
    let record = store.login_record(&name(1)).await.unwrap().unwrap();
    assert_eq!(record.password_file, vec![60; 10]);
    assert_eq!(record.root_box.by_password, bytes("reduced"));
    assert_eq!(record.root_box.by_code, bytes("reduced by code"));
    assert!(record.code == Some(CodeHash([60; 32])));
    let key = store.vault_item(account(1), ACCOUNT_KEY).await.unwrap();
    assert_eq!(key.unwrap().version, 2);
    let opened = store.credentials(account(1)).await.unwrap().unwrap();
    assert!(opened.password_changed.is_some() && opened.recovery_changed.is_some());
    let old = store.start_session(session(70, password())).await;
    assert!(matches!(old, Err(Failure::Refused(LoginRefusal::Unproven))));
    assert_eq!(refused(&store, finish(60, 61)).await, ResetRefusal::None);
}

pub(super) async fn whoever_knows_what_opens_the_account_cancels_a_reset(
    store: impl Store,
    clock: &ManualClock,
) {
    with_key(&store).await;
    let ask = async || {
        store.ask_reset(account(1), device(1)).await.unwrap();
        clock.advance(RESET_WAIT_MILLIS);
    };
    let is_cancelled = async || {
        assert_eq!(store.reset(account(1)).await.unwrap(), None);
        assert_eq!(told(&store).await.last(), Some(&cancelled()));
        assert_eq!(refused(&store, finish(1, 60)).await, ResetRefusal::None);
    };
    // Whoever guesses cancels nothing.
    ask().await;
    let guess = Proven::Password(bytes("a guess").0);
    assert!(store.start_session(session(50, guess)).await.is_err());
    let stranger = Proven::Code(CodeHash([2; 32]));
    assert!(store.start_session(session(50, stranger)).await.is_err());
    assert!(store.reset(account(1)).await.unwrap().is_some());

    store.start_session(session(50, password())).await.unwrap();
    is_cancelled().await;
    ask().await;
    let by_code = Proven::Code(CodeHash([1; 32]));
    store.start_session(session(51, by_code)).await.unwrap();
    is_cancelled().await;
    ask().await;
    let change = CodeChange {
        account: account(1),
        device: device(1),
        proven: password(),
        by_code: bytes("code 7").0,
        code: CodeHash([7; 32]),
    };
    store.change_code(change).await.unwrap();
    is_cancelled().await;
    ask().await;
    store.cancel_reset(account(1)).await.unwrap();
    is_cancelled().await;
    let before = told(&store).await.len();
    store.cancel_reset(account(1)).await.unwrap();
    assert_eq!(told(&store).await.len(), before, "there was none");
    ask().await;
    let change = PasswordChange {
        account: account(1),
        device: Some(device(1)),
        proven: password(),
        password_file: vec![60; 10],
        by_password: bytes("box 60").0,
        old_token: token(1),
        new_token: token(61),
        end_others: false,
    };
    store.change_password(change).await.unwrap();
    is_cancelled().await;
}

pub(super) async fn a_reset_goes_with_its_device_and_is_all_or_nothing(
    store: impl Store,
    clock: &ManualClock,
) {
    with_key(&store).await;
    store.start_session(session(50, password())).await.unwrap();
    let tablet = AddDevice {
        account: account(1),
        device: new_device(device(9)),
        account_key: 1,
        old_token: token(50),
        new_token: token(51),
    };
    store.add_device(tablet).await.unwrap();
    store.ask_reset(account(1), device(1)).await.unwrap();
    clock.advance(RESET_WAIT_MILLIS);
    for (reset, why) in [
        (finish(51, 1), ResetRefusal::TokenTaken),
        (finish(8, 60), ResetRefusal::Ended),
        (
            ResetFinish {
                account_key: put(ACCOUNT_KEY, 2),
                ..finish(1, 60)
            },
            ResetRefusal::Vault(VaultRefusal::VersionConflict),
        ),
    ] {
        assert_eq!(refused(&store, reset).await, why);
        let record = store.login_record(&name(1)).await.unwrap().unwrap();
        assert_eq!(record.password_file, vec![1; 10]);
        assert!(!store.session(token(1)).await.unwrap().unwrap().ended);
        assert!(store.session(token(60)).await.unwrap().is_none());
        assert!(store.reset(account(1)).await.unwrap().is_some());
    }
    // The tablet revokes the device that asked.
    let request = RevokeDevices {
        devices: vec![device(1)],
        remaining: Vec::new(),
        certificate: bytes("next certificate"),
        key_packages: Vec::new(),
        last_resort: bytes("next last"),
        vault: Vec::new(),
        mails: Vec::new(),
    };
    let revocation = Revocation {
        account: account(1),
        device: device(9),
        request,
    };
    store.revoke_devices(revocation).await.unwrap();
    assert_eq!(told(&store).await, [asked(), cancelled()]);
    assert_eq!(refused(&store, finish(1, 60)).await, ResetRefusal::None);
    let asked = store.ask_reset(account(1), device(1)).await;
    assert!(matches!(asked, Err(Failure::Refused(ResetRefusal::Ended))));
}
