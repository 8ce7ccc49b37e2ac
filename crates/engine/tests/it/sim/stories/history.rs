//! History requests (PROTOCOL section 4): what the vault has no keys for is read with those of other devices.

use engine::api::{Command, HistoryChoice, RoomStage};
use protocol::{ids::RoomId, rest::MailBody};

use super::{ALICE, BOB, CAROL, DAVE};
use crate::sim::{
    person::{Person, Who},
    store::Store,
    world::World,
};

const KEPT: [HistoryChoice; 2] = [HistoryChoice::SinceJoin, HistoryChoice::Shared];

impl World {
    /// A further device of Alice comes, whoever of the others is there.
    fn comes(&mut self, seed: u64) -> Who {
        let home = Person::new(self.config, "alice", Store::default(), seed);
        self.people.push(home);
        let laptop = Who(self.people.len() - 1);
        self.dial(laptop);
        self.sign_in_anew(laptop);
        self.run(60_000);
        laptop
    }

    fn tombstones(&self, who: Who, room: RoomId) -> u64 {
        let view = self.person(who).engine().room(room);
        view.expect("a room").tombstones
    }

    fn requests_and_answers(&self) -> (usize, usize) {
        let mails = self.server.history_mails.iter();
        let requests = mails
            .filter(|mail| matches!(mail.body, MailBody::HistoryRequest { .. }))
            .count();
        (requests, self.server.history_mails.len() - requests)
    }

    fn say_now(&mut self, who: Who, room: RoomId, text: &str) {
        self.say(who, room, text);
        self.run(20_000);
    }
}

/// Alice's phone is lost from sight before it has written to the vault what it held last. Bob was there all the time,
/// Carol from the second message on.
fn unwritten(history: HistoryChoice) -> (World, RoomId) {
    let mut world = World::people(4);
    let room = world.room_of(history, &[BOB]);
    world.say(BOB, room, "in the vault");
    world.rest();
    world.server.refuses_vault = true;
    let carol = world.invite(room, CAROL);
    world.command(ALICE, carol);
    world.run(20_000);
    world.command(CAROL, Command::Accept { room });
    world.say_now(BOB, room, "when carol came");
    let removal = world.remove(room, CAROL);
    world.command(ALICE, removal);
    world.say_now(BOB, room, "when carol was gone");
    let carol = world.invite(room, CAROL);
    world.command(BOB, carol);
    world.run(20_000);
    world.command(CAROL, Command::Accept { room });
    world.say_now(BOB, room, "when carol was back");
    for who in [ALICE, BOB, CAROL] {
        world.offline(who);
    }
    world.server.refuses_vault = false;
    (world, room)
}

const ALL: [&str; 4] = [
    "in the vault",
    "when carol came",
    "when carol was gone",
    "when carol was back",
];

#[test]
fn a_further_device_gets_from_its_sibling_what_the_vault_lacks() {
    for history in KEPT {
        let (mut world, room) = unwritten(history);
        // The room's keys were changed: somebody lets it in.
        let laptop = world.comes(99);
        world.link_up(CAROL);
        world.run(60_000);
        world.offline(CAROL);
        assert_eq!(world.stage(laptop, room), Some(RoomStage::Joined));
        world.link_up(ALICE);
        world.run(120_000);
        let what = world.trace.tail(200);
        assert_eq!(world.reads(laptop, room), ALL, "{history:?} {what}");
        assert_eq!(world.tombstones(laptop, room), 0);
        world.rest();
    }
}
