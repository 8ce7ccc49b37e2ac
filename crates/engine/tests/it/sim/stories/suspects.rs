//! A member turns bad: its commits pass every public rule, and some or all cannot follow them (PROTOCOL section 1).

use engine::{
    api::{
        Command, Content, Delivery, HistoryChoice, ItemBody, RoomNotice, RoomStage, TombstoneCause,
    },
    hostile::Forgery,
};
use protocol::{error::ErrorCode, ids::RoomId, log::Body};

use super::{ALICE, BOB, CAROL, DAVE};
use crate::sim::{canary::MARKER, person::Who, world::World};

/// The path secret that only bob reads, where alice commits in a room of four.
pub(super) const BOBS_SECRET: fn(usize) -> bool = |count| count == 0;
const ALL_SECRETS: fn(usize) -> bool = |_| true;

pub(super) fn spoilt(spoil: fn(usize) -> bool) -> Forgery {
    Forgery {
        spoil,
        ..Forgery::default()
    }
}

impl World {
    fn removal(&self, who: Who, spoil: fn(usize) -> bool) -> Forgery {
        let account = self.person(who).account().expect("an account");
        Forgery {
            remove: vec![e2ee::ids::AccountId::from(*account.as_bytes())],
            spoil,
            ..Forgery::default()
        }
    }

    /// Everything that can happen has happened; not everybody needs to agree.
    pub(super) fn calm(&mut self) {
        if let Err(what) = self.quiesce() {
            panic!("{}\n{what}", self.trace.tail(400));
        }
    }

    pub(super) fn sees(&self, who: Who, room: RoomId, notice: &RoomNotice) -> bool {
        let lines = self.person(who).store.timeline(room);
        let notice = ItemBody::Notice(notice.clone());
        lines.values().any(|item| item.body == notice)
    }

    pub(super) fn epoch(&self, who: Who, room: RoomId) -> (u64, Vec<u8>) {
        let view = self.person(who).engine().room(room).expect("a room");
        (view.epoch, view.authenticator)
    }

    fn speaks(&mut self, who: Who, room: RoomId) -> Result<(), ErrorCode> {
        let content = Content::Text(format!("{MARKER} anybody there?"));
        let id = self.command(
            who,
            Command::Send {
                room,
                content,
                ticket: None,
            },
        );
        self.run(1);
        let result = self.person(who).results.get(&id).cloned();
        let result = result.expect("the command ended");
        result.map(|_| ()).map_err(|failure| failure.code)
    }
}

/// Alice shuts bob out, while nobody is there who could tell bob that the others went on. Whose secret is spoilt depends
/// on the shape of the tree, and that on keys which no seed decides: where it was another's, all is done once more.
pub(super) fn shut_out(history: HistoryChoice) -> (World, RoomId) {
    shut_out_after(history, |_, _| {})
}

/// The same, after something has happened in the room.
pub(super) fn shut_out_after(
    history: HistoryChoice,
    prepare: impl Fn(&mut World, RoomId),
) -> (World, RoomId) {
    for _ in 0..8 {
        let mut world = World::people(4);
        let room = world.room_of(history, &[BOB, CAROL, DAVE]);
        prepare(&mut world, room);
        world.offline(BOB);
        world.say(BOB, room, "written before");
        for who in [CAROL, DAVE] {
            world.offline(who);
        }
        world.betray(ALICE, room, &spoilt(BOBS_SECRET), false);
        // The liar's own program did not make the commit and would doubt it, too.
        world.offline(ALICE);
        world.link_up(BOB);
        world.run(60_000);
        if world.stage(BOB, room) == Some(RoomStage::Suspect) {
            return (world, room);
        }
    }
    panic!("bob is never shut out");
}

#[test]
fn a_path_that_is_bad_for_one_pauses_that_one_until_it_comes_back() {
    let (mut world, room) = shut_out(HistoryChoice::Shared);
    let before = world.epoch(BOB, room);
    let rows = world.person(BOB).store.group_rows(room);
    // Bob has merged nothing, sent nothing and lost nothing, and says so.
    assert_eq!(world.stage(BOB, room), Some(RoomStage::Suspect));
    assert!(world.sees(BOB, room, &RoomNotice::Checking));
    assert_eq!(world.speaks(BOB, room), Err(ErrorCode::RoomPaused));
    let drafts = world.person(BOB).engine().drafts(room);
    assert_eq!(drafts.len(), 1);
    assert_eq!(drafts[0].delivery, Delivery::Sending);
    // A restart does not forget it, and asking again changes nothing while nobody answers.
    world.crash(BOB);
    world.run(60_000);
    assert_eq!(world.stage(BOB, room), Some(RoomStage::Suspect));
    assert_eq!(world.epoch(BOB, room), before);
    assert_eq!(world.person(BOB).store.group_rows(room), rows);
    // The others have gone on. They say so, and bob comes back by itself, with what waited and all that was said.
    world.link_up(CAROL);
    world.say(CAROL, room, "what is with bob?");
    world.run(180_000);
    world.link_up(DAVE);
    world.run(60_000);
    for who in [BOB, CAROL, DAVE] {
        assert_eq!(world.stage(who, room), Some(RoomStage::Joined));
        let mut texts = world.reads(who, room);
        texts.sort_unstable();
        assert_eq!(texts, ["what is with bob?", "written before"]);
    }
    assert_ne!(world.epoch(BOB, room), before);
}

#[test]
fn what_was_said_meanwhile_is_missed_where_nobody_has_its_keys() {
    for (history, count) in [(HistoryChoice::None, 1), (HistoryChoice::SinceJoin, 0)] {
        let (mut world, room) = shut_out(history);
        world.offline(BOB);
        world.link_up(CAROL);
        world.say(CAROL, room, "bob does not hear this");
        world.run(30_000);
        world.link_up(BOB);
        world.run(180_000);
        assert_eq!(world.stage(BOB, room), Some(RoomStage::Joined));
        let lines = world.person(BOB).store.timeline(room).into_values();
        let missed =
            lines.filter(|item| item.body == ItemBody::Tombstone(TombstoneCause::DoesNotOpen));
        assert_eq!(missed.count(), count, "{history:?}");
        world.say(BOB, room, "back again");
        world.run(30_000);
        assert_eq!(
            world.reads(CAROL, room).pop().as_deref(),
            Some("back again")
        );
    }
}

#[test]
fn a_path_that_is_bad_for_all_is_skipped_by_all() {
    let mut world = World::people(4);
    let room = world.room_of(HistoryChoice::SinceJoin, &[BOB, CAROL, DAVE]);
    world.offline(BOB);
    world.say(BOB, room, "written before");
    world.betray(ALICE, room, &spoilt(ALL_SECRETS), false);
    // The whole set of rules holds again: one epoch, one log, every text once.
    world.rest();
    for who in [ALICE, BOB, CAROL, DAVE] {
        assert_eq!(world.stage(who, room), Some(RoomStage::Joined));
        assert!(world.sees(who, room, &RoomNotice::RefusedChange));
    }
    world.say(DAVE, room, "that was nothing");
    world.rest();
    assert_eq!(
        world.reads(CAROL, room),
        ["written before", "that was nothing"]
    );
}

#[test]
fn the_word_of_the_committer_does_not_count_while_there_is_another() {
    let mut world = World::people(4);
    let room = world.room_of(HistoryChoice::SinceJoin, &[BOB, CAROL, DAVE]);
    for who in [CAROL, DAVE] {
        world.offline(who);
    }
    world.betray(ALICE, room, &spoilt(ALL_SECRETS), false);
    // Alice's program says that it stands where bob stands: to believe that would cut bob off for good.
    world.run(10_000);
    assert_eq!(world.stage(BOB, room), Some(RoomStage::Suspect));
    assert!(!world.sees(BOB, room, &RoomNotice::RefusedChange));
}

#[test]
fn between_two_the_word_of_the_committer_counts() {
    let mut world = World::people(2);
    let room = world.room_of(HistoryChoice::SinceJoin, &[BOB]);
    world.betray(ALICE, room, &spoilt(ALL_SECRETS), false);
    world.rest();
    assert_eq!(world.stage(BOB, room), Some(RoomStage::Joined));
    world.say(BOB, room, "still here");
    world.rest();
    assert_eq!(world.reads(ALICE, room), ["still here"]);
}

#[test]
fn a_garbage_removal_is_doubted_and_undone() {
    let mut world = World::people(4);
    let room = world.room_of(HistoryChoice::SinceJoin, &[BOB, CAROL, DAVE]);
    let removal = world.removal(BOB, ALL_SECRETS);
    world.betray(ALICE, room, &removal, false);
    world.rest();
    // Nobody could follow it, so bob is in, with the keys that were never thrown away.
    assert_eq!(world.stage(BOB, room), Some(RoomStage::Joined));
    world.say(BOB, room, "not so fast");
    world.rest();
    assert_eq!(world.reads(CAROL, room), ["not so fast"]);
}

#[test]
fn a_garbage_removal_that_the_server_believes_stays_unconfirmed() {
    let mut world = World::people(4);
    let room = world.room_of(HistoryChoice::SinceJoin, &[BOB, CAROL, DAVE]);
    let removal = world.removal(BOB, ALL_SECRETS);
    world.betray(ALICE, room, &removal, true);
    world.calm();
    // The server lets bob no longer in; bob's keys stay, for no member has confirmed it.
    assert_eq!(world.stage(BOB, room), Some(RoomStage::RemovedUnconfirmed));
    assert!(!world.person(BOB).store.group_rows(room).is_empty());
    assert_eq!(world.speaks(BOB, room), Err(ErrorCode::NotAMember));
    for who in [CAROL, DAVE] {
        assert_eq!(world.stage(who, room), Some(RoomStage::Joined));
        assert_eq!(world.person(who).engine().members(room).len(), 4);
    }
    assert_eq!(world.epoch(CAROL, room), world.epoch(DAVE, room));
}

#[test]
fn rules_of_a_newer_version_pause_everybody_who_does_not_know_them() {
    let mut world = World::people(3);
    let room = world.room_of(HistoryChoice::SinceJoin, &[BOB, CAROL]);
    let before = world.epoch(BOB, room);
    let newer = Forgery {
        newer_policy: true,
        ..Forgery::default()
    };
    world.betray(ALICE, room, &newer, false);
    world.calm();
    for who in [BOB, CAROL] {
        assert_eq!(world.stage(who, room), Some(RoomStage::TooNew));
        assert_eq!(world.epoch(who, room), before);
        assert_eq!(world.speaks(who, room), Err(ErrorCode::PolicyTooNew));
    }
    // A start of the same program changes nothing: it looks, and pauses again.
    world.crash(BOB);
    world.calm();
    assert_eq!(world.stage(BOB, room), Some(RoomStage::TooNew));
    assert_eq!(world.epoch(BOB, room), before);
    let log = world.server.rooms()[&room].log();
    let last = log.last().map(|entry| &entry.body);
    assert!(matches!(last, Some(Body::Commit(_))), "nobody posts more");
}
