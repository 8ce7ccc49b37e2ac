//! Sessions and the second factor, from the client's side.

use engine::api::{CodeText, Failure, Others, Password, Unlock};

use protocol::limits;

use super::{
    super::{fixture::newcomers, model_server::code_at, person::Person, store::Store},
    accounts::kept_code,
    credentials::new_password,
    *,
};

/// The seed that an authenticator takes in, read from Base32 (RFC 4648).
fn seed_of(secret: &str) -> Vec<u8> {
    let signs = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let (mut seed, mut waiting, mut bits) = (Vec::new(), 0_u32, 0);
    for byte in secret.bytes() {
        let five = signs.iter().position(|sign| *sign == byte).unwrap() as u32;
        waiting = (waiting << 5 | five) & 0xffff;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            seed.push((waiting >> bits) as u8);
        }
    }
    seed
}

impl World {
    fn secret(&self, who: Who) -> Password {
        Password::new(self.person(who).password())
    }

    /// How a command ends within half a minute.
    fn ends(&mut self, who: Who, command: Command) -> Result<Outcome, Failure> {
        let id = self.command(who, command);
        self.run(30_000);
        let result = self.person(who).results.get(&id).cloned();
        result.expect("the command ended")
    }

    /// A code that nobody has shown yet.
    fn fresh(&mut self, seed: &[u8]) -> CodeText {
        self.run(30_000);
        CodeText::new(code_at(seed, self.server_time()))
    }

    fn enrol(&mut self, who: Who) -> Vec<u8> {
        let password = self.secret(who);
        let Ok(Outcome::Enrolment(made)) = self.ends(who, Command::Enrol { password }) else {
            panic!("no seed");
        };
        seed_of(&made.secret)
    }

    /// Logins of somebody are guarded; the seed, and the backup codes.
    fn guard(&mut self, who: Who) -> (Vec<u8>, Vec<String>) {
        let seed = self.enrol(who);
        let code = self.fresh(&seed);
        let confirmed = self.ends(who, Command::ConfirmEnrolment { code });
        let Ok(Outcome::BackupCodes(codes)) = confirmed else {
            panic!("{confirmed:?}");
        };
        (seed, codes.iter().map(|code| code.to_string()).collect())
    }

    fn logs_in(&mut self, who: Who, code: Option<CodeText>) -> Result<Outcome, Failure> {
        let (user, password) = (self.name(who), self.secret(who));
        let login = Command::Login {
            user,
            password,
            code,
        };
        self.ends(who, login)
    }

    /// An empty home of that name, which nobody has logged in from.
    fn empty_home(&mut self, name: &str) -> Who {
        let mut home = Person::new(self.config, name, Store::default(), 77);
        home.came_later = true;
        home.label = format!("{name}{}", self.people.len());
        self.people.push(home);
        Who(self.people.len() - 1)
    }
}

#[test]
fn a_further_device_comes_in_with_a_code_and_not_without() {
    let mut world = World::people(2);
    let room = world.room_of(HistoryChoice::SinceJoin, &[BOB]);
    let before = world
        .person(ALICE)
        .engine()
        .session_token()
        .map(str::to_owned);
    let (seed, backup) = world.guard(ALICE);
    // The session goes on under another token, and so does everything else.
    let after = world
        .person(ALICE)
        .engine()
        .session_token()
        .map(str::to_owned);
    assert!(after.is_some() && after != before);
    world.say(ALICE, room, "guarded");
    world.run(30_000);
    assert_eq!(world.reads(BOB, room), ["guarded"]);

    let second = world.empty_home("alice");
    let code = |result: Result<Outcome, Failure>| result.unwrap_err().code;
    let asked = world.logs_in(second, None);
    assert_eq!(code(asked), ErrorCode::SecondFactorRequired);
    let wrong = world.logs_in(second, Some(CodeText::new("no code".to_owned())));
    assert_eq!(code(wrong), ErrorCode::CodeWrong);
    // Nothing of the account came with the password alone.
    let person = world.person(second);
    assert!(person.account().is_none() && person.engine().session_token().is_none());
    let fresh = world.fresh(&seed);
    let came = world.logs_in(second, Some(fresh.clone())).unwrap();
    assert_eq!(came, Outcome::LoggedIn { new_device: true });
    world.run(60_000);
    world.say(second, room, "from the second");
    world.run(30_000);
    assert_eq!(world.reads(BOB, room), ["guarded", "from the second"]);

    // A backup code opens a third; the used code none.
    let third = world.empty_home("alice");
    assert_eq!(
        code(world.logs_in(third, Some(fresh))),
        ErrorCode::CodeWrong
    );
    let backup = CodeText::new(backup[0].clone());
    world.logs_in(third, Some(backup)).unwrap();
    // Revoking goes by keys that no server gives, and needs none.
    let revoke = Command::RevokeDevices {
        devices: vec![world.person(third).engine().account().unwrap().device],
        unlock: Unlock::Password(world.secret(ALICE)),
    };
    assert_eq!(world.ends(ALICE, revoke), Ok(Outcome::Done));
    world.person_mut(third).stolen = true;

    let (password, code) = (world.secret(ALICE), world.fresh(&seed));
    let remove = Command::RemoveSecondFactor { password, code };
    assert_eq!(world.ends(ALICE, remove), Ok(Outcome::Done));
    let Ok(Outcome::SecondFactor(has)) = world.ends(ALICE, Command::SecondFactor) else {
        panic!("no answer");
    };
    assert!(has.kinds.is_empty());
    world.rest();
}

#[test]
fn what_opens_the_account_changes_with_a_code() {
    let mut world = newcomers(Kind::Classical, 1, 1, Trace::on());
    world.register(ALICE);
    world.rest();
    let kept = kept_code(&world, ALICE);
    let (seed, backup) = world.guard(ALICE);
    let phone = world.empty_home("alice");
    let fresh = world.fresh(&seed);
    world.logs_in(phone, Some(fresh)).unwrap();
    world.is_stolen(phone);
    let by_code = || Unlock::Code(CodeText::new(kept.clone()));
    let change = |unlock, others, second_factor| Command::ChangePassword {
        unlock,
        password: Password::new(new_password()),
        others,
        second_factor,
    };
    let replace = |unlock, second_factor| Command::ReplaceCode {
        unlock,
        second_factor,
    };
    let wrong = || Some(CodeText::new("no code".to_owned()));
    let by_password = Unlock::Password(world.secret(ALICE));
    for (second_factor, why) in [
        (None, ErrorCode::SecondFactorRequired),
        (wrong(), ErrorCode::CodeWrong),
    ] {
        for command in [
            replace(by_password.clone(), second_factor.clone()),
            change(by_password.clone(), Others::Stay, second_factor.clone()),
            change(by_code(), Others::Revoked, second_factor),
        ] {
            assert_eq!(world.ends(ALICE, command).unwrap_err().code, why);
        }
    }
    // Nothing has changed, and nobody was put out.
    assert!(world.signed_in(phone));
    // Everybody else goes, with one code for all of it.
    let fresh = Some(world.fresh(&seed));
    let revoking = change(by_password, Others::Revoked, fresh);
    assert_eq!(world.ends(ALICE, revoking), Ok(Outcome::Done));
    assert!(!world.signed_in(phone) && world.signed_in(ALICE));
    world.knows_new_password("alice");

    // The recovery code is no way around the second factor; whoever comes in by both changes the password at once.
    let home = world.empty_home("alice");
    let login = |world: &World, second_factor| Command::LoginByCode {
        user: world.name(ALICE),
        code: CodeText::new(kept.clone()),
        second_factor,
    };
    let without = login(&world, None);
    let refused = world.ends(home, without).unwrap_err();
    assert_eq!(refused.code, ErrorCode::SecondFactorRequired);
    assert!(!world.signed_in(home));
    let with = login(&world, Some(CodeText::new(backup[0].clone())));
    let came = Outcome::LoggedIn { new_device: true };
    assert_eq!(world.ends(home, with), Ok(came));
    let again = change(by_code(), Others::Stay, None);
    assert_eq!(world.ends(home, again), Ok(Outcome::Done));
    // After a while it has to be shown again.
    world.run(limits::CODE_STANDS_MILLIS);
    let late = world.ends(home, replace(by_code(), None)).unwrap_err();
    assert_eq!(late.code, ErrorCode::SecondFactorRequired);
    let backup = Some(CodeText::new(backup[1].clone()));
    let replaced = world.ends(home, replace(by_code(), backup));
    assert!(matches!(replaced, Ok(Outcome::CodeReplaced { .. })));
    world.rest();
}

#[test]
fn a_clock_that_is_off_is_named_to_whoever_shows_its_code() {
    let mut world = World::people(1);
    let (seed, _) = world.guard(ALICE);
    let second = world.empty_home("alice");
    let hour = world.server_time().plus(3_600_000);
    let code = CodeText::new(code_at(&seed, hour));
    world.person_mut(second).clock.offset = 3_600_000;
    let failure = world.logs_in(second, Some(code)).unwrap_err();
    assert_eq!(failure.code, ErrorCode::CodeWrong);
    let words = "the clock here is 60 minutes ahead of the server's";
    assert!(failure.sentence.contains(words), "{}", failure.sentence);
}

#[test]
fn whoever_enrols_crashes_at_every_step_and_comes_in_again() {
    for step in 0.. {
        let mut world = World::people(1);
        let seed = world.enrol(ALICE);
        let code = world.fresh(&seed);
        world.person_mut(ALICE).crash_in = Some(step);
        world.command(ALICE, Command::ConfirmEnrolment { code });
        world.run(120_000);
        let reached = world.person(ALICE).crash_in.is_none();
        world.person_mut(ALICE).crash_in = None;
        if world.person(ALICE).engine().session_token().is_none() {
            // The answer was lost, and the former token with it: the authenticator has what a login needs.
            let fresh = world.fresh(&seed);
            let back = world.logs_in(ALICE, Some(fresh)).unwrap();
            assert_eq!(back, Outcome::LoggedIn { new_device: false });
        }
        let Ok(Outcome::Sessions(sessions)) = world.ends(ALICE, Command::Sessions) else {
            panic!("step {step}: no sessions");
        };
        assert_eq!(sessions.iter().filter(|it| it.current).count(), 1);
        if !reached {
            return;
        }
    }
}

#[test]
fn a_session_is_ended_from_another_device() {
    let mut world = World::people(1);
    let second = world.moves_in("alice", 78);
    world.run(60_000);
    let Ok(Outcome::Sessions(listed)) = world.ends(ALICE, Command::Sessions) else {
        panic!("no sessions");
    };
    assert_eq!(listed.len(), 2);
    let device = world.person(second).engine().account().unwrap().device;
    let its = listed.iter().find(|it| it.device_id == Some(device));
    let end = Command::EndSession {
        session: its.unwrap().id,
    };
    assert_eq!(world.ends(ALICE, end.clone()), Ok(Outcome::Done));
    assert!(world.person(second).engine().session_token().is_none());
    assert!(world.person(ALICE).engine().session_token().is_some());
    let gone = world.ends(ALICE, end).unwrap_err();
    assert_eq!(gone.code, ErrorCode::NotFound);
    world.logs_in(second, None).unwrap();
    assert_eq!(
        world.ends(ALICE, Command::EndOtherSessions),
        Ok(Outcome::Done)
    );
    assert!(world.person(second).engine().session_token().is_none());
}
