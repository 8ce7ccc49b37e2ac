//! Sessions of an account, and its second factor.

use protocol::limits::{CODE_TRIES, CODE_WAIT_MILLIS};

use super::fixtures::{account, device, password, peopled};
use crate::{
    clock::{Clock as _, ManualClock},
    store::{
        Failure, Store,
        second_factor::{Enrol, FactorRefusal, ShownCode, TokenTurn, UseCode, Verdict},
        session::{NewSession, TokenHash},
    },
};

const fn token(n: u8) -> TokenHash {
    TokenHash([n; 32])
}

async fn start(store: &impl Store, of: u8, n: u8) {
    let new = NewSession {
        token: token(n),
        account: account(of),
        device: Some(device(of)),
        proven: password(),
        development: false,
    };
    store.start_session(new).await.unwrap();
}

async fn tokens(store: &impl Store, of: u8) -> Vec<TokenHash> {
    let rows = store.sessions(account(of)).await.unwrap();
    rows.iter().map(|row| row.token).collect()
}

pub(super) async fn sessions_are_listed_and_ended_by_account_and_age(
    store: impl Store,
    clock: &ManualClock,
) {
    peopled(&store, 2).await;
    for n in [10, 11, 12] {
        clock.advance(1);
        start(&store, 1, n).await;
    }
    assert!(tokens(&store, 1).await == [1, 10, 11, 12].map(token));
    let ended = store.end_other_sessions(account(1), token(11)).await;
    assert_eq!(ended.unwrap().len(), 3);
    assert!(tokens(&store, 1).await == [token(11)]);
    assert!(tokens(&store, 2).await == [token(2)]);
    clock.advance(10);
    start(&store, 1, 13).await;
    // Use changes nothing of when a session began.
    store.touch_session(token(11)).await.unwrap();
    let before = protocol::time::Timestamp::from_millis(clock.now().millis() - 1);
    let ended = store.end_old_sessions(before).await.unwrap();
    assert!(ended.contains(&token(11)) && ended.contains(&token(2)) && ended.len() == 2);
    assert!(tokens(&store, 1).await == [token(13)]);
}

fn factor(old: u8, new: u8) -> Enrol {
    Enrol {
        account: account(1),
        proven: password(),
        seed: vec![7],
        step: 100,
        backup_codes: vec![[1; 32], [2; 32]],
        turn: turn(old, new),
    }
}

const fn turn(old: u8, new: u8) -> TokenTurn {
    TokenTurn {
        old: token(old),
        new: token(new),
    }
}

async fn show(store: &impl Store, shown: ShownCode) -> Verdict {
    let code = UseCode {
        account: account(1),
        seed: vec![7],
        shown,
    };
    store.use_code(code).await.unwrap()
}

pub(super) async fn a_code_is_used_up_once(store: impl Store, clock: &ManualClock) {
    peopled(&store, 2).await;
    assert_eq!(show(&store, ShownCode::Step(101)).await, Verdict::Wrong);
    store.enrol(factor(1, 20)).await.unwrap();
    let kept = store.second_factor(account(1)).await.unwrap().unwrap();
    assert_eq!((kept.seed, kept.backup_codes_left), (vec![7], 2));
    assert!(store.second_factor(account(2)).await.unwrap().is_none());
    for (shown, verdict) in [
        (ShownCode::Step(100), Verdict::Wrong),
        (ShownCode::Step(102), Verdict::Taken),
        (ShownCode::Step(102), Verdict::Wrong),
        (ShownCode::Step(101), Verdict::Wrong),
        (ShownCode::Backup([1; 32]), Verdict::Taken),
        (ShownCode::Backup([1; 32]), Verdict::Wrong),
        (ShownCode::Backup([9; 32]), Verdict::Wrong),
    ] {
        assert_eq!(show(&store, shown).await, verdict, "{shown:?}");
    }
    // A step that was reckoned with another seed.
    let other = UseCode {
        account: account(1),
        seed: vec![8],
        shown: ShownCode::Step(500),
    };
    assert_eq!(store.use_code(other).await.unwrap(), Verdict::Wrong);
    assert_eq!(show(&store, ShownCode::Step(103)).await, Verdict::Taken);
    for _ in 0..CODE_TRIES {
        assert_eq!(show(&store, ShownCode::Wrong).await, Verdict::Wrong);
    }
    let wait = Verdict::Wait(CODE_WAIT_MILLIS);
    assert_eq!(show(&store, ShownCode::Step(104)).await, wait);
    assert_eq!(show(&store, ShownCode::Backup([2; 32])).await, wait);
    clock.advance(CODE_WAIT_MILLIS);
    assert_eq!(show(&store, ShownCode::Step(104)).await, Verdict::Taken);
}

pub(super) async fn a_second_factor_comes_and_goes_with_the_token(
    store: impl Store,
    clock: &ManualClock,
) {
    let refused = |result: Result<(), Failure<FactorRefusal>>| match result {
        Err(Failure::Refused(refusal)) => Some(refusal),
        _ => None,
    };
    peopled(&store, 1).await;
    let began = store.session(token(1)).await.unwrap().unwrap().started_at;
    let none = store
        .remove_second_factor(account(1), password(), turn(1, 20))
        .await;
    assert_eq!(refused(none), Some(FactorRefusal::None));
    let none = store
        .replace_backup_codes(account(1), password(), vec![])
        .await;
    assert_eq!(refused(none), Some(FactorRefusal::None));
    clock.advance(1_000);
    store.enrol(factor(1, 20)).await.unwrap();
    assert!(store.session(token(1)).await.unwrap().unwrap().ended);
    let row = store.session(token(20)).await.unwrap().unwrap();
    assert!(row.device == Some(device(1)) && row.started_at == began && !row.ended);
    let twice = store.enrol(factor(20, 21)).await;
    assert_eq!(refused(twice), Some(FactorRefusal::Exists));
    assert!(!store.session(token(20)).await.unwrap().unwrap().ended);
    let codes = vec![[3; 32], [4; 32], [5; 32]];
    store
        .replace_backup_codes(account(1), password(), codes)
        .await
        .unwrap();
    assert_eq!(
        show(&store, ShownCode::Backup([2; 32])).await,
        Verdict::Wrong
    );
    assert_eq!(
        show(&store, ShownCode::Backup([4; 32])).await,
        Verdict::Taken
    );
    // A session that ended changes nothing any more.
    let over = store
        .remove_second_factor(account(1), password(), turn(1, 21))
        .await;
    assert_eq!(refused(over), Some(FactorRefusal::SessionOver));
    assert!(store.second_factor(account(1)).await.unwrap().is_some());
    store
        .remove_second_factor(account(1), password(), turn(20, 21))
        .await
        .unwrap();
    assert!(store.second_factor(account(1)).await.unwrap().is_none());
    assert_eq!(
        show(&store, ShownCode::Backup([5; 32])).await,
        Verdict::Wrong
    );
    // Its wrong codes and used steps are not those of the next one.
    store.enrol(factor(21, 22)).await.unwrap();
    assert_eq!(show(&store, ShownCode::Step(101)).await, Verdict::Taken);
}
