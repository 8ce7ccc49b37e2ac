//! Devices are revoked (PROTOCOL section 8, invariant 8).

use engine::api::{
    Alarm, Command, DeviceView, HistoryChoice, Outcome, Password, RoomStage, Unlock,
};
use protocol::{
    error::ErrorCode,
    ids::{DeviceId, RoomId},
};

use super::{ALICE, BOB, CAROL};
use crate::sim::{canary::MARKER, person::Who, world::World};

const CHOICES: [HistoryChoice; 3] = [
    HistoryChoice::None,
    HistoryChoice::SinceJoin,
    HistoryChoice::Shared,
];

impl World {
    /// A further device of Alice, in all of her rooms.
    pub(super) fn further(&mut self, seed: u64) -> Who {
        let further = self.logs_in_further(seed);
        self.rest();
        further
    }

    /// The same, whoever is off stays off.
    pub(super) fn logs_in_further(&mut self, seed: u64) -> Who {
        self.moves_in("alice", seed)
    }

    pub(super) fn device(&self, who: Who) -> DeviceId {
        self.person(who).engine().account().unwrap().device
    }

    pub(super) fn revoking(&self, by: Who, devices: &[Who]) -> Command {
        Command::RevokeDevices {
            devices: devices.iter().map(|who| self.device(*who)).collect(),
            unlock: Unlock::Password(Password::new(self.person(by).password())),
        }
    }

    fn devices(&mut self, who: Who) -> Vec<DeviceView> {
        match self.does(who, Command::Devices) {
            Outcome::Devices(devices) => devices,
            other => panic!("{other:?}"),
        }
    }

    /// Alice's devices in a room, as somebody sees them.
    fn leaves(&self, who: Who, room: RoomId) -> Vec<DeviceId> {
        let members = self.person(who).engine().members(room);
        let alice = members.into_iter().find(|member| member.user == "alice");
        alice.map(|alice| alice.devices).unwrap_or_default()
    }

    fn last_read(&self, who: Who, room: RoomId) -> Option<String> {
        self.reads(who, room).pop()
    }

    /// Whoever has the phone goes on from a copy of its home, and the phone's owner knows.
    pub(super) fn is_stolen(&mut self, who: Who) {
        self.person_mut(who).stolen = true;
    }

    /// Alice's rooms, one of each kind, with Bob in them, and her phone.
    fn with_phone() -> (Self, [RoomId; 3], Who) {
        let mut world = Self::people(3);
        let rooms = CHOICES.map(|history| world.room_of(history, &[BOB]));
        let phone = world.further(99);
        for room in rooms {
            world.say(phone, room, &format!("from the phone in {room}"));
            world.rest();
        }
        (world, rooms, phone)
    }

    /// Nothing of the phone is left anywhere, and the others go on.
    fn goes_on_without(&mut self, phone: Who, rooms: &[RoomId], with: &[Who]) {
        let gone = self.device(phone);
        for room in rooms {
            for who in with {
                assert!(!self.leaves(*who, *room).contains(&gone), "{who:?}");
                let text = format!("{who:?} after the theft in {room} at {}", self.now);
                self.say(*who, *room, &text);
                self.rest();
                for reader in with {
                    assert_eq!(self.last_read(*reader, *room), Some(text.clone()));
                }
                assert!(!self.reads(phone, *room).contains(&text));
            }
        }
    }
}

#[test]
fn a_stolen_phone_is_out_of_every_room() {
    let (mut world, rooms, phone) = World::with_phone();
    let seen = world.devices(ALICE);
    assert_eq!(seen.len(), 2);
    assert!(seen.iter().all(|device| device.generation == Some(1)));
    let revoke = world.revoking(ALICE, &[phone]);
    world.is_stolen(phone);
    world.does(ALICE, revoke);
    assert_eq!(world.person(phone).engine().session_token(), None);
    let left = world.devices(ALICE);
    assert_eq!(left.len(), 1);
    assert_eq!((left[0].current, left[0].generation), (true, Some(2)));
    world.goes_on_without(phone, &rooms, &[ALICE, BOB]);
    for room in rooms {
        assert_eq!(world.leaves(BOB, room), [world.device(ALICE)]);
    }
}

#[test]
fn a_server_that_keeps_the_stolen_phone_helps_it_to_nothing() {
    let (mut world, rooms, phone) = World::with_phone();
    let (_, link) = world.link(ALICE, rooms[1]);
    let revoke = world.revoking(ALICE, &[phone]);
    world.is_stolen(phone);
    // It goes on serving the thief all that a device of the account may have.
    world.server.keeps_revoked = true;
    world.does(ALICE, revoke);
    assert!(world.person(phone).engine().session_token().is_some());
    world.goes_on_without(phone, &rooms, &[ALICE, BOB]);
    // Neither the old session, nor the doors, nor coming back as a device that fell behind, nor a link lets it in.
    world.command(phone, Command::JoinByLink { link });
    world.crash(phone);
    world.rest();
    world.run(60_000);
    world.goes_on_without(phone, &rooms, &[ALICE, BOB]);
    // Nor do the keys of a later revocation, for which the server still lists it.
    let tablet = world.further(98);
    let revoke = world.revoking(tablet, &[ALICE]);
    world.is_stolen(ALICE);
    world.does(tablet, revoke);
    let generation = |world: &mut World, who| {
        let devices = world.devices(who);
        let own = devices.into_iter().find(|device| device.current);
        own.and_then(|device| device.generation)
    };
    assert_eq!(generation(&mut world, tablet), Some(3));
    assert_eq!(generation(&mut world, phone), Some(1));
    world.goes_on_without(phone, &rooms, &[tablet, BOB]);
    world.goes_on_without(ALICE, &rooms, &[tablet, BOB]);
}

#[test]
fn a_link_of_the_account_ends_with_the_device_that_may_have_kept_it() {
    let (mut world, rooms, phone) = World::with_phone();
    let links = rooms.map(|room| world.link(ALICE, room).1);
    let revoke = world.revoking(ALICE, &[phone]);
    world.is_stolen(phone);
    world.does(ALICE, revoke);
    for link in links {
        let refused = world.outcome(CAROL, Command::JoinByLink { link });
        assert_eq!(refused, Err(ErrorCode::LinkEnded));
    }
}

#[test]
fn a_device_that_was_off_takes_the_keys_when_it_comes() {
    let (mut world, rooms, phone) = World::with_phone();
    let tablet = world.further(98);
    world.offline(tablet);
    let revoke = world.revoking(ALICE, &[phone]);
    world.is_stolen(phone);
    world.command(ALICE, revoke);
    world.run(60_000);
    let listed = world.command(ALICE, Command::Devices);
    world.run(10_000);
    let Some(Ok(Outcome::Devices(devices))) = world.person(ALICE).results.get(&listed) else {
        panic!("no devices");
    };
    let outdated = devices.iter().filter(|device| device.outdated);
    assert_eq!((devices.len(), outdated.count()), (2, 1));
    world.say(BOB, rooms[1], "while the tablet is off");
    world.rest();
    assert_eq!(
        world.last_read(tablet, rooms[1]),
        Some("while the tablet is off".to_owned())
    );
    assert!(world.devices(tablet).iter().all(|device| !device.outdated));
    world.goes_on_without(phone, &rooms, &[ALICE, BOB, tablet]);
    // What both have written since then stands in one vault, under the new key.
    world.offline(ALICE);
    world.offline(tablet);
    world.offline(BOB);
    let desk = world.moves_in("alice", 97);
    world.run(60_000);
    for room in rooms {
        assert_eq!(world.stage(desk, room), Some(RoomStage::Joined));
    }
    for room in [rooms[1], rooms[2]] {
        assert_eq!(world.reads(desk, room), world.reads(ALICE, room));
    }
}

#[test]
fn a_device_that_the_keys_do_not_reach_reads_and_says_so() {
    let (mut world, rooms, phone) = World::with_phone();
    let tablet = world.further(98);
    world.server.withholds_account_keys = true;
    let revoke = world.revoking(ALICE, &[phone]);
    world.is_stolen(phone);
    world.does(ALICE, revoke);
    let edit = Command::EditRoom {
        room: rooms[1],
        name: Some("Tablet's room".into()),
        topic: None,
    };
    let refused = world.outcome(tablet, edit.clone());
    assert_eq!(refused, Err(ErrorCode::DeviceOutdated));
    // Nor does it wait for a vault that it cannot open.
    assert!(world.person(tablet).alarms.contains(&Alarm::VaultClosed));
    world.goes_on_without(phone, &rooms, &[ALICE, BOB, tablet]);
    world.server.withholds_account_keys = false;
    world.offline(tablet);
    world.link_up(tablet);
    world.rest();
    world.does(tablet, edit);
    let name = |who| world.person(who).engine().room(rooms[1]).unwrap().name;
    assert_eq!(name(BOB).as_deref(), Some("Tablet's room"));
}

#[test]
fn who_revokes_crashes_at_every_step() {
    for step in 0.. {
        let mut world = World::people(2);
        let room = world.room_of(HistoryChoice::SinceJoin, &[BOB]);
        let (phone, tablet) = (world.further(99), world.further(98));
        let revoke = world.revoking(ALICE, &[phone]);
        world.person_mut(ALICE).crash_in = Some(step);
        world.command(ALICE, revoke.clone());
        world.run(120_000);
        let reached = world.person(ALICE).crash_in.is_none();
        if world.person(phone).engine().session_token().is_none() {
            world.is_stolen(phone);
        }
        world.rest();
        let left = world.devices(ALICE);
        if left.len() == 3 {
            // Nothing has changed: everybody is there and goes on.
            assert!(left.iter().all(|device| device.generation == Some(1)));
            world.say(phone, room, "still here");
            world.rest();
            assert_eq!(world.last_read(BOB, room), Some("still here".to_owned()));
            world.is_stolen(phone);
            world.does(ALICE, revoke);
        }
        assert!(world.person(phone).stolen, "step {step}");
        let left = world.devices(ALICE);
        let generations: Vec<_> = left.iter().map(|device| device.generation).collect();
        assert_eq!(generations, [Some(2); 2], "step {step}");
        world.goes_on_without(phone, &[room], &[ALICE, BOB, tablet]);
        if !reached {
            assert!(step > 10, "a revocation has more steps than that");
            return;
        }
    }
}

#[test]
fn a_device_that_takes_the_keys_crashes_at_every_step() {
    for step in 0.. {
        let mut world = World::people(2);
        let room = world.room_of(HistoryChoice::SinceJoin, &[BOB]);
        let (phone, tablet) = (world.further(99), world.further(98));
        let revoke = world.revoking(ALICE, &[phone]);
        world.is_stolen(phone);
        world.person_mut(tablet).crash_in = Some(step);
        world.command(ALICE, revoke);
        world.run(120_000);
        let reached = world.person(tablet).crash_in.is_none();
        world.rest();
        assert!(world.devices(ALICE).iter().all(|device| !device.outdated));
        world.goes_on_without(phone, &[room], &[ALICE, BOB, tablet]);
        if !reached {
            assert!(step > 5, "there are more steps than that");
            return;
        }
    }
}

/// Whichever comes first, the new device has the new keys in the end.
#[test]
fn a_device_is_set_up_while_another_one_is_revoked() {
    for head_start in 0..24 {
        let mut world = World::people(2);
        let room = world.room_of(HistoryChoice::Shared, &[BOB]);
        world.say(BOB, room, "before");
        let phone = world.further(99);
        let revoke = world.revoking(ALICE, &[phone]);
        let tablet = if head_start < 12 {
            let tablet = world.logs_in_further(98);
            world.run(250 * head_start);
            world.command(ALICE, revoke);
            tablet
        } else {
            world.command(ALICE, revoke);
            world.run(250 * (head_start - 12));
            world.logs_in_further(98)
        };
        world.is_stolen(phone);
        world.run(60_000);
        world.rest();
        let devices = world.devices(tablet);
        assert_eq!(devices.len(), 2, "{head_start}");
        assert!(devices.iter().all(|device| !device.outdated));
        assert_eq!(
            world.reads(tablet, room).first().map(String::as_str),
            Some("before")
        );
        world.goes_on_without(phone, &[room], &[ALICE, BOB, tablet]);
    }
}

/// The commit that takes his phone out is a rotation, which seals anew who was there when.
#[test]
fn who_is_only_invited_revokes_and_the_roster_stays_whole() {
    let mut world = World::people(3);
    let room = world.room_of(HistoryChoice::SinceJoin, &[CAROL]);
    for n in 0..3 {
        world.say(CAROL, room, &format!("before Bob {n}"));
        world.say(ALICE, room, &format!("yes {n}"));
    }
    let phone = world.moves_in("bob", 99);
    world.rest();
    let invite = world.invite(room, BOB);
    world.does(ALICE, invite);
    world.rest();
    assert_eq!(world.stage(phone, room), Some(RoomStage::Invited));
    let revoke = world.revoking(BOB, &[phone]);
    world.is_stolen(phone);
    world.does(BOB, revoke);
    world.rest();
    let desk = world.further(97);
    assert_eq!(world.reads(desk, room), world.reads(ALICE, room));
    assert_eq!(world.stage(BOB, room), Some(RoomStage::Invited));
}

#[test]
fn of_two_devices_that_revoke_each_other_one_stays() {
    let (mut world, rooms, phone) = World::with_phone();
    let by_laptop = world.revoking(ALICE, &[phone]);
    let by_phone = world.revoking(phone, &[ALICE]);
    world.command(ALICE, by_laptop);
    world.command(phone, by_phone);
    world.run(120_000);
    let out = |world: &World, who| world.person(who).engine().session_token().is_none();
    let gone = [ALICE, phone].map(|who| out(&world, who));
    assert_ne!(gone[0], gone[1]);
    let (gone, stays) = if gone[0] {
        (ALICE, phone)
    } else {
        (phone, ALICE)
    };
    world.is_stolen(gone);
    world.goes_on_without(gone, &rooms, &[stays, BOB]);
}

#[test]
fn two_devices_revoke_a_third_at_once() {
    let (mut world, rooms, phone) = World::with_phone();
    let tablet = world.further(98);
    let (one, two) = (
        world.revoking(ALICE, &[phone]),
        world.revoking(tablet, &[phone]),
    );
    world.is_stolen(phone);
    let ids = [world.command(ALICE, one), world.command(tablet, two)];
    world.rest();
    let results = [ALICE, tablet].into_iter().zip(ids);
    let done = results.filter(|(who, id)| world.person(*who).results[id].is_ok());
    assert_eq!(done.count(), 1, "the other one is told");
    assert!(
        world
            .devices(ALICE)
            .iter()
            .all(|device| device.generation == Some(2))
    );
    world.goes_on_without(phone, &rooms, &[ALICE, BOB, tablet]);
}

#[test]
fn what_cannot_be_revoked_is_refused_and_changes_nothing() {
    let (mut world, rooms, phone) = World::with_phone();
    let devices = vec![world.device(phone)];
    let password = Password::new(format!("{MARKER} but another one 99"));
    let unlock = Unlock::Password(password);
    let guess = Command::RevokeDevices { devices, unlock };
    assert_eq!(world.outcome(ALICE, guess), Err(ErrorCode::LoginFailed));
    let own = world.revoking(ALICE, &[ALICE]);
    assert_eq!(world.outcome(ALICE, own), Err(ErrorCode::BadRequest));
    let none = world.revoking(ALICE, &[]);
    assert_eq!(world.outcome(ALICE, none), Err(ErrorCode::BadRequest));
    let others = world.revoking(ALICE, &[BOB]);
    assert_eq!(world.outcome(ALICE, others), Err(ErrorCode::NotFound));
    assert_eq!(world.devices(ALICE).len(), 2);
    for room in rooms {
        let text = format!("still here in {room}");
        world.say(phone, room, &text);
        world.rest();
        assert_eq!(world.last_read(BOB, room), Some(text));
    }
}
