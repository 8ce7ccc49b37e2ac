//! A silent member: a copy of some reader's group opens every ciphertext that a device hands to the network, also
//! those that never come to stand in the log. MLS deletes each key after use, so a generation that is used twice
//! does not open the second time, and a counter that is used twice is refused (PROTOCOL section 8, invariant 9).

use std::collections::BTreeMap;

use e2ee::{
    codec::Reader,
    counters::Counters,
    group::{Group, epoch_of},
    ids as lock,
    message::Wire,
    vault::VaultMark,
};
use engine::api::{Key as RowKey, Space};
use protocol::{
    bytes::Bytes,
    events::SendMessage,
    ids::{DeviceId, RoomId},
    log::Key,
};

use super::person::Person;

/// Where a message was sealed: its room, its sender's device, the epoch, and the transcript that tells two epochs of one
/// number apart where a room has fallen apart for a while.
type Place = (RoomId, DeviceId, u64, [u8; 16]);

/// Copies of groups, one for each device and epoch that somebody could be found to read.
#[derive(Default)]
pub(crate) struct Witness {
    groups: BTreeMap<Place, Option<Group>>,
    counters: BTreeMap<(RoomId, DeviceId), Counters>,
    /// Messages opened.
    pub(crate) opened: usize,
    /// Messages of epochs that nobody else had come to when the first was sent.
    pub(crate) unwitnessed: usize,
}

impl Witness {
    /// Opens a ciphertext that was not handed to the network before.
    ///
    /// # Errors
    /// It does not open, or its counter was used before.
    pub(crate) fn overhear(
        &mut self,
        device: DeviceId,
        request: &SendMessage,
        readers: &[Person],
    ) -> Result<(), String> {
        let (Key::Mls(mls), Some(client_id)) = (&request.message.key, request.client_id) else {
            return Err("a message that is not of a sealed room".to_owned());
        };
        let room = request.room_id;
        let epoch = epoch_of(mls.as_slice()).ok_or("a message that is not MLS")?;
        let transcript = transcript_of(mls.as_slice()).ok_or("a message that is not MLS")?;
        let place = (room, device, epoch, transcript);
        let group = self
            .groups
            .entry(place)
            .or_insert_with(|| copy_of_a_reader(place, readers));
        let Some(group) = group else {
            self.unwitnessed += 1;
            return Ok(());
        };
        let bytes = |text: &str| {
            Bytes::from_base64(text)
                .map(Vec::from)
                .map_err(|error| error.to_string())
        };
        let encrypted_content = bytes(&request.message.encrypted_content)?;
        let iv = bytes(&request.message.iv)?;
        let hash = hash(&request.message.message_hash)?;
        let wire = Wire {
            encrypted_content: &encrypted_content,
            iv: &iv.try_into().map_err(|_| "an iv of another length")?,
            message_hash: &hash,
            history_key: request.message.history_key.as_ref().map(Bytes::as_slice),
            client_id: lock::ClientId::from(*client_id.as_bytes()),
            device: lock::DeviceId::from(*device.as_bytes()),
        };
        let counters = self.counters.entry((room, device)).or_default();
        group
            .open(&wire, mls.as_slice(), counters)
            .map_err(|error| {
                format!("what {device} handed out as {client_id} in epoch {epoch}: {error}")
            })?;
        self.opened += 1;
        Ok(())
    }
}

/// The group of somebody else who is in that epoch now.
fn copy_of_a_reader(place: Place, readers: &[Person]) -> Option<Group> {
    let (room, sender, epoch, transcript) = place;
    readers.iter().find_map(|reader| {
        let view = reader.engine.as_ref()?.room(room)?;
        let own = reader.engine.as_ref()?.account()?.device;
        if own == sender || view.epoch != epoch {
            return None;
        }
        let rows = reader
            .store
            .load()
            .into_iter()
            .filter_map(|(key, value)| match key {
                RowKey::Named(Space::Group(of), name) if of == room => Some((name, value.into())),
                _ => None,
            });
        let group = Group::load(rows).ok()?;
        (group.epoch() == epoch && group.transcript16() == transcript).then_some(group)
    })
}

/// From the authenticated data of an MLS PrivateMessage: version, wire format, group id, epoch and content type stand before.
fn transcript_of(mls: &[u8]) -> Option<[u8; 16]> {
    let mut reader = Reader::new(mls);
    reader.fixed(4).ok()?;
    reader.vec(64).ok()?;
    reader.fixed(9).ok()?;
    let shown = reader.vec(16 + VaultMark::SEALED_LEN).ok()?;
    shown.first_chunk().copied()
}

fn hash(hex: &str) -> Result<[u8; 32], String> {
    let digits = hex.as_bytes().chunks(2).map(|pair| {
        let pair = std::str::from_utf8(pair).ok()?;
        u8::from_str_radix(pair, 16).ok()
    });
    let bytes: Option<Vec<u8>> = digits.collect();
    bytes
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or_else(|| format!("{hex:?} is not a hash"))
}
