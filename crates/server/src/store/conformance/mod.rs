//! What every store must do, written against the trait alone. Each implementation runs all of it, on a fresh store per
//! case, with a clock that the case turns.

mod accounts;
mod commits;
mod fixtures;
mod log;

use std::{future::Future, sync::Arc};

use protocol::time::Timestamp;

use super::{Store, sqlite};
use crate::{clock::ManualClock, entropy::Entropy};

/// Runs all cases, each on what `fresh` makes.
async fn all<S: Store, F: Future<Output = S>>(fresh: impl Fn(Arc<ManualClock>) -> F) {
    let clock = || Arc::new(ManualClock::new(Timestamp::from_millis(fixtures::START)));
    macro_rules! cases {
        ($($case:path),* $(,)?) => {$(
            let turned = clock();
            $case(fresh(turned.clone()).await, &turned).await;
        )*};
    }
    cases![
        accounts::names_and_ids_are_taken_once,
        accounts::sessions_end_and_stay_known,
        accounts::a_device_moves_the_session,
        accounts::key_packages_go_out_once_oldest_first,
        accounts::the_vault_compares_and_swaps_all_or_nothing,
        accounts::secrets_stay_as_first_kept,
        log::messages_get_gapless_places,
        log::a_known_client_id_gets_its_receipt,
        log::a_stale_message_is_refused,
        log::kinds_of_rooms_do_not_mix,
        log::strangers_see_no_room,
        log::many_senders_one_order,
        commits::a_commit_is_all_or_nothing,
        commits::the_table_allows,
        commits::a_leaver_may_be_taken_out_by_anybody,
        commits::who_went_out_keeps_what_it_may_read,
        commits::tickets,
        commits::proposals_and_commits_race,
        commits::a_room_that_everybody_leaves_is_over,
        commits::nobody_is_put_out_by_the_wishes_of_others,
        commits::doors_are_a_ring_of_four,
        commits::mail_waits_until_acknowledged,
        commits::a_repeated_creation_is_the_same_room,
    ];
}

#[tokio::test]
async fn sqlite_conforms() {
    let homes = tempfile::tempdir().unwrap();
    let number = std::sync::atomic::AtomicU32::new(0);
    all(|clock| {
        let next = number.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let file = homes.path().join(format!("{next}.db"));
        async move {
            let rng = Entropy::from_seed([7; 32]).fork();
            let opened = sqlite::open(&file, sqlite::Limits::default(), clock, rng).await;
            let (store, mut events) = opened.unwrap();
            tokio::spawn(async move { while events.recv().await.is_some() {} });
            store
        }
    })
    .await;
}
