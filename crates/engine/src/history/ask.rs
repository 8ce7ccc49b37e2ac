//! Asking for keys, and reading again with what comes.

use e2ee::{group::LeafInfo, log_head::LogHead, roster_log::Seats};
use protocol::{
    bytes::Bytes,
    call::Call,
    ids::{AccountId, DeviceId, RoomId},
    rest::{MailBody, MailDrop, SendMail},
};
use serde_bytes::ByteBuf;
use sha2::{Digest, Sha256};

use super::Gap;
use crate::{
    api::{HistoryChoice, RoomStage},
    convert,
    engine::Engine,
    jobs::Job,
    rooms::Room,
    turn::Turn,
};

/// How long an own device that may be there is left to answer before the next is asked.
const OWN_MS: u64 = 2_000;
/// The same for a device of somebody else.
const OTHER_MS: u64 = 10_000;
/// How many devices of others are asked for one gap.
const OTHERS_MAX: usize = 32;

impl Engine {
    /// Asks the next device, if there is a gap and nothing else to do about it.
    pub(crate) fn gap_work(&mut self, room: &mut Room, turn: &mut Turn<'_>) {
        let job = Job::AskHistory(room.id);
        let ready = room.stage() == RoomStage::Joined
            && !room.is_paused()
            && room.is_caught_up()
            && room.record().backfill.is_none();
        if !ready || room.record().gap.is_none() || !self.jobs.may_start(&job, turn.now) {
            return;
        }
        let Some((account, device)) = self.next_to_ask(room) else {
            return;
        };
        let Some(request) = self.request(room, turn) else {
            return;
        };
        room.live.asking = Some(device);
        let mail = MailDrop {
            account_id: account,
            device_id: device,
            body: MailBody::HistoryRequest { sealed: request },
        };
        let call = Call::SendMail(SendMail {
            room_id: Some(room.id),
            mails: vec![mail],
        });
        self.jobs.start(job, call, turn);
    }

    /// The request that is out, or a new one.
    fn request(&self, room: &mut Room, turn: &mut Turn<'_>) -> Option<Bytes> {
        let home = self.home.as_ref()?;
        let known = room.group.as_ref()?.room_key_epochs();
        let gap = room.record().gap.as_ref()?;
        if let Some(request) = &gap.request {
            return Some(Bytes(request.clone().into_vec()));
        }
        let ranges = gap.ranges(&known);
        let group = room.group.as_mut()?;
        let request = group
            .ask_history(ranges, &home.device, &mut turn.rng)
            .ok()?;
        let gap = room.change().gap.as_mut()?;
        gap.request = Some(ByteBuf::from(request.clone()));
        Some(Bytes(request))
    }

    /// Own devices first, which have all that the account may read; then others, in an order that is another for each
    /// device that asks.
    fn next_to_ask(&self, room: &Room) -> Option<(AccountId, DeviceId)> {
        let home = self.home.as_ref()?;
        let gap = room.record().gap.as_ref()?;
        let (own, me) = (home.device.account(), home.device.id());
        let asked = |leaf: &LeafInfo| gap.asked.contains(&convert::device_out(leaf.device()));
        let rank = |leaf: &LeafInfo| -> [u8; 32] {
            let hash = Sha256::new().chain_update(me.as_bytes());
            hash.chain_update(leaf.device().as_bytes())
                .finalize()
                .into()
        };
        let leaves = room.group.as_ref()?.leaves();
        let mut others = Vec::new();
        let mut others_asked = 0;
        for leaf in leaves.filter(|leaf| leaf.device() != me) {
            match (leaf.account() == own, asked(leaf)) {
                (true, true) => {}
                (true, false) => return Some(address(leaf)),
                (false, true) => others_asked += 1,
                (false, false) if leaf.invited => {}
                (false, false) => others.push(leaf),
            }
        }
        let next = others.into_iter().min_by_key(|leaf| rank(leaf))?;
        (others_asked < OTHERS_MAX).then(|| address(next))
    }

    /// The server has the request, or has nobody to give it to: the next device is asked in a while.
    pub(crate) fn history_asked(&mut self, id: RoomId, turn: &mut Turn<'_>) {
        let job = Job::AskHistory(id);
        let own = self.home.as_ref().map(|home| home.device.account());
        let wait = self.with_room(id, turn, |_, room, _| {
            let device = room.live.asking.take()?;
            room.change().gap.as_mut()?.asked.insert(device);
            let leaf = room.group.as_ref()?.leaf(convert::device(device))?;
            Some(if Some(leaf.account()) == own {
                OWN_MS
            } else {
                OTHER_MS
            })
        });
        self.jobs
            .delay(job, turn.now, wait.flatten().unwrap_or(OWN_MS));
    }

    /// An answer: keys that may be the right ones. The messages that wait for them are tried.
    pub(crate) fn history_keys_mailed(&mut self, id: RoomId, answer: &[u8], turn: &mut Turn<'_>) {
        self.with_room(id, turn, |_, room, _| {
            let Some(group) = room.group.as_mut() else {
                return;
            };
            // What is refused is no answer to what this device asked: somebody else is asked in time.
            let taken = group.take_history(answer).unwrap_or_default();
            if taken == 0 || room.record().gap.is_none() {
                return;
            }
            if let Some(gap) = room.change().gap.as_mut() {
                gap.came = true;
            }
            room.try_gap();
        });
    }
}

fn address(leaf: &LeafInfo) -> (AccountId, DeviceId) {
    (
        convert::account_out(leaf.account()),
        convert::device_out(leaf.device()),
    )
}

impl Room {
    /// Reads from the first message on that waits, if keys came and nothing is being read.
    pub(crate) fn try_gap(&mut self) {
        let Some(gap) = self.record().gap.as_ref().filter(|gap| gap.came) else {
            return;
        };
        let from = gap.from();
        if self.record().backfill.is_none()
            && self.read_again(from)
            && let Some(gap) = self.change().gap.as_mut()
        {
            gap.try_again();
        }
    }

    /// A former message did not open for want of a key; `before` is where the log stood before it.
    pub(crate) fn note_gap(&mut self, epoch: u64, before: LogHead) {
        let gap = self.change().gap.get_or_insert_with(|| Gap::at(before));
        gap.note(epoch, before);
    }

    /// The former entries are read to their end. `opened`: some of them with keys that came.
    pub(crate) fn gap_read(&mut self, opened: bool) {
        let Some(gap) = self.change().gap.as_mut() else {
            return;
        };
        if opened {
            gap.ask_anew();
        }
        let (closed, came) = (gap.is_closed(), gap.came);
        if closed {
            self.change().gap = None;
        }
        if let Some(group) = self.group.as_mut() {
            if closed {
                group.history_is_whole();
            } else if !came {
                group.drop_candidates();
            }
        }
        self.try_gap();
    }

    /// Another group, or another stay in it: what was asked for in the former one is asked anew.
    pub(crate) fn gap_over(&mut self) {
        if let Some(gap) = self.change().gap.as_mut() {
            gap.ask_anew();
            gap.came = false;
        }
    }

    /// When the account had leaves here, for a room in which that bounds what it may read.
    pub(crate) fn seats(&self, own: Option<e2ee::ids::AccountId>) -> Seats {
        let group = self.group.as_ref();
        let seats = group.zip(own).map(|(group, own)| group.seats(own));
        seats.and_then(Result::ok).unwrap_or_default()
    }

    /// Whether a message of this epoch is one for whose key others may be asked.
    pub(crate) fn may_ask_for(&self, epoch: u64, seats: &Seats) -> bool {
        match self.record().history {
            HistoryChoice::None => false,
            HistoryChoice::SinceJoin => seats.holds(epoch),
            HistoryChoice::Shared => true,
        }
    }
}
