//! Sealed files: what lies beside a room, in a vault, or under a link.

use zeroize::Zeroizing;

use super::Key;
use crate::{
    bundle::Bundle,
    codec::Reader,
    door::{self, Door},
    history_chain,
    ids::{AccountId, GroupId, LinkId, RoomId},
    kdf,
    labels::{KdfLabel, SealLabel},
    seal::{self, Aad},
    secret::Secret,
    vault::RoomItem,
};

/// One sealed file, by what it claims to be.
#[derive(Clone, PartialEq, Eq)]
pub enum File {
    /// A door; its epoch stands in front.
    Door(Vec<u8>),
    /// A room state.
    State(Vec<u8>),
    /// Chunks of a roster log, and the rotations under whose keys they may be sealed.
    Roster(Vec<u8>, Vec<u64>),
    /// A link of the history chain, and the epochs of which it may be the link.
    Chain(Vec<u8>, Vec<u64>),
    /// A bundle for the leaves of an epoch.
    Bundle(Vec<u8>, u64),
    /// A grant.
    Grant(Vec<u8>, LinkId),
    /// A vault item, by name and version.
    Vault(Vec<u8>, AccountId, String, u64),
}

/// What an opened file gives.
#[derive(Default)]
pub struct Found {
    /// Its keys.
    pub keys: Vec<Key>,
}

/// A secret, tried on files: the keys of each kind that follow from it.
pub struct Tried {
    secret: Secret<32>,
    keys: [Secret<32>; 6],
}

const LABELS: [KdfLabel; 6] = [
    KdfLabel::Door,
    KdfLabel::RoomState,
    KdfLabel::HistoryPrevious,
    KdfLabel::Bundle,
    KdfLabel::Grant,
    KdfLabel::Roster,
];

impl Tried {
    /// Derives what a secret would open files of each kind with.
    #[must_use]
    pub fn new(key: &Key) -> Self {
        let secret = Secret::from_bytes(key);
        let keys = LABELS.map(|label| kdf::derive(&secret, label, &[]));
        Self { secret, keys }
    }

    /// Opens a file of a room, or of an account, if it is sealed under this secret.
    #[must_use]
    pub fn open(&self, file: &File, room: RoomId, group: GroupId) -> Option<Found> {
        let [door_key, state, chain, bundle, grant, roster] = &self.keys;
        let place = |label| {
            let aad = Aad::new(label).number(room.get());
            aad.bytes(group.as_bytes())
        };
        let keys = match file {
            File::Door(bytes) => {
                let epoch = door::epoch_of(bytes).ok()?;
                let aad = place(SealLabel::Door)
                    .number(u64::from(door::VERSION))
                    .number(epoch);
                let plain = opened(door_key, &aad, bytes.get(door::HEADER..)?)?;
                let door = Door::decode(&plain, &self.secret, epoch).ok()?;
                vec![*door.entry_psk.expose()]
            }
            File::State(bytes) => {
                opened(state, &place(SealLabel::RoomState), bytes)?;
                Vec::new()
            }
            File::Roster(bytes, rotations) => {
                // One chunk is enough: a thief who reads one name reads one too many.
                let mut chunks = Reader::new(bytes);
                let chunk = chunks.vec(bytes.len()).ok()?;
                let mut places = rotations
                    .iter()
                    .map(|rotation| place(SealLabel::Roster).number(*rotation));
                places.find_map(|aad| opened(roster, &aad, chunk))?;
                Vec::new()
            }
            File::Chain(bytes, newer) => newer.iter().find_map(|newer| {
                let aad = place(SealLabel::HistoryPrevious).number(*newer);
                let plain = opened(chain, &aad, bytes)?;
                // One that leads forward gives its key all the same.
                let link = history_chain::decode(&plain, u64::MAX).ok()?;
                Some(vec![*link.key.expose()])
            })?,
            File::Bundle(bytes, epoch) => {
                let aad = place(SealLabel::Bundle).number(*epoch);
                let plain = opened(bundle, &aad, bytes)?;
                let bundle = Bundle::decode(&plain, u64::MAX).ok()?;
                let history = bundle.history_key.as_ref().map(|key| *key.expose());
                std::iter::once(*bundle.door_key.expose())
                    .chain(history)
                    .collect()
            }
            File::Grant(bytes, link) => {
                let aad = Aad::new(SealLabel::Grant)
                    .number(room.get())
                    .bytes(link.as_bytes());
                granted(&opened(grant, &aad, bytes)?)?
            }
            File::Vault(bytes, account, name, version) => {
                let key = kdf::derive(&self.secret, KdfLabel::VaultItem, name.as_bytes());
                let aad = Aad::new(SealLabel::VaultItem)
                    .bytes(account.as_bytes())
                    .bytes(name.as_bytes())
                    .number(*version);
                kept(&opened(&key, &aad, bytes)?)
            }
        };
        Some(Found { keys })
    }
}

fn opened(key: &Secret<32>, aad: &Aad, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    seal::open(key, aad, sealed).ok()
}

/// The keys of a grant, whoever signed it.
fn granted(plain: &[u8]) -> Option<Vec<Key>> {
    let mut reader = Reader::new(plain);
    let (_version, _group, _rotation) = (
        reader.u16().ok()?,
        reader.fixed(16).ok()?,
        reader.u64().ok()?,
    );
    let door = reader.array().ok()?;
    let history = reader.vec(32).ok()?.try_into().ok();
    Some(std::iter::once(door).chain(history).collect())
}

/// The keys and link secrets of a room's item; other items hold none that opens anything of a room.
fn kept(plain: &[u8]) -> Vec<Key> {
    let Ok(item) = RoomItem::decode(plain) else {
        return Vec::new();
    };
    let door = item.door_keys.iter().map(|(_, key)| *key.expose());
    let history = item.history_keys.iter().map(|(_, key)| *key.expose());
    let links = item.links.iter().map(|(_, link)| link);
    let links = links.map(|link| *link.secret.as_secret().expose());
    door.chain(history).chain(links).collect()
}
