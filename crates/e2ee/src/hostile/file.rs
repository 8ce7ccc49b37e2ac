//! Files beside the log that no honest program makes: garbage, and what opens and is not so (PROTOCOL section 3).

use rand_core::CryptoRngCore;

use crate::{
    bundle::Bundle,
    device::Device,
    door::Door,
    group::Group,
    history_answer,
    history_chain::{self, Link},
    history_request::SignedRequest,
    keys,
    labels::ExporterLabel,
    leaf::LeafSigner,
    log_head::LogHead,
    policy::History,
    room_state::RoomState,
    roster_log::{self, RosterRecord},
    rows::Slot,
    secret::Secret,
    tree::info,
};

/// One file that is not what it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BadFile {
    /// A door that does not open.
    Door,
    /// A door with another entry key than the epoch's.
    DoorSecret,
    /// A room state that does not open.
    State,
    /// A room state that opens, and whose hash is not in the policy.
    OtherState,
    /// A roster log that does not open.
    Roster,
    /// A roster log in which somebody is missing.
    RosterLost,
    /// A tree snapshot that is none.
    Tree,
    /// A bundle that does not open.
    Bundle,
    /// A bundle with other keys than the room's.
    OtherBundle,
    /// A Welcome that is none.
    Welcome,
    /// A link of the history chain that does not open.
    ChainLink,
    /// A link of the history chain that leads to another key.
    OtherChainLink,
}

impl BadFile {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Door,
        Self::DoorSecret,
        Self::State,
        Self::OtherState,
        Self::Roster,
        Self::RosterLost,
        Self::Tree,
        Self::Bundle,
        Self::OtherBundle,
        Self::Welcome,
        Self::ChainLink,
        Self::OtherChainLink,
    ];
}

/// The bytes of a bad file for the epoch that the staged commit of this device starts; for the current one where none is
/// staged. `None` where the room has no such file.
pub fn bad_file(
    group: &Group,
    device: &Device,
    rule: BadFile,
    rng: &mut impl CryptoRngCore,
) -> Option<Vec<u8>> {
    let mut next = group.twin(group.provider.rows().clone())?;
    next.confirm_own().ok()?;
    let (rotation, door_key) = next.door_key().ok()??;
    let log = LogHead::start(next.room(), next.group_id());
    match rule {
        BadFile::DoorSecret => {
            let signer = LeafSigner(device);
            let door = Door {
                epoch: next.epoch(),
                group_info: info::group_info(&next.mls, &next.provider, &signer).ok()?,
                entry_psk: Secret::random(rng),
                key: door_key,
                log,
                commits_since_tree: 0,
            };
            door.seal(next.scope, rng).ok()
        }
        BadFile::OtherState => {
            let state = RoomState::new("another room", "", rng).ok()?;
            state
                .seal(&door_key, next.room(), next.group_id(), rng)
                .ok()
        }
        BadFile::RosterLost => {
            roster_log::seal_records(&[], &door_key, next.scope, rotation, rng).ok()
        }
        BadFile::OtherBundle => {
            let secret = next
                .scope
                .export(&next.mls, &next.provider, ExporterLabel::Bundle)?;
            let shared = next.policy().history == History::Shared;
            let bundle = Bundle {
                rotation,
                door_key: Secret::random(rng),
                history_key: shared.then(|| Secret::random(rng)),
                log,
            };
            bundle.seal(&secret, next.scope, next.epoch(), rng).ok()
        }
        BadFile::OtherChainLink => {
            let newer = keys::kept(next.provider.rows(), Slot::HistoryKey, rotation).ok()??;
            let older = Link {
                rotation: rotation.checked_sub(1)?,
                key: Secret::random(rng),
            };
            let newer = Link {
                rotation,
                key: newer,
            };
            history_chain::seal(&older, &newer, next.scope, rng).ok()
        }
        _ => Some(b"nonsense".to_vec()),
    }
}

/// A record for the roster log of something that never was: a device in an epoch.
pub fn roster_record(
    group: &Group,
    device: &Device,
    epoch: u64,
    rng: &mut impl CryptoRngCore,
) -> Option<Vec<u8>> {
    let (rotation, key) = group.door_key().ok()??;
    let certificate = Box::new(device.certificate().clone());
    let record = RosterRecord::Seated { epoch, certificate };
    roster_log::seal_records(&[record], &key, group.scope, rotation, rng).ok()
}

/// A request for the history keys of all epochs.
pub fn history_request(
    group: &Group,
    device: &Device,
    rng: &mut impl CryptoRngCore,
) -> Option<Vec<u8>> {
    let mut twin = group.twin(group.provider.rows().clone())?;
    twin.ask_history(vec![0..=group.epoch()], device, rng).ok()
}

/// An answer to somebody's history request, with a key of this device's own making for each epoch that it asks for.
pub fn history_answer(
    group: &Group,
    device: &Device,
    request: &[u8],
    rng: &mut impl CryptoRngCore,
) -> Option<Vec<u8>> {
    let asked = SignedRequest::read(request).ok()?.request;
    let epochs = asked.epochs.iter().cloned().flatten();
    let keys = epochs.map(|epoch| (epoch, Secret::random(rng))).collect();
    history_answer::seal(&keys, &asked, device, group.policy().suite).ok()
}
