//! Accounts and devices.

use engine::api::{Command, HistoryChoice, Password, RoomStage};
use protocol::{error::ErrorCode, names::UserName};

use super::{ALICE, BOB};
use crate::sim::{
    canary::MARKER,
    person::{Person, Who},
    store::Store,
    world::World,
};

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
    assert_eq!(
        world.stage(second, room),
        Some(RoomStage::NotOnThisDevice),
        "{}",
        world.trace.tail(60)
    );
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
