//! History requests (PROTOCOL section 4): what the vault has no keys for is read with those of other devices.

use engine::api::{Command, HistoryChoice, RoomStage};
use protocol::{
    bytes::Bytes,
    call::Call,
    ids::RoomId,
    rest::{Mail, MailBody, MailDrop, SendMail},
};

use super::{ALICE, BOB, CAROL};
use crate::sim::{person::Who, world::World};

const KEPT: [HistoryChoice; 2] = [HistoryChoice::SinceJoin, HistoryChoice::Shared];

impl World {
    /// A further device of Alice comes, whoever of the others is there.
    fn comes(&mut self, seed: u64) -> Who {
        let laptop = self.logs_in_further(seed);
        self.run(60_000);
        laptop
    }

    pub(super) fn tombstones(&self, who: Who, room: RoomId) -> u64 {
        let view = self.person(who).engine().room(room);
        view.expect("a room").tombstones
    }

    fn answers(&self) -> usize {
        let mails = self.server.history_mails.iter();
        mails
            .filter(|mail| matches!(mail.body, MailBody::HistoryKeys { .. }))
            .count()
    }

    fn last_request(&self) -> Bytes {
        let request = |mail: &Mail| match &mail.body {
            MailBody::HistoryRequest { sealed } => Some(sealed.clone()),
            _ => None,
        };
        let mails = self.server.history_mails.iter().rev();
        mails.filter_map(request).next().expect("a request")
    }

    /// Mail about history, as the session of somebody posts it.
    fn mails(&mut self, from: Who, to: Who, room: RoomId, body: MailBody) {
        let view = self.person(to).engine().account().expect("an account");
        let mail = MailDrop {
            account_id: view.account,
            device_id: view.device,
            body,
        };
        let send = SendMail {
            room_id: Some(room),
            mails: vec![mail],
        };
        self.ask_server(from, Call::SendMail(send));
        self.run(30_000);
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

/// A laptop of Alice that Carol let in, and who has since gone.
fn let_in(history: HistoryChoice) -> (World, RoomId, Who) {
    let (mut world, room) = unwritten(history);
    let laptop = world.comes(99);
    world.link_up(CAROL);
    world.run(60_000);
    world.offline(CAROL);
    assert_eq!(world.stage(laptop, room), Some(RoomStage::Joined));
    (world, room, laptop)
}

#[test]
fn a_further_device_gets_from_its_sibling_what_the_vault_lacks() {
    for history in KEPT {
        let (mut world, room, laptop) = let_in(history);
        world.link_up(ALICE);
        world.run(120_000);
        let what = world.trace.tail(200);
        assert_eq!(world.reads(laptop, room), ALL, "{history:?} {what}");
        assert_eq!(world.tombstones(laptop, room), 0);
        world.rest();
    }
}

#[test]
fn a_member_gives_what_it_was_there_for_itself_and_no_more() {
    let (mut world, room, laptop) = let_in(HistoryChoice::SinceJoin);
    // Carol has the first and the last of them. The first is one of a former stay of hers.
    assert_eq!(world.reads(laptop, room), [ALL[0], ALL[3]]);
    // And what Carol sent when she accepted for the first time.
    assert_eq!(world.tombstones(laptop, room), 3);
    // It waits for others, and keeps nobody waiting.
    assert!(world.person(laptop).engine().pending().is_idle());
    world.link_up(BOB);
    world.run(120_000);
    assert_eq!(world.reads(laptop, room), ALL);
    assert_eq!(world.tombstones(laptop, room), 0);
    world.rest();
}

#[test]
fn keys_that_come_are_the_accounts_from_then_on() {
    let (mut world, room, laptop) = let_in(HistoryChoice::SinceJoin);
    world.link_up(BOB);
    world.run(120_000);
    assert_eq!(world.reads(laptop, room), ALL);
    for who in [laptop, BOB] {
        world.offline(who);
    }
    let before = world.answers();
    let tablet = world.comes(98);
    world.run(60_000);
    assert_eq!(world.reads(tablet, room), ALL);
    assert_eq!(world.answers(), before);
}

#[test]
fn a_wrong_answer_leaves_the_place_for_a_right_one() {
    let (mut world, room, laptop) = let_in(HistoryChoice::SinceJoin);
    let request = world.last_request();
    let bob = world.people[BOB.0].engine.as_ref().expect("alive");
    let forged = bob.forge_history(room, request.as_slice(), &mut rand_of(5));
    let sealed = Bytes(forged.expect("an answer"));
    world.mails(BOB, laptop, room, MailBody::HistoryKeys { sealed });
    // And what Carol sent when she accepted for the first time.
    assert_eq!(world.tombstones(laptop, room), 3);
    world.link_up(ALICE);
    world.run(120_000);
    assert_eq!(world.reads(laptop, room), ALL);
    assert_eq!(world.tombstones(laptop, room), 0);
    world.rest();
}

#[test]
fn a_server_that_asks_gets_nothing() {
    let (mut world, room, laptop) = let_in(HistoryChoice::SinceJoin);
    let request = world.last_request();
    world.link_up(ALICE);
    world.run(120_000);
    assert_eq!(world.tombstones(laptop, room), 0);
    let before = world.answers();
    // The same words with another key to answer to, or with other epochs.
    for at in [100, request.len() - 70] {
        let mut sealed = request.clone();
        sealed.0[at] ^= 1;
        world.mails(laptop, ALICE, room, MailBody::HistoryRequest { sealed });
    }
    let sealed = Bytes(b"give me all".to_vec());
    world.mails(laptop, ALICE, room, MailBody::HistoryRequest { sealed });
    assert_eq!(world.answers(), before);
    world.rest();
}

#[test]
fn whoever_was_removed_is_not_answered() {
    let (mut world, room, _) = let_in(HistoryChoice::SinceJoin);
    for who in [BOB, ALICE, CAROL] {
        world.link_up(who);
    }
    world.run(120_000);
    world.rest();
    let asked = world.people[BOB.0].engine.as_ref().expect("alive");
    let request = asked.forge_request(room, &mut rand_of(6)).expect("in");
    let before = world.answers();
    let sealed = Bytes(request.clone());
    world.mails(BOB, CAROL, room, MailBody::HistoryRequest { sealed });
    assert_eq!(world.answers(), before + 1, "a member is answered");
    let removal = world.remove(room, BOB);
    world.does(ALICE, removal);
    // The server lets the mail through all the same.
    let sealed = Bytes(request);
    world.mails(ALICE, CAROL, room, MailBody::HistoryRequest { sealed });
    assert_eq!(world.answers(), before + 1);
    world.rest();
}

#[test]
fn where_no_history_is_kept_nobody_asks() {
    let (mut world, room, laptop) = let_in(HistoryChoice::None);
    for who in [ALICE, BOB, CAROL] {
        world.link_up(who);
    }
    world.run(120_000);
    assert_eq!(world.reads(laptop, room), Vec::<String>::new());
    assert!(world.server.history_mails.is_empty());
    world.rest();
}

/// A laptop of Alice that came in by itself while nobody was there.
fn came_in() -> (World, RoomId, Who) {
    let mut world = World::people(3);
    let room = world.room_of(HistoryChoice::SinceJoin, &[BOB]);
    world.say(BOB, room, ALL[0]);
    world.rest();
    world.server.refuses_vault = true;
    let carol = world.invite(room, CAROL);
    world.command(BOB, carol);
    world.run(10_000);
    world.say_now(BOB, room, ALL[1]);
    for who in [ALICE, BOB, CAROL] {
        world.offline(who);
    }
    world.server.refuses_vault = false;
    let laptop = world.comes(99);
    assert_eq!(world.stage(laptop, room), Some(RoomStage::Joined));
    assert_eq!(world.reads(laptop, room), ALL[..1]);
    assert_eq!(world.tombstones(laptop, room), 1);
    (world, room, laptop)
}

#[test]
fn who_came_in_by_itself_asks_as_well() {
    let (mut world, room, laptop) = came_in();
    world.link_up(BOB);
    world.run(60_000);
    assert_eq!(world.reads(laptop, room), ALL[..2]);
    assert_eq!(world.tombstones(laptop, room), 0);
    world.rest();
}

/// Runs the way of the keys again and again, with the crash of one person at each step, until a run ends without.
fn asked_with_crashes(who: impl Fn(Who) -> Who) {
    for step in 0.. {
        let (mut world, room, laptop) = came_in();
        let who = who(laptop);
        world.person_mut(who).crash_in = Some(step);
        world.link_up(ALICE);
        world.run(30_000);
        let reached = world.person(who).crash_in.is_none();
        world.rest();
        assert_eq!(world.reads(laptop, room), ALL[..2], "step {step}");
        assert_eq!(world.tombstones(laptop, room), 0, "step {step}");
        if !reached {
            assert!(step > 5, "the story has more steps than that");
            return;
        }
    }
}

#[test]
fn who_asks_for_keys_crashes_at_every_step() {
    asked_with_crashes(|laptop| laptop);
}

#[test]
fn who_gives_keys_crashes_at_every_step() {
    asked_with_crashes(|_| ALICE);
}

fn rand_of(seed: u64) -> rand_chacha::ChaCha20Rng {
    rand_core::SeedableRng::seed_from_u64(seed)
}
