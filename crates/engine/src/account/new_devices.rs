//! Further devices of the account and changes of what opens it, as news: whoever has the password can make one, so a person is told of each, by the
//! server's listing or by a room's tree, until she has looked. A server that hides a device from the list cannot hide
//! it in a room.

use e2ee::ordered::{Map, Set};

use protocol::{
    error::ErrorCode,
    ids::DeviceId,
    rest::{Changed, Devices},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

use crate::{
    api::{AccountChange, Changed as What, CommandId, Event, NewDevice, Outcome, Space},
    convert,
    engine::Engine,
    records,
    turn::Turn,
};

/// The row of the devices that this one knows.
pub(crate) const ROW: &[u8] = b"known-devices";

/// The account's other devices, as far as this one has heard of them.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct KnownDevices {
    /// They were there before this one, or somebody has looked at them.
    seen: Set<DeviceId>,
    /// Nobody has looked at them yet; when this device heard of each.
    new: Map<DeviceId, Timestamp>,
    #[serde(default)]
    password: Watch,
    #[serde(default)]
    code: Watch,
    /// A reset of both that was asked for.
    #[serde(default)]
    reset: Watch,
}

/// Whether something that opens the account was changed by another device.
#[derive(Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Watch {
    /// The last change that this device made or that somebody has looked at.
    seen: Option<Timestamp>,
    /// A later one.
    new: Option<(Timestamp, DeviceId)>,
}

impl Watch {
    fn hear(&mut self, changed: Option<&Changed>, own: DeviceId, first: bool) -> bool {
        let Some(changed) = changed.filter(|changed| Some(changed.at) != self.seen) else {
            return false;
        };
        if first || changed.device_id == own {
            *self = Self {
                seen: Some(changed.at),
                new: None,
            };
            return false;
        }
        let news = Some((changed.at, changed.device_id));
        std::mem::replace(&mut self.new, news) != news
    }

    fn look(&mut self) {
        if let Some((at, _)) = self.new.take() {
            self.seen = Some(at);
        }
    }
}

impl KnownDevices {
    fn hear(&mut self, device: DeviceId, now: Timestamp) -> bool {
        let news = !self.seen.contains(&device) && !self.new.contains_key(&device);
        if news {
            self.new.insert(device, now);
        }
        news
    }
}

impl Engine {
    /// Devices of the account that came after this one and that nobody has looked at.
    pub fn new_devices(&self) -> Vec<NewDevice> {
        let (Some(known), Some(home)) = (&self.devices.known, &self.home) else {
            return Vec::new();
        };
        known
            .new
            .iter()
            .filter(|(device, _)| !home.revoked.contains(device))
            .map(|(device, since)| NewDevice {
                device: *device,
                since: *since,
            })
            .collect()
    }

    /// What other devices have changed of what opens the account, and nobody has looked at.
    pub fn changes(&self) -> Vec<AccountChange> {
        let Some(known) = &self.devices.known else {
            return Vec::new();
        };
        let watched = [
            (What::Password, &known.password),
            (What::Code, &known.code),
            (What::Reset, &known.reset),
        ];
        let changes = watched.into_iter().filter_map(|(what, watch)| {
            let (at, device) = watch.new?;
            Some(AccountChange { what, at, device })
        });
        changes.collect()
    }

    /// When password and code were changed, by the server's word.
    pub(crate) fn hear_of_changes(&mut self, listing: &Devices, first: bool, turn: &mut Turn<'_>) {
        let (Some(home), Some(known)) = (&self.home, &mut self.devices.known) else {
            return;
        };
        let own = convert::device_out(home.device.id());
        let password = listing.password_changed.as_ref();
        let code = listing.recovery_changed.as_ref();
        // One that waits is news also for a device that has just come.
        let reset = listing.reset_asked.as_ref();
        let before = (known.password, known.code, known.reset);
        let news = known.password.hear(password, own, first)
            | known.code.hear(code, own, first)
            | known.reset.hear(reset, own, false);
        if before != (known.password, known.code, known.reset) {
            self.save_known_devices(turn);
        }
        if news {
            turn.event(Event::AccountChanged);
        }
    }

    /// The person has seen which devices there are.
    pub(crate) fn acknowledge_devices(
        &mut self,
        command: CommandId,
        devices: &[DeviceId],
        turn: &mut Turn<'_>,
    ) {
        let Some(known) = &mut self.devices.known else {
            turn.done(command, Err(ErrorCode::NotFound.into()));
            return;
        };
        known.password.look();
        known.code.look();
        known.reset.look();
        for device in devices {
            if known.new.remove(device).is_some() {
                known.seen.insert(*device);
            }
        }
        self.save_known_devices(turn);
        turn.done(command, Ok(Outcome::Done));
    }

    /// A certificate of the own account was seen in a room.
    pub(crate) fn hear_of_device(&mut self, device: DeviceId, turn: &mut Turn<'_>) {
        let own = self.home.as_ref().map(|home| home.device.id());
        if own.map(convert::device_out) == Some(device) {
            return;
        }
        // Before the first listing there is nothing to compare with; what the rooms show then is part of it.
        let Some(known) = &mut self.devices.known else {
            return;
        };
        if known.hear(device, turn.now) {
            self.save_known_devices(turn);
            turn.event(Event::NewDevice(device));
        }
    }

    /// The server's listing, without devices whose certificate is not the account's.
    pub(crate) fn hear_of_devices(&mut self, listed: &[DeviceId], turn: &mut Turn<'_>) {
        if self.devices.known.is_some() {
            for device in listed {
                self.hear_of_device(*device, turn);
            }
            return;
        }
        let Some(home) = &self.home else { return };
        let account = home.device.account();
        let leaves = self.rooms.values().filter_map(|room| room.group.as_ref());
        let leaves = leaves.flat_map(e2ee::group::Group::leaves);
        let inside = leaves
            .filter(|leaf| leaf.account() == account)
            .map(|leaf| convert::device_out(leaf.device()));
        self.devices.known = Some(KnownDevices {
            seen: inside.chain(listed.iter().copied()).collect(),
            ..KnownDevices::default()
        });
        self.save_known_devices(turn);
    }

    fn save_known_devices(&self, turn: &mut Turn<'_>) {
        if let Some(known) = &self.devices.known {
            turn.put(Space::Account, ROW, records::encode(known));
        }
    }
}
