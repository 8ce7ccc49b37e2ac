//! Bad files beside the log, put there by a member: with its own commit, or as if it mended something. No verdict changes,
//! and those who are in make them good (PROTOCOL sections 1 and 3).

use engine::{
    api::{Command, HistoryChoice, RoomStage},
    hostile::BadFile,
};
use protocol::ids::RoomId;

use super::{ALICE, BOB, CAROL, DAVE, ERIN};
use crate::sim::{canary::MARKER, misdeeds::Broken, world::World};

impl World {
    fn rest_after(&mut self, what: &str) {
        if let Err(broken) = self.quiesce().and_then(|()| self.check()) {
            panic!("{}\n{what}: {broken}", self.trace.tail(100));
        }
    }

    /// Erin accepts, and knows the room by its name, with all that was said; then so does a further device of Alice's, by
    /// the door.
    fn newcomers_find_all(&mut self, what: &str, room: RoomId) {
        self.command(ERIN, Command::Accept { room });
        self.rest_after(what);
        let view = self.person(ERIN).engine().room(room).expect("a room");
        assert_eq!(view.stage, RoomStage::Joined, "{what}");
        assert_eq!(view.name, Some(format!("{MARKER} cellar")), "{what}");
        assert_eq!(self.reads(ERIN, room), self.reads(ALICE, room), "{what}");
        let further = self.moves_in("alice", 79);
        self.rest_after(what);
        assert_eq!(self.stage(further, room), Some(RoomStage::Joined), "{what}");
        assert_eq!(self.reads(further, room), self.reads(ALICE, room), "{what}");
    }
}

#[test]
fn a_bad_file_beside_a_commit_is_made_good_by_the_others() {
    for rule in BadFile::ALL {
        let what = format!("{rule:?}");
        let (mut world, room) = World::company(HistoryChoice::Shared);
        let rotates = matches!(rule, BadFile::ChainLink | BadFile::OtherChainLink);
        // The chain goes on where somebody is removed, which a moderator may.
        let liar = if rotates { CAROL } else { BOB };
        world.person_mut(liar).spoils = Some(rule);
        let deed = if rotates {
            world.remove(room, DAVE)
        } else {
            world.invite(room, ERIN)
        };
        // What an invited device shows before anybody has made it good is checked when it accepts.
        world.command(liar, deed);
        world.calm();
        assert_eq!(world.person(liar).spoils, None, "{what}: it went along");
        if rotates {
            let invite = world.invite(room, ERIN);
            world.command(ALICE, invite);
            world.calm();
        }
        world.newcomers_find_all(&what, room);
        world.all_go_on(room, ERIN);
    }
}

#[test]
fn a_bad_file_in_the_place_of_a_good_one_is_made_good_by_the_others() {
    for rule in BadFile::ALL {
        let what = format!("{rule:?}");
        let (mut world, room) = World::company(HistoryChoice::Shared);
        let Some(posted) = world.breaks(BOB, room, Broken::File(rule)) else {
            let with_commits = [
                BadFile::Bundle,
                BadFile::OtherBundle,
                BadFile::Welcome,
                BadFile::OtherChainLink,
            ];
            assert!(with_commits.contains(&rule), "{what}");
            continue;
        };
        assert_eq!(posted, Ok(None), "{what}");
        let invite = world.invite(room, ERIN);
        world.does(ALICE, invite);
        world.newcomers_find_all(&what, room);
        world.all_go_on(room, ERIN);
    }
}
