//! Those who have a leaf: an ordinary member, a moderator, and an owner of the room.

use engine::{
    api::{Alarm, Command, HistoryChoice, ItemBody, Outcome},
    hostile::{BadCommit, BadMessage},
};

use protocol::error::ErrorCode;

use super::{ALICE, BOB, CAROL, DAVE, ERIN};
use crate::sim::{
    misdeeds::{Broken, shown_cause},
    person::Who,
    world::World,
};

/// Who tries it, and how many of the rules there are for it to break.
const LIARS: [(&str, Who, usize); 3] = [
    ("a member", BOB, 39),
    ("a moderator", CAROL, 40),
    ("an owner", ALICE, 34),
];

#[test]
fn every_bad_commit_is_skipped_by_all_alike() {
    for (name, liar, count) in LIARS {
        let (mut world, room) = World::company(HistoryChoice::Shared);
        let mut broken = 0;
        for rule in BadCommit::ALL {
            let what = format!("{rule:?} by {name}");
            let Some(posted) = world.breaks(liar, room, Broken::Commit(rule)) else {
                continue;
            };
            broken += 1;
            let seq = posted.expect("the server does not look into it");
            world.rest();
            world.all_refuse(&what, room, seq.expect("a place"), liar);
        }
        assert_eq!(broken, count, "{name}");
        // What they brought for doors is made anew for whoever comes next.
        world.all_go_on(room, liar);
        let further = world.moves_in("alice", 78);
        world.rest();
        assert_eq!(world.reads(further, room), world.reads(DAVE, room));
    }
}

#[test]
fn every_bad_message_is_shown_as_such_by_all_alike() {
    let histories = [
        HistoryChoice::None,
        HistoryChoice::SinceJoin,
        HistoryChoice::Shared,
    ];
    for ((name, liar, _), history) in LIARS.into_iter().zip(histories) {
        let (mut world, room) = World::company(history);
        for rule in BadMessage::ALL {
            let what = format!("{rule:?} by {name}");
            let heard = world.reads(DAVE, room).len();
            let Some(posted) = world.breaks(liar, room, Broken::Message(rule)) else {
                let wraps = matches!(rule, BadMessage::WrongWrapKey | BadMessage::TwoTexts);
                assert!(wraps && history == HistoryChoice::None, "{what}");
                continue;
            };
            let seq = posted.expect("it is in step").expect("a place");
            world.rest();
            for who in world.honest(room, liar) {
                let line = world.line(who, room, seq).expect("a line");
                match shown_cause(rule) {
                    Some(cause) => {
                        assert_eq!(line.body, ItemBody::Tombstone(cause), "{what}: {who:?}");
                        assert_eq!(line.sender, None, "{what}");
                    }
                    None => assert_eq!(line.sender, world.person(liar).account(), "{what}"),
                }
                world.is_alarmed(&what, who, liar, rule);
            }
            let read = usize::from(shown_cause(rule).is_none());
            assert_eq!(world.reads(DAVE, room).len(), heard + read, "{what}");
        }
        // What the liar says rightly is read, and whoever comes later reads what the others read.
        world.all_go_on(room, ERIN);
        let invite = world.invite(room, ERIN);
        world.does(ALICE, invite);
        world.does(ERIN, Command::Accept { room });
        world.rest();
        if history == HistoryChoice::Shared {
            assert_eq!(world.reads(ERIN, room), world.reads(DAVE, room));
        }
        world.all_go_on(room, liar);
    }
}

impl World {
    /// The alarm names the liar's device, and is raised by its false word alone.
    fn is_alarmed(&mut self, what: &str, who: Who, liar: Who, rule: BadMessage) {
        let (by, with) = (
            self.person(liar).account().unwrap(),
            self.person(liar).engine().account().unwrap().device,
        );
        let alarms = std::mem::take(&mut self.person_mut(who).alarms);
        assert_eq!(
            alarms.len(),
            usize::from(rule.alarms()),
            "{what}: {alarms:?}"
        );
        for alarm in alarms {
            let Alarm::LogsDiffer {
                account, device, ..
            } = alarm
            else {
                panic!("{what}: {alarm:?}");
            };
            assert_eq!((account, device), (by, with), "{what}");
        }
    }
}

/// What is behind the server's table of members is no rule of the room: a moderator whose program promotes it gets nothing.
#[test]
fn whoever_promotes_itself_stays_what_it_was() {
    let (mut world, room) = World::company(HistoryChoice::SinceJoin);
    let posted = world.breaks(CAROL, room, Broken::Commit(BadCommit::PromoteSelf));
    assert!(posted.is_some_and(|posted| posted.is_ok()));
    world.rest();
    let remove = world.remove(room, ALICE);
    let refused: Result<Outcome, _> = world.outcome(CAROL, remove);
    assert_eq!(refused.unwrap_err(), ErrorCode::RoleTooLow);
    world.all_go_on(room, ERIN);
}
