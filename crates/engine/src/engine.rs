//! The engine: one input in, one output out.

use e2ee::ordered::Map;

use e2ee::{contacts::Contacts, suite::Suite};
use protocol::{
    bytes::Bytes,
    error::ErrorCode,
    events::Push,
    ids::{LoginId, RoomId},
    pin::Pin,
    time::Timestamp,
};
use rand_core::CryptoRngCore;

use crate::{
    account::{
        devices::Devices, home::Home, key_packages::KeyPackages, meeting::Meetings,
        recovery::CodeTests, requests::Requests, reseal::Reseal, session::Session, sign_in::SignIn,
        vault::Vault,
    },
    api::{CommandId, Event, Input, Outcome, Output},
    arrival::Arrivals,
    jobs::{Job, Jobs},
    ledger::Ledger,
    mailbox::Mailbox,
    password,
    report::Reports,
    rooms::Room,
    shared::{Leg, SharedRooms},
    turn::Turn,
};

/// What a build or a test chooses.
#[derive(Debug, Clone, Copy)]
pub struct Config {
    /// The cipher suite of KeyPackages and new rooms. Shipped programs use the default.
    pub suite: Suite,
    /// Which passwords a new account may have. Shipped clients use the default.
    pub rule: password::Rule,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            suite: Suite::POST_QUANTUM,
            rule: password::Rule::default(),
        }
    }
}

/// What is known of the connection.
#[derive(Default)]
pub(crate) struct Link {
    /// Pushes come.
    pub(crate) connected: bool,
    /// What the server is has yet to be told in this connection; nothing else is asked before.
    pub(crate) info_wanted: bool,
    /// The list of rooms is to be fetched.
    pub(crate) rooms_wanted: bool,
    /// And once more: what is on its way may be older.
    pub(crate) rooms_again: bool,
    /// The key under which the server signs for reports, as it said.
    pub(crate) report_key: Option<Bytes>,
    /// Pins of the server's TLS keys, as it said; links carry them.
    pub(crate) pins: Vec<Pin>,
}

impl Link {
    /// Everything may have changed on the server.
    pub(crate) const fn resync(&mut self) {
        self.rooms_wanted = true;
    }
}

/// One client: an account, a device and its rooms.
#[derive(Default)]
pub struct Engine {
    pub(crate) config: Config,
    pub(crate) home: Option<Home>,
    pub(crate) session: Option<Session>,
    /// The token of the last session that ended.
    pub(crate) former_token: Option<String>,
    pub(crate) sign_in: Option<SignIn>,
    pub(crate) logging_out: Vec<CommandId>,
    pub(crate) devices: Devices,
    pub(crate) code_tests: CodeTests,
    pub(crate) reseal: Reseal,
    pub(crate) requests: Requests,
    /// A login that failed for want of a code, where a passkey would do as well.
    pub(crate) waiting_login: Option<LoginId>,
    pub(crate) meetings: Meetings,
    pub(crate) key_packages: KeyPackages,
    pub(crate) contacts: Contacts,
    pub(crate) vault: Vault,
    pub(crate) mailbox: Mailbox,
    pub(crate) rooms: Map<RoomId, Room>,
    /// Rooms of basic encryption.
    pub(crate) shared: SharedRooms,
    pub(crate) arrivals: Arrivals,
    pub(crate) reports: Reports,
    pub(crate) jobs: Jobs,
    pub(crate) ledger: Ledger,
    pub(crate) link: Link,
    pub(crate) syncing: Vec<CommandId>,
    pub(crate) upgrade_required: bool,
}

impl Engine {
    /// A client in an empty home.
    pub fn new(config: Config) -> Self {
        Self {
            config,
            ..Self::default()
        }
    }

    /// Takes one input. The caller makes [`Output::batch`] durable before it sends or shows anything, and drops
    /// the engine if it cannot.
    pub fn handle(&mut self, input: Input, now: Timestamp, rng: &mut dyn CryptoRngCore) -> Output {
        let mut turn = Turn::new(now, rng);
        match input {
            Input::Command(id, command) => self.command(id, command, &mut turn),
            Input::Answer(id, answer) => {
                if let Some(job) = self.jobs.answered(id) {
                    self.answered(job, answer, &mut turn);
                }
            }
            Input::Push(push) => self.pushed(push, &mut turn),
            Input::Connected => self.connected(),
            Input::Disconnected => self.disconnected(),
            Input::Wake => {}
        }
        self.work(&mut turn);
        self.save_rooms(&mut turn);
        let wake = self.next_wake(now);
        turn.finish(wake)
    }

    fn pushed(&mut self, push: Push, turn: &mut Turn<'_>) {
        match push {
            Push::NewMessage(entry) => {
                self.entry_pushed(&entry, turn);
                self.shared_entry_pushed(&entry, turn);
            }
            Push::Mail(mail) => self.mail_pushed(&mail, turn),
            Push::Ephemeral(ephemeral) => self.ephemeral_pushed(&ephemeral, turn),
            Push::Missed => self.missed(),
            Push::Readmission(asked) => self.readmission_asked(asked.room_id, turn),
            Push::DoorShut(shut) => self.door_shut(shut, turn),
            Push::DevicesChanged => self.devices_changed(),
            Push::RoomOpened(opened) => {
                self.room_opened(opened.room_id);
                self.shared.opened(opened.room_id);
            }
            Push::RoomClosed(closed) => {
                self.room_closed(closed.room_id, turn);
                self.shared.closed(closed.room_id);
            }
            // A socket opened in the middle of a login is refused for want of a device; the login goes on.
            Push::SessionEnded(_) if self.sign_in.is_some() => {}
            // Or for the token that is being replaced; the answer to that tells.
            Push::SessionEnded(why) if why.code == ErrorCode::AccountDeleted => {
                self.account_gone(turn);
            }
            Push::SessionEnded(_) if self.requests.turns_token() => self.requests.session_ended(),
            Push::SessionEnded(_) => self.signed_out(turn),
        }
    }

    fn connected(&mut self) {
        self.link.connected = true;
        self.link.info_wanted = true;
        self.jobs.socket_lost();
        self.jobs.socket_open();
        self.link.resync();
        self.mailbox.wanted = true;
        self.devices.wanted = true;
        self.key_packages.count_wanted = true;
        self.vault.reconnected();
        self.shared.connected();
        for room in self.rooms.values_mut() {
            room.reconnected();
        }
    }

    fn disconnected(&mut self) {
        self.link.connected = false;
        self.jobs.socket_lost();
        self.shared.disconnected();
        for room in self.rooms.values_mut() {
            room.live.subscribed = false;
        }
    }

    /// Pushes were dropped: everything is asked for again.
    fn missed(&mut self) {
        self.mailbox.wanted = true;
        self.devices_changed();
        self.want_rooms();
        // A page that is on its way may be from before.
        for room in self.shared.missed() {
            self.jobs.ask_anew(&Job::Shared(room, Leg::History));
        }
        for room in self.rooms.values_mut() {
            room.live.refetch = true;
        }
    }

    /// Whether calls of a session with a device are answered, as far as is known.
    pub(crate) fn is_online(&self) -> bool {
        let with_device = self
            .session
            .as_ref()
            .is_some_and(|session| session.device.is_some());
        let welcome = !self.link.info_wanted && !self.upgrade_required;
        self.link.connected && with_device && self.sign_in.is_none() && welcome
    }

    /// Starts whatever calls are lacking.
    fn work(&mut self, turn: &mut Turn<'_>) {
        self.version_work(turn);
        self.tell_reseal(turn);
        if self.is_online() {
            self.mailbox_work(turn);
            self.devices_work(turn);
            self.recovery_work(turn);
            self.reseal_work(turn);
            self.account_requests_work(turn);
            self.host_work(turn);
            self.rooms_work(turn);
            self.arrivals_work(turn);
            self.shared_work(turn);
            self.report_work(turn);
            self.key_package_work(turn);
            self.vault_work(turn);
        }
        self.logout_work(turn);
        self.meetings_work(turn);
        if self.is_online() && self.pending().is_idle() {
            for command in std::mem::take(&mut self.syncing) {
                turn.event(Event::Done(command, Ok(Outcome::Done)));
            }
        }
    }

    fn next_wake(&mut self, now: Timestamp) -> Option<Timestamp> {
        if !self.is_online() {
            // The one question that comes before all others may have to be asked again.
            let waits = self.link.connected || self.meetings.is_outside();
            return self.jobs.next(now).filter(|_| waits);
        }
        let timers = self.rooms.values().filter_map(Room::timer);
        timers
            .filter(|at| *at > now)
            .chain(self.jobs.next(now))
            .min()
    }
}
