//! Readmission (PROTOCOL section 4, way d): where a device of a member finds no keys to the door, somebody who is there
//! lets it in.

use engine::api::{Command, HistoryChoice, RoomStage};
use protocol::{
    call::{Call, Reply},
    ids::RoomId,
    log::Body,
    rest::{Readmission, ReadmissionRequest},
};

use super::{ALICE, BOB, CAROL, DAVE};
use crate::sim::{model_server::Origin, person::Who, store::Store, world::World};

impl World {
    /// The store of somebody is gone; the person logs in with the password alone.
    fn starts_over(&mut self, who: Who) {
        self.crash(who);
        self.person_mut(who).store = Store::default();
        self.run(10_000);
        self.link_up(who);
        self.run(1_000);
        self.sign_in_anew(who);
        self.run(30_000);
    }

    pub(super) fn ask_server(&mut self, who: Who, call: Call) -> Reply {
        let token = self.person(who).engine().session_token().map(str::to_owned);
        let origin = Origin {
            token,
            connection: None,
        };
        let now = self.server_time();
        let reply = self.server.call(&origin, call, now).expect("an answer");
        let outgoing = self.server.take_outgoing();
        self.push_all(outgoing);
        reply
    }

    fn requests(&mut self, room: RoomId) -> Vec<ReadmissionRequest> {
        match self.ask_server(BOB, Call::Readmissions(room)) {
            Reply::Readmissions(waiting) => waiting.requests,
            other => panic!("{other:?}"),
        }
    }

    fn commits_in(&self, room: RoomId) -> usize {
        let log = self.server.rooms()[&room].log().iter();
        log.filter(|entry| matches!(entry.body, Body::Commit(_)))
            .count()
    }

    fn waits(&self, who: Who, room: RoomId) -> bool {
        let view = self.person(who).engine().room(room);
        view.is_some_and(|view| view.waiting)
    }
}

/// The room's keys change while bob's device is away, and then it is lost: bob's vault opens no door. Nobody is there.
fn locked_out(history: HistoryChoice) -> (World, RoomId) {
    let mut world = World::people(4);
    let room = world.room_of(history, &[BOB, CAROL, DAVE]);
    // By then each leaf is one that its own device has made.
    world.run(12 * 60_000);
    world.say(BOB, room, "bob was here");
    world.rest();
    world.offline(BOB);
    let dave = world.remove(room, DAVE);
    world.command(ALICE, dave);
    world.run(30_000);
    for who in [ALICE, CAROL] {
        world.offline(who);
    }
    (world, room)
}

#[test]
fn a_device_that_no_door_lets_in_waits_for_somebody_who_does() {
    let histories = [
        HistoryChoice::None,
        HistoryChoice::SinceJoin,
        HistoryChoice::Shared,
    ];
    for history in histories {
        let (mut world, room) = locked_out(history);
        world.starts_over(BOB);
        world.run(60_000);
        // It says that it waits, and whoever runs a command is not kept waiting with it.
        assert_eq!(world.stage(BOB, room), Some(RoomStage::NotOnThisDevice));
        assert!(world.waits(BOB, room));
        assert!(world.person(BOB).engine().pending().is_idle());
        // A restart asks the same.
        let before = world.requests(room);
        world.crash(BOB);
        world.run(60_000);
        assert!(world.waits(BOB, room));
        assert_eq!(world.requests(room)[0].request, before[0].request);
        world.link_up(CAROL);
        world.run(30_000);
        assert_eq!(world.stage(BOB, room), Some(RoomStage::Joined));
        assert!(!world.waits(BOB, room));
        assert_eq!(world.requests(room), []);
        world.say(BOB, room, "let in again");
        world.link_up(ALICE);
        world.run(60_000);
        let last = world.reads(ALICE, room).pop();
        assert_eq!(last.as_deref(), Some("let in again"));
        let reads = world.reads(BOB, room);
        let reads_former = reads.contains(&"bob was here".to_owned());
        assert_eq!(reads_former, history != HistoryChoice::None, "{history:?}");
    }
}

#[test]
fn one_commit_lets_in_who_asks_and_nobody_else_makes_another() {
    let (mut world, room) = locked_out(HistoryChoice::SinceJoin);
    world.starts_over(BOB);
    let before = world.commits_in(room);
    for who in [ALICE, CAROL] {
        world.link_up(who);
    }
    world.run(60_000);
    assert_eq!(world.stage(BOB, room), Some(RoomStage::Joined));
    assert_eq!(world.commits_in(room), before + 1);
    world.rest();
}

/// The server says that bob is in, and his invitation takes its time; he asks, and is given a seat in place of the one
/// that he has not read of. Then both Welcomes come at once.
#[test]
fn who_is_let_in_before_the_invitation_comes_misses_nothing() {
    let mut world = World::people(3);
    let room = world.room_of(HistoryChoice::SinceJoin, &[CAROL]);
    let before = world.commits_in(room);
    world.server.withholds_welcomes = true;
    let bob = world.invite(room, BOB);
    world.command(ALICE, bob);
    world.run(10_000);
    world.offline(BOB);
    world.link_up(BOB);
    world.run(60_000);
    assert_eq!(world.commits_in(room), before + 2, "invited, and let in");
    world.offline(BOB);
    world.say(ALICE, room, "to all who are in");
    world.run(10_000);
    world.server.withholds_welcomes = false;
    world.link_up(BOB);
    world.run(60_000);
    assert_eq!(world.stage(BOB, room), Some(RoomStage::Invited));
    assert_eq!(world.commits_in(room), before + 2);
    assert_eq!(world.requests(room), []);
    assert_eq!(world.reads(BOB, room), ["to all who are in"]);
    world.command(BOB, Command::Accept { room });
    world.rest();
    world.say(BOB, room, "thank you");
    world.run(10_000);
    assert_eq!(world.reads(ALICE, room).pop().as_deref(), Some("thank you"));
}

/// The invitation is lost, and bob is let in when he asks: what was said in between was said to him as well.
#[test]
fn whoever_is_let_in_after_a_lost_invitation_reads_what_was_said_between() {
    let mut world = World::people(3);
    let room = world.room_of(HistoryChoice::SinceJoin, &[CAROL]);
    world.say(ALICE, room, "before bob");
    world.rest();
    world.offline(BOB);
    let bob = world.invite(room, BOB);
    world.command(ALICE, bob);
    world.run(10_000);
    world.server.lose_mail();
    world.say(ALICE, room, "to all who are in");
    world.run(10_000);
    world.link_up(BOB);
    world.run(60_000);
    world.command(BOB, Command::Accept { room });
    world.rest();
    world.say(ALICE, room, "welcome");
    world.rest();
    assert_eq!(world.reads(BOB, room), ["to all who are in", "welcome"]);
    assert_eq!(world.tombstones(BOB, room), 0);
    assert_eq!(world.reads(CAROL, room).len(), 3);
}

/// Nobody who could let it in is there for a day: looking costs the server the files of a room each time.
#[test]
fn a_device_that_waits_for_days_asks_seldom_and_comes_in_at_once() {
    let (mut world, room) = locked_out(HistoryChoice::SinceJoin);
    world.starts_over(BOB);
    world.run(3_600_000);
    let before = world.happened;
    world.run(24 * 3_600_000);
    let happened = world.happened - before;
    assert!(happened < 40, "{happened}");
    world.link_up(ALICE);
    world.run(30_000);
    assert_eq!(world.stage(BOB, room), Some(RoomStage::Joined));
}

#[test]
fn a_request_that_is_shown_again_lets_nobody_in() {
    let (mut world, room) = locked_out(HistoryChoice::SinceJoin);
    world.starts_over(BOB);
    world.run(60_000);
    let request = world.requests(room)[0].request.clone();
    world.link_up(CAROL);
    world.rest();
    assert_eq!(world.stage(BOB, room), Some(RoomStage::Joined));
    // Somebody else in the room keeps it, and the server forwards what it is given.
    let replay = |world: &mut World, request| {
        let before = world.commits_in(room);
        world.ask_server(CAROL, Call::AskReadmission(room, Readmission { request }));
        world.run(60_000);
        assert_eq!(world.commits_in(room), before);
    };
    replay(&mut world, request.clone());
    let mut spoilt = request.clone();
    spoilt.0[40] ^= 1;
    replay(&mut world, spoilt);
    // And once more when bob is out of the room, which is when the server asks for him by itself.
    let bob = world.remove(room, BOB);
    world.does(ALICE, bob);
    replay(&mut world, request);
    world.rest();
}

#[test]
fn a_welcome_into_a_group_that_the_account_never_changed_is_an_invitation() {
    let mut world = World::people(3);
    let room = world.room_of(HistoryChoice::SinceJoin, &[CAROL]);
    let bob = world.invite(room, BOB);
    world.does(ALICE, bob);
    world.command(BOB, Command::Accept { room });
    world.run(5_000);
    // All leaves of bob's are of KeyPackages, which anybody can put into a group of their own.
    world.offline(BOB);
    let carol = world.remove(room, CAROL);
    world.command(ALICE, carol);
    world.run(30_000);
    world.starts_over(BOB);
    world.run(60_000);
    assert_eq!(world.stage(BOB, room), Some(RoomStage::Invited));
    assert_eq!(world.requests(room), []);
    world.command(BOB, Command::Accept { room });
    world.run(10_000);
    assert_eq!(world.stage(BOB, room), Some(RoomStage::Joined));
}

#[test]
fn a_restart_before_the_welcome_forgets_nothing_that_the_vault_has() {
    let (mut world, room) = locked_out(HistoryChoice::SinceJoin);
    world.starts_over(BOB);
    world.run(60_000);
    world.offline(BOB);
    world.link_up(CAROL);
    world.run(30_000);
    world.crash(BOB);
    world.run(10_000);
    world.link_up(BOB);
    world.run(60_000);
    assert_eq!(world.stage(BOB, room), Some(RoomStage::Joined));
    assert_eq!(world.reads(BOB, room), ["bob was here"]);
    world.rest();
}

/// Runs the return again and again, with the crash of one person at each of its steps, until a run ends without.
fn back_with_crashes(who: Who) {
    for step in 0.. {
        let (mut world, room) = locked_out(HistoryChoice::SinceJoin);
        world.starts_over(BOB);
        world.person_mut(who).crash_in = Some(step);
        world.link_up(CAROL);
        world.run(90_000);
        let reached = world.person(who).crash_in.is_none();
        world.rest();
        assert_eq!(
            world.stage(BOB, room),
            Some(RoomStage::Joined),
            "step {step}"
        );
        assert_eq!(world.requests(room), [], "step {step}");
        world.say(ALICE, room, "afterwards");
        world.rest();
        let last = world.reads(BOB, room).pop();
        assert_eq!(last.as_deref(), Some("afterwards"), "step {step}");
        if !reached {
            assert!(step > 5, "the story has more steps than that");
            return;
        }
    }
}

#[test]
fn who_asks_crashes_at_every_step() {
    back_with_crashes(BOB);
}

#[test]
fn who_lets_in_crashes_at_every_step() {
    back_with_crashes(CAROL);
}
