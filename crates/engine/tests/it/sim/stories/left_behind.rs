//! Somebody could not follow a commit that the others followed, and the room changes before that device is back.

use engine::api::{Command, HistoryChoice, RoomNotice, RoomStage};
use protocol::{ids::RoomId, role::Role};

use super::{ALICE, BOB, CAROL, DAVE, suspects::shut_out_after};
use crate::sim::{person::Who, world::World};

/// Alice shuts bob out and is gone; then dave leaves the room, and carol lets him go, by which the keys change.
fn behind_a_rotation(history: HistoryChoice) -> (World, RoomId) {
    let (mut world, room) = shut_out_after(history, |_, _| {});
    world.offline(BOB);
    for who in [CAROL, DAVE] {
        world.link_up(who);
    }
    world.say(CAROL, room, "what is with bob?");
    world.run(60_000);
    world.command(DAVE, Command::Leave { room });
    world.run(60_000);
    assert_eq!(world.stage(DAVE, room), Some(RoomStage::Left));
    (world, room)
}

impl World {
    fn back_in(&self, who: Who, room: RoomId) -> bool {
        let account = self.person(who).account().expect("an account");
        self.sees(CAROL, room, &RoomNotice::DeviceBack(account))
    }
}

#[test]
fn a_device_whose_keys_were_replaced_meanwhile_is_let_in_by_a_member() {
    let histories = [
        HistoryChoice::None,
        HistoryChoice::SinceJoin,
        HistoryChoice::Shared,
    ];
    for history in histories {
        let (mut world, room) = behind_a_rotation(history);
        // None of the keys that bob's device has opens a door any more.
        world.link_up(BOB);
        world.run(180_000);
        assert_eq!(
            world.stage(BOB, room),
            Some(RoomStage::Joined),
            "{history:?}"
        );
        assert!(world.back_in(BOB, room));
        // What waited is sent, and nothing that can be read is missing.
        let mut texts = world.reads(BOB, room);
        texts.sort_unstable();
        let all = ["what is with bob?", "written before"];
        let shown = if history == HistoryChoice::None {
            &all[1..]
        } else {
            &all[..]
        };
        assert_eq!(texts, shown, "{history:?}");
        world.say(CAROL, room, "there you are");
        world.run(10_000);
        assert!(world.reads(BOB, room).contains(&"there you are".to_owned()));
    }
}

#[test]
fn who_waits_to_leave_lets_in_who_could_let_it_go() {
    let (mut world, room) = behind_a_rotation(HistoryChoice::Shared);
    world.command(CAROL, Command::Leave { room });
    world.run(60_000);
    assert_eq!(world.stage(CAROL, room), Some(RoomStage::Leaving));
    // Bob is the only one who could let carol go, and carol the only one who can let bob in.
    world.link_up(BOB);
    world.run(300_000);
    assert_eq!(world.stage(BOB, room), Some(RoomStage::Joined));
    assert_eq!(world.stage(CAROL, room), Some(RoomStage::Left));
}

#[test]
fn a_welcome_of_the_liar_leads_nobody_back() {
    let (mut world, room) = behind_a_rotation(HistoryChoice::SinceJoin);
    let before = world.epoch(BOB, room);
    // Carol says where the room is, and is gone before bob finds no door: alice alone is there to let somebody in.
    world.link_up(BOB);
    let stage = |world: &World| world.stage(BOB, room);
    for _ in 0..100 {
        world.run(100);
        if world
            .person(BOB)
            .engine()
            .room(room)
            .is_some_and(|view| view.waiting)
        {
            break;
        }
    }
    world.offline(CAROL);
    world.link_up(ALICE);
    world.run(300_000);
    assert_eq!(stage(&world), Some(RoomStage::Suspect));
    assert_eq!(world.epoch(BOB, room), before);
}

#[test]
fn who_is_removed_while_it_cannot_follow_is_told_so() {
    let (mut world, room) = shut_out_after(HistoryChoice::SinceJoin, |world, room| {
        let moderator = world.role(room, CAROL, Role::Moderator);
        world.does(ALICE, moderator);
    });
    // What was wished cannot be done, and is not waited for.
    let wish = world.invite(room, DAVE);
    let wish = world.command(BOB, wish);
    world.offline(BOB);
    for who in [CAROL, DAVE] {
        world.link_up(who);
    }
    world.run(60_000);
    let removal = world.remove(room, BOB);
    world.does(CAROL, removal);
    world.link_up(BOB);
    world.run(60_000);
    // The log cannot show it to a device that could not follow: it is the server's word until somebody adds bob again.
    assert_eq!(world.stage(BOB, room), Some(RoomStage::RemovedUnconfirmed));
    assert!(world.person(BOB).results[&wish].is_err());
    assert!(world.person(BOB).engine().pending().is_idle());
    let again = world.invite(room, BOB);
    world.does(CAROL, again);
    world.run(120_000);
    assert_eq!(world.stage(BOB, room), Some(RoomStage::Invited));
    world.does(BOB, Command::Accept { room });
    world.say(BOB, room, "and back");
    world.run(10_000);
    assert!(world.reads(CAROL, room).contains(&"and back".to_owned()));
}
