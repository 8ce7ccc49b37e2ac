//! What is asked before the request is made: the root box, the devices, the whole vault.

use e2ee::{account_key::AccountKey, key_package::PeerKeyPackage, root_box::RootBox};
use protocol::{
    call::{Call, Reply},
    error::ErrorCode,
    ids::DeviceId,
    rest::{ACCOUNT_KEY, Devices, VaultItem},
};

use super::{fresh::Fresh, read::Read};
use crate::{
    account::{
        home::Home,
        unlock::{Key, Taken, Unlocking},
        vault::ROOT,
    },
    api::CommandId,
    convert,
    engine::Engine,
    turn::Turn,
};

/// So often another device may write the vault in between.
const TRIES: u32 = 5;

/// A revocation before its request is made.
pub(super) struct Asking {
    /// None while it is part of a change of password.
    pub(super) command: Option<CommandId>,
    pub(super) devices: Vec<DeviceId>,
    /// Whether these are all others that there are.
    all: bool,
    /// The password was changed before it: it is not held back any more.
    pub(super) after_password: bool,
    step: Step,
    /// Open until the revocation ends: another device may write the vault meanwhile, and then it is read again.
    root_box: Option<Box<RootBox>>,
    /// The devices that stay, beside this one, as the server listed them last.
    pub(super) remaining: Vec<DeviceId>,
    /// Made once, however often the vault is read.
    pub(super) fresh: Option<Fresh>,
    tries: u32,
}

/// What the next answer is for.
enum Step {
    Unlock(Unlocking),
    Devices,
    AccountKey(Vec<PeerKeyPackage>),
    Root(Vec<PeerKeyPackage>, u64),
    Items(Vec<PeerKeyPackage>, Read),
}

impl Asking {
    /// Without a command it is a part of a change of password, and all other devices go.
    pub(super) const fn new(command: Option<CommandId>, devices: Vec<DeviceId>, key: Key) -> Self {
        Self {
            command,
            devices,
            all: command.is_none(),
            after_password: false,
            step: Step::Unlock(Unlocking::new(key)),
            root_box: None,
            remaining: Vec::new(),
            fresh: None,
            tries: 0,
        }
    }

    pub(super) const fn made_key_packages(&self) -> bool {
        self.fresh.is_some()
    }

    /// Reads devices and vault again; `false` if that was tried often enough.
    pub(super) fn again(&mut self) -> bool {
        self.tries += 1;
        self.step = Step::Devices;
        self.tries < TRIES
    }

    pub(super) fn call(&mut self, home: &Home, turn: &mut Turn<'_>) -> Result<Call, ErrorCode> {
        Ok(match &mut self.step {
            Step::Unlock(unlocking) => unlocking.call(home, turn)?,
            Step::Devices => Call::Devices,
            Step::AccountKey(_) => Call::VaultItem(ACCOUNT_KEY.to_owned()),
            Step::Root(..) => Call::VaultItem(ROOT.to_owned()),
            Step::Items(_, read) => Call::VaultItem(read.next().ok_or(ErrorCode::BadAnswer)?),
        })
    }

    fn listed(
        &mut self,
        listing: &Devices,
        home: &Home,
        suite: e2ee::suite::Suite,
    ) -> Result<Step, ErrorCode> {
        let has = |device: &DeviceId| listing.devices.iter().any(|one| one.device_id == *device);
        if !self.devices.iter().all(has) {
            return Err(ErrorCode::NotFound);
        }
        let own = convert::device_out(home.device.id());
        if self.all {
            let ids = listing.devices.iter().map(|device| device.device_id);
            self.devices = ids.filter(|id| *id != own).collect();
        }
        let ids = listing.devices.iter().map(|device| device.device_id);
        self.remaining = ids
            .filter(|id| *id != own && !self.devices.contains(id))
            .collect();
        let peers = listing.devices.iter().filter_map(|device| {
            let peer = PeerKeyPackage::parse(device.last_resort.as_slice(), suite).ok()?;
            let certificate = peer.certificate();
            let id = convert::device_out(certificate.device());
            // A device of an earlier generation may be one that was revoked and that the server brings back: it gets
            // nothing, as it has not taken what it needed to be told apart.
            let remains = certificate.account() == home.device.account()
                && id == device.device_id
                && id != own
                && certificate.generation() == home.generation()
                && !self.devices.contains(&id)
                && !home.revoked.contains(&id);
            remains.then_some(peer)
        });
        Ok(Step::AccountKey(peers.collect()))
    }

    /// Checks that the server's account key is this device's: with another one the vault is another device's by now.
    fn account_key(
        &self,
        peers: Vec<PeerKeyPackage>,
        item: &VaultItem,
        home: &Home,
    ) -> Result<Step, ErrorCode> {
        let root_box = self.root_box.as_ref().ok_or(ErrorCode::BadAnswer)?;
        let account = home.device.account();
        let key = AccountKey::open(item.sealed.as_slice(), root_box.root(), account)
            .map_err(|_| ErrorCode::IdentityMismatch)?;
        if key.version() != home.account_key.version() {
            return Err(ErrorCode::VersionConflict);
        }
        Ok(Step::Root(peers, item.version))
    }
}

impl Engine {
    /// Takes an answer and goes one step on.
    pub(super) fn asked(&mut self, reply: Reply, turn: &mut Turn<'_>) -> Result<(), ErrorCode> {
        let suite = self.config.suite;
        let seen = self.vault.root().version();
        let Some(home) = &self.home else {
            return Err(ErrorCode::NotLoggedIn);
        };
        let Some(asking) = &mut self.devices.revocation.asking else {
            return Ok(());
        };
        let step = std::mem::replace(&mut asking.step, Step::Devices);
        asking.step = match (step, reply) {
            (Step::Unlock(unlocking), reply) => match unlocking.take(reply, home, turn)? {
                Taken::More(more) => Step::Unlock(more),
                Taken::Open(unlocked) if unlocked.root_box.identity().is_none() => {
                    return Err(ErrorCode::NoIdentity);
                }
                Taken::Open(unlocked) => {
                    asking.root_box = Some(unlocked.root_box);
                    Step::Devices
                }
            },
            (Step::Devices, Reply::Devices(listing)) => asking.listed(&listing, home, suite)?,
            (Step::AccountKey(peers), Reply::VaultItem(item)) => {
                asking.account_key(peers, &item, home)?
            }
            (Step::Root(peers, version), Reply::VaultItem(item)) => {
                Step::Items(peers, Read::begin(version, &item, seen, home)?)
            }
            (Step::Items(peers, mut read), Reply::VaultItem(item)) => {
                if read.take(&item, home) {
                    Step::Items(peers, read)
                } else if asking.again() {
                    Step::Devices
                } else {
                    return Err(ErrorCode::VersionConflict);
                }
            }
            _ => return Err(ErrorCode::BadAnswer),
        };
        if asking.all && matches!(asking.step, Step::AccountKey(_)) && asking.devices.is_empty() {
            // There is no other one: the password alone is changed.
            self.devices.revocation.asking = None;
            return Ok(());
        }
        if matches!(&asking.step, Step::Items(_, read) if read.next().is_none()) {
            return self.make_request(turn);
        }
        Ok(())
    }

    /// Everything is read: makes the keys, writes the request down, and posts it with the next work.
    fn make_request(&mut self, turn: &mut Turn<'_>) -> Result<(), ErrorCode> {
        let Some(asking) = self.devices.revocation.asking.as_mut() else {
            return Ok(());
        };
        let step = std::mem::replace(&mut asking.step, Step::Devices);
        let (Step::Items(peers, read), Some(root_box)) = (step, asking.root_box.take()) else {
            return Err(ErrorCode::BadAnswer);
        };
        let (devices, remaining) = (asking.devices.clone(), asking.remaining.clone());
        let fresh = asking.fresh.take();
        let fresh = match fresh.filter(|fresh| self.home.as_ref().is_some_and(|h| fresh.follows(h)))
        {
            Some(fresh) => fresh,
            None => self.make_fresh(&root_box, &devices, turn)?,
        };
        let suite = self.config.suite;
        let of = (devices.as_slice(), remaining.as_slice());
        let request = fresh.request(of, &peers, &read, root_box.root(), suite, turn);
        let home = fresh.home.row();
        if let Some(asking) = self.devices.revocation.asking.as_mut() {
            asking.root_box = Some(root_box);
            asking.fresh = Some(fresh);
        }
        self.keep_intent(request?, home, turn);
        Ok(())
    }
}
