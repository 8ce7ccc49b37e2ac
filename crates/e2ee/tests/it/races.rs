//! Two commits for one place in the log, and everything that can stand between two calls.

use e2ee::{
    check::PublicReason,
    group::{Group, Intent, LoadError, StageError, Verdict},
    policy::History,
    rows::RowError,
    suite::Suite,
};

use crate::world::{Person, Post, commit, everyone_hears, invite};

fn pair() -> (crate::world::Server, Person, Person) {
    let [mut alice, mut bob] = ["alice", "bob"].map(|name| Person::new(name, Suite::CLASSICAL));
    let mut server = alice.create(History::SinceJoin);
    invite(&mut server, &mut alice, &mut bob, &mut []);
    (server, alice, bob)
}

#[test]
fn the_loser_of_a_race_merges_the_winner_and_tries_again() {
    let (mut server, mut alice, mut bob) = pair();
    let first = alice.stage(&Intent::rename("Alice's")).unwrap();
    let second = bob.stage(&Intent::housekeeping()).unwrap();
    server.take(&first);
    assert!(alice.merge(&first.commit).own);
    assert!(!bob.merge(&first.commit).own);
    assert!(!bob.group().has_staged());
    assert_eq!(
        alice.judge(&second.commit),
        Verdict::Skipped(PublicReason::WrongEpoch)
    );
    assert_eq!(
        bob.judge(&second.commit),
        Verdict::Skipped(PublicReason::WrongEpoch)
    );
    commit(
        &mut server,
        &mut bob,
        &Intent::housekeeping(),
        &mut [&mut alice],
    );
}

#[test]
fn one_commit_at_a_time_is_staged_and_it_can_be_given_up() {
    let (_, mut alice, mut bob) = pair();
    alice.stage(&Intent::housekeeping()).unwrap();
    assert!(matches!(
        alice.stage(&Intent::housekeeping()),
        Err(StageError::Pending)
    ));
    // Messages go on meanwhile.
    let post = Post::by(&mut alice, "still here");
    everyone_hears(&post, "still here", &mut [&mut alice, &mut bob]);
    alice.group().discard_own().unwrap();
    alice.save();
    assert!(!alice.group().has_staged());
    let own = alice.stage(&Intent::rename("Other")).unwrap();
    assert!(alice.merge(&own.commit).state_changed);
    assert!(bob.merge(&own.commit).state_changed);
}

#[test]
fn what_is_staged_survives_a_crash_and_is_recognised_in_the_log() {
    let (_, mut alice, mut bob) = pair();
    let own = alice.stage(&Intent::rename("Kept")).unwrap();
    alice.reload();
    assert!(alice.group().has_staged());
    assert!(alice.merge(&own.commit).own);
    assert_eq!(alice.group().state().unwrap().name(), "Kept");
    bob.merge(&own.commit);
    assert_eq!(alice.authenticator(), bob.authenticator());
}

#[test]
fn a_crash_before_the_batch_loses_nothing_but_the_call() {
    let (_, mut alice, mut bob) = pair();
    let post = Post::by(&mut alice, "once");
    let group = bob.group.as_mut().unwrap();
    group
        .open(&post.wire(), &post.sealed.mls, &mut Default::default())
        .unwrap();
    // The rows were never written: the message opens again after the reload.
    bob.reload();
    everyone_hears(&post, "once", &mut [&mut bob, &mut alice]);
    // Now they were: MLS has deleted the key.
    bob.reload();
    assert!(bob.hear(&post).is_err());

    let own = alice.stage(&Intent::housekeeping()).unwrap();
    bob.group().judge(&own.commit).unwrap();
    bob.reload();
    bob.merge(&own.commit);
    alice.merge(&own.commit);
    assert_eq!(alice.authenticator(), bob.authenticator());
}

#[test]
fn a_message_touches_few_rows_however_many_there_are() {
    let (mut server, mut alice, mut bob) = pair();
    for _ in 0..20 {
        commit(
            &mut server,
            &mut alice,
            &Intent::housekeeping(),
            &mut [&mut bob],
        );
    }
    assert!(alice.group().size().0 > 20, "one history key per epoch");
    let (_, sealed) = alice.say_unsaved("hello");
    let changes = alice.group().take_changes();
    assert!(changes.puts.len() <= 2, "{}", changes.puts.len());
    assert!(changes.deletes.is_empty());
    drop(sealed);
}

#[test]
fn a_damaged_or_incomplete_store_is_an_error_and_no_other_group() {
    let (_, alice, _) = pair();
    assert_eq!(Group::load([]).err(), Some(LoadError::Incomplete));
    let rows = alice.disk.rows();
    for at in 0..rows.len() {
        let mut damaged = rows.clone();
        damaged[at].1.truncate(1);
        // Rows that a load does not look at fail where they are used.
        if let Some(error) = Group::load(damaged).err() {
            assert_eq!(error, LoadError::Rows(RowError::Damaged), "row {at}");
        }
        let mut fewer = rows.clone();
        fewer.remove(at);
        if let Some(error) = Group::load(fewer).err() {
            assert_eq!(error, LoadError::Incomplete, "row {at}");
        }
    }
}
