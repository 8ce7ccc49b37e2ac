//! A new device is let in by one that is in, from the client's side.

use engine::api::{CommandId, Failure, Password};

use protocol::limits;

use super::{
    super::{person::Person, store::Store},
    *,
};

impl World {
    /// An empty home of that name, which nobody has logged in from.
    fn new_home(&mut self, name: &str) -> Who {
        let mut home = Person::new(self.config, name, Store::default(), 78);
        home.came_later = true;
        home.label = format!("{name}{}", self.people.len());
        self.people.push(home);
        Who(self.people.len() - 1)
    }

    fn result(&self, who: Who, id: CommandId) -> Option<Result<Outcome, Failure>> {
        self.person(who).results.get(&id).cloned()
    }

    fn ended(&mut self, who: Who, id: CommandId) -> Result<Outcome, Failure> {
        self.run(30_000);
        self.result(who, id).expect("the command ended")
    }

    /// A new device waits; its words, and what its picture says.
    fn waits_outside(&mut self, who: Who) -> (String, String) {
        let id = self.command(who, Command::OpenDeviceLink);
        match self.ended(who, id) {
            Ok(Outcome::DeviceWaits { words, code }) => (words, code),
            other => panic!("{other:?}"),
        }
    }

    fn lets_in(&mut self, who: Who, code: &str) -> CommandId {
        let password = Password::new(self.person(who).password());
        let answer = Command::AnswerDevice {
            code: code.to_owned(),
            password,
            second_factor: None,
        };
        self.command(who, answer)
    }

    /// Both have come to the number, which the new device shows.
    fn number(&mut self, new: Who, old: Who, code: &str) -> String {
        let follows = self.command(new, Command::FollowDeviceLink);
        let answers = self.lets_in(old, code);
        assert_eq!(self.ended(old, answers), Ok(Outcome::NumberWanted));
        match self.ended(new, follows) {
            Ok(Outcome::DeviceAnswered { number, .. }) => number,
            other => panic!("{other:?}"),
        }
    }

    fn confirms(&mut self, old: Who, number: &str) -> Result<Outcome, Failure> {
        let number = number.to_owned();
        let id = self.command(old, Command::ConfirmNumber { number });
        self.ended(old, id)
    }
}

fn code(result: Result<Outcome, Failure>) -> ErrorCode {
    result.unwrap_err().code
}

#[test]
fn a_new_device_is_let_in_and_reads_what_the_account_may() {
    let mut world = World::people(2);
    let room = world.room_of(HistoryChoice::SinceJoin, &[BOB]);
    world.say(ALICE, room, "before");
    world.run(30_000);
    let second = world.new_home("alice");
    let (words, _) = world.waits_outside(second);
    let number = world.number(second, ALICE, &words);
    // What is no number costs nothing.
    assert_eq!(
        code(world.confirms(ALICE, "48 201")),
        ErrorCode::NumberWrong
    );
    let follows = world.command(second, Command::FollowDeviceLink);
    assert_eq!(world.confirms(ALICE, &number), Ok(Outcome::Done));
    let came = world.ended(second, follows);
    assert_eq!(came, Ok(Outcome::LoggedIn { new_device: true }));
    world.say(second, room, "from the second");
    world.run(60_000);
    assert_eq!(world.reads(second, room), ["before", "from the second"]);
    assert_eq!(world.reads(BOB, room), ["before", "from the second"]);
    assert_eq!(world.person(ALICE).engine().new_devices().len(), 1);
}

#[test]
fn another_number_ends_it_on_both_sides() {
    let mut world = World::people(1);
    let second = world.new_home("alice");
    let (words, _) = world.waits_outside(second);
    let number = world.number(second, ALICE, &words);
    let follows = world.command(second, Command::FollowDeviceLink);
    let other = if number.ends_with('0') {
        "111111"
    } else {
        "000000"
    };
    assert_eq!(code(world.confirms(ALICE, other)), ErrorCode::NumberWrong);
    assert_eq!(code(world.ended(second, follows)), ErrorCode::LinkStopped);
    // The right one comes too late.
    assert_eq!(
        code(world.confirms(ALICE, &number)),
        ErrorCode::NoDeviceWaits
    );
    assert!(world.person(second).account().is_none());
}

#[test]
fn words_lead_nowhere_after_ten_minutes() {
    let mut world = World::people(1);
    let second = world.new_home("alice");
    let (words, _) = world.waits_outside(second);
    let follows = world.command(second, Command::FollowDeviceLink);
    world.run(limits::MEETING_MILLIS + 30_000);
    let late = world
        .result(second, follows)
        .expect("it ended by the clock");
    assert_eq!(code(late), ErrorCode::NoDeviceWaits);
    let answers = world.lets_in(ALICE, &words);
    assert_eq!(code(world.ended(ALICE, answers)), ErrorCode::NoDeviceWaits);
}

/// Neither side hangs where the other one's program has ended.
#[test]
fn a_crash_on_either_side_ends_it() {
    let mut world = World::people(1);
    let second = world.new_home("alice");
    let (words, _) = world.waits_outside(second);
    world.number(second, ALICE, &words);
    let follows = world.command(second, Command::FollowDeviceLink);
    world.crash(ALICE);
    world.run(limits::MEETING_MILLIS + 30_000);
    let late = world
        .result(second, follows)
        .expect("it ended by the clock");
    assert_eq!(code(late), ErrorCode::NoDeviceWaits);
    // And begins again, with other words.
    let (again, _) = world.waits_outside(second);
    assert_ne!(again, words);
    let number = world.number(second, ALICE, &again);
    let follows = world.command(second, Command::FollowDeviceLink);
    assert_eq!(world.confirms(ALICE, &number), Ok(Outcome::Done));
    let came = world.ended(second, follows);
    assert_eq!(came, Ok(Outcome::LoggedIn { new_device: true }));
}
