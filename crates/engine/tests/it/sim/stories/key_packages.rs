//! Somebody takes all KeyPackages of a person (attack 21).

use engine::api::{Command, HistoryChoice};
use protocol::{
    bytes::Bytes,
    call::{Call, Reply},
};

use super::{ALICE, BOB, CAROL};
use crate::sim::{person::Who, world::World};

impl World {
    /// Takes one after the other until the server gives the one that it gives again and again.
    fn drains(&mut self, who: Who, by: Who) -> Bytes {
        let account = self.person(who).account().unwrap();
        for _ in 0..200 {
            let Reply::ClaimedKeyPackages(claimed) =
                self.ask_server(by, Call::ClaimKeyPackages(account))
            else {
                panic!("no KeyPackages")
            };
            let claimed = &claimed.key_packages[0];
            if claimed.last_resort {
                return claimed.key_package.clone();
            }
        }
        panic!("no end")
    }
}

#[test]
fn who_was_drained_of_key_packages_comes_in_all_the_same_and_makes_new_ones() {
    let mut world = World::people(3);
    let last = world.drains(CAROL, BOB);
    assert_eq!(world.drains(CAROL, BOB), last, "nobody has used it yet");
    let room = world.room_of(HistoryChoice::SinceJoin, &[CAROL]);
    world.say(ALICE, room, "there you are");
    world.rest();
    assert_eq!(world.reads(CAROL, room), ["there you are"]);
    // What may go out more than once goes out no more after its first use, and there are new ones for one use each.
    let account = world.person(CAROL).account().unwrap();
    let Reply::ClaimedKeyPackages(claimed) = world.ask_server(BOB, Call::ClaimKeyPackages(account))
    else {
        panic!("no KeyPackages")
    };
    assert!(!claimed.key_packages[0].last_resort);
    let next = world.drains(CAROL, BOB);
    assert_ne!(next, last);
    // Two who were given the same one both get her in.
    let rooms = [ALICE, BOB].map(|who| world.room(who, HistoryChoice::SinceJoin));
    for (who, room) in [ALICE, BOB].into_iter().zip(rooms) {
        let invite = world.invite(room, CAROL);
        world.does(who, invite);
        world.drains(CAROL, BOB);
    }
    for room in rooms {
        world.does(CAROL, Command::Accept { room });
    }
    assert_ne!(world.drains(CAROL, BOB), next);
}
