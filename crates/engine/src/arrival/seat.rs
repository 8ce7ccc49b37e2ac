//! At the door: the external commit, its way into the log, and the seat behind it.

use e2ee::ordered::Set;

use e2ee::{
    door::Door,
    group::{EnterError, Entered, Entering, Group, RoomKeys, StageContext},
    log_head::LogHead,
    ordered::set,
    tree::{Followed, Follower},
};
use protocol::{
    bytes::Bytes,
    error::{ErrorBody, ErrorCode},
    ids::{AccountId, ClientId, RoomId},
    log::Body,
    rest::{Receipt, Shut},
};
use serde_bytes::{ByteArray, ByteBuf};

use super::{
    Arrival, Found, Goes, PATIENCE, Posted, Way, group_of,
    link::Granted,
    others::{leads_to, state},
    row_name,
};
use crate::{
    api::{HistoryChoice, Outcome, RoomStage, Space},
    convert,
    engine::Engine,
    jobs::Job,
    rooms::{PassedOver, Record, Room, Seat},
    roster,
    turn::Turn,
};

/// How often a room may change while a device is at its door, before it waits.
const RACES_MAX: u32 = 8;
/// How long a commit waits that the server holds back without saying how long.
const RESERVED_MS: u64 = 1_000;
/// How long this device waits before it looks for another door; twice as long each time, so often. What it downloads to look
/// is large in a large room, and those who can open may be away for days.
const SHORT_WAIT_MS: u64 = 500;
const LOOKS: u32 = 11;
/// So often a device that was added waits for its Welcome before it takes another way.
const MAIL_TRIES: u32 = 4;
/// So often somebody with a link looks for a door before the link is taken to be asleep.
const LINK_TRIES: u32 = 4;
/// So often a device that was left behind looks for a door before it asks the others to let it in.
const DOOR_TRIES: u32 = 4;
/// The least time between two returns.
const RESYNC_PAUSE_MS: u64 = 60_000;

/// What can be seen from outside: the tree behind an opened door, and the keys that opened it.
pub(super) struct Threshold {
    pub(super) tree: Followed,
    pub(super) keys: RoomKeys,
    /// Who made the link, by its certificate.
    pub(super) granted: Option<Granted>,
}

impl Engine {
    /// All that was asked for is here.
    pub(super) fn arrive(
        &mut self,
        room: RoomId,
        arrival: &mut Arrival,
        turn: &mut Turn<'_>,
    ) -> Goes {
        let Some(found) = arrival.found.take() else {
            return Goes::On;
        };
        let granted = match self.granted(arrival, &found) {
            Ok(granted) => granted,
            Err(code) => return Goes::Ends(Err(code)),
        };
        let keys = match (&granted, &arrival.way) {
            (Some(granted), _) => granted.room_keys(),
            (None, Way::Resync) => self.own_keys(room),
            (None, Way::OwnDevice | Way::Link(..)) => self.vault_room(room).keys(),
        };
        // No server leads a device back behind where another one of the account has been (PROTOCOL section 4).
        let mark = match arrival.way {
            Way::OwnDevice => self.vault_room(room).mark,
            Way::Link(..) | Way::Resync => None,
        };
        let resync = matches!(arrival.way, Way::Resync).then_some(room);
        let admits = |door: &Door| mark.is_none_or(|mark| mark.admits(door.epoch));
        let stood = resync.map_or_else(Set::new, |room| self.stood(room));
        let parted = resync.is_some_and(|room| self.parted(room).is_some());
        let mut thresholds = thresholds(room, &found, &keys)
            .filter(|(door, tree)| admits(door) && leads_to(state(tree), &stood, parted));
        if arrival.preview {
            let Some((_, tree)) = thresholds.next() else {
                drop(thresholds);
                arrival.shut = what_is_shut(room, arrival, &found, &keys);
                return self.no_door(room, arrival, &found, turn);
            };
            drop(thresholds);
            let threshold = Threshold {
                tree,
                keys,
                granted,
            };
            return Goes::Ends(self.preview(room, &found, &threshold));
        }
        for (door, tree) in thresholds {
            if resync.is_none() && arrival.races < MAIL_TRIES && self.has_leaf(&tree) {
                // Somebody has added this device: the Welcome is on its way, with keys that a second way in would lose.
                self.mailbox.wanted = true;
                return self.look_again(room, arrival, turn);
            }
            let since = (tree.commits_since_tree, tree.bytes_since_tree);
            let passed_over = passed_over(&tree);
            match self.enter_group(&door, tree, &keys, resync, turn) {
                Ok(entered) => {
                    let maker = granted.as_ref().map(Granted::account);
                    let posted = posted(arrival, &found, &door, (entered, since), maker, turn);
                    arrival.posted = Some(Posted {
                        passed_over,
                        ..posted
                    });
                    return Goes::Saved;
                }
                // The next candidate may do.
                Err(EnterError::Door(_)) => {}
                Err(error) if arrival.is_asked_for() => {
                    return Goes::Ends(Err(code_of(&error)));
                }
                // What stands in the way of one's own device may be gone later.
                Err(_) => break,
            }
        }
        arrival.shut = what_is_shut(room, arrival, &found, &keys);
        self.no_door(room, arrival, &found, turn)
    }

    /// The keys that this device itself has of a room.
    fn own_keys(&self, room: RoomId) -> RoomKeys {
        let group = self.rooms.get(&room).and_then(|room| room.group.as_ref());
        let keys = group.map(Group::room_keys);
        keys.and_then(Result::ok).unwrap_or_default()
    }

    fn enter_group(
        &mut self,
        door: &Door,
        tree: Followed,
        keys: &RoomKeys,
        resync: Option<RoomId>,
        turn: &mut Turn<'_>,
    ) -> Result<Entered, EnterError> {
        if let Some(home) = self.home.as_mut() {
            home.renew_certificate(turn);
        }
        let home = self.home.as_ref().ok_or(EnterError::NoDoorKey)?;
        let context = StageContext {
            now_ms: turn.now.millis(),
            log: door.log,
            commits_since_tree: tree.commits_since_tree,
            bytes_since_tree: tree.bytes_since_tree,
        };
        let room = resync.and_then(|room| self.rooms.get(&room));
        let entering = Entering {
            door,
            tree,
            keys,
            former: room.and_then(|room| room.group.as_ref()),
            parted: resync.and_then(|room| self.parted(room)),
        };
        Group::enter(&home.device, entering, &context, &mut turn.rng)
    }

    /// No door opens with these keys, or none leads to where the log is. The room may have changed just now; or its
    /// keys have, and whoever made the link has yet to grant the new ones. Where the vault was looked at again, too, the
    /// others are asked.
    fn no_door(
        &mut self,
        room: RoomId,
        arrival: &mut Arrival,
        found: &Found,
        turn: &mut Turn<'_>,
    ) -> Goes {
        if arrival.races == 0 {
            arrival.races = 1;
            return Goes::On;
        }
        match arrival.way {
            // Somebody who is there may put right what is bad, if it is not the keys that are old.
            Way::Link(..) if arrival.races < LINK_TRIES => {}
            Way::Link(..) => return Goes::Ends(Err(ErrorCode::LinkAsleep)),
            Way::OwnDevice => self.forget_room_pages(room),
            Way::Resync => {}
        }
        let asks = match arrival.way {
            Way::OwnDevice => arrival.races > 1,
            // A member who has heard where this device stands mends the door in this time, if it can be mended.
            Way::Resync => arrival.races > DOOR_TRIES,
            Way::Link(..) => false,
        };
        let asked = asks && self.ask_readmission(room, arrival, found, turn);
        match self.look_again(room, arrival, turn) {
            Goes::On if asked => Goes::Saved,
            goes => goes,
        }
    }

    /// Goes to the door once more after a while, longer each time.
    fn look_again(&mut self, room: RoomId, arrival: &mut Arrival, turn: &mut Turn<'_>) -> Goes {
        arrival.races += 1;
        let wait = SHORT_WAIT_MS << arrival.races.min(LOOKS);
        self.jobs.pause(Job::Enter(room), turn.now, wait);
        Goes::On
    }

    /// Something has changed in the room: a device that has found no door for a while looks at once.
    pub(crate) fn look_soon(&mut self, room: RoomId) {
        let waits = |arrival: &Arrival| arrival.posted.is_none() && arrival.races >= PATIENCE;
        if self.arrivals.get(&room).is_some_and(waits) {
            self.jobs.stir(&Job::Enter(room));
        }
    }

    fn has_leaf(&self, tree: &Followed) -> bool {
        let own = self.home.as_ref().map(|home| home.device.id());
        tree.leaves().any(|leaf| Some(leaf.device()) == own)
    }

    /// The log has the commit: the tentative group becomes the room's.
    pub(crate) fn seat_taken(
        &mut self,
        id: RoomId,
        client_id: ClientId,
        receipt: &Receipt,
        turn: &mut Turn<'_>,
    ) {
        let (mut seated, mut resync) = (None, false);
        self.with_arrival(id, turn, |_, arrival, _| {
            if arrival
                .posted
                .as_ref()
                .is_none_or(|posted| posted.client_id != client_id)
            {
                return Goes::On;
            }
            resync = matches!(arrival.way, Way::Resync);
            seated = arrival.posted.take();
            if arrival.asked.is_some() {
                return Goes::Saved;
            }
            Goes::Ends(Ok(Outcome::RoomJoined(id)))
        });
        if let Some(posted) = seated {
            self.take_seat(id, posted, resync, receipt, turn);
        }
        if resync {
            // Whoever shuts this device out time and again makes it come back no more often than this.
            self.jobs.delay(Job::Enter(id), turn.now, RESYNC_PAUSE_MS);
        }
    }

    fn take_seat(
        &mut self,
        id: RoomId,
        posted: Posted,
        resync: bool,
        receipt: &Receipt,
        turn: &mut Turn<'_>,
    ) {
        let rows = posted.rows.iter().map(|(name, value)| {
            let value = zeroize::Zeroizing::new(value.to_vec());
            (name.to_vec(), value)
        });
        let Ok(group) = Group::load(rows) else {
            // Own bytes, read back damaged: the account is in, this device is to come in anew.
            self.arrivals.insert(id, Arrival::own_device());
            turn.put(Space::Account, &row_name(id), Arrival::own_device().row());
            return;
        };
        let mut room = self.rooms.remove(&id).unwrap_or_else(|| {
            let record = Record::new(RoomStage::Joined, None, HistoryChoice::None);
            Room::new(id, record)
        });
        room.drop_group(turn);
        if resync {
            // What was staged in the epoch that is left behind is derived anew.
            self.lose_race(&mut room, turn);
        }
        for (name, value) in &posted.rows {
            turn.put(Space::Group(id), name, value.to_vec());
            room.group_rows.insert(name.to_vec());
        }
        let (seq, head) = posted.log;
        let seat = Seat {
            seq: receipt.seq,
            log: Some(LogHead {
                seq,
                head: head.into_array(),
            }),
            stage: if resync {
                room.stage_behind_pause()
            } else {
                RoomStage::Joined
            },
            inviter: posted.maker.or(room.record().inviter),
            vouchers: match posted.maker {
                Some(maker) => self.known_members(&group, maker),
                None => room.record().vouchers.clone(),
            },
            missed: resync,
        };
        let doubt = match posted.passed_over {
            Some(passed) => Some(room.doubt_of(passed, (seq, head))),
            None => room.doubt_hidden_by(posted.begun_at),
        };
        self.seat(&mut room, group, seat, turn);
        let record = room.change();
        record.provisional = doubt;
        (record.commits_since_tree, record.bytes_since_tree) = posted.since_tree;
        let bytes = posted.request.commit.len() as u64;
        room.count_since_tree(posted.request.tree.is_some(), bytes);
        turn.touched.insert(id);
        self.rooms.insert(id, room);
    }

    /// The server does not take the commit: the room changed meanwhile, or the way is closed.
    pub(crate) fn seat_refused(
        &mut self,
        job: Job,
        id: RoomId,
        body: &ErrorBody,
        turn: &mut Turn<'_>,
    ) {
        if body.code == ErrorCode::CommitReserved {
            let wait = body.retry_after_ms.unwrap_or(RESERVED_MS);
            self.jobs.delay(job, turn.now, wait);
            return;
        }
        self.jobs.clear(&job);
        let code = body.code;
        let mut waits = false;
        self.with_arrival(id, turn, |_, arrival, _| {
            arrival.posted = None;
            if code != ErrorCode::StaleCommit && arrival.is_asked_for() {
                return Goes::Ends(Err(code));
            }
            arrival.ticket = body.ticket.or(arrival.ticket);
            arrival.races += 1;
            waits = code != ErrorCode::StaleCommit || arrival.races > RACES_MAX;
            Goes::Saved
        });
        if waits {
            self.jobs.back_off(Job::Enter(id), turn.now, turn.rng);
        }
    }

    /// Accounts that this device knew before it came here, and who made the link: an entry of theirs that covers the
    /// arrival confirms it.
    fn known_members(&self, group: &Group, maker: AccountId) -> Set<AccountId> {
        let own = self.home.as_ref().map(|home| home.device.account());
        let known = group
            .leaves()
            .map(|leaf| leaf.account())
            .filter(|account| Some(*account) != own && self.contacts.pin(*account).is_some())
            .map(convert::account_out);
        set(known.chain([maker]))
    }
}

/// The doors that open with these keys and lead to where the log is, newest first. Each is followed when it is asked for:
/// in a large room that takes seconds, and the first one mostly does.
pub(super) fn thresholds<'a>(
    room: RoomId,
    found: &'a Found,
    keys: &'a RoomKeys,
) -> impl Iterator<Item = (Door, Followed)> + 'a {
    let room = convert::room(room);
    let group = group_of(&found.entrance);
    let mut follower = follower(room, found).filter(|follower| follower.group_id() == group);
    found.entrance.doors.iter().filter_map(move |sealed| {
        let follower = follower.as_mut()?;
        let keys = keys.door.iter().rev();
        let door = keys
            .filter_map(|(_, key)| Door::open_with(sealed.as_slice(), key, room, group).ok())
            .next()?;
        // A door that the others have left behind leads to where nobody sees who enters: better to wait until a
        // member has made a good one.
        let tree = follower.reach(&door).ok()?;
        (!tree.superseded).then_some((door, tree))
    })
}

/// What members are to look at. One who comes back from being shut out has asked them where they stand, and they look by
/// themselves.
fn what_is_shut(room: RoomId, arrival: &Arrival, found: &Found, keys: &RoomKeys) -> Option<Shut> {
    let (room, group) = (convert::room(room), group_of(&found.entrance));
    let opens = |sealed: &Bytes| {
        let mut keys = keys.door.iter();
        keys.any(|(_, key)| Door::open_with(sealed.as_slice(), key, room, group).is_ok())
    };
    match arrival.way {
        Way::Resync => None,
        Way::Link(..) | Way::OwnDevice if found.entrance.doors.iter().any(opens) => {
            Some(Shut::Tree)
        }
        Way::Link(..) | Way::OwnDevice => Some(Shut::Door),
    }
}

/// The tree snapshot with the log behind it.
fn follower(room: e2ee::ids::RoomId, found: &Found) -> Option<Follower> {
    let snapshot = found.entrance.tree.snapshot.as_slice();
    let mut follower = Follower::start(snapshot, room).ok()?;
    for entry in &found.entries {
        match &entry.body {
            Body::Commit(commit) => follower.take_commit(commit.commit.as_slice()).ok()?,
            Body::Proposal(proposal) => {
                follower.take_proposal(proposal.proposal.as_slice()).ok()?
            }
            _ => {}
        }
    }
    Some(follower)
}

fn posted(
    arrival: &mut Arrival,
    found: &Found,
    door: &Door,
    (entered, since_tree): (Entered, (u32, u64)),
    maker: Option<AccountId>,
    turn: &mut Turn<'_>,
) -> Posted {
    let client_id = turn.client_id();
    // The door leads to where the room was when the entrance was asked for, and not to what was followed since.
    let handshake = found.entrance.handshake_seq;
    let stranger = !entered.commit.effects.accounts_in.is_empty();
    let link = arrival.pass().filter(|_| stranger);
    let changes = entered.group.take_changes();
    let rows = changes
        .puts
        .into_iter()
        .map(|(name, value)| (ByteBuf::from(name), ByteBuf::from(value.to_vec())))
        .collect();
    let head = roster::Head {
        client_id,
        handshake,
        ticket: arrival.ticket.take(),
        group: group_of(&found.entrance),
    };
    let mut request = roster::request(head, entered.commit);
    request.link = link;
    Posted {
        client_id,
        request,
        rows,
        log: (door.log.seq, ByteArray::new(door.log.head)),
        maker,
        since_tree,
        passed_over: None,
        begun_at: found.entrance.tree.seq.0,
    }
}

fn passed_over(tree: &Followed) -> Option<PassedOver> {
    let makers = tree.passed_over.makers.iter().copied();
    Some(PassedOver {
        epoch: tree.passed_over.epoch?,
        makers: set(makers.map(convert::account_out)),
    })
}

fn code_of(error: &EnterError) -> ErrorCode {
    use e2ee::check::PublicReason;
    match error {
        // The way was closed since the link was made.
        EnterError::Refused(PublicReason::ExternalAccess) => ErrorCode::LinkEnded,
        EnterError::Refused(PublicReason::TooManyDevices) => ErrorCode::DeviceLimit,
        EnterError::Refused(PublicReason::PolicyVersion) => ErrorCode::PolicyTooNew,
        _ => ErrorCode::BadMls,
    }
}
