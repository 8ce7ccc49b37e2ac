//! People with one device each, and a room that grows.

use anyhow::{Context, Result, anyhow, bail};
use e2ee::{
    device::{Device, Validity},
    group::{Change, Group, Intent, Joining, NewRoom, OwnCommit, StageContext, Verdict},
    identity::Identity,
    ids::RoomId,
    key_package::{OwnKeyPackage, PeerKeyPackage},
    policy::{Access, History, Permissions},
    room_state::RoomState,
    rows::Row,
    signing::SigningKey,
    suite::Suite,
    user_name::UserName,
};
use rand_core::OsRng;

/// A moment in the certificates' validity, in unix milliseconds; nothing here depends on which.
pub(super) const NOW_MS: u64 = 1_800_000_000_000;
pub(super) const SUITE: Suite = Suite::POST_QUANTUM;

/// A device of an account of its own.
pub(super) fn device(name: &str) -> Result<Device> {
    let identity = Identity::generate(&mut OsRng);
    let signing = SigningKey::generate(&identity, 0, &mut OsRng);
    Ok(Device::create(
        UserName::new(name)?,
        &signing,
        Validity::days(NOW_MS, 90),
        &mut OsRng,
    ))
}

/// A room with nobody in it but its owner, and messages wrapped for history.
pub(super) fn room(owner: &Device) -> Result<Group> {
    let new = NewRoom {
        room: RoomId::new(7).map_err(|_| anyhow!("7 is a room id"))?,
        history: History::SinceJoin,
        access: Access::Invitation,
        permissions: Permissions::default(),
        state: RoomState::new("bench", "", &mut OsRng)?,
        suite: SUITE,
    };
    Ok(Group::create(owner, new, NOW_MS, &mut OsRng)?.0)
}

/// What an inviter got from the server, and what the invitee has kept.
pub(super) struct Invitee {
    pub(super) device: Device,
    pub(super) package: OwnKeyPackage,
}

impl Invitee {
    pub(super) fn new(name: &str) -> Result<Self> {
        let device = device(name)?;
        let package = OwnKeyPackage::make(&device, SUITE, 1, &mut OsRng)?
            .pop()
            .context("one was asked for")?;
        Ok(Self { device, package })
    }

    pub(super) fn peer(&self) -> Result<PeerKeyPackage> {
        Ok(PeerKeyPackage::parse(&self.package.bytes, SUITE)?)
    }

    /// Takes the seat that a commit has made.
    pub(super) fn join(&self, commit: &OwnCommit) -> Result<Group> {
        let welcome = commit
            .welcome
            .as_ref()
            .context("the commit adds somebody")?;
        let joining = Joining {
            room: RoomId::new(7).map_err(|_| anyhow!("7 is a room id"))?,
            welcome: &welcome.welcome,
            key_package: self.rows(),
            bundle: Some(&welcome.bundle),
        };
        Ok(Group::join(&self.device, joining, &mut OsRng)?)
    }

    fn rows(&self) -> Vec<Row> {
        self.package.rows.clone()
    }
}

/// Stages a commit of the owner.
pub(super) fn stage(group: &mut Group, device: &Device, intent: &Intent) -> Result<OwnCommit> {
    let context = StageContext {
        now_ms: NOW_MS,
        ..StageContext::start(group.room(), group.group_id())
    };
    Ok(group.stage(device, intent, &context, &mut OsRng)?)
}

/// Takes in somebody else's commit.
pub(super) fn merge(group: &mut Group, commit: &OwnCommit) -> Result<Box<Change>> {
    match group.judge(&commit.commit)? {
        Verdict::Merged(change) => Ok(change),
        other => bail!("an honest commit was not merged: {other:?}"),
    }
}
