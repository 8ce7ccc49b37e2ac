//! The account's devices: by the server's word, held against their certificates.

use e2ee::certificate::DeviceCertificate;
use protocol::{
    call::Call,
    error::ErrorCode,
    ids::DeviceId,
    rest::{Device, Devices as Listing},
};

use super::{home::Home, new_devices::KnownDevices, revoke::Revocation};
use crate::{
    api::{CommandId, DeviceView, Outcome},
    convert,
    engine::Engine,
    jobs::Job,
    turn::Turn,
};

/// What is asked about devices, and their revocation.
#[derive(Default)]
pub(crate) struct Devices {
    /// Who waits for the list.
    pub(crate) listing: Vec<CommandId>,
    /// There may be a further one.
    pub(crate) wanted: bool,
    /// It may have come after the listing that is on its way was made.
    again: bool,
    /// Those that this device has heard of; none before the first listing.
    pub(crate) known: Option<KnownDevices>,
    pub(crate) revocation: Revocation,
}

impl Devices {
    /// How much is not finished.
    pub(crate) fn pending(&self) -> usize {
        self.listing.len() + usize::from(self.revocation.is_under_way())
    }
}

impl Engine {
    /// The server says that there is a further one.
    pub(crate) fn devices_changed(&mut self) {
        if self.jobs.is_in_flight(&Job::Devices) {
            self.devices.again = true;
        } else {
            self.devices.wanted = true;
        }
    }

    pub(crate) fn list_devices(&mut self, id: CommandId, turn: &mut Turn<'_>) {
        if self.session.is_none() {
            turn.done(id, Err(ErrorCode::NotLoggedIn.into()));
        } else {
            self.devices.listing.push(id);
        }
    }

    pub(crate) fn devices_work(&mut self, turn: &mut Turn<'_>) {
        let wanted = self.devices.wanted || !self.devices.listing.is_empty();
        if wanted && self.jobs.may_start(&Job::Devices, turn.now) {
            self.jobs.start(Job::Devices, Call::Devices, turn);
        }
        self.revocation_work(turn);
    }

    pub(crate) fn devices_listed(&mut self, listing: &Listing, turn: &mut Turn<'_>) {
        let Some(home) = &self.home else { return };
        let views: Vec<DeviceView> = listing
            .devices
            .iter()
            .map(|device| view(home, device))
            .collect();
        let proven = views.iter().filter(|view| view.generation.is_some());
        self.devices.wanted = std::mem::take(&mut self.devices.again);
        let proven: Vec<DeviceId> = proven.map(|view| view.device).collect();
        let first = self.devices.known.is_none();
        self.hear_of_devices(&proven, turn);
        self.hear_of_changes(listing, first, turn);
        for command in std::mem::take(&mut self.devices.listing) {
            turn.done(command, Ok(Outcome::Devices(views.clone())));
        }
    }
}

fn view(home: &Home, device: &Device) -> DeviceView {
    let current = device.device_id == convert::device_out(home.device.id());
    // Of itself a device needs nobody's word.
    let own = current.then(|| home.device.certificate().generation());
    let generation = own.or_else(|| {
        DeviceCertificate::validate(device.certificate.as_slice())
            .ok()
            .filter(|certificate| {
                certificate.account() == home.device.account()
                    && convert::device_out(certificate.device()) == device.device_id
            })
            .map(|certificate| certificate.generation())
    });
    DeviceView {
        device: device.device_id,
        created: device.created,
        last_seen: device.last_seen,
        current,
        generation,
        outdated: generation.is_none_or(|generation| generation < home.generation()),
    }
}
