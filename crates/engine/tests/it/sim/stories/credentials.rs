//! What opens an account is changed: by whoever knows it, at whatever step the program ends (PROTOCOL section 2).

use engine::api::{
    Changed, CodeText, Command, HistoryChoice, Others, Outcome, Password, RoomStage, Settled,
    Unlock,
};
use protocol::error::ErrorCode;

use super::{ALICE, BOB, accounts::kept_code};
use crate::sim::{
    canary::MARKER,
    fixture::{Kind, newcomers},
    person::{Person, Who},
    store::Store,
    trace::Trace,
    world::World,
};

pub(super) fn new_password() -> String {
    format!("{MARKER} harbour 77 lantern")
}

fn by_password(world: &World, who: Who) -> Unlock {
    Unlock::Password(Password::new(world.person(who).password()))
}

fn by_code(code: &str) -> Unlock {
    Unlock::Code(CodeText::new(code.to_owned()))
}

fn change(unlock: Unlock, others: Others) -> Command {
    Command::ChangePassword {
        unlock,
        password: Password::new(new_password()),
        others,
        second_factor: None,
    }
}

fn replace(unlock: Unlock) -> Command {
    Command::ReplaceCode {
        unlock,
        second_factor: None,
    }
}

impl World {
    /// From now on the homes of somebody log in with the new password.
    pub(super) fn knows_new_password(&mut self, name: &str) {
        let homes = self.people.iter_mut().filter(|home| home.name == name);
        homes.for_each(|home| home.new_password = Some(new_password()));
    }

    /// Whether somebody gets into the account from an empty home: with the first password, with the new one.
    pub(super) fn passwords_that_open(&mut self, who: Who) -> [bool; 2] {
        [None, Some(new_password())].map(|password| {
            let name = self.person(who).name.clone();
            let mut home = Person::new(self.config, &name, Store::default(), self.now);
            home.new_password = password;
            let password = Password::new(home.password());
            self.people.push(home);
            let home = Who(self.people.len() - 1);
            self.dial(home);
            let user = self.name(who);
            let opened = self.outcome(
                home,
                Command::Login {
                    user,
                    password,
                    code: None,
                },
            );
            self.person_mut(home).came_later = opened.is_ok();
            opened.is_ok()
        })
    }

    pub(super) fn signed_in(&self, who: Who) -> bool {
        self.person(who).engine().session_token().is_some()
    }
}

/// Alice and Bob in a room, and the code that Alice keeps.
fn with_code() -> (World, protocol::ids::RoomId, String) {
    let mut world = newcomers(Kind::Classical, 2, 1, Trace::on());
    for who in [ALICE, BOB] {
        world.register(who);
    }
    world.rest();
    let code = kept_code(&world, ALICE);
    let room = world.room_of(HistoryChoice::Shared, &[BOB]);
    (world, room, code)
}

#[test]
fn a_changed_password_is_the_only_one_and_the_others_are_told() {
    let mut world = World::people(2);
    let room = world.room_of(HistoryChoice::SinceJoin, &[BOB]);
    let tablet = world.further(99);
    world.offline(tablet);
    let old = by_password(&world, ALICE);
    let device = world.device(ALICE);
    let id = world.command(ALICE, change(old.clone(), Others::Stay));
    world.run(60_000);
    let outcome = world.person(ALICE).results.get(&id).cloned();
    assert!(matches!(outcome, Some(Ok(Outcome::Done))), "{outcome:?}");
    world.knows_new_password("alice");
    // The session goes on, and so does that of whoever was away.
    world.say(ALICE, room, "under the new password");
    world.rest();
    assert!(world.signed_in(tablet));
    let [told] = world.person(tablet).engine().changes()[..] else {
        panic!("nothing is told");
    };
    assert_eq!((told.what, told.device), (Changed::Password, device));
    assert!(world.person(ALICE).engine().changes().is_empty());
    world.say(tablet, room, "and so do I");
    world.rest();
    assert_eq!(world.reads(BOB, room).len(), 2);
    let devices = Vec::new();
    world.does(tablet, Command::AcknowledgeDevices { devices });
    assert!(world.person(tablet).engine().changes().is_empty());
    assert_eq!(
        world.outcome(ALICE, change(old, Others::Stay)).err(),
        Some(ErrorCode::LoginFailed)
    );
    assert_eq!(world.passwords_that_open(ALICE), [false, true]);
}

#[test]
fn who_ends_the_others_goes_on_alone() {
    let (mut world, room, code) = with_code();
    let tablet = world.further(99);
    let guess = format!("{MARKER} but another one 99");
    let guess = Unlock::Password(Password::new(guess));
    let refused = world.outcome(ALICE, change(guess, Others::SignedOut));
    assert_eq!(refused.err(), Some(ErrorCode::LoginFailed));
    let bobs = kept_code(&world, BOB);
    let refused = world.outcome(ALICE, change(by_code(&bobs), Others::SignedOut));
    assert_eq!(refused.err(), Some(ErrorCode::RecoveryCodeWrong));
    assert!(world.signed_in(tablet));
    world.knows_new_password("alice");
    world.command(ALICE, change(by_code(&code), Others::SignedOut));
    world.run(60_000);
    assert!(!world.signed_in(tablet) && world.signed_in(ALICE));
    // Whoever comes back does so by the new password, as the same device.
    world.rest();
    assert!(world.signed_in(tablet));
    world.say(tablet, room, "back again");
    world.rest();
    assert_eq!(world.reads(BOB, room), ["back again"]);
    assert_eq!(world.passwords_that_open(ALICE), [false, true]);
}

#[test]
fn whoever_forgot_the_password_comes_back_by_the_code() {
    let (mut world, room, code) = with_code();
    world.say(BOB, room, "where are you?");
    world.rest();
    let mut home = Person::new(world.config, "alice", Store::default(), 99);
    home.came_later = true;
    home.new_password = Some(new_password());
    world.people.push(home);
    let home = Who(world.people.len() - 1);
    world.dial(home);
    let login = |world: &World, code: &str| Command::LoginByCode {
        user: world.name(ALICE),
        code: CodeText::new(code.to_owned()),
        second_factor: None,
    };
    let wrong = login(&world, &kept_code(&world, BOB));
    let id = world.command(home, wrong);
    world.run(10_000);
    let refused = world.person(home).results.get(&id).cloned().unwrap();
    assert_eq!(refused.unwrap_err().code, ErrorCode::LoginFailed);
    let id = world.command(home, login(&world, &code));
    world.run(60_000);
    let outcome = world.person(home).results.get(&id).cloned();
    let new = Outcome::LoggedIn { new_device: true };
    assert_eq!(outcome, Some(Ok(new)));
    world.does(home, change(by_code(&code), Others::Stay));
    world.knows_new_password("alice");
    assert_eq!(world.stage(home, room), Some(RoomStage::Joined));
    assert_eq!(world.reads(home, room), ["where are you?"]);
    world.say(home, room, "here");
    world.rest();
    // And a home that has its device goes on with that.
    world.does(ALICE, Command::Logout);
    let device = world.device(ALICE);
    world.does(ALICE, login(&world, &code));
    assert_eq!(world.device(ALICE), device);
    assert_eq!(world.reads(ALICE, room).len(), 2);
    assert_eq!(world.passwords_that_open(ALICE), [false, true]);
}

#[test]
fn a_replaced_code_opens_nothing_and_proves_nothing() {
    let (mut world, _, code) = with_code();
    let tablet = world.further(99);
    let unlock = by_code(&code);
    let replaced = world.does(ALICE, replace(unlock));
    let Outcome::CodeReplaced { recovery_code: new } = replaced else {
        panic!("{replaced:?}");
    };
    // It is nowhere here once somebody has kept it.
    assert!(world.person(ALICE).engine().unkept_code().is_some());
    world.does(ALICE, Command::CodeKept);
    assert!(world.person(ALICE).engine().unkept_code().is_none());
    let test = |code: &str| Command::TestRecoveryCode {
        code: CodeText::new(code.to_owned()),
    };
    let wrong = Some(ErrorCode::RecoveryCodeWrong);
    assert_eq!(world.outcome(ALICE, test(&code)).err(), wrong);
    world.does(tablet, test(&new));
    let told = world.person(tablet).engine().changes();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].what, Changed::Code);
    for command in [
        change(by_code(&code), Others::Stay),
        replace(by_code(&code)),
    ] {
        assert_eq!(world.outcome(tablet, command).err(), wrong);
    }
    world.does(ALICE, Command::Logout);
    let login = |code: &str, world: &World| Command::LoginByCode {
        user: world.name(ALICE),
        code: CodeText::new(code.to_owned()),
        second_factor: None,
    };
    let old = world.command(ALICE, login(&code, &world));
    world.run(10_000);
    let refused = world.person(ALICE).results.get(&old).cloned().unwrap();
    assert_eq!(refused.unwrap_err().code, ErrorCode::LoginFailed);
    world.does(ALICE, login(&new, &world));
}

#[test]
fn whoever_ends_all_devices_goes_on_with_new_keys_and_a_new_password() {
    let mut world = World::people(2);
    let room = world.room_of(HistoryChoice::SinceJoin, &[BOB]);
    let phone = world.further(99);
    world.is_stolen(phone);
    let unlock = by_password(&world, ALICE);
    world.knows_new_password("alice");
    world.does(ALICE, change(unlock, Others::Revoked));
    assert!(!world.signed_in(phone) && world.signed_in(ALICE));
    let Outcome::Devices(devices) = world.does(ALICE, Command::Devices) else {
        panic!("no devices");
    };
    assert_eq!(devices.len(), 1);
    assert_eq!(devices[0].generation, Some(2));
    world.say(BOB, room, "after the theft");
    world.rest();
    assert_eq!(world.reads(ALICE, room), ["after the theft"]);
    assert!(world.reads(phone, room).is_empty());
    // And alone it is a change of password, no more.
    let unlock = Unlock::Password(Password::new(new_password()));
    world.does(ALICE, change(unlock, Others::Revoked));
    assert_eq!(world.passwords_that_open(ALICE), [false, true]);
}

/// One run for each step at which the program may end, until a run ends without.
fn at_every_step(story: impl Fn(&mut World), check: impl Fn(&mut World, usize)) {
    for step in 0.. {
        let mut world = World::people(2);
        let room = world.room_of(HistoryChoice::SinceJoin, &[BOB]);
        world.person_mut(ALICE).crash_in = Some(step);
        world.person_mut(ALICE).answered = 0;
        story(&mut world);
        world.run(120_000);
        let reached = world.person(ALICE).crash_in.is_none();
        world.person_mut(ALICE).crash_in = None;
        check(&mut world, step as usize);
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

/// Either the old password counts or the new one, never both or none; the session goes on; and whoever was not answered is
/// told which.
#[test]
fn who_changes_the_password_crashes_at_every_step() {
    let told = std::cell::RefCell::new(std::collections::BTreeSet::new());
    at_every_step(
        |world| {
            let unlock = by_password(world, ALICE);
            world.command(ALICE, change(unlock, Others::Stay));
        },
        |world, step| {
            assert!(world.signed_in(ALICE), "step {step}");
            let [old, new] = world.passwords_that_open(ALICE);
            assert!(old != new, "step {step}: {old} {new}");
            if new {
                world.knows_new_password("alice");
            }
            let alice = world.person(ALICE);
            let answered = alice.answered > 0;
            match alice.settled[..] {
                [Settled::PasswordChanged] => assert!(new, "step {step}"),
                [Settled::PasswordKept] => assert!(old, "step {step}"),
                // Nothing was posted, or the answer came.
                [] => assert!(old || answered, "step {step}"),
                _ => panic!("step {step}: {:?}", alice.settled),
            }
            told.borrow_mut()
                .extend(alice.settled.iter().map(|it| format!("{it:?}")));
        },
    );
    assert_eq!(told.borrow().len(), 2, "both ends are met: {told:?}");
}

/// A code that nobody has seen is not the one that counts, or it is shown when the program starts again.
#[test]
fn who_replaces_the_code_crashes_at_every_step() {
    let shown_later = std::cell::Cell::new(false);
    at_every_step(
        |world| {
            let unlock = by_password(world, ALICE);
            world.command(ALICE, replace(unlock));
        },
        |world, step| {
            let alice = world.person(ALICE);
            let answered = alice.results.values().find_map(|result| match result {
                Ok(Outcome::CodeReplaced { recovery_code }) => Some(recovery_code.to_string()),
                _ => None,
            });
            let later = alice.engine().unkept_code();
            let later = later.map(|code| code.expose().to_owned());
            if answered.is_none() && later.is_some() {
                shown_later.set(true);
            }
            let settled = alice.settled.clone();
            if let Some(code) = answered.or(later) {
                let test = Command::TestRecoveryCode {
                    code: CodeText::new(code),
                };
                world.does(ALICE, test);
                world.does(ALICE, Command::CodeKept);
                assert!(world.person(ALICE).engine().unkept_code().is_none());
            } else {
                let changed = world.person(ALICE).engine().account().unwrap();
                let changed = world.server.code_changed(changed.account);
                assert!(!changed, "step {step}: nobody knows the code");
                assert!(matches!(settled[..], [] | [Settled::CodeKept]));
            }
        },
    );
    assert!(shown_later.get(), "a crash between request and answer");
}

/// All of it or nothing: no crash leaves other devices in the account of somebody who ended them and has a new password.
#[test]
fn who_ends_all_devices_crashes_at_every_step() {
    for step in 0.. {
        let mut world = World::people(2);
        let room = world.room_of(HistoryChoice::SinceJoin, &[BOB]);
        let phone = world.further(99);
        world.is_stolen(phone);
        world.person_mut(ALICE).crash_in = Some(step);
        let unlock = by_password(&world, ALICE);
        world.command(ALICE, change(unlock, Others::Revoked));
        world.run(120_000);
        let reached = world.person(ALICE).crash_in.is_none();
        world.person_mut(ALICE).crash_in = None;
        assert!(world.signed_in(ALICE), "step {step}");
        let listed = world.command(ALICE, Command::Devices);
        world.run(30_000);
        let Some(Ok(Outcome::Devices(devices))) = world.person(ALICE).results.get(&listed).cloned()
        else {
            panic!("step {step}: no devices");
        };
        let account = world.person(ALICE).account().unwrap();
        let changed = world.server.password_changed(account);
        assert_eq!(devices.len(), if changed { 1 } else { 2 }, "step {step}");
        assert_eq!(world.signed_in(phone), !changed, "step {step}");
        if changed {
            world.knows_new_password("alice");
        }
        world.say(ALICE, room, "afterwards");
        world.rest();
        let last = world.reads(BOB, room).pop();
        assert_eq!(last.as_deref(), Some("afterwards"), "step {step}");
        if !reached {
            assert!(changed && step > 10);
            return;
        }
    }
}
