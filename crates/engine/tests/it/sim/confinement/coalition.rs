//! Who works with the server.

use std::collections::BTreeSet;

use e2ee::ids as lock;
use protocol::ids::{AccountId, DeviceId, LinkId, RoomId};

use super::holdings::devices_of;
use crate::sim::{
    person::{Person, Who},
    world::World,
};

/// The server, and nobody else or one of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coalition {
    /// The server alone, or whoever has its database and its memory.
    Thief,
    /// Somebody who was given a link and never used it.
    Link(RoomId, LinkId),
    /// A device, with every state that it ever was in: of a member, of one who is out, or of one who came later.
    Device(Who),
}

/// Devices and account of whoever has a store.
pub(super) struct Holder {
    pub(super) account: Option<AccountId>,
    pub(super) devices: BTreeSet<lock::DeviceId>,
}

impl Holder {
    pub(super) fn of(person: &Person) -> Self {
        let (account, devices) = devices_of(&person.store);
        Self { account, devices }
    }

    /// The account's other way of naming them.
    pub(super) fn wire_devices(&self) -> Vec<DeviceId> {
        let devices = self.devices.iter();
        devices
            .map(|device| DeviceId::from_bytes(*device.as_bytes()))
            .collect()
    }
}

impl World {
    /// Every coalition that this life has to offer, the thief first.
    pub(crate) fn coalitions(&self) -> Vec<Coalition> {
        let mut all = vec![Coalition::Thief];
        all.extend(
            self.links_made()
                .map(|(room, link, _)| Coalition::Link(room, link)),
        );
        let devices = self.everybody().into_iter();
        let honest = devices.filter(|who| !self.person(*who).insider);
        all.extend(honest.map(Coalition::Device));
        all
    }
}
