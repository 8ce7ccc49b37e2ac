//! The world of one seed: people, a server, the packets between them and virtual time.

use std::collections::BTreeMap;

use engine::{
    Config,
    api::{
        Alarm, Command, CommandId, Content, Event, Input, LinkText, Outcome, Output, TimelineChange,
    },
};
use protocol::{
    call::Call,
    ids::{DeviceId, LinkId, RoomId, Seq},
    time::Timestamp,
};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

use super::{
    clock::Clock,
    confinement,
    faults::{Faults, below, chance},
    liar::Liar,
    misdeeds::Misdeeds,
    model_server::ModelServer,
    network::Happening,
    person::{Person, Text, Who},
    recorder::{self, Recorder},
    trace::Trace,
    witness::Witness,
};

/// Of a thousand inputs, so many are followed by a look at what a crash would leave.
const TWINS: u32 = 20;

/// More than happens in any life, and in any hour of one: who knocks where nobody opens goes on for days.
const BUSY_LIFE: u64 = 20_000;
const BUSY_HOUR: u64 = 1_000;

/// Everything there is.
pub(crate) struct World {
    pub(crate) config: Config,
    pub(crate) server: ModelServer,
    pub(crate) people: Vec<Person>,
    pub(crate) rng: ChaCha20Rng,
    pub(crate) faults: Faults,
    /// Stands before the server while it lies.
    pub(crate) liar: Option<Liar>,
    /// Lies told by a server that has stopped.
    pub(crate) lies: usize,
    /// Virtual milliseconds since the beginning.
    pub(crate) now: u64,
    pub(crate) queue: BTreeMap<(u64, u64), Happening>,
    pub(crate) recorder: Recorder,
    pub(crate) witness: Witness,
    pub(crate) trace: Trace,
    pub(crate) connections: u64,
    /// The links that were made, as their makers hand them on.
    pub(crate) links: Vec<(LinkId, LinkText)>,
    /// The server has become too new for everybody.
    pub(crate) may_upgrade: bool,
    /// Somebody has posted what no honest program posts: others may see that it was refused.
    pub(crate) betrayed: bool,
    /// Where the forged commits stand.
    pub(crate) forged: Vec<(RoomId, Seq)>,
    /// What bad members have done beside that.
    pub(crate) misdeeds: Misdeeds,
    /// The first rule that was broken.
    pub(crate) failure: Option<String>,
    order: u64,
    commands: u64,
    /// How much has happened.
    pub(crate) happened: u64,
}

impl World {
    /// A world with these people, at the beginning of time.
    pub(crate) fn new(
        config: Config,
        server: ModelServer,
        people: Vec<Person>,
        seed: u64,
        trace: Trace,
    ) -> Self {
        e2ee::seeded::begin();
        let mut world = Self {
            config,
            server,
            people,
            rng: ChaCha20Rng::seed_from_u64(seed),
            faults: Faults::NONE,
            liar: None,
            lies: 0,
            now: 0,
            queue: BTreeMap::new(),
            recorder: Recorder::default(),
            witness: Witness::default(),
            trace,
            connections: 0,
            links: Vec::new(),
            may_upgrade: false,
            betrayed: false,
            forged: Vec::new(),
            misdeeds: Misdeeds::default(),
            failure: None,
            order: 0,
            commands: 0,
            happened: 0,
        };
        world.server.reseed(seed);
        for who in world.everybody() {
            world.dial(who);
        }
        world
    }

    pub(crate) fn everybody(&self) -> Vec<Who> {
        (0..self.people.len()).map(Who).collect()
    }

    pub(crate) fn person(&self, who: Who) -> &Person {
        &self.people[who.0]
    }

    pub(crate) fn person_mut(&mut self, who: Who) -> &mut Person {
        &mut self.people[who.0]
    }

    /// The server's time.
    pub(crate) fn server_time(&self) -> Timestamp {
        Clock::RIGHT.at(self.now)
    }

    /// Lets something happen after a while.
    pub(crate) fn after(&mut self, wait: u64, happening: Happening) {
        self.at(self.now + wait, happening);
    }

    /// Lets something happen then; things of one moment happen in the order of planning.
    pub(crate) fn at(&mut self, when: u64, happening: Happening) {
        self.order += 1;
        self.queue.insert((when, self.order), happening);
    }

    pub(crate) fn below(&mut self, end: u64) -> u64 {
        below(&mut self.rng, end)
    }

    pub(crate) fn chance(&mut self, in_thousand: u32) -> bool {
        chance(&mut self.rng, in_thousand)
    }

    /// The way of one packet.
    pub(crate) fn delay(&mut self) -> u64 {
        1 + self.below(self.faults.delay)
    }

    /// Notes a broken rule; the first one counts.
    pub(crate) fn broken(&mut self, what: String) {
        self.trace.line(self.now, "", || format!("BROKEN: {what}"));
        self.failure.get_or_insert(what);
    }

    /// Everything that is due within the next `wait` happens.
    pub(crate) fn run(&mut self, wait: u64) {
        let until = self.now + wait;
        while let Some(entry) = self.queue.first_entry() {
            if entry.key().0 > until || self.failure.is_some() {
                break;
            }
            let ((when, _), happening) = entry.remove_entry();
            self.now = when;
            self.count_happening();
            self.happen(happening);
        }
        self.now = until;
    }

    /// Somebody who has no rest keeps everybody busy for as long as time goes on.
    fn count_happening(&mut self) {
        self.happened += 1;
        let hours = self.now / 3_600_000;
        if self.happened > BUSY_LIFE + hours * BUSY_HOUR {
            let happened = self.happened;
            self.broken(format!("{happened} things happened, and there is no end"));
        }
    }

    /// The next thing happens, if there is any.
    pub(crate) fn step(&mut self) -> bool {
        let Some(((when, _), happening)) = self.queue.pop_first() else {
            return false;
        };
        self.now = when;
        self.happen(happening);
        true
    }

    /// Somebody wants something. Whoever is not there wants nothing.
    pub(crate) fn command(&mut self, who: Who, command: Command) -> CommandId {
        let shown = confinement::shown_by(&command).cloned();
        self.person_mut(who).links_shown.extend(shown);
        self.commands += 1;
        let id = CommandId(self.commands);
        self.feed(who, Input::Command(id, command));
        id
    }

    /// One input: store, then send, then show, and perhaps a crash between any two of these.
    pub(crate) fn feed(&mut self, who: Who, input: Input) {
        let now = self.now;
        let crash = self.chance(self.faults.crash);
        let steps = self.below(8) as u32;
        let person = &mut self.people[who.0];
        let Some(engine) = &mut person.engine else {
            return;
        };
        if crash {
            person.crash_in.get_or_insert(steps);
        }
        self.trace.line(now, &person.label, || describe(&input));
        let text = text_of(&input);
        let output = engine.handle(input, person.clock.at(now), &mut person.rng);
        person.inputs += 1;
        self.settle(who, output, text);
        self.tend_socket(who);
        if self.chance(TWINS)
            && let Err(what) = self.people[who.0].twin(self.config)
        {
            self.broken(what);
        }
    }

    fn settle(&mut self, who: Who, output: Output, text: Option<(CommandId, RoomId, String)>) {
        let Output {
            batch,
            calls,
            events,
            wake,
        } = output;
        let person = &mut self.people[who.0];
        if person.crashes_here() {
            if let Some((_, _, text)) = text {
                // Asked for again, it may be there from before.
                person.texts.entry(text).or_insert(Text::Never);
            }
            return self.crash(who);
        }
        person.store.apply(batch);
        if let Some((id, room, text)) = text {
            let refused = events
                .iter()
                .any(|event| matches!(event, Event::Done(done, Err(_)) if *done == id));
            let fate = if refused {
                Text::Never
            } else {
                Text::Durable(room)
            };
            person.texts.insert(text, fate);
        }
        if person.crashes_here() {
            return self.crash(who);
        }
        let token = person.engine().session_token().map(str::to_owned);
        let device = person.engine().account().map(|account| account.device);
        for (id, call) in calls {
            let call = self.spoilt(who, call);
            self.trace.line(self.now, &self.people[who.0].label, || {
                format!("  -> {} {}", id.0, recorder::brief(&call))
            });
            if let Some(device) = device {
                self.overhear(device, &call);
            }
            self.send(who, id, call, token.clone());
            if self.people[who.0].crashes_here() {
                return self.crash(who);
            }
        }
        for event in events {
            self.show(who, event);
            if self.people[who.0].crashes_here() {
                return self.crash(who);
            }
        }
        if let Some(wake) = wake {
            let person = &self.people[who.0];
            let when = person.clock.when(wake, self.now);
            let inputs = person.inputs;
            self.at(when, Happening::Wake { who, inputs });
        }
    }

    /// Looks at what a device hands to the network.
    fn overhear(&mut self, device: DeviceId, call: &Call) {
        let lied_to = self.liar.is_some() || self.lies > 0;
        let heard = match (self.recorder.note(device, call, lied_to), call) {
            (Ok(true), Call::SendMessage(request)) => {
                self.witness.overhear(device, request, &self.people)
            }
            (noted, _) => noted.map(|_| ()),
        };
        if let Err(what) = heard {
            self.broken(what);
        }
    }

    /// The program ends at once; what is durable stays.
    pub(crate) fn crash(&mut self, who: Who) {
        if self.people[who.0].engine.is_none() {
            return;
        }
        self.trace
            .line(self.now, &self.people[who.0].label, || "CRASH".to_owned());
        let person = &mut self.people[who.0];
        person.engine = None;
        person.life += 1;
        person.results.clear();
        person.login = None;
        let socket = person.socket.take();
        if let Some(socket) = socket {
            let wait = self.delay();
            self.after(
                wait,
                Happening::Forgotten {
                    connection: socket.id,
                },
            );
        }
        let wait = 1 + self.below(5_000);
        self.after(wait, Happening::Restart { who });
    }

    /// The program starts again.
    pub(crate) fn restart(&mut self, who: Who) {
        self.trace
            .line(self.now, &self.people[who.0].label, || "RESTART".to_owned());
        let config = self.config;
        if self.people[who.0].engine.is_some() {
            return;
        }
        if let Err(what) = self.people[who.0].restart(config) {
            self.broken(what);
        }
        self.dial(who);
    }

    /// Puts an event on the screen; what stands there as logged must be durable.
    fn show(&mut self, who: Who, event: Event) {
        self.trace.line(self.now, &self.people[who.0].label, || {
            format!("  ** {event:?}")
        });
        let person = &mut self.people[who.0];
        let mut lost = None;
        match event {
            Event::Done(id, result) => {
                if let Ok(Outcome::LinkCreated { link, text }) = &result {
                    self.links.push((*link, text.clone()));
                }
                person.answered += usize::from(result.is_ok());
                person.results.insert(id, result);
            }
            Event::Timeline(room, changes) => {
                let lines = person.screen.entry(room).or_default();
                for change in changes {
                    match change {
                        TimelineChange::Set(item) => {
                            let durable = person.store.item(room, item.key);
                            if matches!(item.key, engine::api::ItemKey::Logged(_))
                                && durable.as_ref() != Some(&item)
                            {
                                lost = Some(format!(
                                    "{} shows what is not durable: {item:?}",
                                    person.name
                                ));
                            }
                            lines.insert(item.key, item);
                        }
                        TimelineChange::Remove(key) => {
                            lines.remove(&key);
                        }
                    }
                }
            }
            Event::Alarm(alarm) => {
                let without_keys = self.server.withholds_account_keys || person.stolen;
                let lied_to = self.liar.is_some() || self.lies > 0;
                let may = match alarm {
                    Alarm::VaultClosed => without_keys || lied_to,
                    Alarm::LogBroken { .. } => lied_to,
                    Alarm::VaultDiffers => lied_to || self.server.has_lied_about_vaults,
                    Alarm::LogsDiffer { account, .. } => self.misdeeds.has_sworn_falsely(account),
                    Alarm::IdentityChanged { .. } => false,
                };
                if !may {
                    lost = Some(format!(
                        "{} is alarmed among honest people: {alarm:?}",
                        person.name
                    ));
                }
                person.alarms.push(alarm);
            }
            Event::NewDevice(device) => person.told.push(device),
            Event::Settled(settled) => person.settled.push(settled),
            Event::UpgradeRequired => {
                person.upgrade_told = true;
                if !self.may_upgrade {
                    lost = Some(format!("{} is told to upgrade", person.name));
                }
            }
            Event::LinkEnded { room, .. } => person.links_ended.push(room),
            Event::RoomsChanged
            | Event::MembersChanged(_)
            | Event::TypedChanged
            | Event::MarksChanged
            | Event::AccountChanged
            | Event::SignedOut => {}
        }
        if let Some(what) = lost {
            self.broken(what);
        }
    }
}

/// The text that an input wants to send.
fn text_of(input: &Input) -> Option<(CommandId, RoomId, String)> {
    match input {
        Input::Command(
            id,
            Command::Send {
                room,
                content: Content::Text(text),
                ..
            },
        ) => Some((*id, *room, text.clone())),
        _ => None,
    }
}

/// An input in few words.
fn describe(input: &Input) -> String {
    match input {
        Input::Answer(id, Ok(reply)) => {
            format!("answer {}: {}", id.0, recorder::brief_reply(reply))
        }
        Input::Answer(id, Err(error)) => format!("answer {}: {error:?}", id.0),
        Input::Push(push) => format!("push: {}", recorder::brief_push(push)),
        other => format!("{other:?}"),
    }
}
