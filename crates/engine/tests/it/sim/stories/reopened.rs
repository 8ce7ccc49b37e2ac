//! A suspicion that was settled by the wrong word is opened again (PROTOCOL section 1): whoever was talked into staying
//! behind comes back as soon as the others show where they are.

use engine::api::{HistoryChoice, RoomNotice, RoomStage};
use protocol::{bytes::Bytes, call::Call, events::Ephemeral, ids::RoomId};

use super::{
    ALICE, BOB, CAROL, DAVE,
    suspects::{BOBS_SECRET, spoilt},
};
use crate::sim::{model_server::Origin, person::Who, world::World};

const ERIN: Who = Who(4);

/// All path secrets but erin's, where alice commits in a room of five: carol and dave have one or two of them.
const NOT_ERINS_SECRET: [fn(usize) -> bool; 2] = [|count| count < 2, |count| count < 3];

impl World {
    /// A confederate of the committer answers the last request in the room: "where you stand, I stand", or "somewhere
    /// else".
    fn lies(&mut self, who: Who, room: RoomId, nowhere: bool) -> bool {
        let heard = self.server.heard.iter().rev();
        let asked = heard.map(|heard| heard.body.clone()).next();
        let engine = self.person(who).engine();
        let answer = asked.and_then(|asked| engine.forge_status(room, asked.as_slice(), nowhere));
        let Some(answer) = answer else { return false };
        let origin = Origin {
            token: engine.session_token().map(str::to_owned),
            connection: None,
        };
        let call = Call::Ephemeral(Ephemeral {
            room_id: room,
            sender: None,
            device: None,
            body: Bytes(answer),
        });
        let now = self.server_time();
        let sent = self.server.call(&origin, call, now);
        assert!(sent.is_ok(), "{sent:?}");
        self.flush_pushes();
        true
    }
}

/// Alice shuts bob out, and carol, her confederate, says that nobody went on. Whose secret is spoilt depends on keys
/// that no seed decides: where it was another's, all is done once more.
fn talked_into_it(history: HistoryChoice) -> (World, RoomId) {
    for _ in 0..8 {
        let mut world = World::people(4);
        let room = world.room_of(history, &[BOB, CAROL, DAVE]);
        for who in [CAROL, DAVE] {
            world.offline(who);
        }
        world.offline(BOB);
        world.betray(ALICE, room, &spoilt(BOBS_SECRET), false);
        // The liar's own program did not make the commit and would doubt it, too.
        world.offline(ALICE);
        world.link_up(BOB);
        world.run(2_000);
        if world.stage(BOB, room) != Some(RoomStage::Suspect) {
            continue;
        }
        assert!(world.lies(CAROL, room, false));
        world.run(60_000);
        assert_eq!(world.stage(BOB, room), Some(RoomStage::Joined));
        assert!(world.sees(BOB, room, &RoomNotice::RefusedChange));
        return (world, room);
    }
    panic!("bob is never shut out");
}

#[test]
fn whoever_believed_a_confederate_comes_back_when_the_others_speak() {
    for history in [HistoryChoice::Shared, HistoryChoice::SinceJoin] {
        let (mut world, room) = talked_into_it(history);
        let before = world.epoch(BOB, room);
        // A restart does not forget that the matter is not settled for good.
        world.crash(BOB);
        world.run(60_000);
        world.link_up(DAVE);
        world.say(DAVE, room, "what is with bob?");
        world.run(300_000);
        assert_eq!(world.stage(BOB, room), Some(RoomStage::Joined));
        assert_eq!(
            world.epoch(BOB, room),
            world.epoch(DAVE, room),
            "{}",
            world.trace.tail(200)
        );
        assert_ne!(world.epoch(BOB, room), before);
        // What was taken for a message of nowhere is read now. In a room where each epoch has a key of its own Bob may have
        // one of his own branch for that epoch, and does not ask for the right one.
        if history == HistoryChoice::Shared {
            assert_eq!(world.reads(BOB, room), ["what is with bob?"]);
        }
        world.say(BOB, room, "back again");
        // The liar and her confederate run the honest program again, and go where everybody is.
        world.calm();
        for who in [ALICE, CAROL] {
            assert_eq!(world.stage(who, room), Some(RoomStage::Joined));
            assert_eq!(world.epoch(who, room), world.epoch(DAVE, room));
        }
        assert_eq!(world.reads(DAVE, room).pop().as_deref(), Some("back again"));
    }
}

/// Alice shuts all out but erin, and these, who are there alone, settle it by each other's word. `None` where one of them
/// could follow after all.
fn believed_each_other(round: usize, there: &[Who]) -> Option<(World, RoomId)> {
    let mut world = World::people(5);
    let room = world.room_of(HistoryChoice::Shared, &[BOB, CAROL, DAVE, ERIN]);
    for who in [BOB, CAROL, DAVE, ERIN] {
        world.offline(who);
    }
    world.betray(ALICE, room, &spoilt(NOT_ERINS_SECRET[round % 2]), false);
    world.offline(ALICE);
    there.iter().for_each(|who| world.link_up(*who));
    world.run(30_000);
    let settled = |who: &Who| world.sees(*who, room, &RoomNotice::RefusedChange);
    there.iter().all(settled).then_some((world, room))
}

#[test]
fn some_who_were_shut_out_believe_each_other_until_another_speaks() {
    for round in 0..8 {
        let Some((mut world, room)) = believed_each_other(round, &[BOB, CAROL, DAVE]) else {
            continue;
        };
        world.link_up(ERIN);
        world.run(5_000);
        if world.stage(ERIN, room) != Some(RoomStage::Joined) {
            continue;
        }
        world.say(ERIN, room, "where are you all?");
        world.run(600_000);
        for who in [BOB, CAROL, DAVE] {
            assert_eq!(
                world.epoch(who, room),
                world.epoch(ERIN, room),
                "{}",
                world.trace.tail(200)
            );
            assert_eq!(world.reads(who, room), ["where are you all?"]);
        }
        world.rest();
        assert_eq!(world.epoch(ALICE, room), world.epoch(ERIN, room));
        return;
    }
    panic!("nobody is shut out");
}

/// Of three who were shut out two settle it, and one of them goes on alone; the third finds only her, and returns to her.
#[test]
fn whoever_returned_to_others_who_were_shut_out_still_finds_those_who_went_on() {
    for round in 0..16 {
        let Some((mut world, room)) = believed_each_other(round, &[BOB, DAVE]) else {
            continue;
        };
        // Bob's renewal is a commit in the place of the one that they skipped.
        world.run(600_000);
        world.offline(DAVE);
        let way = world.epoch(BOB, room);
        world.link_up(CAROL);
        world.run(300_000);
        let settled = world.sees(CAROL, room, &RoomNotice::RefusedChange);
        if settled || world.epoch(CAROL, room) == way {
            continue;
        }
        assert_eq!(world.epoch(CAROL, room), world.epoch(BOB, room));
        // Nobody is left with a doubt of her own but her. Erin has gone on, and says something.
        world.offline(BOB);
        world.link_up(ERIN);
        world.say(ERIN, room, "where are you all?");
        world.run(600_000);
        assert_eq!(
            world.epoch(CAROL, room),
            world.epoch(ERIN, room),
            "{}",
            world.trace.tail(300)
        );
        world.rest();
        assert_eq!(world.epoch(BOB, room), world.epoch(ERIN, room));
        return;
    }
    panic!("nobody returns to somebody who was shut out");
}

/// Bob hears from dave, who went on and is gone again: there is a reason to look, and nobody to ask.
fn left_wondering() -> (World, RoomId) {
    let (mut world, room) = talked_into_it(HistoryChoice::Shared);
    world.offline(BOB);
    world.link_up(DAVE);
    world.say(DAVE, room, "is nobody here?");
    world.run(10_000);
    world.offline(DAVE);
    world.link_up(BOB);
    world.run(2_000);
    (world, room)
}

#[test]
fn a_look_that_nobody_answers_ends_and_the_next_comes_later() {
    let (mut world, room) = left_wondering();
    // While it is open nothing is sent.
    assert_eq!(world.stage(BOB, room), Some(RoomStage::Suspect));
    let asked = world.server.heard.len();
    world.run(40_000);
    assert_eq!(world.stage(BOB, room), Some(RoomStage::Joined));
    assert!(world.server.heard.len() - asked <= 8);
    // The matter is not settled by that: the next who speaks is asked, once the pause is over.
    world.run(60_000);
    world.link_up(DAVE);
    world.say(DAVE, room, "and now?");
    world.run(300_000);
    assert_eq!(world.epoch(BOB, room), world.epoch(DAVE, room));
    assert_eq!(world.reads(BOB, room), ["is nobody here?", "and now?"]);
}

#[test]
fn who_claims_a_state_that_does_not_exist_holds_nobody_up_for_long() {
    let (mut world, room) = left_wondering();
    assert!(world.lies(CAROL, room, true));
    // Bob looks for a way there, and finds none.
    world.run(60_000);
    assert_eq!(world.stage(BOB, room), Some(RoomStage::Suspect));
    world.run(180_000);
    assert_eq!(world.stage(BOB, room), Some(RoomStage::Joined));
}
