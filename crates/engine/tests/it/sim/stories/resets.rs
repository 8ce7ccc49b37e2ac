//! A reset from a device alone, when password and recovery code are lost: it waits, all are told, and whoever knows what it
//! would replace cancels it (PROTOCOL section 2).

use engine::api::{
    Changed, CodeText, Command, HistoryChoice, Others, Outcome, Password, RoomNotice, Settled,
    Unlock,
};
use protocol::{error::ErrorCode, ids::RoomId, limits::RESET_WAIT_MILLIS, rest::PendingReset};

use super::{ALICE, BOB, accounts::kept_code, credentials::new_password};
use crate::sim::{
    fixture::{Kind, newcomers},
    person::Who,
    trace::Trace,
    world::World,
};

const ASK: Command = Command::AskReset {
    second_factor: None,
};

fn finish() -> Command {
    Command::FinishReset {
        password: Password::new(new_password()),
        second_factor: None,
    }
}

impl World {
    /// Alice and Bob in a room.
    fn of_two() -> (Self, RoomId) {
        let mut world = Self::people(2);
        let room = world.room_of(HistoryChoice::SinceJoin, &[BOB]);
        (world, room)
    }

    /// What the server told a room about resets of Alice's account.
    fn told_of_resets(&self, who: Who, room: RoomId) -> Vec<&'static str> {
        let alice = self.person(ALICE).account().unwrap();
        let notices = self.notices(who, room);
        let words = notices.into_iter().filter_map(|notice| match notice {
            RoomNotice::ResetAsked(account) => Some((account, "asked")),
            RoomNotice::ResetCancelled(account) => Some((account, "cancelled")),
            RoomNotice::ResetDone(account) => Some((account, "done")),
            _ => None,
        });
        words
            .map(|(account, word)| {
                assert_eq!(account, alice);
                word
            })
            .collect()
    }

    fn pending_reset(&mut self, who: Who) -> Option<PendingReset> {
        match self.does(who, Command::Reset) {
            Outcome::Reset(pending) => pending,
            other => panic!("{other:?}"),
        }
    }

    /// Until a reset that was asked for now may be finished; nobody signs in meanwhile.
    fn three_days_pass(&mut self) {
        self.run(RESET_WAIT_MILLIS);
    }

    /// What other devices have done to what opens the account, as a screen shows it.
    fn changes(&self, who: Who) -> Vec<Changed> {
        let changes = self.person(who).engine().changes();
        changes.into_iter().map(|change| change.what).collect()
    }

    fn is_reduced(&self, who: Who) -> bool {
        self.person(who).engine().account().unwrap().reduced
    }

    fn cannot_revoke(&mut self, who: Who, device: Who) {
        let mut revoke = self.revoking(who, &[device]);
        if let Command::RevokeDevices { unlock, .. } = &mut revoke {
            *unlock = Unlock::Password(Password::new(new_password()));
        }
        let end_all = Command::ChangePassword {
            unlock: Unlock::Password(Password::new(new_password())),
            password: Password::new(new_password()),
            others: Others::Revoked,
            second_factor: None,
        };
        for command in [revoke, end_all] {
            let refused = self.outcome(who, command).err();
            assert_eq!(refused, Some(ErrorCode::NoIdentity));
        }
    }
}

#[test]
fn who_has_a_device_alone_gets_a_new_password_after_three_days() {
    let mut world = newcomers(Kind::Classical, 2, 1, Trace::on());
    for who in [ALICE, BOB] {
        world.register(who);
    }
    world.rest();
    let old_code = kept_code(&world, ALICE);
    let room = world.room_of(HistoryChoice::SinceJoin, &[BOB]);
    assert_eq!(world.pending_reset(ALICE), None);
    assert_eq!(
        world.outcome(ALICE, finish()).err(),
        Some(ErrorCode::NoReset)
    );
    world.does(ALICE, ASK);
    let pending = world.pending_reset(ALICE).unwrap();
    assert_eq!(pending.device_id, world.device(ALICE));
    assert_eq!(world.told_of_resets(BOB, room), ["asked"]);
    // Of itself a device tells no news.
    assert!(world.changes(ALICE).is_empty());
    world.run(RESET_WAIT_MILLIS / 2);
    assert_eq!(
        world.outcome(ALICE, finish()).err(),
        Some(ErrorCode::ResetWaits)
    );
    // Asking again begins nothing anew.
    world.does(ALICE, ASK);
    assert_eq!(world.pending_reset(ALICE), Some(pending));
    world.run(RESET_WAIT_MILLIS / 2);
    world.knows_new_password("alice");
    let Outcome::CodeReplaced { recovery_code } = world.does(ALICE, finish()) else {
        panic!("no code");
    };
    world.does(ALICE, Command::CodeKept);
    assert_eq!(world.told_of_resets(BOB, room), ["asked", "done"]);
    world.say(ALICE, room, "it is me");
    world.rest();
    assert_eq!(world.reads(BOB, room), ["it is me"]);
    for (code, opens) in [(old_code, false), (recovery_code.to_string(), true)] {
        let test = Command::TestRecoveryCode {
            code: CodeText::new(code),
        };
        assert_eq!(world.outcome(ALICE, test).is_ok(), opens);
    }
    // A further device comes in by the new password, and knows what the account can do no more.
    let tablet = world.further(99);
    world.say(tablet, room, "and here");
    world.rest();
    assert_eq!(world.reads(BOB, room).len(), 2);
    assert!(world.is_reduced(ALICE) && world.is_reduced(tablet));
    world.cannot_revoke(ALICE, tablet);
    world.cannot_revoke(tablet, ALICE);
    world.crash(ALICE);
    world.rest();
    assert!(world.is_reduced(ALICE) && !world.is_reduced(BOB));
    assert_eq!(world.passwords_that_open(ALICE), [false, true]);
}

/// The phone is in other hands. Whoever has it learns neither password nor code from it.
#[test]
fn a_stolen_phone_takes_nothing_over_while_somebody_logs_in() {
    let (mut world, room) = World::of_two();
    let phone = world.further(99);
    world.is_stolen(phone);
    world.does(phone, ASK);
    assert_eq!(world.told_of_resets(BOB, room), ["asked"]);
    assert_eq!(world.changes(ALICE), [Changed::Reset]);
    world.crash(ALICE);
    world.rest();
    assert_eq!(world.changes(ALICE), [Changed::Reset], "until it was seen");
    let devices = Vec::new();
    world.does(ALICE, Command::AcknowledgeDevices { devices });
    assert!(world.changes(ALICE).is_empty());
    world.run(RESET_WAIT_MILLIS - 3_600_000);

    world.does(ALICE, Command::Logout);
    world.rest();
    assert!(world.signed_in(ALICE), "by the password");
    assert_eq!(world.told_of_resets(BOB, room), ["asked", "cancelled"]);
    world.three_days_pass();
    let refused = world.outcome(phone, finish()).err();
    assert_eq!(refused, Some(ErrorCode::NoReset));
    assert_eq!(world.passwords_that_open(ALICE), [true, false]);
    // And she puts the phone out.
    let revoke = world.revoking(ALICE, &[phone]);
    world.does(ALICE, revoke);
    assert!(!world.signed_in(phone));
}

/// Everything that needs password or code, or the box that they open, and a word from any device of the account.
#[test]
fn a_reset_is_cancelled_in_many_ways() {
    let (mut world, room) = World::of_two();
    let tablet = world.further(99);
    let unlock = Unlock::Password(Password::new(world.person(ALICE).password()));
    let replace = Command::ReplaceCode {
        unlock: unlock.clone(),
        second_factor: None,
    };
    let change = Command::ChangePassword {
        unlock,
        password: Password::new(new_password()),
        others: Others::Stay,
        second_factor: None,
    };
    let mut asked = 0;
    for command in [Command::CancelReset, replace, change] {
        world.does(tablet, ASK);
        asked += 1;
        world.does(ALICE, command);
        assert_eq!(world.pending_reset(tablet), None);
        assert_eq!(world.told_of_resets(BOB, room).len(), 2 * asked);
    }
    world.knows_new_password("alice");
    world.does(tablet, ASK);
    let revoke = world.revoking(ALICE, &[tablet]);
    world.is_stolen(tablet);
    world.does(ALICE, revoke);
    assert_eq!(world.pending_reset(ALICE), None);
    // Another device's reset is neither taken over nor finished by this one.
    let laptop = world.further(98);
    world.does(laptop, ASK);
    world.does(ALICE, ASK);
    assert_eq!(
        world.pending_reset(ALICE).unwrap().device_id,
        world.device(laptop)
    );
    world.three_days_pass();
    let refused = world.outcome(ALICE, finish()).err();
    assert_eq!(refused, Some(ErrorCode::NoReset));
}

/// A server that does not wait gives whoever has the phone no key that the phone did not have: the others go on, and nobody
/// can put them out.
#[test]
fn a_server_that_does_not_wait_gives_a_thief_no_identity() {
    let (mut world, room) = World::of_two();
    let phone = world.further(99);
    world.is_stolen(phone);
    world.server.hastens_resets = true;
    let account = world.person(ALICE).account().unwrap();
    world.does(phone, ASK);
    let id = world.command(phone, finish());
    world.run(60_000);
    let ended = world.person(phone).results.get(&id).cloned();
    assert!(
        matches!(ended, Some(Ok(Outcome::CodeReplaced { .. }))),
        "{ended:?}"
    );
    assert!(!world.server.has_reset(account));
    let thief = world.revoking(phone, &[ALICE]);
    let id = world.command(phone, thief);
    world.run(60_000);
    let refused = world.person(phone).results.get(&id).cloned();
    assert_eq!(refused.unwrap().unwrap_err().code, ErrorCode::NoIdentity);
    assert_eq!(world.told_of_resets(BOB, room), ["asked", "done"]);
    // Alice is signed out, and her words are not hers alone any more: what is left is a new account.
    assert!(!world.signed_in(ALICE));
}

/// One run for each step at which the program may end, until a run ends without.
fn at_every_step(story: impl Fn(&mut World), check: impl Fn(&mut World, RoomId, u32)) {
    for step in 0.. {
        let (mut world, room) = World::of_two();
        world.person_mut(ALICE).answered = 0;
        story(&mut world);
        world.person_mut(ALICE).crash_in = Some(step);
        check(&mut world, room, step);
        if world.person(ALICE).crash_in.is_some() {
            assert!(step > 3, "the story has more steps than that");
            return;
        }
    }
}

/// It waits or it does not, and asking again leads to the one that waits.
#[test]
fn who_asks_for_a_reset_crashes_at_every_step() {
    at_every_step(
        |_| {},
        |world, room, step| {
            world.command(ALICE, ASK);
            world.run(120_000);
            let crashed = world.person(ALICE).crash_in.is_none();
            let left = world.person_mut(ALICE).crash_in.take();
            let before = world.pending_reset(ALICE);
            world.does(ALICE, ASK);
            let after = world.pending_reset(ALICE);
            assert!(after.is_some(), "step {step}");
            assert!(before.is_none() || before == after, "step {step}");
            assert_eq!(world.told_of_resets(BOB, room), ["asked"], "step {step}");
            assert!(crashed || before.is_some());
            world.person_mut(ALICE).crash_in = left;
        },
    );
}

/// Either nothing is reset and it can be finished again, or all of it is, and the code that counts is shown.
#[test]
fn who_finishes_a_reset_crashes_at_every_step() {
    let shown_later = std::cell::Cell::new(0);
    at_every_step(
        |world| {
            world.does(ALICE, ASK);
            world.three_days_pass();
        },
        |world, room, step| {
            world.command(ALICE, finish());
            world.run(120_000);
            let left = world.person_mut(ALICE).crash_in.take();
            assert!(world.signed_in(ALICE), "step {step}");
            let alice = world.person(ALICE);
            let account = alice.account().unwrap();
            let done = world.server.password_changed(account);
            let answered = alice.results.values().find_map(|result| match result {
                Ok(Outcome::CodeReplaced { recovery_code }) => Some(recovery_code.to_string()),
                _ => None,
            });
            let later = alice.engine().unkept_code();
            let later = later.map(|code| code.expose().to_owned());
            assert_eq!(
                done,
                answered.is_some() || later.is_some(),
                "step {step}: a code that nobody knows"
            );
            match alice.settled[..] {
                [] => {}
                [Settled::AccountReset] => assert!(done, "step {step}"),
                [Settled::AccountKept] => assert!(!done, "step {step}"),
                _ => panic!("step {step}: {:?}", alice.settled),
            }
            assert_eq!(world.is_reduced(ALICE), done, "step {step}");
            if answered.is_none() && later.is_some() {
                shown_later.set(shown_later.get() + 1);
            }
            world.knows_new_password("alice");
            let code = match answered.or(later) {
                Some(code) => code,
                None => match world.does(ALICE, finish()) {
                    Outcome::CodeReplaced { recovery_code } => recovery_code.to_string(),
                    other => panic!("{other:?}"),
                },
            };
            let code = CodeText::new(code);
            world.does(ALICE, Command::TestRecoveryCode { code });
            world.does(ALICE, Command::CodeKept);
            world.say(ALICE, room, "afterwards");
            world.rest();
            assert_eq!(world.reads(BOB, room), ["afterwards"], "step {step}");
            assert_eq!(world.told_of_resets(BOB, room), ["asked", "done"]);
            world.person_mut(ALICE).crash_in = left;
        },
    );
    assert!(shown_later.get() > 0, "a crash between request and answer");
}
