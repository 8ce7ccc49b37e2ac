//! Files beside a room that are bad: nobody is locked out, a member puts them right (PROTOCOL sections 1 and 3).

use engine::api::{Command, HistoryChoice, RoomStage};
use protocol::{ids::RoomId, log::Body, role::Role};

use super::{ALICE, BOB, CAROL, DAVE, suspects::shut_out};
use crate::sim::{canary::MARKER, person::Who, world::World};

impl World {
    fn knows_the_name(&self, who: Who, room: RoomId) -> bool {
        let view = self.person(who).engine().room(room).expect("a room");
        view.name == Some(format!("{MARKER} cellar"))
    }

    fn commits(&self, room: RoomId) -> usize {
        let log = self.server.rooms()[&room].log().iter();
        log.filter(|entry| matches!(entry.body, Body::Commit(_)))
            .count()
    }
}

#[test]
fn a_member_makes_bad_files_anew_and_the_others_need_not() {
    for history in [HistoryChoice::SinceJoin, HistoryChoice::Shared] {
        let mut world = World::people(5);
        let room = world.room_of(history, &[BOB, CAROL, DAVE]);
        world.say(BOB, room, "long ago");
        world.rest();
        let erin = Who(4);
        let invite = world.invite(room, erin);
        world.does(ALICE, invite);
        world.server.spoil_side_files(room);
        world.does(erin, Command::Accept { room });
        world.rest();
        assert!(world.knows_the_name(erin, room), "{}", world.trace.tail(60));
        assert_eq!(
            world.server.rooms()[&room].repairs(),
            1,
            "{history:?} {}",
            world.trace.tail(300)
        );
        let shared = history == HistoryChoice::Shared;
        assert_eq!(world.reads(erin, room).len(), usize::from(shared));
        // And it stays right: the next to come finds everything.
        world.say(erin, room, "thank you");
        world.rest();
        assert_eq!(world.server.rooms()[&room].repairs(), 1);
    }
}

#[test]
fn whoever_got_a_bad_bundle_gets_the_keys_by_a_rotation() {
    for history in [HistoryChoice::SinceJoin, HistoryChoice::Shared] {
        let mut world = World::people(4);
        let room = world.room_of(history, &[BOB, CAROL]);
        world.say(BOB, room, "long ago");
        world.rest();
        world.server.spoils_bundles = true;
        let invite = world.invite(room, DAVE);
        world.does(BOB, invite);
        world.server.spoils_bundles = false;
        let before = world.commits(room);
        world.does(DAVE, Command::Accept { room });
        world.rest();
        assert!(world.knows_the_name(DAVE, room), "{}", world.trace.tail(60));
        assert_eq!(world.server.rooms()[&room].repairs(), 0);
        // One rotation, and the renewals of leaves that a new member and time bring.
        assert!((1..=3).contains(&(world.commits(room) - before)));
        let shared = history == HistoryChoice::Shared;
        assert_eq!(world.reads(DAVE, room).len(), usize::from(shared));
    }
}

#[test]
fn whoever_comes_back_finds_a_tree_that_was_made_anew() {
    let (mut world, room) = shut_out(HistoryChoice::Shared);
    world.server.spoil_tree(room);
    world.link_up(CAROL);
    world.run(180_000);
    assert_eq!(
        world.stage(BOB, room),
        Some(RoomStage::Joined),
        "{}",
        world.trace.tail(100)
    );
    world.say(BOB, room, "found the way");
    world.run(30_000);
    let read = world.reads(CAROL, room);
    assert!(read.contains(&"found the way".to_owned()), "{read:?}");
}

#[test]
fn a_member_that_is_asked_for_keys_makes_the_chain_whole() {
    let mut world = World::people(5);
    let room = world.room_of(HistoryChoice::Shared, &[BOB, CAROL, DAVE]);
    world.say(BOB, room, "before dave went");
    world.rest();
    let dave = world.remove(room, DAVE);
    world.does(ALICE, dave);
    world.say(BOB, room, "before carol went");
    world.rest();
    let carol = world.remove(room, CAROL);
    world.does(ALICE, carol);
    world.server.spoil_chain(room);
    let before = world.server.rooms()[&room].repairs();
    let all = ["before dave went", "before carol went"];
    let erin = Who(4);
    let invite = world.invite(room, erin);
    world.command(ALICE, invite);
    world.run(20_000);
    world.command(erin, Command::Accept { room });
    world.run(20_000);
    world.rest();
    assert_eq!(world.reads(erin, room), all, "{}", world.trace.tail(200));
    assert_eq!(world.server.rooms()[&room].repairs(), before + 1);
    // The next finds the chain whole and asks nobody.
    let mails = world.server.history_mails.len();
    let invite = world.invite(room, CAROL);
    world.does(erin, invite);
    world.does(CAROL, Command::Accept { room });
    world.rest();
    assert_eq!(world.reads(CAROL, room), all);
    assert_eq!(world.server.history_mails.len(), mails);
}

#[test]
fn nobody_repairs_what_is_well() {
    let mut world = World::people(4);
    let room = world.room_of(HistoryChoice::Shared, &[BOB, CAROL, DAVE]);
    world.rest();
    assert_eq!(world.server.rooms()[&room].repairs(), 0);
}

/// Bob gives the room another name and is gone; what it is called lies nowhere any more, and the others have heard that
/// there is a name, and no more.
#[test]
fn a_name_that_nobody_has_any_more_gives_way_to_the_last_that_an_admin_knew() {
    let mut world = World::people(4);
    let room = world.room_of(HistoryChoice::SinceJoin, &[BOB, CAROL]);
    let promote = world.role(room, BOB, Role::Admin);
    world.does(ALICE, promote);
    for who in [ALICE, CAROL] {
        world.offline(who);
    }
    let name = Some(format!("{MARKER} attic"));
    let topic = None;
    world.command(BOB, Command::EditRoom { room, name, topic });
    world.run(5_000);
    assert!(!world.knows_the_name(BOB, room));
    world.link_down(BOB, 48 * 3_600_000);
    world.run(60_000);
    world.server.spoil_side_files(room);
    for who in [ALICE, CAROL] {
        world.link_up(who);
    }
    world.run(30 * 60_000);
    world.rest();
    for who in [ALICE, BOB, CAROL] {
        assert!(world.knows_the_name(who, room), "{}", world.trace.tail(100));
    }
    assert!(world.commits(room) < 20, "{}", world.trace.tail(300));
    // Whoever comes later finds it as well.
    let invite = world.invite(room, DAVE);
    world.does(ALICE, invite);
    world.does(DAVE, Command::Accept { room });
    world.rest();
    assert!(world.knows_the_name(DAVE, room));
}
