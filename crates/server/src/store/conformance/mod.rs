//! What every store must do, written against the trait alone. Each implementation runs all of it, on a fresh store per
//! case, with a clock that the case turns.

mod accounts;
mod admin;
mod commits;
mod credentials;
mod deletion;
mod devices;
pub(crate) mod fixtures;
mod links;
mod log;
mod reset;
mod retention;
mod sessions;
mod side;

use std::{future::Future, sync::Arc};

use protocol::time::Timestamp;

use super::{Store, admin::AdminStore, relay::RelayStore, sqlite};
use crate::{clock::ManualClock, entropy::Entropy};

/// Runs all cases, each on what `fresh` makes.
async fn all<S: Store + RelayStore + AdminStore, F: Future<Output = S>>(
    fresh: impl Fn(Arc<ManualClock>) -> F,
) {
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
        accounts::a_session_that_ended_gets_no_device,
        accounts::key_packages_go_out_once_oldest_first,
        accounts::the_vault_compares_and_swaps_all_or_nothing,
        accounts::secrets_stay_as_first_kept,
        credentials::a_password_changes_with_the_session_that_asks,
        credentials::what_was_proven_before_a_change_counts_no_more,
        credentials::a_change_needs_a_session_that_stands_and_a_new_token,
        deletion::an_account_ends_with_all_that_is_its_own,
        deletion::an_account_that_is_gone_is_let_go_by_the_others,
        deletion::the_name_of_a_deleted_account_stays_taken_until_it_is_freed,
        reset::a_reset_waits_and_is_finished_by_the_device_that_asked,
        reset::whoever_knows_what_opens_the_account_cancels_a_reset,
        reset::a_reset_goes_with_its_device_and_is_all_or_nothing,
        admin::an_invite_makes_as_many_accounts_as_it_says,
        admin::an_invite_ends,
        admin::a_server_is_set_up_once,
        admin::only_development_knows_its_own_first_invite,
        admin::a_disabled_account_does_not_log_in,
        admin::a_freed_name_is_anothers,
        admin::there_is_always_an_administrator,
        admin::only_an_administrator_acts,
        admin::every_act_is_recorded_with_it,
        admin::rooms_and_tables_have_sizes,
        sessions::sessions_are_listed_and_ended_by_account_and_age,
        sessions::a_code_is_used_up_once,
        sessions::a_second_factor_comes_and_goes_with_the_token,
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
        side::doors_are_a_ring_of_four,
        retention::old_commits_go_and_their_places_stay,
        commits::mail_waits_until_acknowledged,
        commits::a_repeated_creation_is_the_same_room,
        devices::devices_show_the_day_of_their_last_use,
        devices::a_revoked_device_is_gone_for_good,
        devices::a_refused_revocation_leaves_all_as_it_was,
        devices::an_upload_may_replace_all,
        devices::mail_without_a_commit_stays_near,
        devices::whoever_asks_to_be_let_in_again_waits_once,
        links::a_link_is_made_renewed_and_taken_back,
        links::a_link_lets_a_stranger_look_and_come_in,
        links::whatever_is_wrong_with_a_link_looks_alike,
        links::a_commit_by_a_link_only_joins,
        links::uses_are_counted_with_the_entry,
        links::links_end_with_their_creator_and_at_a_removal,
        links::a_room_has_so_many_links,
        links::whoever_follows_gets_commits_and_proposals_alone,
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
