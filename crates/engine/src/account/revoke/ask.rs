//! What is asked before the request is made: the password's root box, the devices, the whole vault.

use e2ee::{
    account_key::AccountKey,
    key_package::PeerKeyPackage,
    root_box::{Lock, RootBox},
    secret::Secret,
};
use protocol::{
    call::{Call, Reply},
    error::ErrorCode,
    ids::DeviceId,
    rest::{ACCOUNT_KEY, Devices, LoginFinish, LoginFinished, LoginStart, LoginStarted, VaultItem},
};

use super::{fresh::Fresh, read::Read};
use crate::{
    account::{home::Home, vault::ROOT},
    api::{CommandId, Password},
    convert,
    engine::Engine,
    opaque::LoggingIn,
    turn::Turn,
};

/// So often another device may write the vault in between.
const TRIES: u32 = 5;

/// A revocation before its request is made.
pub(super) struct Asking {
    pub(super) command: CommandId,
    pub(super) devices: Vec<DeviceId>,
    password: Password,
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
    Start,
    LoginStart(Box<LoggingIn>),
    LoginFinish(LoginFinish, Secret<64>),
    Devices,
    AccountKey(Vec<PeerKeyPackage>),
    Root(Vec<PeerKeyPackage>, u64),
    Items(Vec<PeerKeyPackage>, Read),
}

impl Asking {
    pub(super) const fn new(
        command: CommandId,
        devices: Vec<DeviceId>,
        password: Password,
    ) -> Self {
        Self {
            command,
            devices,
            password,
            step: Step::Start,
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
        if matches!(self.step, Step::Start) {
            let (state, start) = LoggingIn::start(&self.password, turn.rng)?;
            self.step = Step::LoginStart(Box::new(state));
            return Ok(Call::LoginStart(LoginStart {
                username: home.user.clone(),
                start,
            }));
        }
        Ok(match &self.step {
            Step::LoginFinish(finish, _) => Call::LoginFinish(finish.clone()),
            Step::Devices => Call::Devices,
            Step::AccountKey(_) => Call::VaultItem(ACCOUNT_KEY.to_owned()),
            Step::Root(..) => Call::VaultItem(ROOT.to_owned()),
            Step::Items(_, read) => Call::VaultItem(read.next().ok_or(ErrorCode::BadAnswer)?),
            // Its answer was lost with the connection, and the server keeps no half of a login.
            Step::Start | Step::LoginStart(_) => return Err(ErrorCode::ServerGone),
        })
    }

    fn login_started(
        &self,
        state: LoggingIn,
        started: &LoginStarted,
        home: &Home,
        turn: &mut Turn<'_>,
    ) -> Result<Step, ErrorCode> {
        let opaque = state.finish(&home.user, &self.password, &started.response, turn.rng)?;
        let finish = LoginFinish {
            login_id: started.login_id,
            finish: opaque.message,
            device_id: Some(convert::device_out(home.device.id())),
        };
        Ok(Step::LoginFinish(finish, opaque.export_key))
    }

    fn logged_in(
        &mut self,
        export_key: &Secret<64>,
        finished: &LoginFinished,
        home: &Home,
    ) -> Result<Step, ErrorCode> {
        let sealed = finished.root_box.by_password.as_slice();
        let root_box = RootBox::open(sealed, &Lock::Password(export_key), home.device.account())
            .map_err(|_| ErrorCode::IdentityMismatch)?;
        self.root_box = Some(Box::new(root_box));
        Ok(Step::Devices)
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
            (Step::LoginStart(state), Reply::LoginStarted(started)) => {
                asking.login_started(*state, &started, home, turn)?
            }
            (Step::LoginFinish(_, export_key), Reply::LoginFinished(finished)) => {
                asking.logged_in(&export_key, &finished, home)?
            }
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
