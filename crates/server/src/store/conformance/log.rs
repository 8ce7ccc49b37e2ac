//! Messages and their places.

use protocol::{
    ids::Seq,
    limits::HISTORY_PAGE_BYTES,
    log::{Body, Effects, Key},
    rest::Encryption,
};

use super::fixtures::{
    account, bytes, client, coming, commit, message, peopled, poster, request, room, text,
};
use crate::{
    clock::{Clock as _, ManualClock},
    store::{
        Failure, Store,
        log::{CommitRefusal, MessagePost, MessageRefusal},
        relay::RelayStore,
        room::{CreateRelayRoom, LeaveRefusal, Standing},
    },
};

type Appended = Result<protocol::rest::Receipt, Failure<MessageRefusal>>;

fn refusal(result: Appended) -> MessageRefusal {
    match result {
        Err(Failure::Refused(refusal)) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

pub(super) async fn messages_get_gapless_places(store: impl Store, clock: &ManualClock) {
    peopled(&store, 1).await;
    for n in 1..=5 {
        let receipt = store.append_message(message(1, n, 0)).await.unwrap();
        assert_eq!((receipt.seq, receipt.timestamp), (Seq(n), clock.now()));
    }
    let page = store
        .history(room(1), Seq(1), Seq(4), 2)
        .await
        .unwrap()
        .entries;
    assert_eq!(
        page.iter().map(|entry| entry.seq.0).collect::<Vec<_>>(),
        [2, 3]
    );
    let entry = store.entry(room(1), Seq(5)).await.unwrap().unwrap();
    assert_eq!((entry.sender, entry.client_id), (account(1), client(5)));
    assert!(matches!(entry.body, Body::Message(_)));
    assert!(store.entry(room(1), Seq(6)).await.unwrap().is_none());
    assert_eq!(
        store.posted_at(room(1), Seq(5)).await.unwrap(),
        Some(clock.now())
    );

    // A page stops before it grows too large, but never before its first entry.
    let large = || text(&"x".repeat(HISTORY_PAGE_BYTES / 2), Key::Mls(bytes("mls")));
    for n in 6..=8 {
        let post = MessagePost::new(
            room(1),
            poster(1).into(),
            Ok(client(n)),
            Some(Seq(0)),
            large(),
        );
        store.append_message(post.unwrap()).await.unwrap();
    }
    let page = store
        .history(room(1), Seq(5), Seq(8), 100)
        .await
        .unwrap()
        .entries;
    assert_eq!(page.len(), 1);
}

pub(super) async fn a_known_client_id_gets_its_receipt(store: impl Store, clock: &ManualClock) {
    peopled(&store, 2).await;
    let first = store.append_message(message(1, 7, 0)).await.unwrap();
    clock.advance(1_000);
    let commit_post = commit(1, request(8, 0, coming(&[2])));
    store.append_commit(commit_post).await.unwrap();
    // The room has moved on, and still the answer is the stored one.
    assert_eq!(store.append_message(message(1, 7, 0)).await.unwrap(), first);
    // Another device's id is another id.
    let other = store.append_message(message(2, 7, 2)).await.unwrap();
    assert_eq!(other.seq, Seq(3));
    let again = store
        .append_commit(commit(1, request(8, 0, Effects::default())))
        .await
        .unwrap();
    assert_eq!(again.seq, Seq(2));
    let view = store.view(room(1), account(1)).await.unwrap().unwrap();
    assert_eq!((view.last_seq, view.handshake_seq), (Seq(3), Seq(2)));
}

pub(super) async fn a_stale_message_is_refused(store: impl Store, _: &ManualClock) {
    peopled(&store, 1).await;
    store
        .append_commit(commit(1, request(1, 0, Effects::default())))
        .await
        .unwrap();
    assert_eq!(
        refusal(store.append_message(message(1, 2, 0)).await),
        MessageRefusal::Stale
    );
    assert_eq!(
        refusal(store.append_message(message(1, 2, 2)).await),
        MessageRefusal::Stale
    );
    assert_eq!(
        store.append_message(message(1, 2, 1)).await.unwrap().seq,
        Seq(2)
    );
    for (sent, seen) in [(Err(client(3)), Some(Seq(1))), (Ok(client(3)), None)] {
        let message = text("sealed", Key::Mls(bytes("mls")));
        let post = MessagePost::new(room(1), poster(1).into(), sent, seen, message).unwrap();
        assert_eq!(
            refusal(store.append_message(post).await),
            MessageRefusal::Incomplete
        );
    }
}

pub(super) async fn kinds_of_rooms_do_not_mix(store: impl Store + RelayStore, _: &ManualClock) {
    peopled(&store, 2).await;
    let new = CreateRelayRoom {
        creator: account(1),
        room: room(2),
        name: "open".to_owned(),
    };
    store.create_relay_room(new).await.unwrap();
    let post = |room_id, key| {
        MessagePost::new(
            room(room_id),
            poster(1).into(),
            Err(client(room_id)),
            None,
            text("t", key),
        )
        .unwrap()
    };
    let shared = || Key::Shared("k".to_owned());
    let sealed = || Key::Mls(bytes("mls"));
    assert_eq!(
        refusal(store.append_message(post(1, shared())).await),
        MessageRefusal::WrongRoomKind
    );
    assert_eq!(
        refusal(store.append_message(post(2, sealed())).await),
        MessageRefusal::WrongRoomKind
    );
    assert_eq!(
        store.append_message(post(2, shared())).await.unwrap().seq,
        Seq(1)
    );

    let mut to_relay = commit(1, request(9, 0, Effects::default()));
    to_relay.room = room(2);
    let result = store.append_commit(to_relay).await;
    assert!(matches!(
        result,
        Err(Failure::Refused(CommitRefusal::WrongRoomKind))
    ));

    // Everybody sees a relay room and may join it.
    let listed = store.rooms(account(2)).await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(
        (listed[0].encryption, listed[0].name.as_deref()),
        (Encryption::SharedKey, Some("open"))
    );
    store.join_relay_room(room(2), account(2)).await.unwrap();
    store.join_relay_room(room(2), account(2)).await.unwrap();
    assert_eq!(store.members(room(2)).await.unwrap().len(), 2);
    assert!(store.join_relay_room(room(1), account(2)).await.is_err());

    // Whoever has left is in it no more, and may come back.
    store.leave_relay_room(room(2), account(2)).await.unwrap();
    store.leave_relay_room(room(2), account(2)).await.unwrap();
    assert_eq!(store.members(room(2)).await.unwrap().len(), 1);
    store.join_relay_room(room(2), account(2)).await.unwrap();
    assert_eq!(store.members(room(2)).await.unwrap().len(), 2);
    // A sealed room is left otherwise, and nobody learns of one by trying.
    let left = store.leave_relay_room(room(1), account(1)).await;
    assert!(matches!(left, Err(Failure::Refused(LeaveRefusal::Sealed))));
    let left = store.leave_relay_room(room(1), account(2)).await;
    assert!(matches!(
        left,
        Err(Failure::Refused(LeaveRefusal::RoomNotFound))
    ));
}

pub(super) async fn strangers_see_no_room(store: impl Store, _: &ManualClock) {
    peopled(&store, 2).await;
    assert_eq!(
        refusal(store.append_message(message(2, 1, 0)).await),
        MessageRefusal::RoomNotFound
    );
    let view = store.view(room(1), account(2)).await.unwrap().unwrap();
    assert_eq!(view.standing, Standing::Stranger);
    assert!(store.view(room(3), account(1)).await.unwrap().is_none());
    assert!(store.rooms(account(2)).await.unwrap().is_empty());
    let result = store
        .append_commit(commit(2, request(1, 0, Effects::default())))
        .await;
    assert!(matches!(
        result,
        Err(Failure::Refused(CommitRefusal::RoomNotFound))
    ));
}

pub(super) async fn many_senders_one_order(store: impl Store, _: &ManualClock) {
    const SENDERS: u8 = 20;
    const EACH: u64 = 10;
    peopled(&store, SENDERS).await;
    let everybody: Vec<u8> = (2..=SENDERS).collect();
    store
        .append_commit(commit(1, request(1, 0, coming(&everybody))))
        .await
        .unwrap();
    let send = |n: u8| {
        let store = &store;
        async move {
            let mut receipts = Vec::new();
            for i in 0..EACH {
                // Each message goes twice, as after a lost answer.
                let id = u64::from(n) * 1_000 + i;
                let (one, two) = tokio::join!(
                    store.append_message(message(n, id, 1)),
                    store.append_message(message(n, id, 1)),
                );
                assert_eq!(one.as_ref().unwrap(), two.as_ref().unwrap());
                receipts.push((client(id), one.unwrap()));
            }
            receipts
        }
    };
    let receipts = futures_util::future::join_all((1..=SENDERS).map(send)).await;
    let count = u64::from(SENDERS) * EACH;
    let log = store
        .history(room(1), Seq(1), Seq(10_000), 10_000)
        .await
        .unwrap()
        .entries;
    let places: Vec<_> = log.iter().map(|entry| entry.seq.0).collect();
    assert_eq!(places, (2..=count + 1).collect::<Vec<_>>());
    let mut told: Vec<_> = receipts.into_iter().flatten().collect();
    told.sort_by_key(|(_, receipt)| receipt.seq);
    let logged: Vec<_> = log
        .iter()
        .map(|entry| (entry.client_id, entry.id, entry.seq))
        .collect();
    let told: Vec<_> = told.iter().map(|(id, it)| (*id, it.id, it.seq)).collect();
    assert_eq!(logged, told);
}
