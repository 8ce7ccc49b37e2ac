//! People come and go.

use e2ee::{
    group::{Intent, Verdict},
    policy::History,
    roles::Role,
    suite::Suite,
};

use crate::world::{Person, Post, commit, everyone_hears, invite};

fn three(suite: Suite) -> [Person; 3] {
    ["alice", "bob", "carol"].map(|name| Person::new(name, suite))
}

#[test]
fn three_people_talk_and_one_is_removed() {
    for suite in [Suite::CLASSICAL, Suite::POST_QUANTUM] {
        for history in [History::None, History::SinceJoin, History::Shared] {
            let [mut alice, mut bob, mut carol] = three(suite);
            let mut server = alice.create(history);
            invite(&mut server, &mut alice, &mut bob, &mut []);
            invite(&mut server, &mut alice, &mut carol, &mut [&mut bob]);
            let post = Post::by(&mut bob, "hello");
            everyone_hears(&post, "hello", &mut [&mut alice, &mut bob, &mut carol]);
            let own = alice.stage(&Intent::remove(carol.account())).unwrap();
            assert!(own.rotation);
            assert_eq!(own.effects.accounts_out, vec![carol.account()]);
            alice.merge(&own.commit);
            bob.merge(&own.commit);
            assert!(matches!(
                carol.judge(&own.commit),
                Verdict::Removed { asked: false, .. }
            ));
            let post = Post::by(&mut alice, "she is gone");
            everyone_hears(&post, "she is gone", &mut [&mut alice, &mut bob]);
            assert!(carol.hear(&post).is_err());
            assert!(carol.look_up(&post).is_err());
        }
    }
}

#[test]
fn one_leaves_and_comes_back() {
    let [mut alice, mut bob, mut carol] = three(Suite::CLASSICAL);
    let mut server = alice.create(History::SinceJoin);
    invite(&mut server, &mut alice, &mut bob, &mut []);
    invite(&mut server, &mut alice, &mut carol, &mut [&mut bob]);
    commit(
        &mut server,
        &mut alice,
        &Intent::set_role(bob.account(), Role::Admin),
        &mut [&mut bob, &mut carol],
    );
    let group = bob.group.as_mut().unwrap();
    let proposal = group.propose_leave(&bob.device, &mut bob.rng).unwrap();
    for person in [&mut alice, &mut bob, &mut carol] {
        let leaving = person.group().note_proposal(&proposal).unwrap();
        assert!(leaving.committable);
        person.save();
    }
    let post = Post::by(&mut carol, "bye");
    everyone_hears(&post, "bye", &mut [&mut alice, &mut bob, &mut carol]);
    let own = carol.stage(&Intent::housekeeping()).unwrap();
    assert_eq!(own.effects.accounts_out, vec![bob.account()]);
    carol.merge(&own.commit);
    let change = alice.merge(&own.commit);
    assert_eq!(change.roles.len(), 1, "his role goes with him");
    assert!(matches!(
        bob.judge(&own.commit),
        Verdict::Removed { asked: true, .. }
    ));
    invite(&mut server, &mut carol, &mut bob, &mut [&mut alice]);
    assert_eq!(alice.group().role(bob.account()), Role::Member);
    let post = Post::by(&mut bob, "back");
    everyone_hears(&post, "back", &mut [&mut alice, &mut bob, &mut carol]);
}

#[test]
fn a_guest_is_shown_as_invited_until_its_first_commit() {
    let [mut alice, mut bob, _] = three(Suite::CLASSICAL);
    let mut server = alice.create(History::SinceJoin);
    invite(&mut server, &mut alice, &mut bob, &mut []);
    let account = bob.account();
    let invited = |person: &mut Person| {
        let members = person.group().members();
        let member = members.into_iter().find(|member| member.account == account);
        member.unwrap().invited
    };
    assert!(invited(&mut alice) && invited(&mut bob));
    commit(
        &mut server,
        &mut bob,
        &Intent::housekeeping(),
        &mut [&mut alice],
    );
    assert!(!invited(&mut alice) && !invited(&mut bob));
}

#[test]
fn a_guest_may_decline() {
    let [mut alice, mut bob, _] = three(Suite::CLASSICAL);
    let mut server = alice.create(History::SinceJoin);
    invite(&mut server, &mut alice, &mut bob, &mut []);
    let proposal = bob.leave();
    alice.group().note_proposal(&proposal).unwrap();
    let own = commit(&mut server, &mut alice, &Intent::housekeeping(), &mut []);
    assert_eq!(own.effects.accounts_out, vec![bob.account()]);
    assert_eq!(alice.group().members().len(), 1);
}
