//! Stories written by hand, each about one thing that must not go wrong.

mod accounts;
mod bad_members;
mod confinement;
mod crashes;
mod credentials;
mod deletions;
mod device_link;
mod history;
mod key_packages;
mod leaving;
mod left_behind;
mod liars;
mod links;
mod members;
mod messages;
mod new_devices;
mod readmission;
mod refusals;
mod renewals;
mod reopened;
mod repairs;
mod reports;
mod resets;
mod revocations;
mod second_factor;
mod suspects;
mod typed;
mod unread;
mod vaults;

use engine::api::{Command, Content, HistoryChoice, ItemBody, ItemKey, Outcome, RoomStage};
use protocol::{error::ErrorCode, ids::RoomId, names::UserName, role::Role};

use super::{
    canary::MARKER,
    fixture::{Kind, residents},
    network::Happening,
    person::Who,
    trace::Trace,
    world::World,
};

const ALICE: Who = Who(0);
const BOB: Who = Who(1);
const CAROL: Who = Who(2);
const DAVE: Who = Who(3);

/// The language of the stories: what people do, one line each.
impl World {
    pub(super) fn people(count: usize) -> Self {
        let mut world = residents(Kind::Classical, count, 7, Trace::on());
        world.rest();
        world
    }

    /// Lets everything come to rest and checks all rules.
    pub(super) fn rest(&mut self) {
        let verdict = self.quiesce().and_then(|()| self.check());
        if let Err(what) = verdict {
            panic!("{}\n{what}", self.trace.tail(400));
        }
    }

    /// Does something and waits for its end.
    pub(super) fn outcome(&mut self, who: Who, command: Command) -> Result<Outcome, ErrorCode> {
        let id = self.command(who, command);
        self.rest();
        let result = self.person(who).results.get(&id).cloned();
        result
            .expect("the command ended")
            .map_err(|failure| failure.code)
    }

    pub(super) fn does(&mut self, who: Who, command: Command) -> Outcome {
        let text = format!("{command:?}");
        match self.outcome(who, command) {
            Ok(outcome) => outcome,
            Err(code) => panic!("{}\n{text}: {code}", self.trace.tail(100)),
        }
    }

    pub(super) fn room(&mut self, who: Who, history: HistoryChoice) -> RoomId {
        let name = format!("{MARKER} cellar");
        let topic = format!("{MARKER} bring candles");
        match self.does(
            who,
            Command::CreateRoom {
                name,
                topic,
                history,
                ticket: None,
            },
        ) {
            Outcome::RoomCreated(room) => room,
            other => panic!("{other:?}"),
        }
    }

    pub(super) fn name(&self, who: Who) -> UserName {
        UserName::parse(&self.person(who).name).unwrap()
    }

    pub(super) fn invite(&self, room: RoomId, who: Who) -> Command {
        Command::Invite {
            room,
            user: self.name(who),
        }
    }

    pub(super) fn remove(&self, room: RoomId, who: Who) -> Command {
        Command::Remove {
            room,
            account: self.person(who).account().unwrap(),
        }
    }

    pub(super) fn role(&self, room: RoomId, who: Who, role: Role) -> Command {
        Command::SetRole {
            room,
            account: self.person(who).account().unwrap(),
            role,
        }
    }

    /// Alice's room with these in it.
    pub(super) fn room_of(&mut self, history: HistoryChoice, members: &[Who]) -> RoomId {
        let room = self.room(ALICE, history);
        for who in members {
            let invite = self.invite(room, *who);
            self.does(ALICE, invite);
            self.does(*who, Command::Accept { room });
        }
        room
    }

    pub(super) fn say(&mut self, who: Who, room: RoomId, text: &str) {
        let content = Content::Text(format!("{MARKER} {text}"));
        let send = Command::Send {
            room,
            content,
            ticket: None,
        };
        self.command(who, send);
    }

    pub(super) fn stage(&self, who: Who, room: RoomId) -> Option<RoomStage> {
        self.person(who).engine().room(room).map(|view| view.stage)
    }

    /// The texts that somebody reads, without the marker.
    pub(super) fn reads(&self, who: Who, room: RoomId) -> Vec<String> {
        let lines = self.person(who).store.timeline(room);
        let texts = lines.into_values().filter_map(|item| match item.body {
            ItemBody::Text(text) if matches!(item.key, ItemKey::Logged(_)) => Some(text),
            _ => None,
        });
        let bare = |text: String| text.trim_start_matches(MARKER).trim().to_owned();
        texts.map(bare).collect()
    }

    /// The program is killed and started again at once.
    pub(super) fn starts_again(&mut self, who: Who) {
        self.crash(who);
        self.happen(Happening::Restart { who });
    }

    pub(super) fn link_up(&mut self, who: Who) {
        self.happen(Happening::LinkUp { who });
    }

    pub(super) fn offline(&mut self, who: Who) {
        self.link_down(who, 3_600_000);
        self.run(60_000);
    }
}
