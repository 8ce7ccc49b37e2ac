//! Commits, proposals, tickets and mail.

use protocol::{
    ids::{GroupId, Seq, Ticket},
    limits::TICKET_MILLIS,
    log::{Effects, RoleChange},
    rest::{MailBody, MailDrop, Receipt, RosterWrite, SideRepair},
    role::Role,
};

use super::fixtures::{
    account, bytes, client, coming, commit, device, going, new_room, peopled, proposal, request,
    room,
};
use crate::{
    clock::ManualClock,
    store::{
        Failure, Store,
        log::CommitRefusal,
        room::{CreateRefusal, NotInside, RepairRefusal, Standing},
    },
};

type Appended = Result<Receipt, Failure<CommitRefusal>>;

#[track_caller]
fn refusal(result: Appended) -> CommitRefusal {
    match result {
        Err(Failure::Refused(refusal)) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

fn drop_to(n: u8, to_device: u8) -> MailDrop {
    MailDrop {
        account_id: account(n),
        device_id: device(to_device),
        body: MailBody::Welcome {
            group_id: GroupId::from_bytes([9; 16]),
            welcome: bytes("welcome"),
            bundle: bytes("bundle"),
        },
    }
}

fn role(n: u8, role: Role) -> Effects {
    Effects {
        roles: vec![RoleChange {
            account: account(n),
            role,
        }],
        ..Effects::default()
    }
}

pub(super) async fn a_commit_is_all_or_nothing(store: impl Store, _: &ManualClock) {
    peopled(&store, 3).await;
    let full = |mails| {
        let mut request = request(1, 0, coming(&[2]));
        request.mails = mails;
        request.state = Some(bytes("state 1"));
        request.roster = Some(RosterWrite::Append(bytes("roster 1")));
        request.tree = Some(bytes("tree 1"));
        request.chain = Some(bytes("link 1"));
        commit(1, request)
    };
    // To somebody else's device; to somebody who is not in the room afterwards.
    for mails in [
        vec![drop_to(2, 2), drop_to(2, 3)],
        vec![drop_to(2, 2), drop_to(3, 3)],
    ] {
        assert_eq!(
            refusal(store.append_commit(full(mails)).await),
            CommitRefusal::BadMail
        );
        let view = store.view(room(1), account(2)).await.unwrap().unwrap();
        assert_eq!((view.standing, view.last_seq), (Standing::Stranger, Seq(0)));
        assert!(
            store
                .mailbox(device(2), None)
                .await
                .unwrap()
                .mails
                .is_empty()
        );
        assert_eq!(
            store
                .side_files(room(1))
                .await
                .unwrap()
                .unwrap()
                .doors
                .len(),
            1
        );
    }
    let receipt = store
        .append_commit(full(vec![drop_to(2, 2)]))
        .await
        .unwrap();
    assert_eq!(receipt.seq, Seq(1));
    let side = store.side_files(room(1)).await.unwrap().unwrap();
    assert_eq!(side.doors, [bytes("door 1"), bytes("door 0")]);
    assert_eq!(side.state, bytes("state 1"));
    assert_eq!(side.roster, [bytes("roster 0"), bytes("roster 1")]);
    assert_eq!(
        (side.tree.seq, side.tree.snapshot),
        (Seq(1), bytes("tree 1"))
    );
    assert_eq!(side.chain, [bytes("link 1")]);
    let mail = store.mailbox(device(2), None).await.unwrap().mails;
    assert_eq!(
        (mail[0].room_id, mail[0].seq, mail[0].sender),
        (Some(room(1)), Some(Seq(1)), account(1))
    );
    assert_eq!(store.members(room(1)).await.unwrap().len(), 2);
}

pub(super) async fn the_table_allows(store: impl Store, _: &ManualClock) {
    peopled(&store, 6).await;
    let mut at = 0;
    let mut setup = coming(&[2, 3, 4, 5]);
    setup.roles = [(2, Role::Admin), (3, Role::Moderator)]
        .map(|(n, role)| RoleChange {
            account: account(n),
            role,
        })
        .to_vec();
    at = store
        .append_commit(commit(1, request(1, at, setup)))
        .await
        .unwrap()
        .seq
        .0;

    let too_low = [
        (4, role(5, Role::Moderator)), // members and moderators grant nothing
        (3, role(5, Role::Moderator)),
        (2, role(5, Role::Owner)),  // not above the own role
        (2, role(1, Role::Member)), // not to somebody above
        (2, role(2, Role::Owner)),  // not to oneself
        (4, going(&[5])),           // not one's equal
        (3, going(&[2])),
        (2, going(&[1])),
    ];
    for (n, (actor, effects)) in too_low.into_iter().enumerate() {
        let post = commit(actor, request(100 + n as u64, at, effects));
        assert_eq!(
            refusal(store.append_commit(post).await),
            CommitRefusal::RoleTooLow,
            "{n}"
        );
    }
    let mut both = coming(&[5]);
    both.accounts_out = vec![account(5)];
    let mut unsorted = coming(&[5, 4]);
    let twice = coming(&[5, 5]);
    unsorted.accounts_in.reverse();
    unsorted.accounts_in.swap(0, 1);
    for effects in [both, unsorted, twice, role(6, Role::Admin)] {
        let post = commit(1, request(200, at, effects));
        assert_eq!(
            refusal(store.append_commit(post).await),
            CommitRefusal::BadEffects
        );
    }
    let post = commit(4, request(201, at, coming(&[99])));
    assert_eq!(
        refusal(store.append_commit(post).await),
        CommitRefusal::AccountNotFound
    );

    let allowed = [
        (4, coming(&[6])),          // any member brings in
        (3, going(&[6])),           // a moderator takes out a member
        (2, role(5, Role::Admin)),  // an admin grants its own role
        (1, role(5, Role::Member)), // the owner takes it back
        (2, role(2, Role::Member)), // stepping down
        (1, role(2, Role::Owner)),
        (1, role(1, Role::Member)), // an owner steps down
    ];
    for (n, (actor, effects)) in allowed.into_iter().enumerate() {
        let post = commit(actor, request(300 + n as u64, at, effects));
        at = store
            .append_commit(post)
            .await
            .unwrap_or_else(|it| panic!("{n}: {it:?}"))
            .seq
            .0;
    }
    let roles: Vec<_> = store
        .members(room(1))
        .await
        .unwrap()
        .into_iter()
        .map(|member| member.role)
        .collect();
    use Role::{Member, Moderator, Owner};
    assert_eq!(roles, [Member, Owner, Moderator, Member, Member]);
}

pub(super) async fn a_leaver_may_be_taken_out_by_anybody(store: impl Store, _: &ManualClock) {
    peopled(&store, 3).await;
    store
        .append_commit(commit(1, request(1, 0, coming(&[2, 3]))))
        .await
        .unwrap();
    let take_out = |handshake| commit(3, request(50 + handshake, handshake, going(&[1])));
    assert_eq!(
        refusal(store.append_commit(take_out(1)).await),
        CommitRefusal::RoleTooLow
    );
    store.append_proposal(proposal(1, 2, 1)).await.unwrap();
    assert_eq!(store.append_commit(take_out(2)).await.unwrap().seq, Seq(3));
    // Back by invitation, the old wish is forgotten.
    store
        .append_commit(commit(2, request(3, 3, coming(&[1]))))
        .await
        .unwrap();
    let view = store.view(room(1), account(1)).await.unwrap().unwrap();
    assert_eq!(view.standing, Standing::Member(Role::Member));
    assert_eq!(
        refusal(
            store
                .append_commit(commit(3, request(60, 4, going(&[1]))))
                .await
        ),
        CommitRefusal::RoleTooLow
    );
}

pub(super) async fn who_went_out_keeps_what_it_may_read(store: impl Store, _: &ManualClock) {
    peopled(&store, 2).await;
    store
        .append_commit(commit(1, request(1, 0, coming(&[2]))))
        .await
        .unwrap();
    store
        .append_commit(commit(1, request(2, 1, going(&[2]))))
        .await
        .unwrap();
    let view = store.view(room(1), account(2)).await.unwrap().unwrap();
    assert_eq!(view.standing, Standing::Left(Seq(2)));
    assert!(store.rooms(account(2)).await.unwrap().is_empty());
    let post = commit(2, request(3, 2, Effects::default()));
    assert_eq!(
        refusal(store.append_commit(post).await),
        CommitRefusal::NotAMember
    );
    let repair = SideRepair {
        door: Some(bytes("bad")),
        ..SideRepair::default()
    };
    let result = store.repair_side(room(1), account(2), repair).await;
    assert!(matches!(
        result,
        Err(Failure::Refused(RepairRefusal::NotInside(
            NotInside::NotAMember
        )))
    ));
}

pub(super) async fn tickets(store: impl Store, clock: &ManualClock) {
    peopled(&store, 3).await;
    store
        .append_commit(commit(1, request(1, 0, coming(&[2, 3]))))
        .await
        .unwrap();
    let post = |n: u8, id, handshake, ticket: Option<Ticket>| {
        let mut request = request(id, handshake, Effects::default());
        request.ticket = ticket;
        commit(n, request)
    };
    // Who loses a race gets a ticket, the next loser none.
    let CommitRefusal::Stale(Some(ticket)) =
        refusal(store.append_commit(post(2, 2, 0, None)).await)
    else {
        panic!("no ticket")
    };
    assert_eq!(
        refusal(store.append_commit(post(3, 3, 0, None)).await),
        CommitRefusal::Stale(None)
    );
    assert_eq!(
        refusal(store.append_commit(post(2, 2, 0, None)).await),
        CommitRefusal::Stale(Some(ticket))
    );
    clock.advance(TICKET_MILLIS - 1);
    // Without it, and with it from another device, nobody commits; a proposal of another device waits too.
    for post in [
        post(3, 3, 1, None),
        post(3, 3, 1, Some(ticket)),
        post(2, 2, 1, None),
    ] {
        assert_eq!(
            refusal(store.append_commit(post).await),
            CommitRefusal::Reserved(1)
        );
    }
    assert_eq!(
        refusal(store.append_proposal(proposal(3, 4, 1)).await),
        CommitRefusal::Reserved(1)
    );
    assert_eq!(
        store
            .append_commit(post(2, 2, 1, Some(ticket)))
            .await
            .unwrap()
            .seq,
        Seq(2)
    );
    // Used: the room is free again.
    assert_eq!(
        store.append_commit(post(3, 3, 2, None)).await.unwrap().seq,
        Seq(3)
    );
    // Not used in time: the same.
    assert!(matches!(
        refusal(store.append_commit(post(2, 5, 2, None)).await),
        CommitRefusal::Stale(Some(_))
    ));
    clock.advance(TICKET_MILLIS);
    assert_eq!(
        store.append_commit(post(3, 6, 3, None)).await.unwrap().seq,
        Seq(4)
    );
}

pub(super) async fn proposals_and_commits_race(store: impl Store, _: &ManualClock) {
    peopled(&store, 2).await;
    store
        .append_commit(commit(1, request(1, 0, coming(&[2]))))
        .await
        .unwrap();
    let first = store.append_proposal(proposal(2, 2, 1)).await.unwrap();
    assert_eq!(first.seq, Seq(2));
    assert_eq!(
        store.append_proposal(proposal(2, 2, 1)).await.unwrap(),
        first
    );
    assert_eq!(
        refusal(store.append_proposal(proposal(1, 3, 1)).await),
        CommitRefusal::Stale(None)
    );
    assert!(matches!(
        refusal(
            store
                .append_commit(commit(1, request(4, 1, Effects::default())))
                .await
        ),
        CommitRefusal::Stale(_)
    ));
}

pub(super) async fn a_room_that_everybody_leaves_is_over(store: impl Store, _: &ManualClock) {
    peopled(&store, 2).await;
    let came = store.append_commit(commit(1, request(1, 0, coming(&[2]))));
    came.await.unwrap();
    store.append_proposal(proposal(1, 2, 1)).await.unwrap();
    let standing = async |n| {
        let view = store.view(room(1), account(n)).await.unwrap().unwrap();
        view.standing
    };
    assert_eq!(standing(1).await, Standing::Member(Role::Owner));
    let last = store.append_proposal(proposal(2, 3, 2)).await.unwrap();
    for n in [1, 2] {
        assert_eq!(standing(n).await, Standing::Left(last.seq));
        assert!(store.rooms(account(n)).await.unwrap().is_empty());
    }
    // The answer to a repeated request is the same, and nothing more can be done there.
    let again = store.append_proposal(proposal(2, 3, 2)).await.unwrap();
    assert_eq!(again, last);
    let more = store.append_commit(commit(1, request(4, 3, Effects::default())));
    assert_eq!(refusal(more.await), CommitRefusal::NotAMember);
}

pub(super) async fn nobody_is_put_out_by_the_wishes_of_others(store: impl Store, _: &ManualClock) {
    peopled(&store, 3).await;
    let came = store.append_commit(commit(1, request(1, 0, coming(&[2, 3]))));
    came.await.unwrap();
    let standing = async |n| {
        let view = store.view(room(1), account(n)).await.unwrap().unwrap();
        view.standing
    };
    // One who stays keeps the room, however often the others ask.
    store.append_proposal(proposal(2, 2, 1)).await.unwrap();
    store.append_proposal(proposal(3, 3, 2)).await.unwrap();
    store.append_proposal(proposal(3, 4, 3)).await.unwrap();
    assert_eq!(standing(1).await, Standing::Member(Role::Owner));
    // The owner asks as well, and a commit goes by that takes nobody out: the wishes were good for their epoch.
    let other = store.append_commit(commit(2, request(5, 4, Effects::default())));
    other.await.unwrap();
    store.append_proposal(proposal(1, 6, 5)).await.unwrap();
    for n in [1, 2, 3] {
        assert!(matches!(standing(n).await, Standing::Member(_)), "{n}");
    }
    store.append_proposal(proposal(2, 7, 6)).await.unwrap();
    let last = store.append_proposal(proposal(3, 8, 7)).await.unwrap();
    assert_eq!(standing(1).await, Standing::Left(last.seq));
}

pub(super) async fn mail_waits_until_acknowledged(store: impl Store, _: &ManualClock) {
    peopled(&store, 2).await;
    let mut ids = Vec::new();
    for n in 1..=3_u64 {
        let mut request = request(
            n,
            n - 1,
            if n == 1 {
                coming(&[2])
            } else {
                Effects::default()
            },
        );
        request.mails = vec![drop_to(2, 2)];
        store.append_commit(commit(1, request)).await.unwrap();
    }
    for mail in store.mailbox(device(2), None).await.unwrap().mails {
        ids.push(mail.id);
    }
    assert!(ids.is_sorted() && ids.len() == 3);
    assert_eq!(
        store
            .mailbox(device(2), Some(ids[1]))
            .await
            .unwrap()
            .mails
            .len(),
        1
    );
    store.ack_mail(device(2), ids[2]).await.unwrap();
    assert!(
        store
            .mailbox(device(2), None)
            .await
            .unwrap()
            .mails
            .is_empty()
    );
    // Ids never come back.
    let mut request = request(4, 3, Effects::default());
    request.mails = vec![drop_to(2, 2)];
    store.append_commit(commit(1, request)).await.unwrap();
    let mail = store.mailbox(device(2), Some(ids[2])).await.unwrap().mails;
    assert_eq!(mail.len(), 1);
}

pub(super) async fn a_repeated_creation_is_the_same_room(store: impl Store, _: &ManualClock) {
    peopled(&store, 2).await;
    store.create_sealed_room(new_room(1, 1)).await.unwrap();
    assert_eq!(
        store
            .side_files(room(1))
            .await
            .unwrap()
            .unwrap()
            .doors
            .len(),
        1
    );
    let mut other = new_room(1, 1);
    other.room.client_id = client(99);
    for room in [other, new_room(2, 1)] {
        let result = store.create_sealed_room(room).await;
        assert!(matches!(
            result,
            Err(Failure::Refused(CreateRefusal::RoomIdTaken))
        ));
    }
}
