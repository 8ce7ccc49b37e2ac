//! Timeline rows: what a screen shows of one room, one row for an entry of the log.

use e2ee::message::LineKey;
use protocol::{
    ids::{AccountId, DeviceId, Seq},
    log::Entry,
};

use crate::{
    api::{
        Delivery, ItemBody, ItemKey, Key, RoomNotice, Space, TimelineChange, TimelineItem,
        TombstoneCause,
    },
    engine::Engine,
    records::{self, RecordError},
    rooms::Room,
    turn::Turn,
};

impl Engine {
    /// Decodes a row of [`Space::Timeline`].
    ///
    /// # Errors
    /// [`RecordError`] if the row is damaged or a newer version of this program wrote it.
    pub fn item(row: &[u8]) -> Result<TimelineItem, RecordError> {
        records::decode(row)
    }
}

/// Whose device signed something, and the name in its certificate.
#[derive(Clone)]
pub(crate) struct Author {
    pub(crate) account: AccountId,
    pub(crate) device: DeviceId,
    pub(crate) name: Option<String>,
}

impl Room {
    /// Writes and shows a message, and keeps what opens it in a report as long as it is shown.
    pub(crate) fn show_message(&mut self, item: TimelineItem, line: &LineKey, turn: &mut Turn<'_>) {
        if let ItemKey::Logged(Seq(seq)) = item.key {
            let key = Key::Numbered(Space::LineKeys(self.id), seq);
            turn.batch.put(key, line.encode().to_vec());
        }
        self.show(item, turn);
    }

    /// Writes and shows an item of the log.
    pub(crate) fn show(&mut self, item: TimelineItem, turn: &mut Turn<'_>) {
        let seq = match item.key {
            ItemKey::Logged(seq) => Some(seq),
            ItemKey::Draft(_) => None,
        };
        if let Some(Seq(seq)) = seq {
            let key = Key::Numbered(Space::Timeline(self.id), seq);
            turn.batch.put(key, records::encode(&item));
        }
        if matches!(item.body, ItemBody::Tombstone(_)) {
            self.change().tombstones += 1;
            seq.into_iter().for_each(|seq| self.forget_key(seq, turn));
        }
        turn.timeline(self.id, TimelineChange::Set(item));
    }

    /// What is deleted, or not shown, cannot be reported either.
    pub(crate) fn forget_key(&self, seq: Seq, turn: &mut Turn<'_>) {
        let key = Key::Numbered(Space::LineKeys(self.id), seq.0);
        turn.batch.delete(key);
    }

    /// What stood as a tombstone is read after all.
    pub(crate) const fn tombstone_opened(&mut self) {
        let record = self.change();
        record.tombstones = record.tombstones.saturating_sub(1);
    }

    /// An entry that cannot be shown, and why.
    pub(crate) fn show_tombstone(
        &mut self,
        entry: &Entry,
        cause: TombstoneCause,
        turn: &mut Turn<'_>,
    ) {
        self.show(item(entry, None, ItemBody::Tombstone(cause)), turn);
    }

    /// Something that happened to the room.
    pub(crate) fn show_notice(
        &mut self,
        entry: &Entry,
        author: Option<Author>,
        notice: RoomNotice,
        turn: &mut Turn<'_>,
    ) {
        self.show(item(entry, author, ItemBody::Notice(notice)), turn);
    }
}

/// An item for an entry. Without an author nothing is claimed about who made it.
pub(crate) fn item(entry: &Entry, author: Option<Author>, body: ItemBody) -> TimelineItem {
    let (sender, device, sender_name) = match author {
        Some(author) => (Some(author.account), Some(author.device), author.name),
        None => (None, None, None),
    };
    TimelineItem {
        key: ItemKey::Logged(entry.seq),
        sender,
        sender_name,
        device,
        time: entry.timestamp,
        body,
        delivery: Delivery::Sent,
    }
}
