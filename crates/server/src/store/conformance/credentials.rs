//! Passwords and recovery codes are changed by whoever knows one of them, all or nothing.

use super::fixtures::{START, account, bytes, device, name, password, peopled};
use crate::{
    clock::ManualClock,
    store::{
        Failure, Store,
        credentials::{ChangeRefusal, CodeChange, CodeHash, PasswordChange, Proven},
        session::{LoginRefusal, NewSession, TokenHash},
    },
};
use protocol::{rest::Changed, time::Timestamp};

const fn token(n: u8) -> TokenHash {
    TokenHash([n; 32])
}

/// Account 1 changes its password on device 1.
fn change(from: u8, to: u8, proven: Proven) -> PasswordChange {
    PasswordChange {
        account: account(1),
        device: Some(device(1)),
        proven,
        password_file: vec![to; 10],
        by_password: bytes(&format!("box {to}")).0,
        old_token: token(from),
        new_token: token(to),
        end_others: false,
    }
}

fn code(to: u8, proven: Proven) -> CodeChange {
    CodeChange {
        account: account(1),
        device: device(1),
        proven,
        by_code: bytes(&format!("code {to}")).0,
        code: CodeHash([to; 32]),
    }
}

fn session(n: u8, proven: Proven) -> NewSession {
    NewSession {
        token: token(n),
        account: account(1),
        device: Some(device(1)),
        proven,
        development: false,
    }
}

async fn is_over(store: &impl Store, n: u8) -> bool {
    store.session(token(n)).await.unwrap().unwrap().ended
}

pub(super) async fn a_password_changes_with_the_session_that_asks(
    store: impl Store,
    clock: &ManualClock,
) {
    peopled(&store, 2).await;
    for n in [50, 51] {
        store.start_session(session(n, password())).await.unwrap();
    }
    clock.advance(5);
    let ended = store.change_password(change(1, 60, password())).await;
    assert!(ended.unwrap() == [token(1)]);
    assert!(is_over(&store, 1).await && !is_over(&store, 50).await);
    let row = store.session(token(60)).await.unwrap().unwrap();
    assert_eq!(
        (row.account, row.device, row.ended),
        (account(1), Some(device(1)), false)
    );
    let record = store.login_record(&name(1)).await.unwrap().unwrap();
    assert_eq!(record.password_file, vec![60; 10]);
    assert_eq!(record.root_box.by_password, bytes("box 60"));
    assert_eq!(record.root_box.by_code, bytes("code"));
    let opened = store.credentials(account(1)).await.unwrap().unwrap();
    let changed = Changed {
        at: Timestamp::from_millis(START + 5),
        device_id: device(1),
    };
    assert_eq!(
        (opened.password_changed, opened.recovery_changed),
        (Some(changed), None)
    );

    // By the code, and now everybody else goes: of the own account.
    let all = PasswordChange {
        end_others: true,
        ..change(60, 61, Proven::Code(CodeHash([1; 32])))
    };
    let mut ended = store.change_password(all).await.unwrap();
    ended.sort_unstable_by_key(|token| token.0);
    assert!(ended == [token(50), token(51), token(60)]);
    assert!(is_over(&store, 50).await && !is_over(&store, 61).await && !is_over(&store, 2).await);
}

pub(super) async fn what_was_proven_before_a_change_counts_no_more(
    store: impl Store,
    _: &ManualClock,
) {
    peopled(&store, 2).await;
    let old_code = || Proven::Code(CodeHash([1; 32]));
    store
        .change_password(change(1, 60, password()))
        .await
        .unwrap();
    store.change_code(code(7, old_code())).await.unwrap();
    let opened = store.credentials(account(1)).await.unwrap().unwrap();
    assert_eq!(opened.root_box.by_code, bytes("code 7"));
    assert!(opened.code == Some(CodeHash([7; 32])) && opened.recovery_changed.is_some());
    let others = || Proven::Code(CodeHash([2; 32]));
    for proven in [password, old_code, others] {
        let begun = store.start_session(session(70, proven())).await;
        assert!(matches!(
            begun,
            Err(Failure::Refused(LoginRefusal::Unproven))
        ));
        assert!(store.session(token(70)).await.unwrap().is_none());
        let changed = store.change_password(change(60, 71, proven())).await;
        let refusal = ChangeRefusal::Unproven;
        assert!(matches!(changed, Err(Failure::Refused(it)) if it == refusal));
        let changed = store.change_code(code(8, proven())).await;
        assert!(matches!(changed, Err(Failure::Refused(it)) if it == refusal));
    }
    let new = Proven::Password(bytes("box 60").0);
    store.start_session(session(70, new)).await.unwrap();
    let new = Proven::Code(CodeHash([7; 32]));
    store.start_session(session(72, new)).await.unwrap();
    let record = store.login_record(&name(1)).await.unwrap().unwrap();
    assert_eq!(record.password_file, vec![60; 10]);
    assert!(!is_over(&store, 60).await);
}

pub(super) async fn a_change_needs_a_session_that_stands_and_a_new_token(
    store: impl Store,
    _: &ManualClock,
) {
    peopled(&store, 2).await;
    for (from, to, why) in [
        (9, 60, ChangeRefusal::Ended),
        (1, 1, ChangeRefusal::TokenTaken),
        (1, 2, ChangeRefusal::TokenTaken),
    ] {
        let refused = store.change_password(change(from, to, password())).await;
        assert!(matches!(refused, Err(Failure::Refused(it)) if it == why));
    }
    store.end_session(token(1)).await.unwrap();
    let refused = store.change_password(change(1, 60, password())).await;
    assert!(matches!(
        refused,
        Err(Failure::Refused(ChangeRefusal::Ended))
    ));
    let foreign = CodeChange {
        device: device(2),
        ..code(8, password())
    };
    let refused = store.change_code(foreign).await;
    assert!(matches!(
        refused,
        Err(Failure::Refused(ChangeRefusal::Ended))
    ));
    let record = store.login_record(&name(1)).await.unwrap().unwrap();
    assert_eq!(record.password_file, vec![1; 10]);
    assert!(record.code == Some(CodeHash([1; 32])));
}
