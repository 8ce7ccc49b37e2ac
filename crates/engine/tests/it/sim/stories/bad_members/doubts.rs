//! Commits that pass every public rule and that some cannot follow: whoever posts them, nobody is shut out for good.

use engine::api::{HistoryChoice, ItemBody, RoomNotice, RoomStage};

use super::{BOB, CAROL, DAVE};
use crate::sim::{person::Who, stories::suspects::spoilt, world::World};

/// Which of the path secrets are garbage.
type Spoilt = fn(usize) -> bool;

const PATHS: [(&str, Spoilt); 4] = [
    ("for one", |count| count == 0),
    ("for every other", |count| count % 2 == 0),
    ("for the rest", |count| count % 2 == 1),
    ("for all", |_| true),
];

/// A liar posts it and is gone: the others find together again, and a line says whose commit it was.
#[test]
fn a_bad_path_by_anybody_shuts_nobody_out_for_good() {
    for (name, liar) in [("a member", BOB), ("a moderator", CAROL)] {
        for (path, spoil) in PATHS {
            let what = format!("{path} by {name}");
            let (mut world, room) = World::company(HistoryChoice::Shared);
            world.betray(liar, room, &spoilt(spoil), false);
            let seq = world.forged.last().expect("it was posted").1;
            world.is_gone(liar);
            world.rest();
            let honest = world.honest(room, liar);
            assert_eq!(honest.len(), 4, "{what}");
            for who in &honest {
                assert_eq!(world.stage(*who, room), Some(RoomStage::Joined), "{what}");
                assert_eq!(
                    world.epoch(*who, room),
                    world.epoch(DAVE, room),
                    "{what}: {who:?}"
                );
            }
            // Whoever could not follow says so, and whose change it was; where nobody could, all say that it was nothing.
            let account = world.person(liar).account();
            let doubts = honest.iter().filter(|who| {
                // A renewal that could be followed is no news.
                let Some(line) = world.line(**who, room, seq) else {
                    return false;
                };
                let checks = line.body == ItemBody::Notice(RoomNotice::Checking);
                assert!(!checks || line.sender == account, "{what}: {who:?}");
                let refuses = line.body == ItemBody::Notice(RoomNotice::RefusedChange);
                checks || refuses
            });
            let doubts = doubts.count();
            assert_eq!(doubts == 4, path == "for all", "{what}: {doubts}");
            world.all_go_on(room, liar);
        }
    }
}

impl World {
    /// Whoever did it is not seen again, and no rule is for its device.
    pub(super) fn is_gone(&mut self, liar: Who) {
        self.cut(liar);
        let person = self.person_mut(liar);
        (person.stolen, person.insider, person.link_up) = (true, true, false);
    }
}
