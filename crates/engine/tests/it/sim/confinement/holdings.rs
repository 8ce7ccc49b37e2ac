//! What a coalition brings: all secrets in all rows that a device ever had, or that of a link.

use std::collections::BTreeSet;

use e2ee::{
    closure::{Held, Key as Secret, Node, Seen},
    device::Device,
    ids as lock,
    message::LineKey,
    rows::Row,
};
use engine::api::{Key, Space, Write};
use protocol::ids::{AccountId, LinkId, RoomId};

use super::{keys::Keys, past::each_state};
use crate::sim::{person::Person, store::Store, world::World};

/// The row of the account and this device of it.
const HOME: &[u8] = b"home";
/// The prefix of the rows of links.
pub(super) const LINK: &[u8] = b"link/";
/// The prefix of the rows of arrivals.
const ARRIVAL: &[u8] = b"arrival/";
/// The end of an account key as it is kept: its version stands before.
const ACCOUNT_KEY: usize = 32;

impl World {
    /// All links that were ever made, with their secrets, by what their makers kept.
    pub(super) fn links_made(&self) -> impl Iterator<Item = (RoomId, LinkId, Secret)> {
        let mut links = BTreeSet::new();
        for person in &self.people {
            for (key, value) in puts(&person.store) {
                if let Key::Named(Space::Outbox(room), name) = key
                    && let Some(id) = name.strip_prefix(LINK)
                    && let Some(secret) = field(value, "secret")
                    && let (Ok(id), Ok(secret)) = (id.try_into(), secret.try_into())
                {
                    links.insert((*room, LinkId::from_bytes(id), secret));
                }
            }
        }
        links.into_iter()
    }

    /// Links that somebody was shown, whether they came in by them or not.
    pub(super) fn links_shown(&self, person: &Person) -> BTreeSet<LinkId> {
        let shown = |text| self.links.iter().find(|(_, known)| known == text);
        let links = person.links_shown.iter().filter_map(shown);
        links.map(|(link, _)| *link).collect()
    }
}

/// What somebody's store ever held.
pub(super) fn of_device(world: &World, person: &Person) -> Keys {
    let mut keys = Keys::default();
    each_state(&person.store, |room, context, epoch, _| {
        keys.room(room)
            .epochs
            .insert(context.clone(), epoch.clone());
    });
    for (key, value) in puts(&person.store) {
        take(&mut keys, key, value);
    }
    let shown = world.links_shown(person);
    for (room, link, secret) in world.links_made() {
        if shown.contains(&link) {
            keys.room(room).add(secret);
        }
    }
    keys
}

fn take(keys: &mut Keys, key: &Key, value: &[u8]) {
    match key {
        Key::Named(Space::Account, name) if name.as_slice() == HOME => {
            let account_key = field(value, "account_key");
            let key = account_key.and_then(|key| key.last_chunk::<ACCOUNT_KEY>().copied());
            keys.account.extend(key);
        }
        Key::Named(Space::Account, name) if name.starts_with(ARRIVAL) => {
            arrive(keys, name, value);
        }
        Key::Named(Space::Outbox(room), name) if name.starts_with(LINK) => {
            let secret = field(value, "secret").and_then(|secret| secret.try_into().ok());
            secret.into_iter().for_each(|key| keys.room(*room).add(key));
        }
        Key::Named(Space::KeyPackages, _) => {
            let rows = read(value).map_or_else(Vec::new, |row| rows_in(&row));
            let mut held = Held::default();
            rows.iter().for_each(|(name, row)| held.take(name, row));
            keys.init_pairs.extend(held.init_pairs);
            keys.leaf_pairs.extend(held.pairs);
            keys.key_packages.push(rows);
        }
        Key::Named(Space::Group(room), name) => {
            let mut held = Held::default();
            held.take(name, value);
            keys.room(*room).hold(held);
        }
        Key::Numbered(Space::LineKeys(room), seq) if *seq > 0 => {
            if let Some(line) = LineKey::decode(value) {
                let content = (line.message.hash, *line.message.key.expose());
                keys.room(*room).content.insert(content);
            }
        }
        _ => {}
    }
}

/// The account and the devices that a store was of.
pub(super) fn devices_of(store: &Store) -> (Option<AccountId>, BTreeSet<lock::DeviceId>) {
    let home = |(key, value): (&Key, &[u8])| {
        let home = matches!(key, Key::Named(Space::Account, name) if name.as_slice() == HOME);
        let device = home.then(|| field(value, "device")).flatten()?;
        Device::decode(&device).ok()
    };
    let devices: Vec<Device> = puts(store).filter_map(home).collect();
    let account = devices.last().map(Device::account);
    (
        account.map(|account| AccountId::from_bytes(*account.as_bytes())),
        devices.iter().map(Device::id).collect(),
    )
}

fn puts(store: &Store) -> impl Iterator<Item = (&Key, &[u8])> {
    let writes = store.past().iter().flat_map(|batch| batch.iter());
    writes.filter_map(|(key, write)| match write {
        Write::Put(value) => Some((key, value.as_slice())),
        Write::Delete => None,
    })
}

/// The group that a device has made by a commit from outside, before the log has shown it.
fn arrive(keys: &mut Keys, name: &[u8], value: &[u8]) {
    let number = name.strip_prefix(ARRIVAL).and_then(|id| id.try_into().ok());
    let room = number.map(u64::from_be_bytes).map(RoomId::new);
    let (Some(Ok(room)), Some(row)) = (room, read(value)) else {
        return;
    };
    let Some(posted) = row.field("posted") else {
        return;
    };
    let (mut held, mut context, mut epoch) = (Held::default(), None, None);
    for (name, value) in rows_in(posted) {
        held.take(&name, &value);
        context = Seen::context(&name, &value).or(context);
        epoch = Seen::epoch(&name, &value).or(epoch);
    }
    let own = keys.room(room);
    own.hold(held);
    own.epochs.extend(context.zip(epoch));
}

/// A row of the engine's: a version byte, then a map.
fn read(row: &[u8]) -> Option<Node> {
    Node::read(row.get(1..)?)
}

fn field(row: &[u8], name: &str) -> Option<Vec<u8>> {
    read(row)?.field(name)?.bytes()
}

/// The rows within a row.
fn rows_in(row: &Node) -> Vec<Row> {
    let rows = row.field("rows").map_or(&[][..], Node::items).iter();
    let row = |row: &Node| match row.items() {
        [name, value] => Some((name.bytes()?, value.bytes()?.into())),
        _ => None,
    };
    rows.filter_map(row).collect()
}
