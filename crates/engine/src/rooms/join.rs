//! Way (a) of PROTOCOL section 4: a Welcome brings this device into a room, or back into one.
//!
//! Where the device already follows the room, the Welcome waits until the log has come to it, so that what was
//! said before the removal in between is still read with the old keys.

use e2ee::ordered::Set;
use e2ee::{
    group::{Group, Joining},
    key_package,
    log_head::LogHead,
    policy::History,
};

use protocol::{
    bytes::Bytes,
    ids::{AccountId, MailId, RoomId, Seq},
    rest::{Mail, MailBody},
};
use serde::{Deserialize, Serialize};

use super::{Record, Room, WELCOME_PREFIX, record::Successor};
use crate::{
    api::{Event, HistoryChoice, RoomStage, Space},
    convert,
    engine::Engine,
    records,
    turn::Turn,
};

/// Welcomes that wait in one room at most.
const WAITING_MAX: usize = 16;

/// A mail of kind `welcome`, with its place in the room's log.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Welcome {
    pub(crate) id: MailId,
    room_id: RoomId,
    seq: Seq,
    welcome: Bytes,
    bundle: Bytes,
}

impl Welcome {
    /// The Welcome in a mail; `None` for another kind, and for one that names no place.
    pub(crate) fn of(mail: &Mail) -> Option<Self> {
        let MailBody::Welcome {
            welcome, bundle, ..
        } = &mail.body
        else {
            return None;
        };
        Some(Self {
            id: mail.id,
            room_id: mail.room_id?,
            seq: mail.seq?,
            welcome: welcome.clone(),
            bundle: bundle.clone(),
        })
    }
}

impl Engine {
    pub(crate) fn welcome_came(&mut self, mail: &Welcome, turn: &mut Turn<'_>) {
        if !self.rooms.contains_key(&mail.room_id) {
            self.join_new(mail, turn);
            return;
        }
        self.with_room(mail.room_id, turn, |engine, room, turn| {
            room.keep_welcome(mail, turn);
            engine.join_waiting(room, turn);
        });
    }

    /// A room that this device has never been in.
    fn join_new(&mut self, mail: &Welcome, turn: &mut Turn<'_>) {
        let Some(group) = self.open_welcome(mail, turn) else {
            return;
        };
        let record = Record::new(RoomStage::Invited, None, HistoryChoice::None);
        let mut room = Room::new(mail.room_id, record);
        self.enter(&mut room, group, mail, turn);
        turn.touched.insert(room.id);
        self.rooms.insert(room.id, room);
    }

    /// Joins from the oldest Welcome that waits, if the log has come to it. Where this device has a leaf behind the entry
    /// that brought it, the Welcome is a repeated or a false one.
    pub(super) fn join_waiting(&mut self, room: &mut Room, turn: &mut Turn<'_>) {
        while let Some((_, mail)) = room.welcomes.first_key_value() {
            let doubted = self.confirms_removal(room, mail.seq);
            let passed = mail.seq.0 <= room.record().cursor;
            let comes_back = room.is_left_behind() && self.has_asked(room.id);
            // Where there is no leaf to read with, there is nothing to wait for.
            if room.group.is_some() && !passed && !doubted && !comes_back {
                return;
            }
            if self.waits_for_vault(room) {
                return;
            }
            let Some(mail) = room.take_welcome(|_| true, turn) else {
                return;
            };
            if room.group.is_some() && !doubted && !comes_back {
                continue;
            }
            let Some(group) = self.open_welcome(&mail, turn) else {
                continue;
            };
            if comes_back {
                if self.leads_back(room, &group) {
                    let (stage, entry) = (room.stage_behind_pause(), false);
                    self.let_back(room, group, &mail, (stage, entry), turn);
                }
                continue;
            }
            if doubted {
                self.removal_confirmed(room, turn);
            }
            self.fail_room_work(room, turn);
            self.enter(room, group, &mail, turn);
        }
    }

    /// Whoever is welcomed anew after a removal was removed: a member says so by the Welcome.
    fn confirms_removal(&self, room: &Room, welcome: Seq) -> bool {
        let suspicion = room.record().suspicion.as_ref();
        let claimed = room.stage() == RoomStage::RemovedUnconfirmed;
        suspicion.is_some_and(|doubt| (doubt.removal.is_some() || claimed) && doubt.seq < welcome.0)
    }

    /// Opens a Welcome with the KeyPackage that it names. `None` where it names none of this device's, as a
    /// repeated one does, or does not open.
    fn open_welcome(&mut self, mail: &Welcome, turn: &mut Turn<'_>) -> Option<Group> {
        let (welcome, bundle) = (&mail.welcome, &mail.bundle);
        let home = self.home.as_ref()?;
        let references = key_package::references(welcome.as_slice()).ok()?;
        let (reference, rows) = self.key_packages.find(&references)?;
        let joining = Joining {
            room: convert::room(mail.room_id),
            welcome: welcome.as_slice(),
            key_package: rows,
            bundle: Some(bundle.as_slice()),
        };
        let group = Group::join(&home.device, joining, &mut turn.rng).ok()?;
        self.key_packages.used(&reference, turn);
        Some(group)
    }

    /// A commit has taken this device's leaf and given it another: the Welcome that came with it, if it is here and leads
    /// to the very state behind that commit, is as good as the leaf. False if this device has to come in by another way.
    pub(super) fn sits_again(
        &mut self,
        room: &mut Room,
        (seq, behind): (Seq, Successor),
        turn: &mut Turn<'_>,
    ) -> bool {
        while let Some(mail) = room.take_welcome(|mail| mail.seq == seq, turn) {
            let Some(group) = self.open_welcome(&mail, turn) else {
                continue;
            };
            let here = Successor {
                epoch: group.epoch(),
                transcript: group.transcript16(),
            };
            if here == behind {
                let (stage, entry) = (room.stage(), true);
                return self.let_back(room, group, &mail, (stage, entry), turn);
            }
        }
        false
    }

    /// Takes the seat that somebody has given to this device in place of the one that it had. What waits to be sent stays.
    /// False if it is one in another group. `entry`: the log is at the very entry that gave it.
    fn let_back(
        &mut self,
        room: &mut Room,
        mut group: Group,
        mail: &Welcome,
        (stage, entry): (RoomStage, bool),
        turn: &mut Turn<'_>,
    ) -> bool {
        let inherited = room.group.as_ref().map(|former| group.inherit(former));
        if !matches!(inherited, Some(Ok(()))) {
            return false;
        }
        let seat = Seat {
            seq: mail.seq,
            log: group.joined_log(),
            stage,
            inviter: room.record().inviter,
            vouchers: room.record().vouchers.clone(),
            missed: true,
        };
        room.drop_group(turn);
        // What was staged in the epoch that is left behind is derived anew.
        self.lose_race(room, turn);
        self.seat(room, group, seat, turn);
        if entry {
            room.place(mail.seq);
        }
        Self::plan_update(room, turn);
        true
    }

    /// Takes the seat that a Welcome gives.
    fn enter(&mut self, room: &mut Room, group: Group, mail: &Welcome, turn: &mut Turn<'_>) {
        let invited = Seat {
            seq: mail.seq,
            log: group.joined_log(),
            stage: RoomStage::Invited,
            inviter: group
                .welcomed_by()
                .map(|by| convert::account_out(by.account)),
            vouchers: Set::new(),
            missed: false,
        };
        if !self.is_readmitted(room, &group) {
            self.seat(room, group, invited, turn);
            return;
        }
        let mut group = group;
        let keys = self.vault_room(room.id).keys();
        if group.adopt_room_keys(&keys).is_err() {
            room.poison();
            return;
        }
        let seat = Seat {
            stage: RoomStage::Joined,
            inviter: room.record().inviter,
            ..invited
        };
        self.seat(room, group, seat, turn);
        // The leaf of the KeyPackage is renewed soon, as that of somebody who accepts.
        Self::plan_update(room, turn);
    }

    /// Whether this device asked to be let in, and its account is in: another device of it has changed this very group.
    /// A leaf of a KeyPackage alone proves nothing: who makes a group of their own adds whom they like.
    fn is_readmitted(&self, room: &Room, group: &Group) -> bool {
        let Some(home) = &self.home else { return false };
        let sibling = group.leaves().any(|leaf| {
            leaf.account() == home.device.account()
                && leaf.device() != home.device.id()
                && !leaf.invited
        });
        sibling && room.stage() == RoomStage::NotOnThisDevice && self.has_asked(room.id)
    }

    /// This device has a leaf from here on: the log is read to the entry that gave it for the log head alone, and in
    /// earnest behind it.
    pub(crate) fn seat(&mut self, room: &mut Room, group: Group, seat: Seat, turn: &mut Turn<'_>) {
        let history = history_out(group.policy().history);
        let same_log = room.record().group == Some(group.group_id());
        let certificates: Vec<_> = group
            .leaves()
            .map(|leaf| leaf.certificate.clone())
            .collect();
        let start = LogHead::start(group.room(), group.group_id());
        let again = same_log && room.record().cursor > 0;
        let former = Some(room.record().log_head()).filter(|head| again && head.seq <= seat.seq.0);
        let base = former.unwrap_or_else(|| seat.base(start));
        // What was taken in since this device parted from the others may be readable with the keys that it has now.
        let parted = room.parted_at().filter(|_| seat.missed);
        let record = room.change();
        record.group = Some(group.group_id());
        record.history = history;
        record.cursor = base.seq;
        record.head = base.head;
        record.known = record.known.max(seat.seq.0);
        (record.joined, record.unplaced) = (u64::MAX, Some(seat.seq.0));
        record.handshake = record.handshake.max(seat.seq.0);
        record.inviter = seat.inviter;
        record.vouchers = seat.vouchers;
        if !seat.missed {
            record.accepted.clear();
        }
        record.closed = false;
        record.suspicion = None;
        record.provisional = None;
        record.skip = None;
        record.state_wanted = true;
        record.roster_wanted = true;
        record.links_since = group.rotation().ok().flatten();
        record.gap = record.gap.take().filter(|_| same_log);
        (record.update_due, record.sealed_since_update) = (None, 0);
        (record.name, record.topic) = (None, None);
        let shown = former.map_or(0, |former| former.seq);
        room.group = Some(group);
        room.plan_backfill(parted.or(former).unwrap_or(start), shown, seat.missed);
        room.keep_head(base.seq, base.head, turn);
        room.live = super::Live::default();
        room.live.refetch = true;
        room.live.came_back = seat.missed;
        for certificate in &certificates {
            self.observe(certificate, turn);
        }
        self.mark_room_pages(room, &room.key_epochs(), turn);
        room.set_stage(seat.stage, turn);
        // Whoever waited to be let go asks anew: a proposal is good for its epoch only.
        self.leave_after_merge(room, turn);
        turn.event(Event::RoomsChanged);
        turn.event(Event::MembersChanged(room.id));
    }
}

/// A leaf that this device got, and by which entry.
pub(crate) struct Seat {
    /// The commit that gave it.
    pub(crate) seq: Seq,
    /// Where the log stood for whoever let this device in.
    pub(crate) log: Option<LogHead>,
    pub(crate) stage: RoomStage,
    pub(crate) inviter: Option<AccountId>,
    /// Who may confirm that the others see it; empty where nobody has to.
    pub(crate) vouchers: Set<AccountId>,
    /// This device was in all the time: what it cannot read of that is shown as missed.
    pub(crate) missed: bool,
}

impl Seat {
    /// Where this device's log head begins: where bundle or door say that their maker had read to, or before the first
    /// entry, from where it is computed anew.
    fn base(&self, start: LogHead) -> LogHead {
        self.log.filter(|log| log.seq < self.seq.0).unwrap_or(start)
    }
}

pub(crate) const fn history_out(history: History) -> HistoryChoice {
    match history {
        History::None => HistoryChoice::None,
        History::SinceJoin => HistoryChoice::SinceJoin,
        History::Shared => HistoryChoice::Shared,
    }
}

impl Room {
    /// The oldest Welcome of this kind, which waits no more.
    fn take_welcome(
        &mut self,
        kind: impl Fn(&Welcome) -> bool,
        turn: &mut Turn<'_>,
    ) -> Option<Welcome> {
        let found = self.welcomes.values().find(|mail| kind(mail))?;
        let id = found.id;
        let name = [WELCOME_PREFIX, &id.get().to_be_bytes()].concat();
        turn.delete(Space::Outbox(self.id), &name);
        self.welcomes.remove(&id)
    }

    fn keep_welcome(&mut self, mail: &Welcome, turn: &mut Turn<'_>) {
        if self.welcomes.len() >= WAITING_MAX {
            return;
        }
        let name = [WELCOME_PREFIX, &mail.id.get().to_be_bytes()].concat();
        turn.put(Space::Outbox(self.id), &name, records::encode(mail));
        self.welcomes.insert(mail.id, mail.clone());
    }
}
