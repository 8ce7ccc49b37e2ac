//! Accounts and devices.

use engine::api::{CodeText, Command, HistoryChoice, Outcome, Password, RoomStage};
use protocol::{error::ErrorCode, names::UserName};

use super::{ALICE, BOB};
use crate::sim::{
    canary::MARKER,
    fixture::{Kind, newcomers},
    person::{Person, Who},
    store::Store,
    trace::Trace,
    world::World,
};

/// Alice's second home, logged in with the password alone, while the others may be away.
pub(super) fn second_home_alone(world: &mut World) -> Who {
    let second = world.moves_in("alice", 99);
    world.run(60_000);
    second
}

/// What a person wrote down on registering.
pub(super) fn kept_code(world: &World, who: Who) -> String {
    let results = world.person(who).results.values();
    let mut codes = results.filter_map(|result| match result {
        Ok(Outcome::Registered { recovery_code }) => Some(recovery_code.to_string()),
        _ => None,
    });
    codes.next().unwrap()
}

#[test]
fn the_recovery_code_that_was_kept_opens_the_account_and_no_other_does() {
    let mut world = newcomers(Kind::Classical, 2, 1, Trace::on());
    for who in [ALICE, BOB] {
        world.register(who);
    }
    world.rest();
    let [own, other] = [ALICE, BOB].map(|who| kept_code(&world, who));
    let test = |code: &str| Command::TestRecoveryCode {
        code: CodeText::new(code.to_owned()),
    };
    world.does(ALICE, test(&own));
    world.does(ALICE, test(&own.to_lowercase().replace('-', " ")));
    for wrong in [&*other, &own[1..], &own.replacen('-', "U", 1), ""] {
        let found = world.outcome(ALICE, test(wrong));
        assert_eq!(found.err(), Some(ErrorCode::RecoveryCodeWrong), "{wrong}");
    }
    world.does(BOB, test(&other));
}

#[test]
fn a_second_home_is_a_second_device_in_all_rooms() {
    let mut world = World::people(2);
    let choices = [
        HistoryChoice::None,
        HistoryChoice::SinceJoin,
        HistoryChoice::Shared,
    ];
    let rooms = choices.map(|history| world.room_of(history, &[BOB]));
    let said = ["before none", "before since join", "before shared"];
    for (room, text) in rooms.into_iter().zip(said) {
        world.say(BOB, room, text);
        world.rest();
    }
    // Nobody is there to help: the vault has what it takes.
    world.offline(BOB);
    world.offline(ALICE);
    let second = second_home_alone(&mut world);
    let reads = [false, true, true];
    for ((room, text), reads) in rooms.into_iter().zip(said).zip(reads) {
        assert_eq!(world.stage(second, room), Some(RoomStage::Joined));
        assert_eq!(world.reads(second, room).contains(&text.to_owned()), reads);
        world.say(second, room, &format!("{text}, from my other device"));
    }
    world.rest();
    for (room, text) in rooms.into_iter().zip(said) {
        for who in [ALICE, BOB, second] {
            let last = world.reads(who, room).pop();
            assert_eq!(last, Some(format!("{text}, from my other device")));
        }
    }
    let (first, second) = (world.person(ALICE).engine(), world.person(second).engine());
    let (first, second) = (first.account().unwrap(), second.account().unwrap());
    assert_eq!(first.account, second.account);
    assert_ne!(first.device, second.device);
}

/// Who is there all the time learns of rooms that the account's other device makes or enters.
#[test]
fn a_device_that_is_there_follows_the_other_into_new_rooms() {
    let mut world = World::people(2);
    let second = second_home_alone(&mut world);
    let made = world.room(second, HistoryChoice::SinceJoin);
    let bobs = world.room(BOB, HistoryChoice::SinceJoin);
    let (_, link) = world.link(BOB, bobs);
    world.does(second, Command::JoinByLink { link });
    for room in [made, bobs] {
        assert_eq!(world.stage(ALICE, room), Some(RoomStage::Joined));
    }
    // And back into one that the account had left.
    world.does(ALICE, Command::Leave { room: bobs });
    assert_eq!(world.stage(second, bobs), Some(RoomStage::Left));
    let (_, link) = world.link(BOB, bobs);
    world.does(second, Command::JoinByLink { link });
    assert_eq!(world.stage(ALICE, bobs), Some(RoomStage::Joined));
}

/// Nobody who stayed can confirm a removal once another device of the account is back.
#[test]
fn a_device_that_doubts_its_removal_follows_the_other_back() {
    let mut world = World::people(2);
    let room = world.room_of(HistoryChoice::SinceJoin, &[BOB]);
    let second = world.moves_in("bob", 99);
    world.rest();
    for who in [BOB, second] {
        world.offline(who);
    }
    let bob = world.remove(room, BOB);
    world.command(ALICE, bob);
    world.run(30_000);
    let make = Command::CreateLink {
        room,
        label: "for friends".to_owned(),
        lasts_ms: None,
        uses: None,
        spoken: false,
    };
    world.command(ALICE, make);
    world.run(30_000);
    let link = world.links.last().expect("a link").1.clone();
    world.offline(ALICE);
    // Nobody answers the first device, which is gone again by then.
    world.link_up(BOB);
    world.run(30_000);
    assert_eq!(world.stage(BOB, room), Some(RoomStage::RemovedUnconfirmed));
    world.offline(BOB);
    world.link_up(ALICE);
    world.link_up(second);
    world.run(30_000);
    world.command(second, Command::JoinByLink { link });
    world.run(30_000);
    assert_eq!(world.stage(second, room), Some(RoomStage::Joined));
    world.rest();
    assert_eq!(world.stage(BOB, room), Some(RoomStage::Joined));
}

#[test]
fn a_device_that_was_too_slow_to_hear_of_a_room_asks() {
    let mut world = World::people(1);
    let second = second_home_alone(&mut world);
    world.stall(second, 60_000);
    let room = world.room(ALICE, HistoryChoice::SinceJoin);
    assert_eq!(world.stage(second, room), Some(RoomStage::Joined));
}

#[test]
fn a_wrong_password_and_an_unknown_name_look_the_same() {
    let mut world = World::people(1);
    let home = Person::new(world.config, "alice", Store::default(), 99);
    world.people.push(home);
    for user in ["alice", "nobody"] {
        let user = UserName::parse(user).unwrap();
        let password = Password::new(format!("{MARKER} but another one 99"));
        let refused = world.outcome(
            BOB,
            Command::Login {
                user,
                password,
                code: None,
            },
        );
        assert_eq!(refused.unwrap_err(), ErrorCode::LoginFailed);
    }
}
