//! Whether the server still speaks with this version: asked first in each connection and before each way in (WIRE
//! section 1). Where it does not, everything pauses and says so, and nothing that waits is lost.

use protocol::{
    PROTOCOL_VERSION,
    call::Call,
    error::ErrorCode,
    pin::{MAX_PINS, Pin},
    rest::ServerInfo,
};

use crate::{api::Event, engine::Engine, jobs::Job, turn::Turn};

/// Whether a server of this word takes clients of this version.
pub(crate) const fn is_spoken(info: &ServerInfo) -> bool {
    info.min_protocol <= PROTOCOL_VERSION
}

impl Engine {
    /// Asks, if this connection has not been told yet.
    pub(crate) fn version_work(&mut self, turn: &mut Turn<'_>) {
        let wanted = self.link.connected && self.link.info_wanted && self.sign_in.is_none();
        if wanted && self.jobs.may_start(&Job::ServerInfo, turn.now) {
            self.jobs.start(Job::ServerInfo, Call::ServerInfo, turn);
        }
    }

    pub(crate) fn server_told(&mut self, info: &ServerInfo, turn: &mut Turn<'_>) {
        self.link.info_wanted = false;
        self.link.report_key.clone_from(&info.report_key);
        self.link.pins = info.pins.iter().copied().take(MAX_PINS).collect();
        if is_spoken(info) {
            self.upgrade_required = false;
        } else {
            self.pause_for_upgrade(turn);
        }
    }

    /// Pins of its TLS keys that the server named in this connection; none if it names none, or has not answered yet.
    pub fn server_pins(&self) -> &[Pin] {
        &self.link.pins
    }

    /// This program is too old for the server. Whoever waits for something hears it; what was wished stays.
    pub(crate) fn pause_for_upgrade(&mut self, turn: &mut Turn<'_>) {
        self.upgrade_required = true;
        let waiting = self.rooms.values_mut();
        let waiting = waiting.flat_map(|room| std::mem::take(&mut room.roster.commands));
        let mut commands: Vec<_> = waiting.map(|(_, command)| command).collect();
        commands.append(&mut self.syncing);
        commands.extend(self.reports.end());
        for command in commands {
            turn.done(command, Err(ErrorCode::UpgradeRequired.into()));
        }
        turn.event(Event::UpgradeRequired);
    }
}
