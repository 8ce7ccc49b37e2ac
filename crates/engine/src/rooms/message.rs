//! Messages of the log.

use e2ee::{
    codec::unhex,
    counters::Counters,
    group::{Group, OpenError, Received},
    message::{LineKey, Opened, Standing, Tombstone, Wire},
    roster_log::Seats,
};
use protocol::{
    ids::DeviceId,
    log::{Entry, Key, Message},
    time::Timestamp,
};

use super::{
    COUNTERS_PREFIX, Room,
    backfill::Former,
    former_epochs::{self, Place},
    take::Flow,
};
use crate::{
    api::{HistoryChoice, ItemBody, Space, TimelineItem, TombstoneCause},
    content, convert,
    engine::Engine,
    timeline::{self, Author},
    turn::Turn,
};

/// A message's strings as bytes.
pub(crate) struct Fields<'a> {
    pub(crate) encrypted_content: Vec<u8>,
    pub(crate) iv: [u8; 12],
    pub(crate) message_hash: [u8; 32],
    mls: &'a [u8],
}

impl<'a> Fields<'a> {
    /// Strict forms: anything else is not what a client of a sealed room wrote.
    pub(crate) fn read(message: &'a Message) -> Result<Self, TombstoneCause> {
        let Key::Mls(mls) = &message.key else {
            return Err(TombstoneCause::WrongKind);
        };
        let base64 = |text: &str| {
            protocol::bytes::Bytes::from_base64(text).map_err(|_| TombstoneCause::Malformed)
        };
        Ok(Self {
            encrypted_content: base64(&message.encrypted_content)?.into(),
            iv: base64(&message.iv)?
                .as_slice()
                .try_into()
                .map_err(|_| TombstoneCause::Malformed)?,
            message_hash: unhex(message.message_hash.as_bytes())
                .ok_or(TombstoneCause::Malformed)?,
            mls: mls.as_slice(),
        })
    }

    fn wire<'b>(&'b self, entry: &Entry, message: &'b Message, device: DeviceId) -> Wire<'b> {
        Wire {
            encrypted_content: &self.encrypted_content,
            iv: &self.iv,
            message_hash: &self.message_hash,
            history_key: message
                .history_key
                .as_ref()
                .map(protocol::bytes::Bytes::as_slice),
            client_id: convert::client(entry.client_id),
            device: convert::device(device),
        }
    }
}

impl Engine {
    pub(super) fn take_message(
        &mut self,
        room: &mut Room,
        entry: &Entry,
        message: &Message,
        turn: &mut Turn<'_>,
    ) -> Flow {
        let (opened, line, mark) = match open(room, entry, message) {
            Ok(received) => (received.opened, received.line, received.mark),
            Err(Some(cause)) => {
                self.note_own_lost(room, entry, turn);
                room.hint_message(entry, message, self.own_account());
                room.show_tombstone(entry, cause, turn);
                return Flow::Next;
            }
            Err(None) => {
                room.poison();
                return Flow::Stop;
            }
        };
        room.save_counters(&opened, turn);
        let account = convert::account_out(opened.payload.account);
        let device = convert::device_out(opened.payload.device);
        room.compare_seen(opened.payload.seen, entry.seq, account, device, turn);
        if Some(account) == self.own_account() && Some(device) != self.own_device() {
            self.vault_mark_heard(&mark, turn);
        }
        room.acted_here(account, self.own_account());
        room.confirm_arrival(opened.payload.seen, account, turn);
        // A leaf that was renewed since says by itself that its device is here.
        let leaf = room
            .group
            .as_ref()
            .and_then(|group| group.leaf(opened.payload.device));
        let silent = leaf.is_some_and(|leaf| leaf.invited);
        if silent && !room.record().accepted.contains(&account) {
            room.change().accepted.insert(account);
            turn.event(crate::api::Event::MembersChanged(room.id));
        }
        room.outbox_logged(entry.client_id, Some(device) == self.own_device(), turn);
        let name = leaf_name(room.group.as_ref(), &opened);
        let item = item(entry, &opened, name);
        room.note_said(entry.seq, &item, Some(account) == self.own_account());
        room.show_message(item, &line, turn);
        Flow::Next
    }

    /// A message from before this device's time, opened by the room's history key. Returns whether it was shown as
    /// missed until now.
    pub(super) fn take_former_message(
        &mut self,
        room: &mut Room,
        entry: &Entry,
        message: &Message,
        former: &Former,
        turn: &mut Turn<'_>,
    ) -> bool {
        let again = entry.seq.0 <= former.shown;
        let placed = room.could_stand(entry, former.place);
        let opened = if placed {
            open_former(room, entry, message)
        } else {
            Err(misplaced(room, entry, message))
        };
        match opened {
            Ok((opened, line)) => {
                room.save_counters(&opened, turn);
                // It may have come into the log while this device was elsewhere.
                let device = convert::device_out(opened.payload.device);
                room.outbox_logged(entry.client_id, Some(device) == self.own_device(), turn);
                let name = leaf_name(room.group.as_ref(), &opened);
                room.show_message(item(entry, &opened, name), &line, turn);
                if again {
                    room.tombstone_opened();
                }
                return again;
            }
            Err(cause) => {
                let lacks = cause == TombstoneCause::DoesNotOpen;
                // It was on its way when this device had to come in anew, and nobody keeps keys of then.
                let own = entry.device.is_some() && entry.device == self.own_device();
                let own = (own && placed && lacks)
                    .then(|| room.own_line(entry, message, self.home.as_ref()));
                self.note_own_lost(room, entry, turn);
                if let Some(line) = own.flatten() {
                    room.show(line, turn);
                    if again {
                        room.tombstone_opened();
                    }
                    return again;
                }
                room.keep_anchor(former);
                if lacks {
                    room.note_lack(message, former);
                }
                // What stands there was taken in before. From when the account was not here there is nothing to read,
                // and nothing to say about it.
                let silent = lacks && room.is_not_the_accounts(message, &former.seats);
                // What was wrapped for nobody opens with no file.
                let wrapped = message.history_key.is_some();
                room.live.strangers |= cause == TombstoneCause::NotAMember;
                if cause == TombstoneCause::NotAMember || (lacks && wrapped && !silent) {
                    room.note_unread(former.before);
                }
                if !(again || silent) {
                    room.show_tombstone(entry, cause, turn);
                }
            }
        }
        false
    }

    pub(crate) fn own_device(&self) -> Option<DeviceId> {
        self.home
            .as_ref()
            .map(|home| convert::device_out(home.device.id()))
    }

    /// An own message whose echo does not open will not come again: its draft goes.
    fn note_own_lost(&self, room: &mut Room, entry: &Entry, turn: &mut Turn<'_>) {
        if entry.device.is_some() && entry.device == self.own_device() {
            room.outbox_logged(entry.client_id, true, turn);
        }
    }
}

fn open(
    room: &mut Room,
    entry: &Entry,
    message: &Message,
) -> Result<Received, Option<TombstoneCause>> {
    let fields = Fields::read(message).map_err(Some)?;
    let device = entry.device.ok_or(Some(TombstoneCause::Malformed))?;
    let wire = fields.wire(entry, message, device);
    let group = room.group.as_mut().ok_or(None)?;
    match group.open(&wire, fields.mls, &mut room.counters) {
        Ok(received) => Ok(received),
        Err(OpenError::Tombstone(tombstone)) => Err(Some(cause(tombstone))),
        Err(OpenError::Rows(_)) => Err(None),
    }
}

fn open_former(
    room: &mut Room,
    entry: &Entry,
    message: &Message,
) -> Result<(Opened, LineKey), TombstoneCause> {
    let group = room.group.as_ref().ok_or(TombstoneCause::BeforeJoin)?;
    let (opened, line) = look_up(group, entry, message, &mut room.counters)?;
    match opened.standing {
        Standing::Member => Ok((opened, line)),
        Standing::NotVerifiablyMember => Err(TombstoneCause::NotAMember),
    }
}

/// Why a message is not shown that stands in another epoch than its own. It takes no counter.
fn misplaced(room: &Room, entry: &Entry, message: &Message) -> TombstoneCause {
    let group = room.group.as_ref().ok_or(TombstoneCause::BeforeJoin);
    let opened = group.and_then(|group| {
        let mut counters = Counters::default();
        look_up(group, entry, message, &mut counters)
    });
    opened.err().unwrap_or(TombstoneCause::WrongEpoch)
}

/// Opens a message with the room's history key.
fn look_up(
    group: &Group,
    entry: &Entry,
    message: &Message,
    counters: &mut Counters,
) -> Result<(Opened, LineKey), TombstoneCause> {
    let fields = Fields::read(message)?;
    let device = entry.device.ok_or(TombstoneCause::Malformed)?;
    let wire = fields.wire(entry, message, device);
    let epoch = former_epochs::of_message(message).ok_or(TombstoneCause::Malformed)?;
    match group.open_history(&wire, epoch, counters) {
        Ok(opened) => Ok(opened),
        Err(OpenError::Tombstone(tombstone)) => Err(cause(tombstone)),
        Err(OpenError::Rows(_)) => Err(TombstoneCause::DoesNotOpen),
    }
}

/// What opens a message that was shown before, if the history key of its time is still here.
pub(crate) fn line_key(group: &Group, entry: &Entry, message: &Message) -> Option<LineKey> {
    let opened = look_up(group, entry, message, &mut Counters::default());
    opened.ok().map(|(_, line)| line)
}

/// The lock's reasons in the words of the screen.
fn cause(tombstone: Tombstone) -> TombstoneCause {
    match tombstone {
        Tombstone::Size | Tombstone::Malformed | Tombstone::Version(_) => TombstoneCause::Malformed,
        Tombstone::NoKey | Tombstone::Cipher | Tombstone::Wrap => TombstoneCause::DoesNotOpen,
        Tombstone::Epoch => TombstoneCause::WrongEpoch,
        Tombstone::Duplicate => TombstoneCause::Replayed,
        Tombstone::UnknownSender => TombstoneCause::NotAMember,
        Tombstone::HashInMls
        | Tombstone::KeysDiffer
        | Tombstone::Hash
        | Tombstone::Room
        | Tombstone::Group
        | Tombstone::ClientId
        | Tombstone::Sender
        | Tombstone::Signature => TombstoneCause::Mismatch,
    }
}

/// The name in the author's certificate, also of one who is no member any more.
fn leaf_name(group: Option<&Group>, opened: &Opened) -> Option<String> {
    let name = group?.name_of(opened.payload.device)?;
    Some(name.as_str().to_owned())
}

fn item(entry: &Entry, opened: &Opened, name: Option<String>) -> TimelineItem {
    let payload = &opened.payload;
    let author = Author {
        account: convert::account_out(payload.account),
        device: convert::device_out(payload.device),
        name,
    };
    let body = content::decode(payload.kind, &payload.content)
        .unwrap_or(ItemBody::Tombstone(TombstoneCause::Malformed));
    TimelineItem {
        time: Timestamp::from_millis(payload.sent_at_ms),
        ..timeline::item(entry, Some(author), body)
    }
}

impl Room {
    /// Whether a message's author could speak in the epoch of its place. Of two that are possible, whoever has a seat in
    /// both could.
    fn could_stand(&self, entry: &Entry, place: Place) -> bool {
        match place {
            Place::Right => true,
            Place::Doubtful(epoch) => entry
                .device
                .zip(self.group.as_ref())
                .is_some_and(|(device, group)| group.was_seated(convert::device(device), epoch)),
            Place::Wrong => false,
        }
    }

    /// Whether a message is from an epoch in which the account had no leaf; where the roster log says nothing of the
    /// account, from one before the first whose history key it has.
    fn is_not_the_accounts(&self, message: &Message, seats: &Seats) -> bool {
        let Some(epoch) = former_epochs::of_message(message) else {
            return false;
        };
        match self.record().history {
            HistoryChoice::Shared => false,
            _ if seats.first().is_some() => !seats.holds(epoch),
            _ => Some(epoch) < self.first_history_key(),
        }
    }

    /// A former message does not open: if it is for want of a key that others may have, they are asked.
    fn note_lack(&mut self, message: &Message, former: &Former) {
        let epoch = former_epochs::of_message(message);
        let (Some(epoch), Some(_)) = (epoch, &message.history_key) else {
            return;
        };
        let group = self.group.as_ref();
        let lacks = group.is_some_and(|group| group.lacks_history(epoch));
        if lacks && self.may_ask_for(epoch, &former.seats) {
            self.note_gap(epoch, former.before);
        }
    }

    /// Writes the counters of the message's device, so that no message is shown twice after a restart either.
    fn save_counters(&self, opened: &Opened, turn: &mut Turn<'_>) {
        let device = opened.payload.device;
        if let Some(set) = self.counters.device(device) {
            let name = [COUNTERS_PREFIX, device.as_bytes()].concat();
            turn.put(Space::History(self.id), &name, set.encode());
        }
    }
}
