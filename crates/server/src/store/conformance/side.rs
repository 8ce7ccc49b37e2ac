//! Side files: a few doors, and repairs.

use protocol::{
    ids::Seq,
    limits::LARGE_SIDE_FILE_BYTES,
    log::Effects,
    rest::{SideRepair, TreeSnapshot},
};

use super::fixtures::{account, bytes, commit, peopled, request, room};
use crate::{
    clock::ManualClock,
    store::{Failure, Store, room::RepairRefusal},
};

pub(super) async fn doors_are_a_ring_of_four(store: impl Store, _: &ManualClock) {
    peopled(&store, 1).await;
    for n in 1..=5 {
        store
            .append_commit(commit(1, request(n, n - 1, Effects::default())))
            .await
            .unwrap();
    }
    let repair = SideRepair {
        door: Some(bytes("repaired")),
        state: None,
        roster: Some(bytes("whole")),
        tree: Some(tree_at(4, "grown anew")),
        chain: ["one", "two"].map(bytes).to_vec(),
    };
    store
        .repair_side(room(1), account(1), repair)
        .await
        .unwrap();
    let side = store.side_files(room(1)).await.unwrap().unwrap();
    assert_eq!(
        side.doors,
        ["repaired", "door 5", "door 4", "door 3"].map(bytes)
    );
    assert_eq!(side.roster, [bytes("whole")]);
    assert_eq!(side.tree, tree_at(4, "grown anew"));
    assert_eq!(side.chain, ["one", "two"].map(bytes));
    // Neither back behind what is kept nor ahead of the log; and then nothing of the repair is done.
    for seq in [3, 6] {
        let repair = SideRepair {
            door: Some(bytes("worse")),
            tree: Some(tree_at(seq, "worse")),
            ..SideRepair::default()
        };
        let result = store.repair_side(room(1), account(1), repair).await;
        assert!(matches!(
            result,
            Err(Failure::Refused(RepairRefusal::TreePlace))
        ));
    }
    let long = SideRepair {
        chain: vec![vec![7; LARGE_SIDE_FILE_BYTES + 1].into()],
        ..SideRepair::default()
    };
    let result = store.repair_side(room(1), account(1), long).await;
    assert!(matches!(
        result,
        Err(Failure::Refused(RepairRefusal::TooLarge))
    ));
    let after = store.side_files(room(1)).await.unwrap().unwrap();
    assert_eq!(after, side);
}

fn tree_at(seq: u64, snapshot: &str) -> TreeSnapshot {
    TreeSnapshot {
        seq: Seq(seq),
        snapshot: bytes(snapshot),
    }
}
