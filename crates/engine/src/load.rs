//! An engine from its rows.

use e2ee::ordered::Map;

use e2ee::{counters::CounterSet, group::Group, ids::DeviceId, rows::Row};
use protocol::ids::RoomId;
use zeroize::Zeroizing;

use crate::{
    account::{
        home, home::Home, new_devices, reseal, reseal::Reseal, revoke, revoke::Revocation, session,
        vault, vault::Vault,
    },
    api::{Key, RoomStage, Space},
    arrival::{self, Arrival},
    contacts,
    engine::{Config, Engine},
    history::REQUEST_PREFIX,
    ledger,
    links::{self, LINK_PREFIX},
    mailbox::{self, Mailbox},
    outbox::TYPED_ROW,
    records::{self, RecordError},
    rooms::{COUNTERS_PREFIX, CREATION_ROW, Record, Room, WELCOME_PREFIX, Welcome},
    roster::{COMMIT_ROW, PROPOSAL_ROW, WISH_PREFIX},
    shared,
};

/// How many of a room's last log heads the engine wants at start.
pub const HEADS_LOADED: usize = 1024;

/// Why stored rows make no engine.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// A row cannot be read.
    #[error("{error} ({space:?})")]
    Record {
        /// Where it is.
        space: Space,
        /// Why.
        error: RecordError,
    },
    /// A room's MLS rows make no group.
    #[error("the keys of room {room} cannot be read: {reason}")]
    Group {
        /// The room.
        room: RoomId,
        /// What the lock says.
        reason: String,
    },
    /// Rows of a room are there and its record is not.
    #[error("room {0} has rows but no record")]
    NoRecord(RoomId),
}

/// Rows of one room beside its record.
#[derive(Default)]
struct RoomRows {
    group: Vec<Row>,
    rest: Vec<(Key, Vec<u8>)>,
}

impl Engine {
    /// Loads the rows of the spaces Account, KeyPackages and Rooms, and for each room those of Group, Outbox,
    /// History and the last [`HEADS_LOADED`] of Heads. Rows of Timeline and LineKeys are not wanted
    /// and are ignored.
    ///
    /// # Errors
    /// [`LoadError`] if a row is damaged or missing. Nothing is ever made up in its place.
    pub fn load(
        config: Config,
        rows: impl IntoIterator<Item = (Key, Vec<u8>)>,
    ) -> Result<Self, LoadError> {
        let mut engine = Self::new(config);
        let mut account: Map<Vec<u8>, Vec<u8>> = Map::new();
        let mut rooms: Map<RoomId, RoomRows> = Map::new();
        for (key, value) in rows {
            let space = key.space();
            let at = |error| LoadError::Record { space, error };
            match (space, key) {
                (Space::Account, Key::Named(_, name)) => {
                    account.insert(name, value);
                }
                (Space::KeyPackages, Key::Named(_, reference)) => {
                    engine.key_packages.load(reference, &value).map_err(at)?;
                }
                (Space::Rooms, Key::Numbered(_, number)) => {
                    let id = RoomId::new(number).map_err(|_| at(RecordError::Damaged))?;
                    let record: Record = records::decode(&value).map_err(at)?;
                    engine.rooms.insert(id, Room::loaded(id, record));
                }
                (Space::Group(id), Key::Named(_, name)) => {
                    let rows = rooms.entry(id).or_default();
                    rows.group.push((name, Zeroizing::new(value)));
                }
                (Space::Outbox(id) | Space::History(id) | Space::Heads(id), key) => {
                    rooms.entry(id).or_default().rest.push((key, value));
                }
                (Space::Timeline(_) | Space::LineKeys(_), _) => {}
                _ => return Err(at(RecordError::Damaged)),
            }
        }
        engine
            .load_account(&account)
            .map_err(|error| LoadError::Record {
                space: Space::Account,
                error,
            })?;
        for (id, rows) in rooms {
            engine.load_room(id, rows)?;
        }
        Ok(engine)
    }

    fn load_account(&mut self, rows: &Map<Vec<u8>, Vec<u8>>) -> Result<(), RecordError> {
        let row = |name: &[u8]| rows.get(name).map(Vec::as_slice);
        if let Some(row) = row(session::ROW) {
            self.session = Some(records::decode(row)?);
        }
        if let Some(row) = row(session::FORMER_ROW) {
            let token = String::from_utf8(row.to_vec());
            self.former_token = Some(token.map_err(|_| RecordError::Damaged)?);
        }
        if let Some(row) = row(contacts::ROW) {
            self.contacts = contacts::load(row)?;
        }
        if let Some(row) = row(mailbox::ROW) {
            self.mailbox = Mailbox::load(row)?;
        }
        if let Some(bytes) = row(home::ROW) {
            let home = Home::load(bytes)?;
            self.vault = Vault::load(
                &home,
                row(vault::ROW),
                row(vault::DIRTY_ROW),
                row(vault::MARKS_ROW),
            )?;
            self.home = Some(home);
        }
        if let Some(row) = row(new_devices::ROW) {
            self.devices.known = Some(records::decode(row)?);
        }
        if let Some(row) = row(revoke::ROW) {
            self.devices.revocation = Revocation::load(row)?;
        }
        if let Some(row) = row(reseal::ROW) {
            self.reseal = Reseal::load(row)?;
        }
        for (name, row) in rows.range(arrival::PREFIX.to_vec()..) {
            let Some(room) = arrival::room_of(name) else {
                break;
            };
            self.arrivals.insert(room, Arrival::load(row)?);
        }
        for (name, row) in rows.range(shared::PREFIX.to_vec()..) {
            let Some(name) = name.strip_prefix(shared::PREFIX) else {
                break;
            };
            self.shared.load(name, row)?;
        }
        for (name, row) in rows.range(ledger::PREFIX.to_vec()..) {
            let Some(caller) = name.strip_prefix(ledger::PREFIX) else {
                break;
            };
            self.ledger.load(caller, row)?;
        }
        Ok(())
    }

    fn load_room(&mut self, id: RoomId, rows: RoomRows) -> Result<(), LoadError> {
        let room = self.rooms.get_mut(&id).ok_or(LoadError::NoRecord(id))?;
        if !rows.group.is_empty() {
            room.group_rows = rows.group.iter().map(|(name, _)| name.clone()).collect();
            match Group::load(rows.group) {
                Ok(group) => {
                    room.group = Some(group);
                    room.resume_if_known();
                }
                // A newer program wrote it: the room waits for one that knows it again.
                Err(_) if room.stage() == RoomStage::TooNew => {}
                Err(error) => {
                    let reason = error.to_string();
                    return Err(LoadError::Group { room: id, reason });
                }
            }
        }
        for (key, value) in rows.rest {
            let space = key.space();
            room.load_row(key, &value)
                .map_err(|error| LoadError::Record { space, error })?;
        }
        Ok(())
    }
}

impl Room {
    fn load_row(&mut self, key: Key, value: &[u8]) -> Result<(), RecordError> {
        match key {
            Key::Numbered(Space::Heads(_), seq) => {
                let head = value.try_into().map_err(|_| RecordError::Damaged)?;
                self.heads.insert(seq, head);
            }
            Key::Numbered(Space::Outbox(_), number) => self.outbox.load(number, value)?,
            Key::Named(Space::Outbox(_), name) => self.load_outbox_row(&name, value)?,
            Key::Named(Space::History(_), name) => {
                let device = name
                    .strip_prefix(COUNTERS_PREFIX)
                    .and_then(|id| DeviceId::try_from(id).ok())
                    .ok_or(RecordError::Damaged)?;
                let set = CounterSet::decode(value).map_err(|_| RecordError::Damaged)?;
                self.counters.load(device, set);
            }
            _ => return Err(RecordError::Damaged),
        }
        Ok(())
    }

    fn load_outbox_row(&mut self, name: &[u8], value: &[u8]) -> Result<(), RecordError> {
        if name == TYPED_ROW {
            self.outbox.typed = records::decode(value)?;
        } else if name == COMMIT_ROW {
            self.roster.commit = Some(records::decode(value)?);
        } else if name == PROPOSAL_ROW {
            self.roster.proposal = Some(records::decode(value)?);
        } else if name == CREATION_ROW {
            self.roster.posting = Some(records::decode(value)?);
        } else if let Some(number) = name.strip_prefix(WISH_PREFIX) {
            let number = number.try_into().map_err(|_| RecordError::Damaged)?;
            self.roster.load_wish(u64::from_be_bytes(number), value)?;
        } else if let Some(device) = name.strip_prefix(REQUEST_PREFIX) {
            self.requests.load(device, value.to_vec())?;
        } else if name.starts_with(LINK_PREFIX) {
            let id = links::id_of(name).ok_or(RecordError::Damaged)?;
            self.links.load(id, value)?;
        } else if name.starts_with(WELCOME_PREFIX) {
            let mail: Welcome = records::decode(value)?;
            self.welcomes.insert(mail.id, mail);
        } else {
            return Err(RecordError::Damaged);
        }
        Ok(())
    }
}
