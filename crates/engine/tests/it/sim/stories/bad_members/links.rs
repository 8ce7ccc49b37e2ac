//! Whoever holds a link and never joined: it has the door key, the entry key and the public tree, and a program that breaks
//! one rule of the way in at a time (PROTOCOL section 4, way b).

use engine::{
    Engine,
    api::{Command, HistoryChoice, LinkText, RoomStage},
    hostile::BadEntry,
};
use protocol::{
    call::{Call, Reply},
    ids::RoomId,
    log::{Body, Commit, Effects, Entry},
    rest::{CommitRequest, EnterRoom, Entrance, FollowHandshakes},
};

use super::{ALICE, ERIN};
use crate::sim::{person::Who, world::World};

impl World {
    /// What the server gives whoever shows the link.
    fn looks_through(&mut self, who: Who, link: &LinkText) -> (Entrance, Vec<Entry>) {
        let (room, pass) = Engine::show_link(link).expect("a link");
        let enter = EnterRoom {
            link: Some(pass.clone()),
            shut: None,
        };
        let Ok(Reply::Entrance(entrance)) = self.calls(who, Call::EnterRoom(room, enter)) else {
            panic!("no entrance");
        };
        let follow = FollowHandshakes {
            after: entrance.tree.seq,
            link: Some(pass),
        };
        let Ok(Reply::Handshakes(followed)) = self.calls(who, Call::FollowHandshakes(room, follow))
        else {
            panic!("no handshakes");
        };
        (*entrance, followed.entries)
    }

    fn makes_entry(&mut self, who: Who, link: &LinkText, rule: BadEntry) -> CommitRequest {
        let (entrance, entries) = self.looks_through(who, link);
        let person = &mut self.people[who.0];
        let engine = person.engine.as_ref().expect("somebody who is there");
        let made = engine.break_entry(link, entrance, entries, rule, &mut person.rng);
        made.expect("a door that opens")
    }

    fn is_entered_in_vain(&mut self, room: RoomId, rule: BadEntry, request: CommitRequest) {
        let account = self.person(ERIN).account().expect("an account");
        let is = (account, self.device(ERIN));
        let body = Body::Commit(Commit {
            commit: request.commit,
            effects: Effects::default(),
            with_tree: false,
        });
        self.betrayed = true;
        let now = self.server_time();
        let seq = self.server.slips_in(room, is, request.client_id, body, now);
        self.flush_pushes();
        self.rest();
        self.all_refuse(&format!("{rule:?}"), room, seq.expect("a room"), ERIN);
    }
}

#[test]
fn whoever_holds_a_link_comes_in_by_the_rules_or_not_at_all() {
    let (mut world, room) = World::company(HistoryChoice::Shared);
    let (_, link) = world.link(ALICE, room);
    for rule in BadEntry::ALL {
        // A commit of which nobody outside can tell whether it counted shuts the door until the next one.
        let edit = Command::EditRoom {
            room,
            name: None,
            topic: Some(format!("{rule:?}")),
        };
        world.does(ALICE, edit);
        let request = world.makes_entry(ERIN, &link, rule);
        // The server tells nobody that there is another member now.
        world.is_entered_in_vain(room, rule, request);
    }
    world.all_go_on(room, ERIN);
    // By the rules it comes in.
    world.does(ERIN, Command::JoinByLink { link });
    world.rest();
    assert_eq!(world.stage(ERIN, room), Some(RoomStage::Joined));
    world.all_go_on(room, ALICE);
}

/// The server's table lists it, the tree does not: it reads no message and is nobody's member.
#[test]
fn whoever_is_in_the_servers_table_alone_is_no_member() {
    let (mut world, room) = World::company(HistoryChoice::SinceJoin);
    let (_, link) = world.link(ALICE, room);
    let request = world.makes_entry(ERIN, &link, BadEntry::WrongPsk);
    world.betrayed = true;
    let answer = world.calls(ERIN, Call::Commit(room, Box::new(request)));
    assert!(answer.is_ok(), "{answer:?}");
    world.is_gone(ERIN);
    world.calm();
    let erin = world.person(ERIN).account().expect("an account");
    for who in world.honest(room, ERIN) {
        let members = world.person(who).engine().members(room);
        assert!(members.iter().all(|member| member.account != erin));
        let text = format!("{who:?} speaks to members");
        world.say(who, room, &text);
        world.calm();
        assert_eq!(world.reads(ALICE, room).pop(), Some(text));
    }
    assert!(world.reads(ERIN, room).is_empty());
}
