//! Coming in by a link.

use engine::api::{Command, HistoryChoice, LinkText, Outcome, RoomStage};
use protocol::{
    call::Call,
    error::ErrorCode,
    ids::{LinkId, RoomId},
    rest::{EnterRoom, Shut},
    role::Role,
};

use super::{ALICE, BOB, CAROL, DAVE};
use crate::sim::{model_server::ModelServer, person::Who, world::World};

impl World {
    pub(super) fn link(&mut self, maker: Who, room: RoomId) -> (LinkId, LinkText) {
        self.link_of(maker, room, false)
    }

    fn link_of(&mut self, maker: Who, room: RoomId, spoken: bool) -> (LinkId, LinkText) {
        let make = Command::CreateLink {
            room,
            label: "for friends".to_owned(),
            lasts_ms: None,
            uses: None,
            spoken,
        };
        match self.does(maker, make) {
            Outcome::LinkCreated { link, text } => (link, text),
            other => panic!("{other:?}"),
        }
    }

    /// The links that this device could hand on.
    fn texts(&mut self, who: Who, room: RoomId) -> Vec<LinkText> {
        match self.does(who, Command::Links { room }) {
            Outcome::Links(links) => links.into_iter().filter_map(|link| link.text).collect(),
            other => panic!("{other:?}"),
        }
    }

    fn comes_by(&mut self, who: Who, link: &LinkText) -> Result<Outcome, ErrorCode> {
        let link = link.clone();
        self.outcome(who, Command::JoinByLink { link })
    }

    fn unconfirmed(&self, who: Who, room: RoomId) -> bool {
        let view = self.person(who).engine().room(room);
        view.is_some_and(|view| view.unconfirmed)
    }
}

#[test]
fn a_newcomer_who_finds_something_bad_has_it_put_right() {
    for spoil in [ModelServer::spoil_tree, ModelServer::spoil_doors] {
        let mut world = World::people(3);
        let room = world.room_of(HistoryChoice::Shared, &[BOB]);
        world.say(BOB, room, "early");
        world.rest();
        let (_, link) = world.link(ALICE, room);
        world.rest();
        world.offline(ALICE);
        spoil(&mut world.server, room);
        world.command(CAROL, Command::JoinByLink { link });
        world.run(60_000);
        let what = world.trace.tail(100);
        assert_eq!(world.stage(CAROL, room), Some(RoomStage::Joined), "{what}");
        assert_eq!(world.server.rooms()[&room].repairs(), 1);
        world.rest();
        assert_eq!(world.reads(CAROL, room), ["early"]);
    }
}

#[test]
fn who_says_that_a_door_is_shut_gets_nothing_by_it() {
    let mut world = World::people(2);
    let room = world.room_of(HistoryChoice::Shared, &[BOB]);
    world.rest();
    let before = world.server.rooms()[&room].log().len();
    for what in [Shut::Door, Shut::Tree, Shut::Door] {
        let enter = EnterRoom {
            link: None,
            shut: Some(what),
        };
        world.ask_server(BOB, Call::EnterRoom(room, enter));
        world.run(60_000);
    }
    // A tree of this epoch in place of an older one is all that may come of it.
    assert!(world.server.rooms()[&room].repairs() <= 1);
    assert_eq!(world.server.rooms()[&room].log().len(), before);
    world.rest();
}

#[test]
fn nobody_is_there_and_the_arrival_is_confirmed_later() {
    let mut world = World::people(3);
    let room = world.room_of(HistoryChoice::Shared, &[BOB]);
    world.say(BOB, room, "early");
    let (_, link) = world.link(ALICE, room);
    world.offline(ALICE);
    world.offline(BOB);
    let join = Command::JoinByLink { link };
    world.command(CAROL, join);
    world.run(30_000);
    assert_eq!(world.stage(CAROL, room), Some(RoomStage::Joined));
    assert_eq!(world.reads(CAROL, room), ["early"]);
    world.say(CAROL, room, "anybody here?");
    world.run(30_000);
    assert!(world.unconfirmed(CAROL, room));
    world.rest();
    world.say(ALICE, room, "now I am");
    world.rest();
    assert!(!world.unconfirmed(CAROL, room));
    assert_eq!(world.reads(BOB, room), world.reads(CAROL, room));
}

#[test]
fn a_preview_leaves_no_trace() {
    let mut world = World::people(2);
    let room = world.room_of(HistoryChoice::SinceJoin, &[]);
    let (_, link) = world.link(ALICE, room);
    let before = world.person(BOB).store.load();
    let look = Command::PreviewLink { link };
    let Outcome::LinkPreview(preview) = world.does(BOB, look) else {
        panic!("no preview");
    };
    assert_eq!((preview.room, preview.maker_name.as_str()), (room, "alice"));
    assert!(preview.name.is_some_and(|name| name.contains("cellar")));
    assert_eq!(
        (preview.members, preview.inside),
        (vec!["alice".to_owned()], false)
    );
    assert_eq!(world.stage(BOB, room), None);
    assert!(world.person(BOB).store.load() == before);
    assert_eq!(world.person(ALICE).engine().members(room).len(), 1);
}

#[test]
fn many_come_at_once() {
    let mut world = World::people(4);
    let room = world.room_of(HistoryChoice::SinceJoin, &[]);
    let (_, link) = world.link(ALICE, room);
    for who in [BOB, CAROL, DAVE] {
        let link = link.clone();
        world.command(who, Command::JoinByLink { link });
    }
    world.say(ALICE, room, "welcome");
    world.rest();
    for who in [ALICE, BOB, CAROL, DAVE] {
        assert_eq!(world.person(who).engine().members(room).len(), 4);
    }
}

#[test]
fn a_removal_ends_the_link_and_a_departure_does_not() {
    let mut world = World::people(4);
    let room = world.room_of(HistoryChoice::SinceJoin, &[BOB, CAROL]);
    let (_, link) = world.link(ALICE, room);
    world.does(CAROL, Command::Leave { room });
    assert_eq!(world.comes_by(DAVE, &link), Ok(Outcome::RoomJoined(room)));
    assert!(world.person(ALICE).links_ended.is_empty());
    let remove = world.remove(room, BOB);
    world.does(ALICE, remove);
    assert_eq!(world.person(ALICE).links_ended, [room]);
    for who in [BOB, CAROL] {
        assert_eq!(world.comes_by(who, &link), Err(ErrorCode::LinkEnded));
    }
    let links = world.does(ALICE, Command::Links { room });
    assert_eq!(links, Outcome::Links(Vec::new()));
}

#[test]
fn in_a_room_that_shares_all_a_departure_ends_the_link_too() {
    let mut world = World::people(3);
    let room = world.room_of(HistoryChoice::Shared, &[BOB]);
    let (_, link) = world.link(ALICE, room);
    world.does(BOB, Command::Leave { room });
    assert_eq!(world.person(ALICE).links_ended, [room]);
    assert_eq!(world.comes_by(CAROL, &link), Err(ErrorCode::LinkEnded));
}

#[test]
fn a_link_sleeps_while_its_maker_is_away_from_new_keys() {
    let mut world = World::people(4);
    let room = world.room_of(HistoryChoice::SinceJoin, &[BOB, CAROL]);
    let admin = world.role(room, BOB, Role::Admin);
    world.does(ALICE, admin);
    let (_, link) = world.link(ALICE, room);
    world.offline(ALICE);
    world.command(CAROL, Command::Leave { room });
    world.run(120_000);
    let asleep = Command::JoinByLink { link: link.clone() };
    let id = world.command(DAVE, asleep);
    world.run(60_000);
    let refused = world.person(DAVE).results.get(&id).cloned();
    let code = refused.map(|result| result.map_err(|failure| failure.code));
    assert_eq!(code, Some(Err(ErrorCode::LinkAsleep)));
    world.rest();
    assert_eq!(world.comes_by(DAVE, &link), Ok(Outcome::RoomJoined(room)));
}

#[test]
fn who_ends_a_link_shuts_out_who_has_looked_at_it() {
    let mut world = World::people(3);
    let room = world.room_of(HistoryChoice::SinceJoin, &[BOB]);
    let (id, link) = world.link(ALICE, room);
    let epoch = |world: &World| {
        world
            .person(ALICE)
            .engine()
            .room(room)
            .map(|view| view.epoch)
    };
    let before = epoch(&world);
    assert_eq!(
        world.outcome(BOB, Command::EndLink { room, link: id }),
        Err(ErrorCode::RoleTooLow)
    );
    world.does(ALICE, Command::EndLink { room, link: id });
    assert!(epoch(&world) > before, "the keys changed");
    assert_eq!(world.comes_by(CAROL, &link), Err(ErrorCode::LinkEnded));
    let again = world.outcome(ALICE, Command::EndLink { room, link: id });
    assert_eq!(again, Err(ErrorCode::NotFound));
}

#[test]
fn what_was_said_lets_in_as_what_was_sent() {
    let mut world = World::people(4);
    let room = world.room_of(HistoryChoice::SinceJoin, &[BOB]);
    let (id, words) = world.link_of(ALICE, room, true);
    let number = room.to_string();
    let said: String = words
        .expose()
        .split(' ')
        .take(number.len().div_ceil(4))
        .collect();
    assert_eq!(said, number);
    let typed = LinkText::new(words.expose().to_uppercase().replace(' ', "  "));
    let look = Command::PreviewLink {
        link: typed.clone(),
    };
    let Outcome::LinkPreview(preview) = world.does(CAROL, look) else {
        panic!("no preview");
    };
    assert_eq!((preview.room, preview.maker_name.as_str()), (room, "alice"));
    // The words are all that there is, so they outlive the program.
    world.crash(ALICE);
    world.rest();
    assert_eq!(world.texts(ALICE, room), std::slice::from_ref(&words));
    assert_eq!(world.comes_by(CAROL, &typed), Ok(Outcome::RoomJoined(room)));
    world.does(ALICE, Command::EndLink { room, link: id });
    assert_eq!(world.comes_by(DAVE, &words), Err(ErrorCode::LinkEnded));
}

#[test]
fn any_device_of_its_maker_keeps_a_link_awake() {
    let mut world = World::people(4);
    let room = world.room_of(HistoryChoice::SinceJoin, &[BOB, CAROL]);
    let before = world.further(98);
    let sent = world.link(ALICE, room).1;
    let said = world.link_of(ALICE, room, true).1;
    let after = world.further(99);
    for device in [before, after] {
        let mut texts = world.texts(device, room);
        texts.sort_by_key(|text| text.expose().len());
        assert_eq!(texts, [said.clone(), sent.clone()], "{device:?}");
    }
    world.offline(ALICE);
    world.offline(before);
    world.command(CAROL, Command::Leave { room });
    world.run(120_000);
    let join = Command::JoinByLink { link: sent };
    let id = world.command(DAVE, join);
    world.run(60_000);
    let joined = world.person(DAVE).results.get(&id).cloned();
    assert_eq!(joined, Some(Ok(Outcome::RoomJoined(room))));
}

#[test]
fn a_device_that_missed_a_removal_revives_no_link() {
    let mut world = World::people(4);
    let room = world.room_of(HistoryChoice::SinceJoin, &[BOB, CAROL]);
    let admin = world.role(room, BOB, Role::Admin);
    world.does(ALICE, admin);
    let (_, link) = world.link(ALICE, room);
    world.server.keeps_links = true;
    world.offline(ALICE);
    let remove = world.remove(room, CAROL);
    world.command(BOB, remove);
    world.run(60_000);
    assert_eq!(world.stage(BOB, room), Some(RoomStage::Joined));
    assert_eq!(world.person(BOB).engine().members(room).len(), 2);
    // It finds the link in the vault and in the room's state, and the server would take a new grant.
    let phone = world.logs_in_further(99);
    world.run(120_000);
    assert_eq!(world.stage(phone, room), Some(RoomStage::Joined));
    let join = Command::JoinByLink { link };
    let id = world.command(CAROL, join);
    world.run(60_000);
    let refused = world.person(CAROL).results.get(&id).cloned();
    let code = refused.map(|result| result.map_err(|failure| failure.code));
    assert_eq!(code, Some(Err(ErrorCode::LinkEnded)));
    world.rest();
    assert!(world.texts(ALICE, room).is_empty());
}
