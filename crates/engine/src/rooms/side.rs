//! Side files: the room state, and for rooms that share their history the roster log and the history chain.

use e2ee::ordered::Set;

use e2ee::{
    log_head::LogHead,
    ordered::set,
    vault::{self, ItemName, RoomItem, RoomMark},
};
use protocol::{call::Call, ids::RoomId, rest::SideFiles};

use super::Room;
use crate::{
    api::{Event, ItemBody, RoomNotice, RoomStage},
    convert,
    engine::Engine,
    jobs::Job,
    turn::Turn,
};

/// Name and topic of a room.
pub(super) type Words = (Option<String>, Option<String>);

impl Engine {
    pub(super) fn side_work(&mut self, room: &Room, turn: &mut Turn<'_>) {
        let job = Job::Side(room.id);
        // Names reach only who accepts; keys to what was said before are needed for reading at once.
        let may_read = room.stage() == RoomStage::Joined || room.live.keeps_house;
        let record = room.record();
        let names = record.state_wanted || record.roster_wanted;
        let wanted = (names && may_read) || room.history_keys_wanted() || room.lacked_files();
        if wanted && self.jobs.may_start(&job, turn.now) {
            self.jobs.start(job, Call::SideFiles(room.id), turn);
        }
    }

    pub(crate) fn side_files_came(&mut self, id: RoomId, side: &SideFiles, turn: &mut Turn<'_>) {
        self.with_room(id, turn, |engine, room, turn| {
            let before = room.key_epochs();
            let lacked = room.lacked_files();
            let roster = !(room.record().roster_wanted || lacked) || room.open_roster(side);
            // Once: a log of a thousand takes as long to compare as to open.
            let looks = roster && std::mem::take(&mut room.live.came_back);
            if looks && room.knows_who_was_lost(side) {
                room.live.repair.files_doubted(turn.now);
            }
            if lacked && roster {
                room.read_unread(side);
                room.ask_who_was_there();
                engine.jobs.back_off(Job::Side(id), turn.now, turn.rng);
            }
            let keys = room.open_history_keys(side);
            let known = roster && room.live.history_keys;
            let home = engine.home.as_ref().filter(|_| known);
            room.settle_backfill(home.map(|home| home.device.account()));
            let opened = room.key_epochs().difference(&before).copied().collect();
            let state = !room.record().state_wanted || room.open_state(side, turn);
            if roster && keys && state {
                if !lacked {
                    engine.jobs.clear(&Job::Side(id));
                }
                engine.jobs.clear(&Job::AskRepair(id));
                engine.mark_room_pages(room, &opened, turn);
            } else {
                // It may belong to an epoch that the log is yet to reach, or wait for a member's repair.
                room.live.repair.wanted = true;
                engine.jobs.back_off(Job::Side(id), turn.now, turn.rng);
            }
        });
    }

    /// The room's keys of some epochs changed: the vault's pages of them are to be written.
    pub(crate) fn mark_room_pages(&mut self, room: &Room, epochs: &Set<u64>, turn: &mut Turn<'_>) {
        let Some(group) = &room.group else { return };
        let mut pages = set(epochs.iter().copied().map(vault::page_of));
        if pages.contains(&0) {
            // The first page once held all keys: who writes it anew writes what it leaves out as well.
            pages.extend(group.room_key_epochs().into_iter().map(vault::page_of));
        }
        for page in pages {
            let name = ItemName::room_page(convert::room(room.id), page);
            self.vault.mark(&name, turn);
        }
    }
}

/// The roster log, of which the server keeps one part for each commit.
pub(super) fn roster_log(side: &SideFiles) -> Vec<u8> {
    let parts: Vec<&[u8]> = side.roster.iter().map(|part| part.as_slice()).collect();
    parts.concat()
}

/// How often the side files are fetched again, while the program runs, for what could not be read: they may be large.
const FETCHES_MAX: u8 = 3;

impl Room {
    /// A former message is of a device that the roster log does not list, or of an epoch to which the history chain does
    /// not lead: what the server gave of them may not be all, and is looked at once more.
    pub(super) fn note_unread(&mut self, before: LogHead) {
        if self.record().unread_from.is_none() {
            self.change().unread_from = Some((before.seq, before.head.into()));
        }
    }

    /// Whether the side files lacked something, and are worth another look.
    fn lacked_files(&self) -> bool {
        let record = self.record();
        let read = record.unread_from.is_some() && record.backfill.is_none();
        read && self.is_followed() && self.live.side_fetched < FETCHES_MAX
    }

    /// They came once more: the messages are tried again from the first on that could not be read.
    fn read_unread(&mut self, side: &SideFiles) {
        self.live.side_fetched += 1;
        self.open_chain(side);
        if let Some((seq, head)) = self.change().unread_from.take() {
            let head = head.into_array();
            self.read_again(LogHead { seq, head });
        }
    }

    /// The roster log opens, and somebody who spoke is not in it, each time that it was fetched: a member is asked to look
    /// at it, once while the program runs.
    const fn ask_who_was_there(&mut self) {
        let live = &mut self.live;
        if live.strangers && !live.strangers_told && live.side_fetched + 1 == FETCHES_MAX {
            (live.strangers_told, live.repair.wanted, live.side_fetched) = (true, true, 0);
        }
    }

    fn open_chain(&mut self, side: &SideFiles) {
        if let Some(group) = self.group.as_mut() {
            let chain: Vec<&[u8]> = side.chain.iter().map(|link| link.as_slice()).collect();
            group.open_chain(&chain);
        }
    }

    /// Takes name and topic from the group, where it knows them.
    pub(crate) fn take_state(&mut self) {
        let state = self.group.as_ref().and_then(e2ee::group::Group::state);
        if let Some(state) = state {
            let topic = Some(state.topic()).filter(|topic| !topic.is_empty());
            let (name, topic) = (state.name().to_owned(), topic.map(str::to_owned));
            let record = self.change();
            record.name = Some(name);
            record.topic = topic;
        }
    }

    fn open_state(&mut self, side: &SideFiles, turn: &mut Turn<'_>) -> bool {
        let Some(group) = self.group.as_mut() else {
            return true;
        };
        if group.open_state(side.state.as_slice()).is_err() {
            // It may be known from before, when the room went another way for a while.
            if group.state().is_none() {
                return false;
            }
            self.live.repair.files_doubted(turn.now);
        }
        self.change().state_wanted = false;
        let before = self.words();
        self.take_state();
        turn.event(Event::RoomsChanged);
        self.fill_in_edit(&before, turn);
        true
    }

    fn knows_who_was_lost(&self, side: &SideFiles) -> bool {
        let group = self.group.as_ref();
        group.is_some_and(|group| group.roster_lacks(&roster_log(side)))
    }

    fn open_roster(&mut self, side: &SideFiles) -> bool {
        let Some(group) = self.group.as_mut() else {
            return true;
        };
        if group.open_roster(&roster_log(side)).is_err() {
            return false;
        }
        self.change().roster_wanted = false;
        true
    }

    /// The last notice of an edit gets its words.
    fn fill_in_edit(&mut self, before: &Words, turn: &mut Turn<'_>) {
        if let Some(mut item) = self.change().edited.take() {
            item.body = ItemBody::Notice(self.edit_since(before));
            self.show(item, turn);
        }
    }

    /// Name and topic, as far as they are known.
    pub(super) fn words(&self) -> Words {
        let record = self.record();
        (record.name.clone(), record.topic.clone())
    }

    /// What an edit changed: where name and topic are as before, it was the list of links.
    pub(super) fn edit_since(&self, before: &Words) -> RoomNotice {
        let (name, topic) = self.words();
        if (&name, &topic) == (&before.0, &before.1) {
            RoomNotice::Links
        } else {
            RoomNotice::Edited { name, topic }
        }
    }

    /// Opens roster log and history chain; `false` if they wait for a later state of either side.
    fn open_history_keys(&mut self, side: &SideFiles) -> bool {
        if !self.history_keys_wanted() {
            return true;
        }
        if !self.open_roster(side) {
            return false;
        }
        self.open_chain(side);
        self.live.history_keys = true;
        true
    }

    /// The epochs of all keys that the vault is to keep of this room.
    pub(crate) fn key_epochs(&self) -> Set<u64> {
        let group = self.group.as_ref();
        group.map_or_else(Set::new, e2ee::group::Group::room_key_epochs)
    }

    /// What the vault keeps of this room on one page.
    pub(crate) fn vault_item(&self, page: u64) -> Option<RoomItem> {
        let group = self.group.as_ref()?;
        let keys = group.room_keys_in(&vault::epochs_of(page)).ok()?;
        let mark = RoomMark {
            epoch: group.epoch(),
            log: self.record().log_head(),
        };
        let mut item = RoomItem::seen(group.group_id(), mark);
        for (epoch, key) in keys.door {
            item.door_keys.insert(epoch, key);
        }
        for (epoch, key) in keys.history {
            item.history_keys.insert(epoch, key);
        }
        if page == 0 {
            self.links_for_vault(&mut item);
        }
        Some(item)
    }
}
