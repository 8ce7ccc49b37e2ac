//! One person's program ends at each step of what it does, one run for each.

use engine::api::{Command, Content, HistoryChoice, Password, RoomStage, Ticket};
use protocol::ids::RoomId;

use super::{ALICE, BOB, CAROL};
use crate::sim::{
    canary::MARKER,
    fixture::{Kind, newcomers},
    person::Who,
    trace::Trace,
    world::World,
};

/// Runs a story again and again, with the crash of one person at each of its steps, until a run ends without.
fn at_every_step(who: Who, story: impl Fn(&mut World, RoomId)) {
    for step in 0.. {
        let mut world = World::people(3);
        let room = world.room_of(HistoryChoice::SinceJoin, &[BOB]);
        world.person_mut(who).crash_in = Some(step);
        story(&mut world, room);
        let reached = world.person(who).crash_in.is_none();
        world.rest();
        world.say(ALICE, room, "afterwards");
        world.rest();
        assert_eq!(
            world.reads(BOB, room).last().map(String::as_str),
            Some("afterwards"),
            "step {step}"
        );
        if !reached {
            assert!(step > 5, "the story has more steps than that");
            return;
        }
    }
}

#[test]
fn an_inviter_crashes_at_every_step() {
    at_every_step(ALICE, |world, room| {
        let carol = world.invite(room, CAROL);
        world.command(ALICE, carol);
        world.run(30_000);
    });
}

#[test]
fn an_invited_person_crashes_at_every_step() {
    at_every_step(CAROL, |world, room| {
        let carol = world.invite(room, CAROL);
        world.command(ALICE, carol);
        world.run(30_000);
        world.command(CAROL, Command::Accept { room });
        world.run(30_000);
    });
}

#[test]
fn a_message_that_is_asked_for_again_after_a_crash_is_said_once() {
    at_every_step(BOB, |world, room| {
        let send = Command::Send {
            room,
            content: Content::Text(format!("{MARKER} said once")),
            ticket: Some(TICKET),
        };
        for command in [send.clone(), send] {
            world.command(BOB, command);
            world.run(30_000);
        }
        let said = world.reads(ALICE, room).into_iter();
        assert_eq!(said.filter(|text| text == "said once").count(), 1);
    });
}

#[test]
fn what_is_typed_outlives_every_crash_until_it_is_said() {
    at_every_step(BOB, |world, room| {
        let text = format!("{MARKER} typed");
        let keep = Command::KeepTyped {
            room,
            text: text.clone(),
        };
        world.command(BOB, keep);
        world.run(30_000);
        let kept = world.person(BOB).engine().typed() == [(room, text)];
        world.say(BOB, room, "typed");
        world.run(30_000);
        world.crash(BOB);
        world.run(30_000);
        let said = world.reads(ALICE, room).contains(&"typed".to_owned());
        let stands = !world.person(BOB).engine().typed().is_empty();
        assert_eq!(stands, kept && !said);
    });
}

#[test]
fn a_room_that_is_asked_for_again_after_a_crash_is_made_once() {
    at_every_step(BOB, |world, _| {
        for command in [attic(), attic()] {
            world.command(BOB, command);
            world.run(30_000);
        }
        assert_eq!(world.person(BOB).engine().rooms().len(), 2);
    });
}

const TICKET: Ticket = Ticket {
    caller: [1; 16],
    number: 1,
};

fn attic() -> Command {
    Command::CreateRoom {
        name: format!("{MARKER} attic"),
        topic: String::new(),
        history: HistoryChoice::None,
        ticket: Some(TICKET),
    }
}

#[test]
fn a_room_that_is_asked_for_again_while_it_is_made_is_one() {
    let mut world = World::people(1);
    world.offline(ALICE);
    let ids = [(); 2].map(|()| world.command(ALICE, attic()));
    world.link_up(ALICE);
    world.rest();
    let alice = world.person(ALICE);
    let [one, other] = ids.map(|id| alice.results.get(&id).cloned().unwrap());
    assert!(one.is_ok() && one == other);
    assert_eq!(alice.engine().rooms().len(), 1);
}

#[test]
fn a_sender_crashes_at_every_step() {
    at_every_step(BOB, |world, room| {
        world.say(BOB, room, "one");
        world.say(BOB, room, "two");
        world.run(30_000);
    });
}

#[test]
fn a_reader_crashes_at_every_step() {
    at_every_step(BOB, |world, room| {
        let carol = world.invite(room, CAROL);
        world.command(ALICE, carol);
        world.say(ALICE, room, "one");
        world.run(30_000);
    });
}

#[test]
fn a_leaver_crashes_at_every_step() {
    for step in 0.. {
        let mut world = World::people(2);
        let room = world.room_of(HistoryChoice::SinceJoin, &[BOB]);
        world.person_mut(BOB).crash_in = Some(step);
        world.command(BOB, Command::Leave { room });
        world.run(30_000);
        let reached = world.person(BOB).crash_in.is_none();
        world.rest();
        if !reached {
            assert_eq!(world.stage(BOB, room), Some(RoomStage::Left));
            return;
        }
    }
}

#[test]
fn somebody_who_registers_crashes_at_every_step() {
    for step in 0.. {
        let mut world = newcomers(Kind::Classical, 1, 3, Trace::on());
        world.person_mut(ALICE).crash_in = Some(step);
        world.register(ALICE);
        world.run(120_000);
        let reached = world.person(ALICE).crash_in.is_none();
        // Whoever has no account after the crash tries again, and gets the one that the server may have by now.
        if world.person(ALICE).account().is_none() {
            world.register(ALICE);
            world.run(120_000);
            let user = world.name(ALICE);
            let password = Password::new(world.person(ALICE).password());
            if world.person(ALICE).engine().session_token().is_none() {
                world.command(
                    ALICE,
                    Command::Login {
                        user,
                        password,
                        code: None,
                    },
                );
            }
        }
        world.rest();
        assert!(
            world.person(ALICE).engine().session_token().is_some(),
            "step {step}"
        );
        world.room(ALICE, HistoryChoice::SinceJoin);
        if !reached {
            return;
        }
    }
}
