//! From the entrance to the door: what the server keeps for whoever comes in, and the public commits since the tree
//! snapshot.

use protocol::{
    call::Call,
    error::ErrorCode,
    ids::{RoomId, Seq},
    rest::{EnterRoom, Entrance, FollowHandshakes, Handshakes, TreeSnapshot},
};

use super::{Arrival, Found, Goes, Way};
use crate::{engine::Engine, jobs::Job, turn::Turn};

/// Commits and proposals that are followed from one snapshot: members upload a new one long before.
const FOLLOWED_MAX: usize = 20_000;
/// So often the vault is asked before a device goes without it.
const VAULT_TRIES: u32 = 4;

impl Engine {
    pub(super) fn arrival_work(
        &mut self,
        room: RoomId,
        arrival: &mut Arrival,
        turn: &mut Turn<'_>,
    ) -> Goes {
        if arrival.posted.is_none() && self.is_beyond_asking(room, arrival) {
            self.withdraw(room, turn);
            return Goes::On;
        }
        if arrival.posted.is_none()
            && !arrival.preview
            && !matches!(arrival.way, Way::Resync)
            && let Some(result) = self.inside(room)
        {
            // Somebody let this device in meanwhile; a second way in would cost it the first one's keys.
            return Goes::Ends(result);
        }
        let whole = arrival.found.as_ref().is_some_and(Found::is_whole);
        let goes = if arrival.posted.is_none() && whole {
            self.arrive(room, arrival, turn)
        } else {
            Goes::On
        };
        if !matches!(goes, Goes::Ends(_)) {
            self.ask_way(room, arrival, turn);
        }
        goes
    }

    /// Starts the call that the arrival lacks an answer to.
    fn ask_way(&mut self, room: RoomId, arrival: &Arrival, turn: &mut Turn<'_>) {
        if let Some(posted) = &arrival.posted {
            let job = Job::Seat(room, posted.client_id);
            if self.jobs.may_start(&job, turn.now) {
                let call = Call::Commit(room, Box::new(posted.request.clone()));
                self.jobs.start(job, call, turn);
            }
            return;
        }
        self.ask_members(room, arrival, turn);
        let link = arrival.pass();
        let (job, call) = match &arrival.found {
            None => {
                let enter = EnterRoom {
                    link,
                    shut: arrival.shut,
                };
                (Job::Enter(room), Call::EnterRoom(room, enter))
            }
            Some(found) => {
                let follow = FollowHandshakes {
                    after: found.last(),
                    link,
                };
                (Job::Follow(room), Call::FollowHandshakes(room, follow))
            }
        };
        if self.jobs.may_start(&job, turn.now) && self.knows_way(room, arrival) {
            self.jobs.start(job, call, turn);
        }
    }

    /// Whether the keys of the way are here. A further device finds them in the vault; where that cannot be read, it
    /// goes without, and others must let it in.
    fn knows_way(&mut self, room: RoomId, arrival: &Arrival) -> bool {
        match arrival.way {
            Way::Link(..) | Way::Resync => true,
            Way::OwnDevice => self.has_looked_up(room),
        }
    }

    /// Whether the vault was asked about a room, as far as it can be.
    pub(super) fn has_looked_up(&mut self, room: RoomId) -> bool {
        let unreadable = self.jobs.failures(&Job::VaultRead) >= VAULT_TRIES;
        self.room_pages_known(room) || unreadable
    }

    pub(crate) fn entrance_came(&mut self, room: RoomId, entrance: Entrance, turn: &mut Turn<'_>) {
        self.with_arrival(room, turn, |engine, arrival, _| {
            let mut entrance = entrance;
            if let Some(own) = engine.own_tree(room, arrival, &entrance) {
                entrance.tree = own;
            }
            let more = entrance.handshake_seq > entrance.tree.seq;
            arrival.found = Some(Found {
                entrance,
                entries: Vec::new(),
                more,
            });
            Goes::On
        });
    }

    /// The tree of a device that could not follow a commit, as it stood before. From there the way shows whether it leads
    /// through that commit (decision 59); a newer snapshot of the server's hides that. One try: the server's leads farther.
    fn own_tree(
        &self,
        room: RoomId,
        arrival: &Arrival,
        entrance: &Entrance,
    ) -> Option<TreeSnapshot> {
        let home = self.home.as_ref()?;
        let room = self.rooms.get(&room)?;
        let record = room.record();
        let first = matches!(arrival.way, Way::Resync) && arrival.races == 0;
        let doubt = record.suspicion.as_ref();
        let doubt = doubt.filter(|_| first && record.provisional.is_none())?;
        let snapshot = room.group.as_ref()?.snapshot(&home.device);
        let hides = doubt.seq <= entrance.tree.seq.0;
        Some(TreeSnapshot {
            seq: Seq(doubt.seq.saturating_sub(1)),
            snapshot: snapshot.ok().filter(|_| hides)?.into(),
        })
    }

    pub(crate) fn handshakes_came(
        &mut self,
        room: RoomId,
        handshakes: Handshakes,
        turn: &mut Turn<'_>,
    ) {
        let mut lost = false;
        self.with_arrival(room, turn, |_, arrival, _| {
            if let Some(found) = &mut arrival.found {
                lost = !found.take(handshakes);
                if lost {
                    arrival.found = None;
                }
            }
            Goes::On
        });
        if lost {
            // Not what was asked for: from the beginning, and not at once.
            self.jobs.back_off(Job::Enter(room), turn.now, turn.rng);
        }
    }

    /// The server refuses: for good, or because of what it has not done yet.
    pub(crate) fn arrival_refused(&mut self, room: RoomId, code: ErrorCode, turn: &mut Turn<'_>) {
        self.with_arrival(room, turn, |engine, arrival, turn| {
            arrival.found = None;
            match arrival.way {
                Way::Link(..) => Goes::Ends(Err(code)),
                // Whether the account is in is told by the list of rooms.
                Way::OwnDevice | Way::Resync => {
                    engine.want_rooms();
                    engine.jobs.back_off(Job::Enter(room), turn.now, turn.rng);
                    Goes::On
                }
            }
        });
    }
}

impl Found {
    /// Whether everything up to the door is here.
    const fn is_whole(&self) -> bool {
        !self.more
    }

    /// The place up to which commits and proposals are here.
    pub(super) fn last(&self) -> Seq {
        let last = self.entries.last().map(|entry| entry.seq);
        last.unwrap_or(self.entrance.tree.seq)
    }

    /// Takes a page; false if it does not go on from the last one.
    fn take(&mut self, page: Handshakes) -> bool {
        let before = self.entries.len();
        for entry in page.entries {
            if !entry.body.is_handshake() || entry.seq <= self.last() {
                return false;
            }
            if entry.seq > self.entrance.handshake_seq {
                // From after the door was made.
                self.more = false;
                return true;
            }
            self.entries.push(entry);
        }
        self.more = page.more;
        let stuck = self.more && self.entries.len() == before;
        !stuck && self.entries.len() <= FOLLOWED_MAX
    }
}
