//! A server that keeps more than one vault of an account, or an old one (attack 35, docs/decisions/0046).

use engine::api::{Alarm, Command, HistoryChoice, Outcome};
use protocol::ids::RoomId;

use super::{ALICE, BOB};
use crate::sim::{person::Who, world::World};

impl World {
    /// Alice at her desk and with her laptop, both in a room with Bob.
    fn with_laptop() -> (Self, RoomId, Who) {
        let mut world = Self::people(2);
        let room = world.room_of(HistoryChoice::SinceJoin, &[BOB]);
        let laptop = world.further(99);
        (world, room, laptop)
    }

    /// One of Alice's devices writes to the vault.
    fn verifies_bob(&mut self, who: Who, verified: bool) {
        let account = self.person(BOB).account().unwrap();
        let done = self.does(who, Command::SetVerified { account, verified });
        assert!(matches!(done, Outcome::Done), "{done:?}");
    }

    fn splits_vault_for(&mut self, who: Who) {
        let (account, device) = (self.person(who).account().unwrap(), self.device(who));
        self.server.keeps_a_vault_for(account, device);
    }

    fn tells(&mut self, who: Who, room: RoomId, text: &str) {
        self.say(who, room, text);
        self.rest();
    }

    fn alarms(&self, who: Who) -> &[Alarm] {
        &self.person(who).alarms
    }
}

const TOLD: [Alarm; 1] = [Alarm::VaultDiffers];

#[test]
fn a_vault_that_is_split_between_two_devices_is_noticed_when_they_hear_each_other() {
    let (mut world, room, laptop) = World::with_laptop();
    world.splits_vault_for(laptop);
    world.verifies_bob(ALICE, true);
    world.verifies_bob(laptop, true);
    assert!(world.alarms(ALICE).is_empty() && world.alarms(laptop).is_empty());
    world.tells(ALICE, room, "from the desk");
    assert_eq!(world.alarms(laptop), TOLD);
    world.tells(laptop, room, "from the laptop");
    assert_eq!(world.alarms(ALICE), TOLD);
    // Once is enough.
    world.tells(ALICE, room, "from the desk again");
    assert_eq!(world.alarms(laptop), TOLD);
    // To everybody else it is a message like others.
    assert_eq!(world.alarms(BOB), []);
    let said = ["from the desk", "from the laptop", "from the desk again"];
    assert_eq!(world.reads(BOB, room), said);
}

#[test]
fn a_split_is_noticed_by_a_device_that_was_off_when_the_other_spoke() {
    let (mut world, room, laptop) = World::with_laptop();
    world.splits_vault_for(laptop);
    world.verifies_bob(laptop, true);
    world.offline(laptop);
    world.verifies_bob(ALICE, true);
    world.say(ALICE, room, "from the desk");
    world.run(60_000);
    world.crash(laptop);
    world.rest();
    assert_eq!(world.alarms(laptop), TOLD);
}

#[test]
fn a_device_that_is_merely_behind_raises_no_alarm() {
    let (mut world, room, laptop) = World::with_laptop();
    world.offline(laptop);
    world.verifies_bob(ALICE, true);
    world.say(ALICE, room, "once");
    world.run(60_000);
    world.verifies_bob(ALICE, false);
    world.say(ALICE, room, "twice");
    world.run(60_000);
    world.rest();
    assert_eq!(world.reads(laptop, room), ["once", "twice"]);
    // Nor does one that hears from another that is behind.
    world.verifies_bob(ALICE, true);
    world.tells(laptop, room, "not yet there");
    world.crash(laptop);
    world.tells(ALICE, room, "and now");
    world.verifies_bob(laptop, false);
    world.tells(laptop, room, "here");
    for who in [ALICE, laptop] {
        assert_eq!(world.alarms(who), []);
    }
}

#[test]
fn a_vault_that_the_server_denies_one_device_is_noticed() {
    let (mut world, room, laptop) = World::with_laptop();
    world.splits_vault_for(laptop);
    world.verifies_bob(ALICE, true);
    // It has written nothing itself, and is shown what it has seen.
    world.tells(ALICE, room, "from the desk");
    assert_eq!(world.alarms(laptop), TOLD);
    // Nor has it forgotten after a restart what it was denied.
    world.crash(laptop);
    world.rest();
    assert_eq!(world.alarms(laptop), [TOLD, TOLD].concat());
    world.server.keeps_one_vault();
    world.crash(laptop);
    world.rest();
    world.verifies_bob(laptop, false);
    world.tells(laptop, room, "both again");
    assert_eq!(world.alarms(laptop).len(), 2);
    assert_eq!(world.alarms(ALICE), []);
}

#[test]
fn what_a_vault_lost_with_a_split_is_written_again() {
    let (mut world, room, laptop) = World::with_laptop();
    world.splits_vault_for(ALICE);
    world.verifies_bob(ALICE, true);
    // The other vault goes on with what has nothing to do with it, and becomes the only one.
    world.offline(ALICE);
    let remove = world.remove(room, BOB);
    world.command(laptop, remove);
    world.run(60_000);
    let invite = world.invite(room, BOB);
    world.command(laptop, invite);
    world.run(60_000);
    world.server.keeps_one_vault();
    world.tells(laptop, room, "from the laptop");
    assert_eq!(world.alarms(ALICE), TOLD);
    let tablet = world.further(98);
    let members = world.person(tablet).engine().members(room);
    let bob = members.iter().find(|member| member.user == "bob").unwrap();
    assert!(bob.verified);
}
