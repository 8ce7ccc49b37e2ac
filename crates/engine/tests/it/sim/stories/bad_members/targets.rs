//! Messages that refer to others: as an edit, a deletion or a reaction of another program would. Whatever somebody says, it
//! is a line of its own, in its own name, and changes no other.

use engine::api::{Command, HistoryChoice, ItemBody, TimelineItem, TombstoneCause};
use protocol::ids::{RoomId, Seq};

use super::{ALICE, BOB, CAROL, DAVE, ERIN};
use crate::sim::{person::Who, world::World};

/// Kinds that our program has, some that it could have next, and far ones.
fn kinds() -> impl Iterator<Item = u16> {
    (0..16).chain([900, u16::MAX])
}

/// What stands in the place of the others' words if anybody believes it.
const INSTEAD: &str = "I owe you a thousand";

/// A place, and a text behind it: the form that a reply has.
fn aimed(at: Seq) -> Vec<u8> {
    [&at.0.to_be_bytes(), INSTEAD.as_bytes()].concat()
}

/// What may be shown of it.
fn is_harmless(body: &ItemBody, kind: u16, at: Seq) -> bool {
    match body {
        ItemBody::Unknown { kind: shown } => *shown == kind,
        ItemBody::Reply { to, text } => *to == at && text == INSTEAD,
        // The eight bytes are no characters, a file or a yes.
        ItemBody::Tombstone(cause) => *cause == TombstoneCause::Malformed,
        // Some places read as characters: then it is a text, with odd ones in front.
        ItemBody::Text(text) => text.len() == INSTEAD.len() + 8 && text.ends_with(INSTEAD),
        _ => false,
    }
}

impl World {
    fn lines(&self, who: Who, room: RoomId) -> Vec<TimelineItem> {
        self.person(who)
            .store
            .timeline(room)
            .into_values()
            .collect()
    }

    /// Somebody aims at a place with every kind. All that the others showed before is as it was, in both rooms.
    fn aims_in_vain(&mut self, liar: Who, room: RoomId, other: RoomId, at: Seq) {
        let others = |world: &Self| world.honest(room, liar);
        let before: Vec<_> = others(self)
            .into_iter()
            .map(|who| (who, self.lines(who, room), self.lines(who, other)))
            .collect();
        let said: Vec<(u16, Seq)> = kinds()
            .map(|kind| (kind, self.says_anything(liar, room, kind, &aimed(at))))
            .collect();
        self.rest();
        for (who, here, elsewhere) in before {
            let what = format!("{liar:?} at {at}, seen by {who:?}");
            let now = self.lines(who, room);
            assert!(now.starts_with(&here), "{what}");
            assert_eq!(self.lines(who, other), elsewhere, "{what}");
            assert_eq!(now.len(), here.len() + said.len(), "{what}");
            for (kind, seq) in &said {
                let line = self.line(who, room, *seq).expect("a line");
                assert!(
                    is_harmless(&line.body, *kind, at),
                    "{what}: {kind}: {line:?}"
                );
                assert_eq!(line.sender, self.person(liar).account(), "{what}: {kind}");
            }
        }
    }
}

#[test]
fn nothing_that_anybody_says_changes_what_another_said() {
    let (mut world, room) = World::company(HistoryChoice::Shared);
    let other = world.room_of(HistoryChoice::Shared, &[BOB, CAROL, DAVE]);
    world.say(DAVE, other, "elsewhere");
    world.rest();
    let last = |world: &World, room| world.server.rooms()[&room].log().last().map(|it| it.seq);
    let elsewhere = last(&world, other).expect("a line");
    for (liar, everywhere) in [(BOB, true), (CAROL, false), (ALICE, false)] {
        world.say(DAVE, room, &format!("my word, before {liar:?} speaks"));
        world.rest();
        let of_another = last(&world, room).expect("a line");
        world.aims_in_vain(liar, room, other, of_another);
        let others = [elsewhere, Seq(1), Seq(of_another.0 + 99), Seq(u64::MAX)];
        for at in others.into_iter().filter(|_| everywhere) {
            world.aims_in_vain(liar, room, other, at);
        }
    }
    // Whoever comes later is told the same.
    let invite = world.invite(room, ERIN);
    world.does(ALICE, invite);
    world.does(ERIN, Command::Accept { room });
    world.rest();
    assert_eq!(world.reads(ERIN, room), world.reads(DAVE, room));
    world.all_go_on(room, ALICE);
}
