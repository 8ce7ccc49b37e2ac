//! What is unread.

use engine::api::{Command, HistoryChoice};
use protocol::ids::{RoomId, Seq};

use super::{ALICE, BOB, accounts::second_home_alone};
use crate::sim::{person::Who, world::World};

impl World {
    fn unread(&self, who: Who, room: RoomId) -> u32 {
        self.person(who).engine().room(room).unwrap().unread
    }

    fn last_seq(&self, who: Who, room: RoomId) -> Seq {
        self.person(who).engine().room(room).unwrap().last_seq
    }

    fn marks(&mut self, who: Who, room: RoomId, seq: Seq) {
        self.does(who, Command::MarkRead { room, seq });
    }
}

#[test]
fn messages_are_unread_until_they_were_seen_or_answered() {
    let mut world = World::people(2);
    let room = world.room_of(HistoryChoice::Shared, &[BOB]);
    let says = |world: &mut World, who, text: &str| {
        world.say(who, room, text);
        world.rest();
    };
    says(&mut world, ALICE, "one");
    says(&mut world, ALICE, "two");
    let seen = world.last_seq(BOB, room);
    says(&mut world, ALICE, "three");
    assert_eq!((world.unread(ALICE, room), world.unread(BOB, room)), (0, 3));

    // What came after what was seen is unread, and so is all of it.
    world.marks(BOB, room, seen);
    assert_eq!(world.unread(BOB, room), 3);
    world.crash(BOB);
    world.rest();
    assert_eq!(world.unread(BOB, room), 3, "it outlives the program");
    let seen = world.last_seq(BOB, room);
    world.marks(BOB, room, seen);
    assert_eq!(world.unread(BOB, room), 0);

    // What was said before a device came is history.
    let second = second_home_alone(&mut world);
    assert_eq!(world.unread(second, room), 0);
    says(&mut world, BOB, "four");
    assert_eq!(
        (world.unread(ALICE, room), world.unread(second, room)),
        (1, 1)
    );
    // Whoever answers has read, on any device.
    says(&mut world, second, "five");
    assert_eq!(
        (world.unread(ALICE, room), world.unread(second, room)),
        (0, 0)
    );
    assert_eq!(world.unread(BOB, room), 1);

    world.does(BOB, Command::SetMuted { room, muted: true });
    says(&mut world, ALICE, "six");
    let view = world.person(BOB).engine().room(room).unwrap();
    assert_eq!((view.unread, view.muted), (2, true));
}
