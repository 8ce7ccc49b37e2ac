//! Administrators, invites, and the record of acts.

use protocol::{
    ids::{AccountId, InviteId},
    names::UserName,
    rest::Act,
};

use super::fixtures::{account, device, message, name, new_account, password, peopled};
use crate::{
    clock::ManualClock,
    store::{
        Failure, Store,
        account::RegisterRefusal,
        admin::{
            ActRefusal, Actor, AdminStore, InviteHash, NewInvite, SetUp, SetUpNeed, ShownInvite,
            UserActing,
        },
        credentials::PasswordChange,
        device::ClaimRefusal,
        session::{LoginRefusal, NewSession, TokenHash},
    },
};

fn shown(n: u8) -> ShownInvite {
    ShownInvite {
        hash: InviteHash([n; 32]),
        admin_only: false,
        development: false,
    }
}

fn invite(n: u8, uses: u32) -> NewInvite {
    NewInvite {
        actor: Actor::Machine,
        hash: InviteHash([n; 32]),
        label: "friends".to_owned(),
        uses,
        lasts_millis: None,
        makes_admin: false,
    }
}

/// Registers account `n` by invite `by`.
async fn register_by(store: &impl Store, n: u8, by: ShownInvite) -> Result<(), RegisterRefusal> {
    let mut new = new_account(n);
    new.invite = Some(by);
    match store.register(new).await {
        Ok(()) => Ok(()),
        Err(Failure::Refused(refusal)) => Err(refusal),
        Err(Failure::Store(error)) => panic!("{error}"),
    }
}

/// Registers account 1 as the administrator.
async fn administrated(store: &(impl Store + AdminStore)) {
    let new = NewInvite {
        makes_admin: true,
        ..invite(99, 1)
    };
    store.make_invite(new).await.unwrap();
    register_by(store, 1, shown(99)).await.unwrap();
}

async fn act(
    store: &impl AdminStore,
    by: u8,
    act: Act,
    on: u8,
) -> Result<Vec<TokenHash>, ActRefusal> {
    let acting = UserActing {
        actor: Actor::Account(account(by)),
        target: account(on),
        act,
        drawn: UserName::parse(&format!("gone-{on}")).unwrap(),
    };
    match store.act_on_user(acting).await {
        Ok(acted) => Ok(acted.ended),
        Err(Failure::Refused(refusal)) => Err(refusal),
        Err(Failure::Store(error)) => panic!("{error}"),
    }
}

async fn log_in(store: &impl Store, n: u8, development: bool) -> Result<bool, LoginRefusal> {
    let new = NewSession {
        token: TokenHash([200 + n; 32]),
        account: account(n),
        device: None,
        proven: password(),
        development,
    };
    match store.start_session(new).await {
        Ok(started) => Ok(started.must_change_password),
        Err(Failure::Refused(refusal)) => Err(refusal),
        Err(Failure::Store(error)) => panic!("{error}"),
    }
}

pub(super) async fn an_invite_makes_as_many_accounts_as_it_says(
    store: impl Store + AdminStore,
    _: &ManualClock,
) {
    store.make_invite(invite(7, 2)).await.unwrap();
    assert!(store.invite_counts(shown(7)).await.unwrap());
    assert!(!store.invite_counts(shown(8)).await.unwrap());
    register_by(&store, 1, shown(7)).await.unwrap();
    // A registration that is refused takes no use with it.
    let taken = register_by(&store, 1, shown(7)).await;
    assert_eq!(taken, Err(RegisterRefusal::NameTaken));
    let mut same_device = new_account(2);
    same_device.device.device_id = device(1);
    same_device.invite = Some(shown(7));
    assert!(store.register(same_device).await.is_err());
    assert_eq!(store.invites().await.unwrap().invites[0].used, 1);

    register_by(&store, 2, shown(7)).await.unwrap();
    assert_eq!(
        register_by(&store, 3, shown(7)).await,
        Err(RegisterRefusal::Invite)
    );
    assert!(store.account(&name(3)).await.unwrap().is_none());
    assert!(store.invites().await.unwrap().invites.is_empty());
    assert!(!store.is_admin(account(1)).await.unwrap());
}

pub(super) async fn an_invite_ends(store: impl Store + AdminStore, clock: &ManualClock) {
    let short = NewInvite {
        lasts_millis: Some(1_000),
        ..invite(7, 1)
    };
    store.make_invite(short).await.unwrap();
    let taken_back = store.make_invite(invite(8, 1)).await.unwrap();
    store.end_invite(Actor::Machine, taken_back).await.unwrap();
    for missing in [taken_back, InviteId::new(77).unwrap()] {
        let result = store.end_invite(Actor::Machine, missing).await;
        assert!(matches!(
            result,
            Err(Failure::Refused(ActRefusal::NoInvite))
        ));
    }
    clock.advance(999);
    assert!(store.invite_counts(shown(7)).await.unwrap());
    clock.advance(1);
    for n in [7, 8] {
        assert!(!store.invite_counts(shown(n)).await.unwrap());
        assert_eq!(
            register_by(&store, 1, shown(n)).await,
            Err(RegisterRefusal::Invite)
        );
    }
    // A server that takes no new accounts takes an administrator.
    store.make_invite(invite(9, 1)).await.unwrap();
    let closed = |n| ShownInvite {
        admin_only: true,
        ..shown(n)
    };
    assert!(!store.invite_counts(closed(9)).await.unwrap());
    assert_eq!(
        register_by(&store, 1, closed(9)).await,
        Err(RegisterRefusal::Invite)
    );
    administrated(&store).await;
    assert!(store.is_admin(account(1)).await.unwrap());
}

async fn set_up(store: &impl AdminStore, n: u8, default: Option<u8>) -> SetUpNeed {
    let setup = SetUp {
        hash: InviteHash([n; 32]),
        default_name: default.map(name),
    };
    store.set_up(setup).await.unwrap()
}

pub(super) async fn a_server_is_set_up_once(store: impl Store + AdminStore, _: &ManualClock) {
    assert_eq!(set_up(&store, 7, None).await, SetUpNeed::Administrator);
    // The next start draws another one.
    assert_eq!(set_up(&store, 8, None).await, SetUpNeed::Administrator);
    assert_eq!(
        register_by(&store, 1, shown(7)).await,
        Err(RegisterRefusal::Invite)
    );
    register_by(&store, 1, shown(8)).await.unwrap();
    assert_eq!(
        register_by(&store, 2, shown(8)).await,
        Err(RegisterRefusal::Invite)
    );
    assert!(store.is_admin(account(1)).await.unwrap());
    assert_eq!(set_up(&store, 9, None).await, SetUpNeed::Nothing);
    assert_eq!(set_up(&store, 9, Some(5)).await, SetUpNeed::Nothing);
    assert!(!store.invite_counts(shown(9)).await.unwrap());
}

pub(super) async fn only_development_knows_its_own_first_invite(
    store: impl Store + AdminStore,
    _: &ManualClock,
) {
    let own = |n| ShownInvite {
        development: true,
        ..shown(n)
    };
    assert_eq!(set_up(&store, 7, Some(1)).await, SetUpNeed::DefaultAccount);
    assert!(!store.invite_counts(shown(7)).await.unwrap());
    assert_eq!(
        register_by(&store, 1, shown(7)).await,
        Err(RegisterRefusal::Invite)
    );
    register_by(&store, 1, own(7)).await.unwrap();
    assert!(
        !store.is_admin(account(1)).await.unwrap(),
        "not before a new password"
    );
    store.forget_default_device(&name(1)).await.unwrap();
    assert!(
        store
            .session(TokenHash([1; 32]))
            .await
            .unwrap()
            .unwrap()
            .ended
    );
    assert!(store.devices(account(1), None).await.unwrap().is_empty());

    assert_eq!(log_in(&store, 1, true).await, Ok(true));
    let row = store.session(TokenHash([201; 32])).await.unwrap().unwrap();
    assert!(row.must_change_password);
    assert_eq!(
        log_in(&store, 1, false).await,
        Err(LoginRefusal::DefaultPassword)
    );
    assert_eq!(set_up(&store, 8, Some(1)).await, SetUpNeed::NewPassword);
    // Elsewhere than in development nobody gets in by that account, so the server has nobody.
    assert_eq!(set_up(&store, 8, None).await, SetUpNeed::Administrator);

    let change = PasswordChange {
        account: account(1),
        device: None,
        proven: password(),
        password_file: b"another file".to_vec(),
        by_password: b"another box".to_vec(),
        old_token: TokenHash([201; 32]),
        new_token: TokenHash([202; 32]),
        end_others: true,
    };
    assert_eq!(store.change_password(change).await.unwrap().len(), 1);
    assert!(store.is_admin(account(1)).await.unwrap());
    let row = store.session(TokenHash([202; 32])).await.unwrap().unwrap();
    assert!(!row.must_change_password);
    assert_eq!(set_up(&store, 9, None).await, SetUpNeed::Nothing);
    // An account of its own stays as it is.
    store.forget_default_device(&name(1)).await.unwrap();
    assert!(
        !store
            .session(TokenHash([202; 32]))
            .await
            .unwrap()
            .unwrap()
            .ended
    );

    // Somebody else has that name: it is not taken from her.
    store.register(new_account(2)).await.unwrap();
    act(&store, 1, Act::Grant, 2).await.unwrap();
    act(&store, 2, Act::Withdraw, 1).await.unwrap();
    assert_eq!(
        act(&store, 2, Act::Withdraw, 2).await,
        Err(ActRefusal::LastAdmin)
    );
}

pub(super) async fn a_disabled_account_does_not_log_in(
    store: impl Store + AdminStore,
    _: &ManualClock,
) {
    administrated(&store).await;
    store.register(new_account(2)).await.unwrap();
    assert_eq!(
        act(&store, 1, Act::Disable, 2).await,
        Ok(vec![TokenHash([2; 32])])
    );
    let row = store.session(TokenHash([2; 32])).await.unwrap().unwrap();
    assert!(row.ended && row.disabled);
    assert_eq!(log_in(&store, 2, false).await, Err(LoginRefusal::Disabled));
    assert_eq!(act(&store, 1, Act::Enable, 2).await, Ok(Vec::new()));
    assert_eq!(log_in(&store, 2, false).await, Ok(false));
    assert_eq!(
        act(&store, 1, Act::EndSessions, 2).await,
        Ok(vec![TokenHash([202; 32])])
    );
    let mut users = store.users(None).await.unwrap().users.into_iter();
    let (first, second) = (users.next().unwrap(), users.next().unwrap());
    assert!(first.administrator && !second.administrator && !second.disabled);
    assert_eq!((second.username, second.devices), (name(2), 1));
    let after = store.users(Some(name(1))).await.unwrap();
    assert_eq!((after.users.len(), after.more), (1, false));
}

pub(super) async fn a_freed_name_is_anothers(store: impl Store + AdminStore, _: &ManualClock) {
    administrated(&store).await;
    peopled_beside(&store).await;
    act(&store, 1, Act::Grant, 2).await.unwrap();
    assert_eq!(
        act(&store, 1, Act::FreeName, 2).await,
        Ok(vec![TokenHash([2; 32])])
    );
    assert!(store.account(&name(2)).await.unwrap().is_none());
    assert!(store.login_record(&name(2)).await.unwrap().is_none());
    let drawn = UserName::parse("gone-2").unwrap();
    assert!(store.login_record(&drawn).await.unwrap().is_none());
    assert_eq!(log_in(&store, 2, false).await, Err(LoginRefusal::Gone));
    let claimed = store.claim_key_packages(account(2), true).await;
    assert!(matches!(
        claimed,
        Err(Failure::Refused(ClaimRefusal::AccountNotFound))
    ));
    for again in [Act::FreeName, Act::Enable, Act::Grant] {
        assert_eq!(act(&store, 1, again, 2).await, Err(ActRefusal::NoAccount));
    }
    // Its room lives on, and whoever takes the name is another account without any role.
    let members = store.members(super::fixtures::room(1)).await.unwrap();
    assert_eq!(members[0].account_id, account(2));
    let mut newcomer = new_account(3);
    newcomer.name = name(2);
    store.register(newcomer).await.unwrap();
    assert_eq!(
        store.account(&name(2)).await.unwrap().unwrap().account_id,
        account(3)
    );
    assert!(!store.is_admin(account(3)).await.unwrap());
    assert!(store.rooms(account(3)).await.unwrap().is_empty());
}

/// Account 2 with room 1.
async fn peopled_beside(store: &impl Store) {
    store.register(new_account(2)).await.unwrap();
    let room = super::fixtures::new_room(2, 1);
    store.create_sealed_room(room).await.unwrap();
}

pub(super) async fn there_is_always_an_administrator(
    store: impl Store + AdminStore,
    _: &ManualClock,
) {
    administrated(&store).await;
    store.register(new_account(2)).await.unwrap();
    let last = [Act::Withdraw, Act::Disable, Act::FreeName];
    for refused in last {
        assert_eq!(act(&store, 1, refused, 1).await, Err(ActRefusal::LastAdmin));
        assert!(store.is_admin(account(1)).await.unwrap());
        assert!(store.account(&name(1)).await.unwrap().is_some());
    }
    // One who cannot log in is none.
    act(&store, 1, Act::Grant, 2).await.unwrap();
    act(&store, 1, Act::Disable, 2).await.unwrap();
    assert_eq!(
        act(&store, 1, Act::Withdraw, 1).await,
        Err(ActRefusal::LastAdmin)
    );
    act(&store, 1, Act::Enable, 2).await.unwrap();
    act(&store, 1, Act::Withdraw, 1).await.unwrap();
    assert_eq!(
        act(&store, 2, Act::Withdraw, 2).await,
        Err(ActRefusal::LastAdmin)
    );
}

pub(super) async fn only_an_administrator_acts(store: impl Store + AdminStore, _: &ManualClock) {
    administrated(&store).await;
    store.register(new_account(2)).await.unwrap();
    let refused = Err(ActRefusal::NotAdmin);
    assert_eq!(act(&store, 2, Act::Grant, 2).await, refused);
    assert_eq!(act(&store, 9, Act::Grant, 2).await, refused);
    let actor = Actor::Account(account(2));
    let mine = NewInvite {
        actor,
        ..invite(7, 1)
    };
    let made = store.make_invite(mine).await;
    assert!(matches!(made, Err(Failure::Refused(ActRefusal::NotAdmin))));
    let noted = store.note_search(actor).await;
    assert!(matches!(noted, Err(Failure::Refused(ActRefusal::NotAdmin))));
    let theirs = store.make_invite(invite(8, 1)).await.unwrap();
    let ended = store.end_invite(actor, theirs).await;
    assert!(matches!(ended, Err(Failure::Refused(ActRefusal::NotAdmin))));
    // A disabled administrator's request that was under way is refused as well.
    act(&store, 1, Act::Grant, 2).await.unwrap();
    act(&store, 1, Act::Disable, 2).await.unwrap();
    assert_eq!(act(&store, 2, Act::Enable, 2).await, refused);
}

pub(super) async fn every_act_is_recorded_with_it(store: impl Store + AdminStore, _: &ManualClock) {
    administrated(&store).await;
    store.register(new_account(2)).await.unwrap();
    let acts = [
        Act::Disable,
        Act::Enable,
        Act::Grant,
        Act::Withdraw,
        Act::EndSessions,
        Act::FreeName,
    ];
    for done in acts {
        act(&store, 1, done, 2).await.unwrap();
    }
    // What is refused is not done, and not recorded as done.
    assert_eq!(
        act(&store, 1, Act::Withdraw, 1).await,
        Err(ActRefusal::LastAdmin)
    );
    assert_eq!(
        act(&store, 2, Act::Withdraw, 1).await,
        Err(ActRefusal::NotAdmin)
    );
    store.note_search(Actor::Account(account(1))).await.unwrap();

    let audit = store.audit(None).await.unwrap();
    let mut told: Vec<_> = audit
        .acts
        .iter()
        .map(|it| (it.actor, it.act, it.target))
        .collect();
    told.reverse();
    let (admin, other) = (Some(account(1)), Some(account(2)));
    let mut wanted: Vec<(Option<AccountId>, Act, Option<AccountId>)> = vec![
        (None, Act::MakeInvite, None),
        (None, Act::BecomeAdmin, admin),
    ];
    wanted.extend(acts.map(|act| (admin, act, other)));
    wanted.push((admin, Act::SearchCanary, None));
    assert_eq!(told, wanted);
    // Names are those that people had.
    assert_eq!(audit.acts[1].target_name, Some(name(2)));
    assert_eq!(audit.acts[1].actor_name, Some(name(1)));
    let older = store.audit(Some(audit.acts[6].id)).await.unwrap();
    assert_eq!(older.acts.len(), 2);
}

pub(super) async fn rooms_and_tables_have_sizes(store: impl Store + AdminStore, _: &ManualClock) {
    peopled(&store, 2).await;
    store.append_message(message(1, 1, 0)).await.unwrap();
    let rooms = store.all_rooms(None).await.unwrap();
    let [room] = rooms.rooms.as_slice() else {
        panic!("{rooms:?}");
    };
    assert_eq!((room.members, room.entries, room.files), (1, 1, 0));
    assert!(room.bytes > 50 && !rooms.more, "{rooms:?}");
    let after = store.all_rooms(Some(room.room_id)).await.unwrap();
    assert!(after.rooms.is_empty());
    let tables = store.table_sizes().await.unwrap();
    assert!(
        tables
            .iter()
            .any(|it| it.table == "accounts" && it.bytes >= 4096)
    );
    let (database, log) = store.file_sizes().await.unwrap();
    assert!(database + log >= 4096);
    assert_eq!(store.blob_sizes().await.unwrap(), (0, 0));
    assert!(store.columns().await.unwrap().len() > 100);
}
