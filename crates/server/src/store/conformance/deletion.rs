//! An account ends with all that is its own, and leaves its name and its words.

use protocol::{
    ids::Seq,
    log::{Body, NoticeKind},
    names::UserName,
    rest::Act,
};

use super::fixtures::{
    account, bytes, coming, commit, device, going, link_put, message, name, new_account, new_room,
    password, peopled, proposal, put, request, room,
};
use crate::{
    clock::ManualClock,
    store::{
        Failure, Store,
        account::RegisterRefusal,
        admin::{ActRefusal, Actor, AdminStore, UserActing},
        credentials::{CodeHash, Proven},
        deletion::{DeleteRefusal, Deletion},
        device::ClaimRefusal,
        session::{LoginRefusal, NewSession, TokenHash},
    },
};

fn of(n: u8, proven: Proven) -> Deletion {
    Deletion {
        account: account(n),
        proven,
    }
}

async fn told(store: &impl Store, n: u64) -> Vec<NoticeKind> {
    let history = store.history(room(n), Seq::START, Seq(99), 99).await;
    let entries = history.unwrap().entries.into_iter();
    let notices = entries.filter_map(|entry| match entry.body {
        Body::Notice(notice) => Some(notice.notice),
        _ => None,
    });
    notices.collect()
}

pub(super) async fn an_account_ends_with_all_that_is_its_own(
    store: impl Store + AdminStore,
    _: &ManualClock,
) {
    peopled(&store, 3).await;
    let joins = commit(1, request(1, 0, coming(&[2, 3])));
    store.append_commit(joins).await.unwrap();
    store.append_message(message(2, 2, 1)).await.unwrap();
    store.put_link(link_put(1, 5)).await.unwrap();
    store.create_sealed_room(new_room(2, 2)).await.unwrap();
    store.ask_reset(account(2), device(2)).await.unwrap();
    let vault = vec![put("account-key", 0)];
    store.write_vault(account(2), vault).await.unwrap();

    let guess = Proven::Password(bytes("a guess").0);
    let others = Proven::Code(CodeHash([3; 32]));
    for proven in [guess, others] {
        let refused = store.delete_account(of(2, proven)).await;
        assert!(matches!(
            refused,
            Err(Failure::Refused(DeleteRefusal::Unproven))
        ));
    }
    assert!(store.reset(account(2)).await.unwrap().is_some());
    let ended = store.delete_account(of(2, password())).await.unwrap();
    assert!(ended == [TokenHash([2; 32])]);
    let row = store.session(TokenHash([2; 32])).await.unwrap().unwrap();
    assert!(row.ended && row.deleted);
    assert!(store.devices(account(2), None).await.unwrap().is_empty());
    assert!(store.vault(account(2)).await.unwrap().is_empty());
    assert!(store.credentials(account(2)).await.unwrap().is_none());
    assert!(store.login_record(&name(2)).await.unwrap().is_none());
    assert!(store.account(&name(2)).await.unwrap().is_none());
    assert!(store.reset(account(2)).await.unwrap().is_none());
    let claimed = store.claim_key_packages(account(2), true).await;
    assert!(matches!(
        claimed,
        Err(Failure::Refused(ClaimRefusal::AccountNotFound))
    ));
    // Those who are in a room with it are told; what it said there stays.
    let notice = NoticeKind::AccountDeleted {
        account: account(2),
    };
    assert_eq!(told(&store, 1).await.last(), Some(&notice));
    assert!(!told(&store, 2).await.contains(&notice), "nobody is there");
    let said = store.entry(room(1), Seq(2)).await.unwrap().unwrap();
    assert!(said.sender == account(2) && matches!(said.body, Body::Message(_)));
    let again = store.delete_account(of(2, password())).await;
    assert!(again.is_err());
    let session = NewSession {
        token: TokenHash([50; 32]),
        account: account(2),
        device: None,
        proven: password(),
        development: true,
    };
    let login = store.start_session(session).await;
    assert!(matches!(login, Err(Failure::Refused(LoginRefusal::Gone))));
    // The others go on.
    assert_eq!(
        store
            .links(room(1), Default::default())
            .await
            .unwrap()
            .len(),
        1
    );
    store.delete_account(of(1, password())).await.unwrap();
    assert!(
        store
            .links(room(1), Default::default())
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(store.devices(account(3), None).await.unwrap().len(), 1);
}

/// One who asked to go and was deleted before anybody answered is let go by anybody.
pub(super) async fn an_account_that_is_gone_is_let_go_by_the_others(
    store: impl Store + AdminStore,
    _: &ManualClock,
) {
    peopled(&store, 3).await;
    let joins = commit(1, request(1, 0, coming(&[2, 3])));
    store.append_commit(joins).await.unwrap();
    store.append_proposal(proposal(2, 2, 1)).await.unwrap();
    store.delete_account(of(2, password())).await.unwrap();
    let lets_go = commit(3, request(3, 2, going(&[2])));
    store.append_commit(lets_go).await.unwrap();
    let members = store.members(room(1)).await.unwrap();
    assert!(members.iter().all(|member| member.account_id != account(2)));
}

pub(super) async fn the_name_of_a_deleted_account_stays_taken_until_it_is_freed(
    store: impl Store + AdminStore,
    _: &ManualClock,
) {
    peopled(&store, 1).await;
    store.delete_account(of(1, password())).await.unwrap();
    let mut newcomer = new_account(4);
    newcomer.name = name(1);
    let taken = store.register(newcomer).await;
    assert!(matches!(
        taken,
        Err(Failure::Refused(RegisterRefusal::NameTaken))
    ));
    let act = |act| UserActing {
        actor: Actor::Machine,
        target: account(1),
        act,
        drawn: UserName::parse("freed-1").unwrap(),
    };
    for other in [Act::Disable, Act::Enable, Act::Grant, Act::EndSessions] {
        let refused = store.act_on_user(act(other)).await;
        assert!(matches!(
            refused,
            Err(Failure::Refused(ActRefusal::NoAccount))
        ));
    }
    let freed = store.act_on_user(act(Act::FreeName)).await.unwrap().user;
    assert!(freed.deleted && freed.freed);
    let mut newcomer = new_account(4);
    newcomer.name = name(1);
    store.register(newcomer).await.unwrap();
}
