//! An account ends: it leaves its rooms, and then nothing of it is left at the server but its name.

use engine::api::{
    CodeText, Command, HistoryChoice, Outcome, Password, RoomNotice, RoomStage, Unlock,
};
use protocol::{error::ErrorCode, ids::RoomId, role::Role};

use super::{ALICE, BOB, CAROL, accounts::kept_code};
use crate::sim::{
    fixture::{Kind, newcomers},
    person::Who,
    trace::Trace,
    world::World,
};

impl World {
    fn deleting(&self, who: Who, at_once: bool) -> Command {
        Command::DeleteAccount {
            unlock: Unlock::Password(Password::new(self.person(who).password())),
            second_factor: None,
            at_once,
        }
    }

    /// How a command ends within a minute; nobody logs in again meanwhile.
    fn ends_as(&mut self, who: Who, command: Command) -> Result<Outcome, ErrorCode> {
        let id = self.command(who, command);
        self.run(60_000);
        let result = self.person(who).results.get(&id).cloned();
        let result = result.expect("the command ended");
        result.map_err(|failure| failure.code)
    }

    fn has_ended(&self, who: Who) -> bool {
        self.person(who).engine().account().unwrap().deleted
    }

    /// A room of Alice's in which Bob is an owner too.
    fn shared_garden(&mut self) -> RoomId {
        let room = self.room_of(HistoryChoice::SinceJoin, &[BOB, CAROL]);
        let owner = self.role(room, BOB, Role::Owner);
        self.does(ALICE, owner);
        room
    }
}

#[test]
fn an_account_leaves_its_rooms_and_ends_on_all_devices() {
    let mut world = World::people(3);
    let room = world.shared_garden();
    let own = world.room(ALICE, HistoryChoice::None);
    let tablet = world.further(99);
    let account = world.person(ALICE).account().unwrap();
    let delete = world.deleting(ALICE, false);
    let refused = world.outcome(ALICE, delete.clone()).err();
    assert_eq!(refused, Some(ErrorCode::StillInRooms));
    assert!(!world.server.has_deleted(account));
    world.does(ALICE, Command::Leave { room });
    assert_eq!(world.stage(ALICE, room), Some(RoomStage::Left));
    // What is wrong is found out before anything is lost.
    let mut guess = delete.clone();
    if let Command::DeleteAccount { unlock, .. } = &mut guess {
        *unlock = Unlock::Password(Password::new("a guess at it 99".to_owned()));
    }
    assert_eq!(world.ends_as(ALICE, guess), Err(ErrorCode::LoginFailed));
    assert!(!world.server.has_deleted(account));
    // A room in which nobody else is holds nobody up.
    assert_eq!(world.stage(ALICE, own), Some(RoomStage::Joined));
    assert_eq!(world.ends_as(ALICE, delete.clone()), Ok(Outcome::Done));
    assert!(world.server.has_deleted(account));
    assert!(world.has_ended(ALICE) && world.has_ended(tablet));
    for who in [ALICE, tablet] {
        world.is_stolen(who);
        let login = Command::Login {
            user: world.name(who),
            password: Password::new(world.person(who).password()),
            code: None,
        };
        for command in [login, Command::Sync, Command::Devices] {
            let refused = world.ends_as(who, command);
            assert_eq!(refused, Err(ErrorCode::AccountDeleted));
        }
        // Whoever asks again hears that it is done, after a restart too.
        world.crash(who);
        world.run(10_000);
        assert!(world.has_ended(who));
        let again = world.deleting(who, false);
        assert_eq!(world.ends_as(who, again), Ok(Outcome::Done));
    }
    let left = RoomNotice::Left(vec![account]);
    assert!(world.notices(BOB, room).contains(&left));
    world.say(BOB, room, "only we two");
    world.rest();
    assert_eq!(world.reads(CAROL, room), ["only we two"]);
}

/// The others are off: the account waits for them, or goes and the server tells them.
#[test]
fn whoever_does_not_wait_is_told_of_by_the_server() {
    let mut world = World::people(3);
    let room = world.shared_garden();
    let account = world.person(ALICE).account().unwrap();
    for who in [BOB, CAROL] {
        world.offline(who);
    }
    let leave = world.ends_as(ALICE, Command::Leave { room });
    assert_eq!(leave, Ok(Outcome::Done));
    assert_eq!(world.stage(ALICE, room), Some(RoomStage::Leaving));
    let delete = world.deleting(ALICE, false);
    let refused = world.ends_as(ALICE, delete);
    assert_eq!(refused, Err(ErrorCode::StillInRooms));
    let delete = world.deleting(ALICE, true);
    assert_eq!(world.ends_as(ALICE, delete), Ok(Outcome::Done));
    world.is_stolen(ALICE);
    world.rest();
    assert!(!world.server.is_inside(account));
    let told = RoomNotice::AccountDeleted(account);
    for who in [BOB, CAROL] {
        assert!(world.notices(who, room).contains(&told));
        let members = world.person(who).engine().members(room);
        assert!(members.iter().all(|member| member.account != account));
    }
    world.say(BOB, room, "afterwards");
    world.rest();
    assert_eq!(world.reads(CAROL, room), ["afterwards"]);
}

#[test]
fn an_account_that_would_leave_a_room_without_an_owner_names_it() {
    let mut world = World::people(3);
    let room = world.room_of(HistoryChoice::SinceJoin, &[BOB]);
    let garden = world.shared_garden();
    let own = world.room(ALICE, HistoryChoice::None);
    assert_eq!(world.person(ALICE).engine().last_owner_of(), [room]);
    assert!(world.person(BOB).engine().last_owner_of().is_empty());
    let owner = world.role(room, BOB, Role::Owner);
    world.does(ALICE, owner);
    assert!(world.person(ALICE).engine().last_owner_of().is_empty());
    assert!(garden != own);
}

#[test]
fn the_recovery_code_ends_an_account_as_well() {
    let mut world = newcomers(Kind::Classical, 2, 1, Trace::on());
    for who in [ALICE, BOB] {
        world.register(who);
    }
    world.rest();
    let by_code = |code: String| Command::DeleteAccount {
        unlock: Unlock::Code(CodeText::new(code)),
        second_factor: None,
        at_once: false,
    };
    let [own, others] = [ALICE, BOB].map(|who| kept_code(&world, who));
    let refused = world.ends_as(ALICE, by_code(others));
    assert_eq!(refused, Err(ErrorCode::LoginFailed));
    assert_eq!(world.ends_as(ALICE, by_code(own)), Ok(Outcome::Done));
    assert!(world.has_ended(ALICE) && !world.has_ended(BOB));
}

/// At whatever step the program ends, doing the same again leads to the same end, and the room goes on.
#[test]
fn who_deletes_an_account_crashes_at_every_step() {
    for step in 0.. {
        let mut world = World::people(3);
        let room = world.shared_garden();
        let account = world.person(ALICE).account().unwrap();
        world.person_mut(ALICE).crash_in = Some(step);
        for _ in 0..3 {
            if !world.has_ended(ALICE) {
                world.command(ALICE, Command::Leave { room });
                world.run(60_000);
            }
            let delete = world.deleting(ALICE, false);
            world.command(ALICE, delete);
            world.run(60_000);
        }
        let reached = world.person_mut(ALICE).crash_in.take().is_none();
        assert!(world.server.has_deleted(account), "step {step}");
        assert!(world.has_ended(ALICE), "step {step}");
        world.is_stolen(ALICE);
        world.say(BOB, room, "afterwards");
        world.rest();
        assert_eq!(world.reads(CAROL, room), ["afterwards"], "step {step}");
        assert!(!world.server.is_inside(account), "step {step}");
        if !reached {
            assert!(step > 5, "the story has more steps than that");
            return;
        }
    }
}
