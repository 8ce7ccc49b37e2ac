//! Stories written by hand, each about one thing that must not go wrong.

use engine::api::{
    Command, Content, HistoryChoice, ItemBody, ItemKey, Outcome, Password, RoomStage,
};
use protocol::{error::ErrorCode, ids::RoomId, names::UserName, role::Role};

use super::{
    canary::MARKER,
    fixture::{Kind, newcomers, residents},
    person::{Person, Who},
    store::Store,
    trace::Trace,
    world::World,
};

const ALICE: Who = Who(0);
const BOB: Who = Who(1);
const CAROL: Who = Who(2);
const DAVE: Who = Who(3);

/// The language of the stories: what people do, one line each.
impl World {
    fn people(count: usize) -> Self {
        let mut world = residents(Kind::Classical, count, 7, Trace::on());
        world.rest();
        world
    }

    /// Lets everything come to rest and checks all rules.
    fn rest(&mut self) {
        let verdict = self.quiesce().and_then(|()| self.check());
        if let Err(what) = verdict {
            panic!("{}\n{what}", self.trace.tail(400));
        }
    }

    /// Does something and waits for its end.
    fn outcome(&mut self, who: Who, command: Command) -> Result<Outcome, ErrorCode> {
        let id = self.command(who, command);
        self.rest();
        let result = self.person(who).results.get(&id).cloned();
        result
            .expect("the command ended")
            .map_err(|failure| failure.code)
    }

    fn does(&mut self, who: Who, command: Command) -> Outcome {
        let text = format!("{command:?}");
        match self.outcome(who, command) {
            Ok(outcome) => outcome,
            Err(code) => panic!("{}\n{text}: {code}", self.trace.tail(100)),
        }
    }

    fn room(&mut self, who: Who, history: HistoryChoice) -> RoomId {
        let name = format!("{MARKER} cellar");
        let topic = format!("{MARKER} bring candles");
        match self.does(
            who,
            Command::CreateRoom {
                name,
                topic,
                history,
            },
        ) {
            Outcome::RoomCreated(room) => room,
            other => panic!("{other:?}"),
        }
    }

    fn name(&self, who: Who) -> UserName {
        UserName::parse(&self.person(who).name).unwrap()
    }

    fn invite(&self, room: RoomId, who: Who) -> Command {
        Command::Invite {
            room,
            user: self.name(who),
        }
    }

    fn remove(&self, room: RoomId, who: Who) -> Command {
        Command::Remove {
            room,
            account: self.person(who).account().unwrap(),
        }
    }

    fn role(&self, room: RoomId, who: Who, role: Role) -> Command {
        Command::SetRole {
            room,
            account: self.person(who).account().unwrap(),
            role,
        }
    }

    /// Alice's room with these in it.
    fn room_of(&mut self, history: HistoryChoice, members: &[Who]) -> RoomId {
        let room = self.room(ALICE, history);
        for who in members {
            let invite = self.invite(room, *who);
            self.does(ALICE, invite);
            self.does(*who, Command::Accept { room });
        }
        room
    }

    fn say(&mut self, who: Who, room: RoomId, text: &str) {
        let content = Content::Text(format!("{MARKER} {text}"));
        self.command(who, Command::Send { room, content });
    }

    fn stage(&self, who: Who, room: RoomId) -> Option<RoomStage> {
        self.person(who).engine().room(room).map(|view| view.stage)
    }

    /// The texts that somebody reads, without the marker.
    fn reads(&self, who: Who, room: RoomId) -> Vec<String> {
        let lines = self.person(who).store.timeline(room);
        let texts = lines.into_values().filter_map(|item| match item.body {
            ItemBody::Text(text) if matches!(item.key, ItemKey::Logged(_)) => Some(text),
            _ => None,
        });
        let bare = |text: String| text.trim_start_matches(MARKER).trim().to_owned();
        texts.map(bare).collect()
    }

    fn offline(&mut self, who: Who) {
        self.link_down(who, 3_600_000);
        self.run(60_000);
    }
}

#[test]
fn three_people_talk() {
    let mut world = World::people(3);
    let room = world.room_of(HistoryChoice::SinceJoin, &[BOB, CAROL]);
    for (who, text) in [(ALICE, "one"), (BOB, "two"), (CAROL, "three")] {
        world.say(who, room, text);
        world.rest();
    }
    for who in [ALICE, BOB, CAROL] {
        assert_eq!(world.stage(who, room), Some(RoomStage::Joined));
        assert_eq!(world.reads(who, room), ["one", "two", "three"]);
        let view = world.person(who).engine().room(room).unwrap();
        assert_eq!(view.name, Some(format!("{MARKER} cellar")));
    }
}

#[test]
fn what_a_later_member_reads_is_the_policy() {
    for (history, expected) in [
        (HistoryChoice::None, &["later"][..]),
        (HistoryChoice::SinceJoin, &["later"]),
        (HistoryChoice::Shared, &["early", "later"]),
    ] {
        let mut world = World::people(3);
        let room = world.room_of(history, &[BOB]);
        world.say(BOB, room, "early");
        world.rest();
        let invite = world.invite(room, CAROL);
        world.does(ALICE, invite);
        world.does(CAROL, Command::Accept { room });
        world.say(ALICE, room, "later");
        world.rest();
        assert_eq!(world.reads(CAROL, room), expected, "{history:?}");
    }
}

#[test]
fn two_invite_at_the_same_moment() {
    let mut world = World::people(4);
    let room = world.room_of(HistoryChoice::SinceJoin, &[BOB]);
    let (carol, dave) = (world.invite(room, CAROL), world.invite(room, DAVE));
    world.command(ALICE, carol);
    world.command(BOB, dave);
    world.rest();
    for who in [CAROL, DAVE] {
        assert_eq!(world.stage(who, room), Some(RoomStage::Invited));
        world.does(who, Command::Accept { room });
    }
    assert_eq!(world.person(ALICE).engine().members(room).len(), 4);
}

#[test]
fn two_invite_the_same_person() {
    let mut world = World::people(3);
    let room = world.room_of(HistoryChoice::SinceJoin, &[BOB]);
    let carol = world.invite(room, CAROL);
    world.command(ALICE, carol.clone());
    world.command(BOB, carol);
    world.rest();
    world.does(CAROL, Command::Accept { room });
    assert_eq!(world.person(ALICE).engine().members(room).len(), 3);
}

#[test]
fn whoever_loses_a_race_goes_next_by_ticket() {
    let mut world = World::people(4);
    let room = world.room_of(HistoryChoice::SinceJoin, &[BOB, CAROL]);
    for who in [BOB, CAROL] {
        let promote = world.role(room, who, Role::Admin);
        world.does(ALICE, promote);
    }
    for (who, number) in [(ALICE, 1), (BOB, 2), (CAROL, 3)] {
        let name = Some(format!("{MARKER} name {number}"));
        world.command(
            who,
            Command::EditRoom {
                room,
                name,
                topic: None,
            },
        );
    }
    let dave = world.invite(room, DAVE);
    world.command(BOB, dave);
    for round in 0..5 {
        world.say(ALICE, room, &format!("meanwhile {round}"));
        world.run(5);
    }
    world.rest();
    assert_eq!(world.person(CAROL).engine().members(room).len(), 4);
    assert_eq!(world.reads(CAROL, room).len(), 5);
}

#[test]
fn one_leaves_while_the_others_are_offline() {
    let mut world = World::people(3);
    let room = world.room_of(HistoryChoice::SinceJoin, &[BOB, CAROL]);
    world.offline(ALICE);
    world.offline(CAROL);
    world.command(BOB, Command::Leave { room });
    world.run(60_000);
    assert_eq!(world.stage(BOB, room), Some(RoomStage::Leaving));
    world.rest();
    assert_eq!(world.stage(BOB, room), Some(RoomStage::Left));
    assert_eq!(world.person(CAROL).engine().members(room).len(), 2);
}

#[test]
fn one_of_many_answers_a_wish_to_leave() {
    let mut world = World::people(5);
    let room = world.room_of(HistoryChoice::SinceJoin, &[BOB, CAROL, DAVE, Who(4)]);
    let before = world.server.rooms()[&room].log().len();
    world.command(DAVE, Command::Leave { room });
    world.say(ALICE, room, "while it waits");
    world.rest();
    assert_eq!(world.stage(DAVE, room), Some(RoomStage::Left));
    let after = &world.server.rooms()[&room].log()[before..];
    let commits = after
        .iter()
        .filter(|entry| matches!(entry.body, protocol::log::Body::Commit(_)));
    assert_eq!(commits.count(), 1, "the others saw that it was done");
    assert_eq!(world.reads(BOB, room), ["while it waits"]);
}

#[test]
fn the_last_owner_does_not_leave() {
    let mut world = World::people(2);
    let room = world.room_of(HistoryChoice::SinceJoin, &[BOB]);
    let refused = world.outcome(ALICE, Command::Leave { room });
    assert_eq!(refused.unwrap_err(), ErrorCode::LastOwner);
    let promote = world.role(room, BOB, Role::Owner);
    world.does(ALICE, promote);
    world.command(ALICE, Command::Leave { room });
    world.rest();
    assert_eq!(world.stage(ALICE, room), Some(RoomStage::Left));
}

#[test]
fn somebody_is_removed_while_offline_and_reads_nothing_more() {
    let mut world = World::people(3);
    let room = world.room_of(HistoryChoice::SinceJoin, &[BOB, CAROL]);
    world.offline(CAROL);
    world.say(ALICE, room, "before");
    world.run(10_000);
    let remove = world.remove(room, CAROL);
    world.command(ALICE, remove);
    world.run(10_000);
    world.say(ALICE, room, "after");
    world.rest();
    assert_eq!(world.stage(CAROL, room), Some(RoomStage::Removed));
    assert_eq!(world.reads(CAROL, room), ["before"]);
    assert_eq!(world.reads(BOB, room), ["before", "after"]);
}

#[test]
fn who_was_removed_while_offline_and_asked_back_loses_nothing() {
    let mut world = World::people(3);
    let room = world.room_of(HistoryChoice::SinceJoin, &[BOB, CAROL]);
    world.offline(CAROL);
    world.say(ALICE, room, "before");
    world.run(10_000);
    let remove = world.remove(room, CAROL);
    world.command(ALICE, remove);
    world.run(10_000);
    world.say(BOB, room, "between");
    world.run(10_000);
    let invite = world.invite(room, CAROL);
    world.command(ALICE, invite);
    world.rest();
    world.does(CAROL, Command::Accept { room });
    world.say(BOB, room, "again");
    world.rest();
    assert_eq!(world.reads(CAROL, room), ["before", "again"]);
}

#[test]
fn one_leaves_and_comes_back() {
    let mut world = World::people(2);
    let room = world.room_of(HistoryChoice::SinceJoin, &[BOB]);
    world.say(BOB, room, "first time");
    world.rest();
    world.command(BOB, Command::Leave { room });
    world.rest();
    world.say(ALICE, room, "alone");
    world.rest();
    let invite = world.invite(room, BOB);
    world.does(ALICE, invite);
    world.does(BOB, Command::Accept { room });
    world.say(ALICE, room, "welcome back");
    world.rest();
    assert_eq!(world.reads(BOB, room), ["first time", "welcome back"]);
    assert_eq!(
        world.reads(ALICE, room),
        ["first time", "alone", "welcome back"]
    );
}

#[test]
fn one_declines() {
    let mut world = World::people(3);
    let room = world.room_of(HistoryChoice::SinceJoin, &[BOB]);
    let invite = world.invite(room, CAROL);
    world.does(BOB, invite);
    world.command(CAROL, Command::Decline { room });
    world.rest();
    assert_eq!(world.stage(CAROL, room), Some(RoomStage::Left));
    assert_eq!(world.person(ALICE).engine().members(room).len(), 2);
}

#[test]
fn roles_decide() {
    let mut world = World::people(4);
    let room = world.room_of(HistoryChoice::SinceJoin, &[BOB, CAROL, DAVE]);
    let edit = Command::EditRoom {
        room,
        name: Some("x".into()),
        topic: None,
    };
    let cases = [
        world.remove(room, CAROL),
        world.role(room, CAROL, Role::Moderator),
        world.remove(room, ALICE),
        edit,
    ];
    for command in cases {
        let text = format!("{command:?}");
        let refused = world.outcome(BOB, command);
        assert_eq!(refused.unwrap_err(), ErrorCode::RoleTooLow, "{text}");
    }
    let promote = world.role(room, BOB, Role::Moderator);
    world.does(ALICE, promote);
    let remove = world.remove(room, CAROL);
    world.does(BOB, remove);
    assert_eq!(world.stage(CAROL, room), Some(RoomStage::Removed));
}

#[test]
fn a_message_is_sealed_again_when_the_room_moved_on() {
    let mut world = World::people(3);
    let room = world.room_of(HistoryChoice::SinceJoin, &[BOB]);
    let carol = world.invite(room, CAROL);
    world.command(ALICE, carol);
    for number in 0..10 {
        world.say(BOB, room, &format!("{number}"));
        world.run(9);
    }
    world.rest();
    let expected: Vec<String> = (0..10).map(|number| number.to_string()).collect();
    assert_eq!(world.reads(ALICE, room), expected);
}

#[test]
fn messages_written_offline_go_out_in_order() {
    let mut world = World::people(2);
    let room = world.room_of(HistoryChoice::SinceJoin, &[BOB]);
    world.offline(BOB);
    for number in 0..5 {
        world.say(BOB, room, &format!("{number}"));
    }
    world.crash(BOB);
    world.rest();
    assert_eq!(world.reads(ALICE, room), ["0", "1", "2", "3", "4"]);
}

#[test]
fn a_slow_reader_is_told_and_recovers() {
    let mut world = World::people(2);
    let room = world.room_of(HistoryChoice::SinceJoin, &[BOB]);
    world.stall(BOB, 30_000);
    for number in 0..20 {
        world.say(ALICE, room, &format!("{number}"));
        world.run(500);
    }
    world.rest();
    assert_eq!(world.reads(BOB, room).len(), 20);
}

#[test]
fn a_second_home_is_a_second_device() {
    let mut world = World::people(2);
    let room = world.room_of(HistoryChoice::SinceJoin, &[BOB]);
    let mut home = Person::new(world.config, "alice", Store::default(), 99);
    home.second_home = true;
    world.people.push(home);
    let second = Who(2);
    world.sign_in_anew(second);
    world.rest();
    assert_eq!(world.stage(second, room), Some(RoomStage::NotOnThisDevice));
    let (first, second) = (world.person(ALICE).engine(), world.person(second).engine());
    let (first, second) = (first.account().unwrap(), second.account().unwrap());
    assert_eq!(first.account, second.account);
    assert_ne!(first.device, second.device);
}

#[test]
fn a_wrong_password_and_an_unknown_name_look_the_same() {
    let mut world = World::people(1);
    let home = Person::new(world.config, "alice", Store::default(), 99);
    world.people.push(home);
    for user in ["alice", "nobody"] {
        let user = UserName::parse(user).unwrap();
        let password = Password::new(format!("{MARKER} but another one 99"));
        let refused = world.outcome(BOB, Command::Login { user, password });
        assert_eq!(refused.unwrap_err(), ErrorCode::LoginFailed);
    }
}

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
                world.command(ALICE, Command::Login { user, password });
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
