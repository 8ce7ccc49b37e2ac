//! The log of a room of basic encryption: entries in their order, none left out.

use protocol::{
    events::History,
    ids::{AccountId, Seq},
    log::{Body, Entry, Message, NoticeKind},
};

use super::{SharedRoom, said};
use crate::{
    api::{
        Alarm, Delivery, Event, ItemBody, ItemKey, Key, RoomNotice, Space, TimelineChange,
        TimelineItem, TombstoneCause,
    },
    convert,
    engine::Engine,
    records,
    turn::Turn,
};

impl Engine {
    pub(crate) fn shared_entry_pushed(&mut self, entry: &Entry, turn: &mut Turn<'_>) {
        self.with_shared(entry.room_id, turn, |engine, room, turn| {
            if room.record.entry.inside {
                room.note_known(entry.seq);
                engine.take_shared(room, std::slice::from_ref(entry), turn);
            }
        });
    }

    pub(super) fn shared_history_came(&mut self, history: &History, turn: &mut Turn<'_>) {
        self.with_shared(history.room_id, turn, |engine, room, turn| {
            room.live.refetch = false;
            room.note_known(history.last_seq);
            let before = room.record.cursor;
            engine.take_shared(room, &history.entries, turn);
            let end = history.last_seq.0;
            if end < room.live.asked_from {
                // What was there when it was asked is there no more: what comes in its place is shown after what was shown
                // already.
                room.is_broken(history.last_seq.next(), turn);
                (room.record.cursor, room.record.known) = (end, end);
            } else if room.record.cursor == before && before < end && !room.live.members_wanted {
                // An answer that leaves out what it says exists.
                room.is_broken(room.next(), turn);
                engine.shared_stuck(room, turn);
            }
        });
    }

    fn take_shared(&mut self, room: &mut SharedRoom, entries: &[Entry], turn: &mut Turn<'_>) {
        for entry in entries {
            if entry.room_id != room.id || entry.seq < room.next() {
                continue;
            }
            let stub = matches!(entry.body, Body::Large(_));
            if self.is_unheard_of(room, entry.sender) {
                // Whoever has left is not listed, and is asked about once.
                room.live.strangers.insert(entry.sender);
                room.live.members_wanted = true;
            }
            // Asked for once more: in full, or when the server has said who is in the room.
            if entry.seq > room.next() || stub || room.live.members_wanted {
                room.live.refetch = true;
                return;
            }
            self.take_shared_entry(room, entry, turn);
            room.record.cursor = entry.seq.0;
        }
    }

    /// Whether somebody speaks of whom the server has not said yet who that is.
    fn is_unheard_of(&self, room: &SharedRoom, sender: AccountId) -> bool {
        let own = self
            .home
            .as_ref()
            .is_some_and(|home| home.account == sender);
        !own && room.member(sender).is_none() && !room.live.strangers.contains(&sender)
    }

    fn take_shared_entry(&mut self, room: &mut SharedRoom, entry: &Entry, turn: &mut Turn<'_>) {
        let body = match &entry.body {
            Body::Message(message) => return self.take_said(room, entry, message, turn),
            Body::Deleted(_) => ItemBody::Tombstone(TombstoneCause::Deleted),
            Body::Notice(notice) => ItemBody::Notice(match notice.notice {
                NoticeKind::MessageDeleted { of } => {
                    RoomNotice::Server(format!("The server says that message {of} was deleted."))
                }
                NoticeKind::ResetAsked { account } => RoomNotice::ResetAsked(account),
                NoticeKind::ResetCancelled { account } => RoomNotice::ResetCancelled(account),
                NoticeKind::ResetDone { account } => RoomNotice::ResetDone(account),
                NoticeKind::AccountDeleted { account } => RoomNotice::AccountDeleted(account),
            }),
            Body::Commit(_) | Body::Proposal(_) | Body::Large(_) => {
                ItemBody::Tombstone(TombstoneCause::WrongKind)
            }
        };
        room.show(item(entry, None, body), turn);
    }

    fn take_said(
        &mut self,
        room: &mut SharedRoom,
        entry: &Entry,
        message: &Message,
        turn: &mut Turn<'_>,
    ) {
        let home = self.home.as_ref();
        let own = home.filter(|home| home.account == entry.sender);
        let name = match own {
            Some(home) => Some(home.user.as_str().to_owned()),
            None => room
                .member(entry.sender)
                .map(|member| member.username.as_str().to_owned()),
        };
        let body = room.read(entry.seq, message, turn);
        let body = body.unwrap_or_else(ItemBody::Tombstone);
        let mut line = item(entry, Some(name), body);
        if let Some(own) = own {
            room.record.unread = 0;
            if room.logged(entry, message, home, turn) {
                line.device = Some(convert::device_out(own.device.id()));
            }
        } else if !matches!(line.body, ItemBody::Tombstone(_)) {
            room.record.unread = room.record.unread.saturating_add(1);
            room.record.last_said = entry.seq.0;
        }
        room.show(line, turn);
    }
}

impl SharedRoom {
    /// Opens a message, whose place is noted with it.
    fn read(
        &mut self,
        seq: Seq,
        message: &Message,
        turn: &mut Turn<'_>,
    ) -> Result<ItemBody, TombstoneCause> {
        let (body, mark) = said::open(&self.record.entry.key, self.id, message)?;
        if self.seen.is_elsewhere(&mark, seq) {
            return Err(TombstoneCause::Replayed);
        }
        self.save_seen(mark, seq, turn);
        Ok(body)
    }

    /// The server broke a rule of the log: said once in each connection.
    fn is_broken(&mut self, seq: Seq, turn: &mut Turn<'_>) {
        if !std::mem::replace(&mut self.live.broken, true) {
            let room = self.id;
            turn.event(Event::Alarm(Alarm::LogBroken { room, seq }));
        }
    }

    fn show(&mut self, item: TimelineItem, turn: &mut Turn<'_>) {
        if let ItemKey::Logged(Seq(seq)) = item.key {
            let key = Key::Numbered(Space::Timeline(self.id), seq);
            turn.batch.put(key, records::encode(&item));
        }
        if matches!(item.body, ItemBody::Tombstone(_)) {
            self.record.tombstones += 1;
        }
        turn.timeline(self.id, TimelineChange::Set(item));
    }
}

/// A line; with a sender where somebody said it, who is who the server says.
fn item(entry: &Entry, sender: Option<Option<String>>, body: ItemBody) -> TimelineItem {
    TimelineItem {
        key: ItemKey::Logged(entry.seq),
        sender: sender.is_some().then_some(entry.sender),
        sender_name: sender.flatten(),
        device: None,
        time: entry.timestamp,
        body,
        delivery: Delivery::Sent,
    }
}
