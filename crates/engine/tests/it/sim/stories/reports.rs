//! Reports: one message is shown to somebody who is not in the room, and no other.

use engine::api::{
    Alarm, Command, Failure, HistoryChoice, ItemBody, ItemKey, Outcome, ReportKey, ReportView,
    TombstoneCause, verify_report,
};
use protocol::{
    error::ErrorCode,
    ids::{RoomId, Seq},
};

use super::{ALICE, BOB, CAROL};
use crate::sim::{canary::MARKER, person::Who, world::World};

const ALL: [HistoryChoice; 3] = [
    HistoryChoice::None,
    HistoryChoice::SinceJoin,
    HistoryChoice::Shared,
];

impl World {
    fn reports(&mut self, who: Who, room: RoomId, seq: Seq) -> Result<Vec<u8>, ErrorCode> {
        let kept = self.person(who).store.kept(room, seq);
        match self.outcome(who, Command::Report { room, seq, kept })? {
            Outcome::Report(report) => Ok(report.to_vec()),
            other => panic!("{other:?}"),
        }
    }

    fn verify(&self, report: &[u8]) -> Result<ReportView, ErrorCode> {
        let key = ReportKey::parse(&self.server.report_key_bytes()).unwrap();
        verify_report(report, Some(&key)).map_err(|failure| failure.code)
    }

    /// Somebody says something; where it stands.
    fn says(&mut self, who: Who, room: RoomId, text: &str) -> Seq {
        self.say(who, room, text);
        self.rest();
        self.server.rooms()[&room].last_seq()
    }

    /// Asks about a line of the log that has been changed, where the rules of the whole world do not hold any more.
    fn reports_in_spite(&mut self, who: Who, room: RoomId, seq: Seq) -> Failure {
        // An alarm ends a life that has none coming.
        self.failure = None;
        let kept = self.person(who).store.kept(room, seq);
        let id = self.command(who, Command::Report { room, seq, kept });
        self.run(60_000);
        let result = self.person(who).results.get(&id).cloned();
        result.expect("the command ended").unwrap_err()
    }
}

fn text(text: &str) -> ItemBody {
    ItemBody::Text(format!("{MARKER} {text}"))
}

#[test]
fn who_has_read_a_message_reports_it_after_its_author_has_left() {
    for history in ALL {
        let mut world = World::people(3);
        let room = world.room_of(history, &[BOB, CAROL]);
        let nasty = world.says(BOB, room, "something nasty");
        let own = world.says(ALICE, room, "stop that");
        world.does(BOB, Command::Leave { room });
        world.says(ALICE, room, "he is gone");
        for reporter in [ALICE, CAROL] {
            let report = world.reports(reporter, room, nasty).unwrap();
            let shown = world.verify(&report).unwrap();
            assert_eq!(shown.body, text("something nasty"));
            assert_eq!((shown.room, shown.seq), (room, nasty));
            assert_eq!(shown.name, "bob");
            assert_eq!(Some(shown.account), world.person(BOB).account());
            assert!(shown.server_known);
            assert!(!verify_report(&report, None).unwrap().server_known);
        }
        // One's own as well.
        let report = world.reports(ALICE, room, own).unwrap();
        assert_eq!(world.verify(&report).unwrap().body, text("stop that"));
        // After a restart, from the rows alone.
        world.crash(CAROL);
        world.rest();
        let report = world.reports(CAROL, room, nasty).unwrap();
        assert!(world.verify(&report).is_ok());
    }
}

#[test]
fn who_was_put_out_reports_what_was_said_before() {
    for history in ALL {
        let mut world = World::people(3);
        let room = world.room_of(history, &[BOB, CAROL]);
        let nasty = world.says(BOB, room, "you are next");
        world.does(BOB, Command::Leave { room });
        let own = world.says(CAROL, room, "help");
        let removal = world.remove(room, CAROL);
        world.does(ALICE, removal);
        let after = world.says(ALICE, room, "she is gone");
        world.crash(CAROL);
        world.rest();
        for seq in [nasty, own] {
            let report = world.reports(CAROL, room, seq).unwrap();
            assert_eq!(world.verify(&report).unwrap().seq, seq);
        }
        assert_eq!(
            world.reports(CAROL, room, after),
            Err(ErrorCode::NoReport),
            "she has not read it"
        );
    }
}

#[test]
fn what_nobody_said_cannot_be_reported() {
    let mut world = World::people(2);
    let room = world.room_of(HistoryChoice::None, &[BOB]);
    let said = world.says(ALICE, room, "hello");
    // The commit that brought Bob, a place that is not there yet, and a room that is not.
    for seq in [Seq(1), said.next(), Seq(0)] {
        assert_eq!(world.reports(BOB, room, seq), Err(ErrorCode::NoReport));
    }
    let elsewhere = RoomId::new(7).unwrap();
    assert_eq!(
        world.reports(BOB, elsewhere, said),
        Err(ErrorCode::RoomNotFound)
    );
}

/// Lines that were shown before their keys were kept.
#[test]
fn a_line_without_a_key_is_reported_by_its_history_key_or_not_at_all() {
    for history in ALL {
        let mut world = World::people(2);
        let room = world.room_of(history, &[BOB]);
        let said = world.says(ALICE, room, "from before the update");
        world.person_mut(BOB).store.forget_key(room, said);
        let kept = world.person(BOB).store.kept(room, said);
        let report = world.command(
            BOB,
            Command::Report {
                room,
                seq: said,
                kept,
            },
        );
        world.run(60_000);
        let result = world.person(BOB).results[&report].clone();
        match (history, result) {
            (HistoryChoice::None, Err(failure)) => {
                assert_eq!(failure.code, ErrorCode::NoReport);
                assert!(failure.sentence.contains("was not kept"), "{failure}");
            }
            (HistoryChoice::SinceJoin | HistoryChoice::Shared, Ok(Outcome::Report(report))) => {
                assert_eq!(world.verify(&report).unwrap().seq, said);
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn what_the_server_deleted_or_changed_is_not_reported() {
    let mut world = World::people(2);
    let room = world.room_of(HistoryChoice::Shared, &[BOB]);
    let said = world.says(ALICE, room, "one");
    let other = world.says(ALICE, room, "two");
    let third = world.says(ALICE, room, "three");
    // Another time, another message in its place, and nothing any more.
    world.server.rewrite(room, said, |entry| {
        entry.timestamp = entry.timestamp.plus(1);
    });
    let refused = world.reports_in_spite(BOB, room, said);
    assert_eq!(refused.code, ErrorCode::BadAnswer);
    let broken = Alarm::LogBroken { room, seq: said };
    assert!(world.person(BOB).alarms.contains(&broken));
    let two = world.server.rooms()[&room].log()[other.0 as usize - 1].clone();
    world.server.rewrite(room, said, |entry| {
        (entry.body, entry.client_id) = (two.body.clone(), two.client_id);
    });
    let refused = world.reports_in_spite(BOB, room, said);
    assert_eq!(refused.code, ErrorCode::BadAnswer);
    world.server.delete(room, third);
    let refused = world.reports_in_spite(BOB, room, third);
    assert_eq!(refused.code, ErrorCode::NoReport);
    assert!(refused.sentence.contains("deleted on the server"));
}

#[test]
fn a_word_of_the_server_that_does_not_hold_is_not_handed_on() {
    let mut world = World::people(2);
    let room = world.room_of(HistoryChoice::Shared, &[BOB]);
    let said = world.says(ALICE, room, "one");
    world.server.signs_with_another_key = true;
    let refused = world.reports_in_spite(BOB, room, said);
    assert_eq!(refused.code, ErrorCode::BadAnswer);
    world.server.signs_with_another_key = false;
    assert!(world.reports(BOB, room, said).is_ok());
}

#[test]
fn who_reports_too_often_hears_it_at_once() {
    let mut world = World::people(2);
    let room = world.room_of(HistoryChoice::Shared, &[BOB]);
    let said = world.says(ALICE, room, "one");
    world.server.refuses = Some(ErrorCode::RateLimited);
    let refused = world.reports_in_spite(BOB, room, said);
    assert_eq!(refused.code, ErrorCode::RateLimited);
    world.server.refuses = None;
    assert!(world.reports(BOB, room, said).is_ok());
}

/// What is deleted cannot be opened by what stays on the devices, whether it was shown before or not.
#[test]
fn what_is_deleted_has_no_key_any_more() {
    let mut world = World::people(3);
    let room = world.room_of(HistoryChoice::Shared, &[BOB, CAROL]);
    let seq = world.says(ALICE, room, "soon deleted");
    world.offline(CAROL);
    let unseen = {
        world.say(ALICE, room, "and this");
        world.run(20_000);
        world.server.rooms()[&room].last_seq()
    };
    assert!(world.person(BOB).store.kept(room, seq).key.is_some());
    for seq in [seq, unseen] {
        world.server.delete(room, seq);
    }
    world.link_up(CAROL);
    world.run(60_000);
    for who in [ALICE, BOB, CAROL] {
        // Who sits in the room hears of it with the next entry.
        world.say(who, room, "hello");
        world.run(60_000);
        for seq in [seq, unseen] {
            let kept = world.person(who).store.kept(room, seq);
            assert!(kept.key.is_none(), "{who:?} at {seq}");
            let refused = world.reports_in_spite(who, room, seq);
            assert_eq!(refused.code, ErrorCode::NoReport);
        }
    }
    let item = world
        .person(CAROL)
        .store
        .item(room, ItemKey::Logged(unseen));
    let deleted = ItemBody::Tombstone(TombstoneCause::Deleted);
    assert_eq!(item.unwrap().body, deleted);
    let refused = world.reports_in_spite(CAROL, room, unseen);
    assert!(refused.sentence.contains("not shown here"), "{refused}");
}
