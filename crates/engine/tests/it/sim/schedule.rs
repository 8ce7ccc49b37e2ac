//! A random life: what people do, when, and what goes wrong meanwhile, all from one seed.

use engine::api::{Command, Content, HistoryChoice, Password, RoomStage, RoomView, Unlock};
use protocol::{ids::RoomId, names::UserName, role::Role};
use rand_core::RngCore;

use super::{
    canary::MARKER,
    clock::Clock,
    faults::{Faults, pick},
    fixture::{Kind, residents},
    model_server::Limits,
    person::Who,
    trace::Trace,
    world::World,
};

const HOUR: u64 = 3_600_000;
const DAY: u64 = 24 * HOUR;

/// Among insiders, before so many of a thousand steps somebody breaks a rule.
const BROKEN_RULES: u32 = 120;

/// What a step does, and how often of a hundred.
const ACTIONS: [(u64, Action); 20] = [
    (28, Action::Say),
    (4, Action::Create),
    (10, Action::Invite),
    (4, Action::Link),
    (6, Action::ByLink),
    (1, Action::Unlink),
    (12, Action::Accept),
    (2, Action::Decline),
    (3, Action::Leave),
    (4, Action::Remove),
    (4, Action::Role),
    (3, Action::Edit),
    (4, Action::Cut),
    (4, Action::LinkDown),
    (3, Action::Stall),
    (3, Action::Crash),
    (2, Action::Wait),
    (1, Action::MoveIn),
    (1, Action::LoseStore),
    (1, Action::Revoke),
];

#[derive(Clone, Copy)]
enum Action {
    Say,
    Create,
    Invite,
    Link,
    ByLink,
    Unlink,
    Accept,
    Decline,
    Leave,
    Remove,
    Role,
    Edit,
    Cut,
    LinkDown,
    Stall,
    Crash,
    Wait,
    MoveIn,
    LoseStore,
    Revoke,
}

/// What a life has beside what happens in all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Life {
    /// Nothing: each person has one device, and all are honest.
    Plain,
    /// Further devices are set up; some lose their stores or are revoked.
    Devices,
    /// Members break rules, one at a time and each in its own way; one posts a commit that some or all of the others
    /// cannot follow, and is never seen again.
    Insider,
    /// The server lies.
    Liar,
}

impl Life {
    /// Whether somebody in it lies.
    pub(crate) const fn has_liars(self) -> bool {
        matches!(self, Self::Insider | Self::Liar)
    }
}

/// The world of a seed before anything happens: who is there, with what clocks and weather.
fn begin(kind: Kind, seed: u64, trace: Trace) -> World {
    let mut world = residents(kind, 5, seed, trace);
    let count = 3 + world.below(3) as usize;
    world.people.truncate(count);
    world.queue.clear();
    for who in world.everybody() {
        let clock = draw_clock(&mut world);
        let person = world.person_mut(who);
        person.clock = clock;
        person.socket = None;
        world.dial(who);
    }
    world.server.limits = draw_limits(&mut world);
    world.run(5_000);
    world.faults = Faults::draw(&mut world.rng);
    world
}

/// A third is right; the others are hours to months off and run fast or slow.
fn draw_clock(world: &mut World) -> Clock {
    if world.chance(333) {
        return Clock::RIGHT;
    }
    let reach = if world.chance(500) { DAY } else { 100 * DAY };
    let offset = world.below(2 * reach).cast_signed() - reach.cast_signed();
    let drift = world.below(801).cast_signed() - 400;
    Clock { offset, drift }
}

fn draw_limits(world: &mut World) -> Limits {
    let mut limits = Limits::default();
    if world.chance(500) {
        limits.history_page = 1 + world.below(9) as usize;
        limits.mail_page = 1 + world.below(3) as usize;
    }
    if world.chance(300) {
        limits.push_bytes = 2_500;
    }
    limits
}

/// Lives through a seed and checks what must hold at its end.
///
/// # Errors
/// The rule that was broken.
pub(crate) fn live(kind: Kind, life: Life, seed: u64, trace: Trace) -> (World, Result<(), String>) {
    let mut world = begin(kind, seed, trace);
    let steps = 60 + world.below(120);
    let signs_out = world.chance(80).then(|| world.below(steps));
    if life == Life::Liar {
        world.begins_to_lie(seed);
    }
    let betrays = (life == Life::Insider).then(|| world.below(steps));
    for step in 0..steps {
        let wait = world.pause();
        world.run(wait);
        if world.failure.is_some() {
            break;
        }
        if signs_out == Some(step) {
            world.sign_out_and_in();
        }
        // Whoever it is must be in some room first.
        if betrays.is_some_and(|from| step >= from) && world.forged.is_empty() {
            world.some_device_betrays();
        }
        if life == Life::Insider && world.chance(BROKEN_RULES) {
            world.some_device_breaks_a_rule();
        }
        world.act(step, life);
    }
    let verdict = world.quiesce().and_then(|()| world.check());
    let verdict = verdict.and_then(|()| match life.has_liars() {
        true => Ok(()),
        false => world.check_confinement(false),
    });
    (world, verdict)
}

impl World {
    /// Often nothing, mostly moments, sometimes hours, rarely days.
    fn pause(&mut self) -> u64 {
        match self.below(100) {
            0..30 => 0,
            30..90 => self.below(2_000),
            90..98 => self.below(60_000),
            98 => self.below(5 * HOUR),
            _ => self.below(9 * DAY),
        }
    }

    fn act(&mut self, step: u64, life: Life) {
        self.notice_revoked();
        let mut everybody = self.everybody();
        everybody.retain(|who| !self.person(*who).stolen);
        let Some(who) = pick(&mut self.rng, &everybody).copied() else {
            return;
        };
        let mut dice = self.below(100);
        let action = ACTIONS.iter().find_map(|(weight, action)| {
            if dice < *weight {
                return Some(*action);
            }
            dice -= weight;
            None
        });
        match action {
            Some(Action::MoveIn | Action::LoseStore | Action::Revoke) if life != Life::Devices => {}
            Some(Action::Cut) => self.cut(who),
            Some(Action::LinkDown) => {
                let wait = self.below(120_000);
                self.link_down(who, wait);
            }
            Some(Action::Stall) => {
                let wait = self.below(30_000);
                self.stall(who, wait);
            }
            Some(Action::Crash) => {
                if self.chance(100) {
                    let clock = draw_clock(self);
                    self.person_mut(who).clock = clock;
                }
                self.crash(who);
            }
            Some(Action::Wait) => {
                let wait = self.below(HOUR);
                self.run(wait);
            }
            Some(Action::MoveIn) => self.further_home(who, step),
            Some(Action::LoseStore) => self.loses_store(who),
            Some(action) => {
                if self.person(who).engine.is_some()
                    && let Some(command) = self.choose(who, action, step)
                {
                    self.command(who, command);
                }
            }
            None => {}
        }
    }

    fn choose(&mut self, who: Who, action: Action, step: u64) -> Option<Command> {
        match action {
            Action::Say => {
                let room = self.any_room(who, RoomStage::Joined)?.room;
                let text = format!("{MARKER} {step} from {}", self.person(who).name);
                Some(Command::Send {
                    room,
                    content: Content::Text(text),
                    ticket: None,
                })
            }
            Action::Create => self.choose_create(step),
            Action::Invite => {
                let room = self.any_room(who, RoomStage::Joined)?.room;
                let people = self.everybody();
                let guest = *pick(&mut self.rng, &people)?;
                let user = UserName::parse(&self.person(guest).name).ok()?;
                Some(Command::Invite { room, user })
            }
            Action::Link => {
                let room = self.any_room(who, RoomStage::Joined)?.room;
                Some(Command::CreateLink {
                    spoken: false,
                    room,
                    label: format!("{MARKER} link {step}"),
                    lasts_ms: self.chance(300).then(|| self.below(HOUR)),
                    uses: self.chance(300).then_some(1),
                })
            }
            Action::ByLink => {
                let (_, link) = pick(&mut self.rng, &self.links).cloned()?;
                Some(Command::JoinByLink { link })
            }
            Action::Unlink => {
                let link = pick(&mut self.rng, &self.links).cloned();
                let (link, _) = link?;
                let room = self.any_room(who, RoomStage::Joined)?.room;
                Some(Command::EndLink { room, link })
            }
            Action::Accept => {
                let room = self.any_room(who, RoomStage::Invited)?.room;
                Some(Command::Accept { room })
            }
            Action::Decline => {
                let room = self.any_room(who, RoomStage::Invited)?.room;
                Some(Command::Decline { room })
            }
            Action::Leave => {
                let room = self.any_room(who, RoomStage::Joined)?.room;
                Some(Command::Leave { room })
            }
            Action::Remove => {
                let (room, account) = self.any_other(who)?;
                Some(Command::Remove { room, account })
            }
            Action::Role => {
                let (room, account) = self.any_other(who)?;
                let roles = [Role::Member, Role::Moderator, Role::Admin, Role::Owner];
                let role = *pick(&mut self.rng, &roles)?;
                Some(Command::SetRole {
                    room,
                    account,
                    role,
                })
            }
            Action::Edit => {
                let room = self.any_room(who, RoomStage::Joined)?.room;
                let name = self.chance(600).then(|| format!("{MARKER} name {step}"));
                let topic = self.chance(600).then(|| format!("{MARKER} topic {step}"));
                Some(Command::EditRoom { room, name, topic })
            }
            Action::Revoke => self.choose_revocation(who),
            Action::Cut
            | Action::LinkDown
            | Action::Stall
            | Action::Crash
            | Action::Wait
            | Action::MoveIn
            | Action::LoseStore => None,
        }
    }

    /// Somebody sets up a further device; a few of them for all are enough.
    fn further_home(&mut self, who: Who, step: u64) {
        let further = self.people.iter().filter(|person| person.came_later);
        if further.count() < 4 {
            let name = self.person(who).name.clone();
            let home = self.moves_in(&name, step ^ 0xB0B);
            let clock = draw_clock(self);
            self.person_mut(home).clock = clock;
        }
    }

    /// One of the account's other devices, of which the person has yet another home or none any more.
    fn choose_revocation(&mut self, who: Who) -> Option<Command> {
        let view = self.person(who).engine().account()?;
        let mut devices = self.server.devices_of(view.account);
        devices.retain(|device| *device != view.device);
        let device = *pick(&mut self.rng, &devices)?;
        Some(Command::RevokeDevices {
            devices: vec![device],
            unlock: Unlock::Password(Password::new(self.person(who).password())),
        })
    }

    fn choose_create(&mut self, step: u64) -> Option<Command> {
        let rooms = self.server.rooms().len();
        if rooms >= 3 {
            return None;
        }
        let choices = [
            HistoryChoice::None,
            HistoryChoice::SinceJoin,
            HistoryChoice::Shared,
        ];
        Some(Command::CreateRoom {
            name: format!("{MARKER} room {step}"),
            topic: format!("{MARKER} about {step}"),
            history: *pick(&mut self.rng, &choices)?,
            ticket: None,
        })
    }

    fn any_room(&mut self, who: Who, stage: RoomStage) -> Option<RoomView> {
        let mut rooms = self.person(who).engine().rooms();
        rooms.retain(|room| room.stage == stage);
        pick(&mut self.rng, &rooms).cloned()
    }

    fn any_other(&mut self, who: Who) -> Option<(RoomId, protocol::ids::AccountId)> {
        let room = self.any_room(who, RoomStage::Joined)?.room;
        let mut members = self.person(who).engine().members(room);
        members.retain(|member| !member.own || member.role == Role::Owner);
        let member = pick(&mut self.rng, &members)?;
        Some((room, member.account))
    }

    /// One person logs out, or is logged out by the server, and comes back.
    fn sign_out_and_in(&mut self) {
        let everybody = self.everybody();
        let Some(who) = pick(&mut self.rng, &everybody).copied() else {
            return;
        };
        if self.person(who).engine.is_none() {
            return;
        }
        if self.chance(500) {
            self.command(who, Command::Logout);
        } else if let Some(account) = self.person(who).account() {
            self.server.end_sessions(account);
            self.flush_pushes();
        }
        let wait = self.rng.next_u64() % 20_000;
        self.run(wait);
        if self.person(who).engine.is_some() {
            self.sign_in(who);
        }
    }
}
