//! Bad members, rule by rule: who breaks it, and what everybody honest shows afterwards (PROTOCOL section 8, invariants 1,
//! 2, 4, 5, 7 and 8).
//!
//! A function for each kind of liar, and the list of rules that it can break at all: members and moderators
//! ([`members`]), whoever puts bad files beside the log ([`files`]), and those who have no leaf and the server's help:
//! former members and revoked devices ([`ghosts`]), holders of a link ([`links`]).

mod doubts;
mod files;
mod ghosts;
mod links;
mod members;
mod targets;

use engine::api::{HistoryChoice, ItemBody, ItemKey, RoomNotice, RoomStage, TimelineItem};
use protocol::{
    ids::{RoomId, Seq},
    role::Role,
};

use super::{ALICE, BOB, CAROL, DAVE};
use crate::sim::{person::Who, world::World};

const ERIN: Who = Who(4);

impl World {
    /// Alice's room with bob and dave, who are members, and carol, who moderates; dave has two devices in it, and erin is
    /// not there.
    fn company(history: HistoryChoice) -> (Self, RoomId) {
        let mut world = Self::people(5);
        let room = world.room_of(history, &[BOB, CAROL, DAVE]);
        let moderates = world.role(room, CAROL, Role::Moderator);
        world.does(ALICE, moderates);
        world.moves_in("dave", 77);
        world.rest();
        for who in [ALICE, BOB, CAROL, DAVE] {
            let text = format!("{who:?} is here");
            world.say(who, room, &text);
        }
        world.rest();
        (world, room)
    }

    /// Everybody who is in the room with their own program.
    fn honest(&self, room: RoomId, but: Who) -> Vec<Who> {
        let mut honest = self.everybody();
        honest.retain(|who| {
            let person = self.person(*who);
            let there = !person.stolen && *who != but && person.engine.is_some();
            there && self.stage(*who, room) == Some(RoomStage::Joined)
        });
        honest
    }

    fn line(&self, who: Who, room: RoomId, seq: Seq) -> Option<TimelineItem> {
        self.person(who).store.item(room, ItemKey::Logged(seq))
    }

    /// Everybody says that a change was refused, of whoever posted it where that can be known.
    fn all_refuse(&self, what: &str, room: RoomId, seq: Seq, liar: Who) {
        let honest = self.honest(room, liar);
        assert!(honest.len() >= 3, "{what}: {honest:?}");
        for who in honest {
            let line = self.line(who, room, seq).expect("a line");
            let refused = ItemBody::Notice(RoomNotice::RefusedChange);
            assert_eq!(line.body, refused, "{what}: {who:?}");
        }
    }

    /// All who are in the room still speak and hear each other, and nobody is shut out.
    fn all_go_on(&mut self, room: RoomId, but: Who) {
        let honest = self.honest(room, but);
        for who in &honest {
            let text = format!("{who:?} goes on at {}", self.now);
            self.say(*who, room, &text);
            self.rest();
            for reader in &honest {
                assert_eq!(self.reads(*reader, room).pop().as_ref(), Some(&text));
            }
        }
    }
}
