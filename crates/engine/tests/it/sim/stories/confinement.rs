//! What a server learns that kept everything, with the help of one who is not in the room (PROTOCOL section 8, invariant 3).

use engine::api::{Command, HistoryChoice, ItemBody, ItemKey};
use protocol::ids::{LinkId, RoomId};

use super::{ALICE, BOB, CAROL, DAVE};
use crate::sim::{
    canary::MARKER,
    confinement::{Coalition, Evidence},
    person::Who,
    world::World,
};

const CHOICES: [HistoryChoice; 3] = [
    HistoryChoice::None,
    HistoryChoice::SinceJoin,
    HistoryChoice::Shared,
];

/// What was said in a room, without what others said beside it.
const EARLY: &str = "before carol";
const WITH: &str = "with carol";
const AFTER: &str = "after carol";

impl World {
    /// The texts that a coalition can open, as Alice reads them.
    fn learns(&self, coalition: Coalition, room: RoomId) -> Vec<String> {
        let opens = Evidence::of(self, true).opens(coalition, room);
        let lines = self.person(ALICE).store.timeline(room);
        let text = |seq| match lines.get(&ItemKey::Logged(seq))?.body {
            ItemBody::Text(ref text) => Some(text.trim_start_matches(MARKER).trim().to_owned()),
            _ => None,
        };
        opens.into_iter().filter_map(text).collect()
    }

    /// Nobody whom this life has to offer opens more or less than the key table says.
    fn is_confined(&self) {
        assert_eq!(self.check_confinement(true), Ok(()));
    }

    fn says_aloud(&mut self, who: Who, room: RoomId, text: &str) {
        self.say(who, room, text);
        self.rest();
    }

    /// Somebody says something, and whoever is off stays off.
    fn says_meanwhile(&mut self, who: Who, room: RoomId, text: &str) {
        self.say(who, room, text);
        self.run(30_000);
    }

    /// Alice's room with Bob, and Carol for a while.
    fn carol_was_here(history: HistoryChoice, goes: impl Fn(&mut Self, RoomId)) -> (Self, RoomId) {
        let mut world = Self::people(4);
        let room = world.room_of(history, &[BOB]);
        world.says_aloud(BOB, room, EARLY);
        let invite = world.invite(room, CAROL);
        world.does(ALICE, invite);
        world.does(CAROL, Command::Accept { room });
        world.says_aloud(BOB, room, WITH);
        goes(&mut world, room);
        world.rest();
        // The keys of now, on their way to somebody new.
        let invite = world.invite(room, DAVE);
        world.does(ALICE, invite);
        world.does(DAVE, Command::Accept { room });
        world.says_aloud(BOB, room, AFTER);
        world.is_confined();
        (world, room)
    }

    /// What Carol should have of it.
    fn carols_share(history: HistoryChoice) -> &'static [&'static str] {
        match history {
            HistoryChoice::Shared => &[EARLY, WITH],
            _ => &[WITH],
        }
    }
}

fn link(room: RoomId, (link, _): (LinkId, engine::api::LinkText)) -> Coalition {
    Coalition::Link(room, link)
}

#[test]
fn who_steals_all_that_the_server_has_learns_nothing() {
    for history in CHOICES {
        let (world, room) = World::carol_was_here(history, |_, _| {});
        assert!(world.learns(Coalition::Thief, room).is_empty());
        for member in [ALICE, BOB] {
            let said = [EARLY, WITH, AFTER];
            assert_eq!(world.learns(Coalition::Device(member), room), said);
        }
    }
}

#[test]
fn who_was_put_out_learns_nothing_more() {
    for history in CHOICES {
        let (world, room) = World::carol_was_here(history, |world, room| {
            let remove = world.remove(room, CAROL);
            world.does(ALICE, remove);
        });
        let learns = world.learns(Coalition::Device(CAROL), room);
        assert_eq!(learns, World::carols_share(history));
    }
}

#[test]
fn who_left_learns_nothing_more_though_its_link_lives_on() {
    for history in CHOICES {
        let (world, room) = World::carol_was_here(history, |world, room| {
            let (_, text) = world.link(ALICE, room);
            world.does(CAROL, Command::PreviewLink { link: text });
            world.does(CAROL, Command::Leave { room });
        });
        let learns = world.learns(Coalition::Device(CAROL), room);
        assert_eq!(learns, World::carols_share(history));
    }
}

#[test]
fn a_link_opens_what_is_shared_until_the_keys_change() {
    for history in CHOICES {
        let mut world = World::people(4);
        let room = world.room_of(history, &[BOB, DAVE]);
        world.says_aloud(BOB, room, "early");
        let unused = world.link(ALICE, room);
        let unused = link(room, unused);
        world.says_aloud(BOB, room, "while it lives");
        let remove = world.remove(room, DAVE);
        world.does(ALICE, remove);
        world.says_aloud(BOB, room, "when it has ended");
        world.is_confined();
        let opens: &[&str] = match history {
            HistoryChoice::Shared => &["early", "while it lives"],
            _ => &[],
        };
        assert_eq!(world.learns(unused, room), opens);
    }
}

#[test]
fn a_link_ends_with_a_departure_where_it_opens_what_was_said() {
    for history in CHOICES {
        let mut world = World::people(4);
        let room = world.room_of(history, &[BOB, DAVE]);
        let unused = world.link(ALICE, room);
        let unused = link(room, unused);
        world.says_aloud(BOB, room, "early");
        world.does(DAVE, Command::Leave { room });
        world.says_aloud(BOB, room, "late");
        world.is_confined();
        let opens: &[&str] = match history {
            HistoryChoice::Shared => &["early"],
            _ => &[],
        };
        assert_eq!(world.learns(unused, room), opens);
    }
}

#[test]
fn a_stolen_phone_learns_nothing_after_its_revocation() {
    for history in CHOICES {
        let mut world = World::people(2);
        let room = world.room_of(history, &[BOB]);
        world.says_aloud(BOB, room, "before the phone");
        let phone = world.further(99);
        world.says_aloud(BOB, room, "with the phone");
        let tablet = world.further(98);
        let revoke = world.revoking(ALICE, &[phone]);
        world.is_stolen(phone);
        world.does(ALICE, revoke);
        world.says_aloud(BOB, room, "after the theft");
        // What the vault holds from here on is the thief's to ask for, in vain.
        world.says_aloud(tablet, room, "from the tablet");
        world.further(97);
        world.says_aloud(BOB, room, "later");
        world.is_confined();
        let learns = world.learns(Coalition::Device(phone), room);
        let opens: &[&str] = match history {
            HistoryChoice::None => &["with the phone"],
            _ => &["before the phone", "with the phone"],
        };
        assert_eq!(learns, opens);
    }
}

#[test]
fn a_stolen_phone_that_no_room_let_in_learns_nothing_after_its_revocation() {
    for history in CHOICES {
        let mut world = World::people(2);
        let room = world.room_of(history, &[BOB]);
        world.says_aloud(BOB, room, "before");
        world.offline(ALICE);
        world.offline(BOB);
        // A server may keep it out, pass on nothing that it asks for, and let it have the vault.
        world.server.spoil_doors(room);
        let phone = world.logs_in_further(99);
        world.run(60_000);
        let revoke = world.revoking(ALICE, &[phone]);
        world.offline(phone);
        world.is_stolen(phone);
        world.server.forget_readmissions(room);
        world.link_up(ALICE);
        world.link_up(BOB);
        world.run(60_000);
        world.command(ALICE, revoke);
        world.run(120_000);
        assert!(world.server.has_revoked(world.device(phone)));
        world.says_meanwhile(BOB, room, "after");
        let learns = world.learns(Coalition::Device(phone), room);
        assert!(
            !learns.contains(&"after".to_owned()),
            "{history:?}: {learns:?}"
        );
        world.is_confined();
    }
}

#[test]
fn who_came_later_learns_what_the_room_shares_with_it() {
    for history in CHOICES {
        let mut world = World::people(4);
        let room = world.room_of(history, &[BOB]);
        world.says_aloud(BOB, room, "early");
        let invite = world.invite(room, CAROL);
        world.does(ALICE, invite);
        world.does(CAROL, Command::Accept { room });
        let (_, text) = world.link(ALICE, room);
        world.does(DAVE, Command::JoinByLink { link: text });
        let desk = world.further(99);
        world.says_aloud(BOB, room, "late");
        world.is_confined();
        let newcomers: &[&str] = match history {
            HistoryChoice::Shared => &["early", "late"],
            _ => &["late"],
        };
        for who in [CAROL, DAVE] {
            let learns = world.learns(Coalition::Device(who), room);
            assert_eq!(learns, newcomers);
        }
        // Her own further device has what Alice's vault has.
        let of_alice: &[&str] = match history {
            HistoryChoice::None => &["late"],
            _ => &["early", "late"],
        };
        let learns = world.learns(Coalition::Device(desk), room);
        assert_eq!(learns, of_alice);
    }
}

/// The strength of what is computed: a device that was never there again has its KeyPackages and nothing else, and what
/// follows from them is all that its leaf may read, through Welcome, paths, and commits from outside.
#[test]
fn from_key_packages_alone_follows_all_that_the_leaf_may_read_and_nothing_behind_it() {
    for history in CHOICES {
        let mut world = World::people(4);
        let room = world.room_of(history, &[BOB]);
        world.says_aloud(BOB, room, "early");
        let (_, text) = world.link(ALICE, room);
        world.offline(CAROL);
        let invite = world.invite(room, CAROL);
        world.command(ALICE, invite);
        world.run(30_000);
        world.says_meanwhile(BOB, room, "welcome");
        let edit = |name: &str| Command::EditRoom {
            room,
            name: Some(format!("{MARKER} {name}")),
            topic: None,
        };
        world.command(ALICE, edit("attic"));
        world.run(30_000);
        world.command(DAVE, Command::JoinByLink { link: text });
        world.run(30_000);
        world.says_meanwhile(DAVE, room, "from outside");
        world.command(ALICE, edit("roof"));
        world.run(30_000);
        world.says_meanwhile(BOB, room, "on the roof");
        let remove = world.remove(room, CAROL);
        world.command(ALICE, remove);
        world.run(30_000);
        world.says_meanwhile(BOB, room, "without her");
        assert_eq!(world.stage(CAROL, room), None);
        let learns = world.learns(Coalition::Device(CAROL), room);
        let with_her = ["welcome", "from outside", "on the roof"];
        let expected = match history {
            HistoryChoice::Shared => [&["early"], &with_her[..]].concat(),
            _ => with_her.to_vec(),
        };
        assert_eq!(learns, expected, "{history:?}");
        world.is_confined();
    }
}
