//! Links and whoever comes in by one.

use protocol::{
    ids::{LinkId, Seq},
    limits::{HANDSHAKES_PAGE, HANDSHAKES_PAGE_BYTES, LINKS_MAX},
    log::Effects,
    rest::{CommitRequest, Entrance, Handshakes, MailBody, MailDrop, RosterWrite},
    role::Role,
    time::Timestamp,
};

use super::fixtures::{
    account, bytes, coming, commit, device, going, join_by, link_put, message, peopled, proposal,
    request, room, shown,
};
use crate::{
    clock::{Clock as _, ManualClock},
    store::{
        Failure, Store,
        link::{EntranceRefusal, Entrant, Follow, LinkPut, LinkRefusal, ShownLink},
        log::CommitRefusal,
        relay::RelayStore,
        room::{CreateRelayRoom, NotInside, Standing},
    },
};

fn link(n: u8) -> LinkId {
    LinkId::from_bytes([n; 16])
}

async fn put(store: &impl Store, put: LinkPut) -> Result<(), LinkRefusal> {
    refusal(store.put_link(put).await)
}

async fn delete(store: &impl Store, by: u8, n: u8) -> Result<(), LinkRefusal> {
    refusal(store.delete_link(room(1), account(by), link(n)).await)
}

fn refusal<T, R: std::fmt::Debug>(result: Result<T, Failure<R>>) -> Result<T, R> {
    match result {
        Ok(done) => Ok(done),
        Err(Failure::Refused(refusal)) => Err(refusal),
        Err(failure) => panic!("{failure:?}"),
    }
}

async fn enter(
    store: &impl Store,
    clock: &ManualClock,
    n: u8,
    shown: Option<ShownLink>,
) -> Result<Entrance, EntranceRefusal> {
    refusal(store.entrance(room(1), entrant(clock, n, shown)).await)
}

fn entrant(clock: &ManualClock, n: u8, shown: Option<ShownLink>) -> Entrant {
    Entrant {
        account: account(n),
        shown,
        now: clock.now(),
    }
}

async fn follow(
    store: &impl Store,
    clock: &ManualClock,
    after: u64,
    shown: ShownLink,
) -> Handshakes {
    let wanted = Follow {
        room: room(1),
        after: Seq(after),
    };
    let entrant = entrant(clock, 9, Some(shown));
    refusal(store.handshakes(wanted, entrant).await).unwrap()
}

async fn live(store: &impl Store, clock: &ManualClock) -> Vec<LinkId> {
    let links = store.links(room(1), clock.now()).await.unwrap();
    links.into_iter().map(|link| link.link_id).collect()
}

pub(super) async fn a_link_is_made_renewed_and_taken_back(store: impl Store, clock: &ManualClock) {
    peopled(&store, 4).await;
    let mut setup = coming(&[2, 3]);
    setup.roles = vec![protocol::log::RoleChange {
        account: account(3),
        role: Role::Moderator,
    }];
    let seq = store
        .append_commit(commit(1, request(1, 0, setup)))
        .await
        .unwrap()
        .seq;
    assert_eq!(seq, Seq(1));
    let expires = clock.now().plus(1_000);
    let first = LinkPut {
        expires: Some(expires),
        uses: Some(3),
        ..link_put(2, 1)
    };
    put(&store, first).await.unwrap();
    let listed = store.links(room(1), clock.now()).await.unwrap();
    assert_eq!(
        (listed[0].link_id, listed[0].creator, listed[0].created),
        (link(1), account(2), clock.now())
    );
    assert_eq!(
        (listed[0].expires, listed[0].uses_left, listed[0].used),
        (Some(expires), Some(3), 0)
    );

    // A renewal changes the grant alone.
    let renewed = LinkPut {
        grant: bytes("newer").0,
        expires: Some(Timestamp::default()),
        uses: Some(99),
        ..link_put(2, 1)
    };
    put(&store, renewed).await.unwrap();
    assert_eq!(store.links(room(1), clock.now()).await.unwrap(), listed);
    let seen = enter(&store, clock, 9, Some(shown(1, 1))).await.unwrap();
    assert_eq!(seen.grant, Some(bytes("newer")));

    let other_token = LinkPut {
        token_hash: [0; 32],
        ..link_put(2, 1)
    };
    let past = LinkPut {
        expires: Some(clock.now()),
        ..link_put(2, 2)
    };
    for (wrong, why) in [
        (other_token, LinkRefusal::NotTheSame),
        (link_put(1, 1), LinkRefusal::NotTheSame),
        (past, LinkRefusal::Past),
        (link_put(4, 2), NotInside::RoomNotFound.into()),
    ] {
        assert_eq!(put(&store, wrong).await, Err(why));
    }

    // Its creator and moderators take it back; then the id is gone for good.
    put(&store, link_put(1, 2)).await.unwrap();
    assert_eq!(delete(&store, 2, 2).await, Err(LinkRefusal::RoleTooLow));
    assert_eq!(
        delete(&store, 4, 2).await,
        Err(NotInside::RoomNotFound.into())
    );
    for (by, n) in [(3, 2), (3, 2), (2, 2), (2, 1), (2, 7)] {
        assert_eq!(delete(&store, by, n).await, Ok(()), "{by} {n}");
    }
    assert!(live(&store, clock).await.is_empty());
    for (by, n) in [(2, 1), (1, 2)] {
        let again = put(&store, link_put(by, n)).await;
        assert_eq!(again, Err(LinkRefusal::Ended), "{by} {n}");
    }
}

pub(super) async fn a_link_lets_a_stranger_look_and_come_in(
    store: impl Store,
    clock: &ManualClock,
) {
    peopled(&store, 2).await;
    put(&store, link_put(1, 1)).await.unwrap();
    store.append_message(message(1, 1, 0)).await.unwrap();
    let seen = enter(&store, clock, 2, Some(shown(1, 1))).await.unwrap();
    assert_eq!(seen.grant, Some(bytes("grant")));
    assert_eq!((seen.doors.len(), &seen.state), (1, &bytes("state 0")));
    assert_eq!(seen.roster, [bytes("roster 0")]);
    assert_eq!(
        (seen.tree.seq, seen.handshake_seq, seen.last_seq),
        (Seq(0), Seq(0), Seq(1))
    );

    let post = join_by(shown(1, 1), 2, 5, 0);
    let receipt = store.append_commit(post).await.unwrap();
    assert_eq!(receipt.seq, Seq(2));
    let view = store.view(room(1), account(2)).await.unwrap().unwrap();
    assert_eq!(view.standing, Standing::Member(Role::Member));

    // A member needs no link, and gets no grant; its further device joins with no effects.
    let seen = enter(&store, clock, 2, None).await.unwrap();
    assert_eq!((seen.grant, seen.handshake_seq), (None, Seq(2)));
    let further = commit(2, request(6, 2, Effects::default()));
    store.append_commit(further).await.unwrap();
}

pub(super) async fn whatever_is_wrong_with_a_link_looks_alike(
    store: impl Store + RelayStore,
    clock: &ManualClock,
) {
    peopled(&store, 3).await;
    let relay = CreateRelayRoom {
        creator: account(1),
        room: room(2),
        name: "open".to_owned(),
    };
    store.create_relay_room(relay).await.unwrap();
    let ending = LinkPut {
        expires: Some(clock.now().plus(500)),
        ..link_put(1, 1)
    };
    put(&store, ending).await.unwrap();
    put(&store, link_put(1, 5)).await.unwrap();
    for n in [2, 3] {
        let once = LinkPut {
            uses: Some(1),
            ..link_put(1, n)
        };
        put(&store, once).await.unwrap();
    }
    store
        .append_commit(join_by(shown(2, 2), 2, 1, 0))
        .await
        .unwrap();
    delete(&store, 1, 3).await.unwrap();
    enter(&store, clock, 3, Some(shown(1, 1))).await.unwrap();
    clock.advance(500);

    // Expired, used up, taken back, unknown, wrong token; for members too.
    for (n, token) in [(1, 1), (2, 2), (3, 3), (4, 4), (5, 9)] {
        let pass = shown(n, token);
        for who in [1, 3] {
            let entrant = entrant(clock, who, Some(pass));
            let seen = enter(&store, clock, who, Some(pass)).await;
            assert_eq!(seen.err(), Some(EntranceRefusal::LinkEnded), "{n} {token}");
            let wanted = Follow {
                room: room(1),
                after: Seq::START,
            };
            let followed = refusal(store.handshakes(wanted, entrant).await);
            assert_eq!(followed.err(), Some(EntranceRefusal::LinkEnded));
        }
        let joined = refusal(store.append_commit(join_by(pass, 3, 9, 1)).await);
        assert_eq!(joined, Err(CommitRefusal::LinkEnded), "{n} {token}");
    }
    // No such room, and one of the other kind.
    for n in [2, 3] {
        let pass = entrant(clock, 1, Some(shown(1, 1)));
        let seen = refusal(store.entrance(room(n), pass).await);
        assert_eq!(seen.err(), Some(EntranceRefusal::LinkEnded));
        let mut post = join_by(shown(1, 1), 1, 9, 0);
        post.room = room(n);
        let joined = refusal(store.append_commit(post).await);
        assert_eq!(joined, Err(CommitRefusal::LinkEnded));
    }
    // Without one it is as ever.
    let seen = enter(&store, clock, 3, None).await.err();
    let no_room = EntranceRefusal::NotInside(NotInside::RoomNotFound);
    assert_eq!(seen, Some(no_room));
    let relay = refusal(store.entrance(room(2), entrant(clock, 1, None)).await);
    let wrong_kind = EntranceRefusal::NotInside(NotInside::WrongRoomKind);
    assert_eq!(relay.err(), Some(wrong_kind));
}

pub(super) async fn a_commit_by_a_link_only_joins(store: impl Store, _: &ManualClock) {
    peopled(&store, 3).await;
    put(&store, link_put(1, 1)).await.unwrap();
    let with = |change: &dyn Fn(&mut CommitRequest)| {
        let mut post = join_by(shown(1, 1), 2, 1, 0);
        change(&mut post.request);
        post
    };
    let mail = || MailDrop {
        account_id: account(2),
        device_id: device(2),
        body: MailBody::AccountKey {
            sealed: bytes("key"),
        },
    };
    for post in [
        with(&|it| it.effects = Effects::default()),
        with(&|it| it.effects = coming(&[2, 3])),
        with(&|it| it.effects = coming(&[3])),
        with(&|it| it.effects.accounts_out = vec![account(1)]),
        with(&|it| {
            it.effects.roles = vec![protocol::log::RoleChange {
                account: account(2),
                role: Role::Owner,
            }];
        }),
        with(&|it| it.mails = vec![mail()]),
        with(&|it| it.state = Some(bytes("state"))),
        with(&|it| it.chain = Some(bytes("chain"))),
        with(&|it| it.roster = Some(RosterWrite::Replace(bytes("roster")))),
    ] {
        let refused = refusal(store.append_commit(post).await);
        assert_eq!(refused, Err(CommitRefusal::MoreThanJoining));
    }
    let stale = refusal(store.append_commit(join_by(shown(1, 1), 2, 1, 7)).await);
    assert!(matches!(stale, Err(CommitRefusal::Stale(Some(_)))));
    let mut post = with(&|it| {
        it.tree = Some(bytes("tree 1"));
        it.roster = Some(RosterWrite::Append(bytes("roster 1")));
    });
    // The ticket of the attempt that came too late is its own.
    let Err(CommitRefusal::Stale(ticket)) = stale else {
        panic!("not stale")
    };
    post.request.ticket = ticket;
    store.append_commit(post).await.unwrap();
    let side = store.side_files(room(1)).await.unwrap().unwrap();
    assert_eq!((side.tree.seq, side.roster.len()), (Seq(1), 2));
}

pub(super) async fn uses_are_counted_with_the_entry(store: impl Store, clock: &ManualClock) {
    peopled(&store, 4).await;
    let twice = LinkPut {
        uses: Some(2),
        ..link_put(1, 1)
    };
    put(&store, twice).await.unwrap();
    let left = async || {
        let links = store.links(room(1), clock.now()).await.unwrap();
        links.first().map(|link| (link.uses_left, link.used))
    };
    let first = store
        .append_commit(join_by(shown(1, 1), 2, 1, 0))
        .await
        .unwrap();
    // The answer was lost: the same again, and nothing is counted.
    let again = store
        .append_commit(join_by(shown(1, 1), 2, 1, 0))
        .await
        .unwrap();
    assert_eq!(again, first);
    assert_eq!(left().await, Some((Some(1), 1)));
    // Nor where the account is in, nor where the entry is refused.
    store
        .append_commit(join_by(shown(1, 1), 2, 2, 1))
        .await
        .unwrap();
    let stale = store.append_commit(join_by(shown(1, 1), 3, 1, 0)).await;
    assert!(matches!(refusal(stale), Err(CommitRefusal::Stale(Some(_)))));
    assert_eq!(left().await, Some((Some(1), 1)));
    clock.advance(protocol::limits::TICKET_MILLIS);
    let last = store
        .append_commit(join_by(shown(1, 1), 3, 1, 2))
        .await
        .unwrap();
    assert_eq!(left().await, None);
    let late = refusal(store.append_commit(join_by(shown(1, 1), 4, 1, 3)).await);
    assert_eq!(late, Err(CommitRefusal::LinkEnded));
    // Whoever had the last use still gets its answer.
    let again = store.append_commit(join_by(shown(1, 1), 3, 1, 2)).await;
    assert_eq!(again.unwrap(), last);
    let renewal = put(&store, link_put(1, 1)).await;
    assert_eq!(renewal, Err(LinkRefusal::Ended));
}

pub(super) async fn links_end_with_their_creator_and_at_a_removal(
    store: impl Store,
    clock: &ManualClock,
) {
    peopled(&store, 5).await;
    store
        .append_commit(commit(1, request(1, 0, coming(&[2, 3, 4, 5]))))
        .await
        .unwrap();
    for by in [1, 2, 3] {
        put(&store, link_put(by, by)).await.unwrap();
    }
    // Somebody leaves: with the links that it made, and no others.
    store.append_proposal(proposal(2, 2, 1)).await.unwrap();
    store
        .append_commit(commit(3, request(3, 2, going(&[2]))))
        .await
        .unwrap();
    assert_eq!(live(&store, clock).await, [link(1), link(3)]);
    assert_eq!(
        enter(&store, clock, 9, Some(shown(2, 2))).await.err(),
        Some(EntranceRefusal::LinkEnded)
    );
    // Going out by an own commit is no removal either.
    store
        .append_commit(commit(5, request(4, 3, going(&[5]))))
        .await
        .unwrap();
    assert_eq!(live(&store, clock).await, [link(1), link(3)]);
    // A wish to leave that a commit passed over has lapsed: this is a removal.
    store.append_proposal(proposal(4, 5, 4)).await.unwrap();
    store
        .append_commit(commit(1, request(6, 5, Effects::default())))
        .await
        .unwrap();
    store
        .append_commit(commit(1, request(7, 6, going(&[4]))))
        .await
        .unwrap();
    assert!(live(&store, clock).await.is_empty());
    // A new one is a new one.
    put(&store, link_put(1, 9)).await.unwrap();
    assert_eq!(live(&store, clock).await, [link(9)]);
}

pub(super) async fn a_room_has_so_many_links(store: impl Store, clock: &ManualClock) {
    peopled(&store, 1).await;
    let expires = Some(clock.now().plus(1_000));
    for n in 1..=u8::try_from(LINKS_MAX).unwrap() {
        let short = LinkPut {
            expires: expires.filter(|_| n == 1),
            ..link_put(1, n)
        };
        put(&store, short).await.unwrap();
    }
    assert_eq!(
        put(&store, link_put(1, 99)).await,
        Err(LinkRefusal::TooMany)
    );
    put(&store, link_put(1, 2)).await.unwrap();
    clock.advance(1_000);
    put(&store, link_put(1, 99)).await.unwrap();
    assert_eq!(
        put(&store, link_put(1, 98)).await,
        Err(LinkRefusal::TooMany)
    );
}

pub(super) async fn whoever_follows_gets_commits_and_proposals_alone(
    store: impl Store,
    clock: &ManualClock,
) {
    peopled(&store, 2).await;
    put(&store, link_put(1, 1)).await.unwrap();
    store
        .append_commit(commit(1, request(1, 0, coming(&[2]))))
        .await
        .unwrap();
    store.append_message(message(1, 2, 1)).await.unwrap();
    store.append_proposal(proposal(2, 3, 1)).await.unwrap();
    let places = |found: &Handshakes| -> Vec<u64> {
        found.entries.iter().map(|entry| entry.seq.0).collect()
    };
    let all = follow(&store, clock, 0, shown(1, 1)).await;
    assert_eq!((places(&all), all.more), (vec![1, 3], false));
    let rest = follow(&store, clock, 1, shown(1, 1)).await;
    assert_eq!(places(&rest), [3]);

    // A page stops before it grows too large, but never before its first entry.
    let large = bytes(&"x".repeat(HANDSHAKES_PAGE_BYTES * 3 / 8));
    for n in 4..=6 {
        let mut request = request(n, n - 1, Effects::default());
        request.commit = large.clone();
        store.append_commit(commit(1, request)).await.unwrap();
    }
    let page = follow(&store, clock, 1, shown(1, 1)).await;
    assert_eq!((places(&page), page.more), (vec![3, 4], true));
    let page = follow(&store, clock, 4, shown(1, 1)).await;
    assert_eq!((places(&page), page.more), (vec![5], true));
    let count = u64::from(HANDSHAKES_PAGE);
    for n in 7..7 + count {
        let small = commit(1, request(n, n - 1, Effects::default()));
        store.append_commit(small).await.unwrap();
    }
    let page = follow(&store, clock, 6, shown(1, 1)).await;
    assert_eq!(page.entries.len(), HANDSHAKES_PAGE as usize);
    assert!(!page.more);
    let page = follow(&store, clock, 5, shown(1, 1)).await;
    assert!(page.more);
}
