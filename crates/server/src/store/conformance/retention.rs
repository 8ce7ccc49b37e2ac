//! Old commits and proposals.

use protocol::{
    ids::Seq,
    limits::HANDSHAKES_KEPT_MILLIS,
    log::{Body, Deleted, Effects, Entry},
};
use sha2::{Digest as _, Sha256};

use super::fixtures::{account, bytes, coming, commit, message, peopled, proposal, request, room};
use crate::{
    clock::{Clock as _, ManualClock},
    store::{
        Store,
        link::{Entrant, Follow},
    },
};

/// The hash by which an entry stands in the log head.
fn head(entry: &Entry) -> Vec<u8> {
    let body_hash = match &entry.body {
        Body::Deleted(deleted) => deleted.body_hash.as_slice().try_into().unwrap(),
        body => Sha256::digest(body.canonical().unwrap()).into(),
    };
    Sha256::digest(entry.head_input(&body_hash).unwrap()).to_vec()
}

async fn log(store: &impl Store) -> Vec<Entry> {
    let page = store.history(room(1), Seq(0), Seq(99), 99).await.unwrap();
    page.entries
}

/// The kinds that were dropped, by place.
fn dropped(log: &[Entry]) -> Vec<(u64, u8)> {
    log.iter()
        .filter_map(|entry| match &entry.body {
            Body::Deleted(Deleted { was, .. }) => Some((entry.seq.0, *was)),
            _ => None,
        })
        .collect()
}

pub(super) async fn old_commits_go_and_their_places_stay(store: impl Store, clock: &ManualClock) {
    peopled(&store, 2).await;
    // 1 commit, 2 proposal, 3 message, then 17 commits: more than go in one step.
    store
        .append_commit(commit(1, request(1, 0, coming(&[2]))))
        .await
        .unwrap();
    store.append_proposal(proposal(2, 2, 1)).await.unwrap();
    store.append_message(message(1, 3, 2)).await.unwrap();
    let mut last = 2;
    for n in 4..=20 {
        let mut post = request(n, last, Effects::default());
        post.tree = (n == 19).then(|| bytes("tree 19"));
        store.append_commit(commit(1, post)).await.unwrap();
        last = n;
    }
    clock.advance(1);
    store
        .append_commit(commit(1, request(21, 20, Effects::default())))
        .await
        .unwrap();
    let whole = log(&store).await;

    clock.advance(HANDSHAKES_KEPT_MILLIS - 1);
    store.drop_handshakes(clock.now()).await.unwrap();
    assert_eq!(log(&store).await, whole, "none is old enough");

    clock.advance(1);
    store.drop_handshakes(clock.now()).await.unwrap();
    let after = log(&store).await;
    // Those up to the snapshot, and no message; 20 and 21 lead from the snapshot to the door.
    let mut gone = vec![(1, 2), (2, 3)];
    gone.extend((4..=19).map(|seq| (seq, 2)));
    assert_eq!(dropped(&after), gone);
    let heads = |log: &[Entry]| log.iter().map(head).collect::<Vec<_>>();
    assert_eq!(heads(&after), heads(&whole), "the log stays verifiable");
    for seq in [1, 3, 20] {
        let entry = store.entry(room(1), Seq(seq)).await.unwrap();
        assert_eq!(entry.as_ref(), after.iter().find(|e| e.seq == Seq(seq)));
    }
    // Whoever follows is given what leads on.
    let entrant = Entrant {
        account: account(1),
        shown: None,
        now: clock.now(),
    };
    let follow = Follow {
        room: room(1),
        after: Seq(19),
    };
    let followed = store.handshakes(follow, entrant).await.unwrap();
    let places: Vec<u64> = followed.entries.iter().map(|e| e.seq.0).collect();
    assert_eq!(places, [20, 21]);
    // A post that was repeated is still known.
    let receipt = store.append_commit(commit(1, request(1, 0, coming(&[2]))));
    assert_eq!(receipt.await.unwrap().seq, Seq(1));

    // With a newer snapshot the next go; the last commit stays, however old.
    let mut post = request(22, 21, Effects::default());
    post.tree = Some(bytes("tree 22"));
    store.append_commit(commit(1, post)).await.unwrap();
    clock.advance(2 * HANDSHAKES_KEPT_MILLIS);
    store.drop_handshakes(clock.now()).await.unwrap();
    gone.extend([(20, 2), (21, 2)]);
    assert_eq!(dropped(&log(&store).await), gone);
}
