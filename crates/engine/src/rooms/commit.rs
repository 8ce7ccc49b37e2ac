//! Commits and proposals of the log: the lock judges, the room follows.

use e2ee::{
    check::PublicReason,
    codec::Reader,
    group::{Change, DeviceRef, ProposalError, Verdict},
    ordered::set,
};
use protocol::log::{Body, Commit, Entry, Proposal};

use super::{Room, Successor, Suspicion, side::Words, take::Flow};
use crate::{
    api::{Event, HistoryChoice, RoomNotice, RoomStage},
    convert,
    engine::Engine,
    jobs::Job,
    timeline::Author,
    turn::Turn,
};

/// A leaf that is to be renewed soon is so within this time, spread over it.
const SOON_MS: u64 = 10 * 60_000;
/// A leaf is renewed this often.
pub(super) const UPDATE_MS: u64 = 7 * 86_400_000;
/// Or after so many own messages.
const UPDATE_MESSAGES: u32 = 1_000;

impl Engine {
    pub(super) fn take_commit(
        &mut self,
        room: &mut Room,
        entry: &Entry,
        commit: &Commit,
        turn: &mut Turn<'_>,
    ) -> Flow {
        if room.record().skip == Some(entry.seq.0) {
            // Evidence has shown that it was bad for all.
            room.change().skip = None;
            room.show_notice(entry, None, RoomNotice::RefusedChange, turn);
            return Flow::Next;
        }
        let own = room.roster.is_own_commit(entry.client_id, &commit.commit);
        if !own {
            self.lose_race(room, turn);
        }
        let names = room.names();
        let leaves = room.leaf_keys();
        let verdict = match room.group.as_mut() {
            Some(group) => group.judge(commit.commit.as_slice()),
            None => return Flow::Stop,
        };
        match verdict {
            Ok(Verdict::Merged(change)) => {
                room.remember_former(&leaves, &change);
                self.merged(room, entry, commit, &change, &names, turn);
                Flow::Next
            }
            Ok(Verdict::Skipped(reason)) => {
                if reason == PublicReason::WrongEpoch {
                    room.hint_entry(entry, self.own_account());
                }
                room.show_notice(entry, None, RoomNotice::RefusedChange, turn);
                Flow::Next
            }
            Ok(Verdict::Suspect(_)) => {
                self.suspect(room, entry, commit, turn);
                Flow::Stop
            }
            Ok(Verdict::Removed {
                by, asked: true, ..
            }) => {
                self.let_go(room, entry, by, turn);
                Flow::Next
            }
            Ok(Verdict::Removed {
                by,
                readmitted: true,
                epoch,
                transcript,
                ..
            }) => {
                let behind = Successor { epoch, transcript };
                self.seated_anew(room, entry, by, behind, turn);
                Flow::Next
            }
            Ok(Verdict::Removed { by, .. }) if self.is_set_aside(room, by, entry.timestamp) => {
                self.set_aside(room, entry, by, turn);
                Flow::Next
            }
            Ok(Verdict::Removed {
                by,
                epoch,
                transcript,
                ..
            }) => {
                let removal = Successor { epoch, transcript };
                self.thrown_out(room, entry, by, removal, turn);
                Flow::Stop
            }
            Ok(Verdict::Paused { .. }) => {
                let stage = room.stage();
                room.change().paused_from = Some(stage);
                room.set_stage(RoomStage::TooNew, turn);
                Flow::Stop
            }
            Err(_) => {
                room.poison();
                Flow::Stop
            }
        }
    }

    fn merged(
        &mut self,
        room: &mut Room,
        entry: &Entry,
        commit: &Commit,
        change: &Change,
        names: &super::Names,
        turn: &mut Turn<'_>,
    ) {
        let sent_tree = change.own && room.roster.own_has_tree();
        if change.own {
            self.own_commit_logged(room, turn);
        }
        let with_tree = sent_tree || commit.with_tree;
        room.count_since_tree(with_tree, commit.commit.len() as u64);
        let now = turn.now;
        let record = room.change();
        record.leaver_seen = None;
        if change.own {
            record.update_due = Some(now.plus(UPDATE_MS));
            record.sealed_since_update = 0;
        }
        record
            .accepted
            .remove(&convert::account_out(change.committer.account));
        for account in &change.accounts_out {
            record.accepted.remove(&convert::account_out(*account));
        }
        if change.state_changed {
            record.state_wanted = !change.own;
        }
        let before = room.words();
        if change.own {
            room.take_state();
        }
        room.roster.housekeeping_at = None;
        room.live.repair.epoch_over();
        room.readmitted(change);
        self.hear_devices(room, change, entry.timestamp, turn);
        if change.rotation {
            // The files are sealed anew, under keys that everybody has.
            self.jobs.clear(&Job::Side(room.id));
        }
        let committer = convert::account_out(change.committer.account);
        room.acted_here(committer, self.own_account());
        self.observe_added(room, &change.added, turn);
        let author = room.author(change.committer, names);
        if let Some(notice) = room.notice(change, &before) {
            let item =
                crate::timeline::item(entry, Some(author), crate::api::ItemBody::Notice(notice));
            if change.state_changed && !change.own {
                room.change().edited = Some(item.clone());
            }
            room.show(item, turn);
        }
        self.leave_after_merge(room, turn);
        room.links_follow(change, turn);
        if change.rotation || room.record().history == HistoryChoice::SinceJoin {
            let epoch = room.group.as_ref().map(e2ee::group::Group::epoch);
            self.mark_room_pages(room, &epoch.into_iter().collect(), turn);
        }
        turn.event(Event::RoomsChanged);
        turn.event(Event::MembersChanged(room.id));
    }

    /// The entry by which this device came in, where it came by its own commit.
    pub(super) fn show_arrival(&self, room: &mut Room, entry: &Entry, turn: &mut Turn<'_>) {
        let (Some(home), Some(group), Body::Commit(commit)) =
            (&self.home, &room.group, &entry.body)
        else {
            return;
        };
        if !group.entered_by(commit.commit.as_slice()).unwrap_or(false) {
            return;
        }
        let author = Author {
            account: home.account,
            device: convert::device_out(home.device.id()),
            name: Some(home.user.as_str().to_owned()),
        };
        let notice = if room.record().inviter.is_some() {
            RoomNotice::CameByLink
        } else {
            RoomNotice::DeviceAdded(home.account)
        };
        room.show_notice(entry, Some(author), notice, turn);
    }

    /// Certificates that came into the room's tree are pinned.
    fn observe_added(&mut self, room: &Room, added: &[DeviceRef], turn: &mut Turn<'_>) {
        let Some(group) = &room.group else { return };
        for device in added {
            if let Some(leaf) = group.leaf(device.device) {
                self.observe(&leaf.certificate, turn);
            }
        }
    }

    pub(super) fn take_proposal(
        &mut self,
        room: &mut Room,
        entry: &Entry,
        proposal: &Proposal,
        turn: &mut Turn<'_>,
    ) -> Flow {
        if !room
            .roster
            .is_own_proposal(entry.client_id, &proposal.proposal)
        {
            // A commit made before it does not name it and is behind the log: it is made again.
            self.lose_race(room, turn);
        }
        let noted = match room.group.as_mut() {
            Some(group) => group.note_proposal(proposal.proposal.as_slice()),
            None => return Flow::Stop,
        };
        match noted {
            Ok(leaving) => {
                let now = turn.now;
                let own = self.own_device() == Some(convert::device_out(leaving.who.device));
                if own {
                    self.own_proposal_logged(room, entry.client_id, turn);
                } else if room.record().leaver_seen.is_none() {
                    room.change().leaver_seen = Some(now);
                }
                if room.everybody_leaves() {
                    // Nobody stays who could take it in: the room is over.
                    self.close_room(room, RoomStage::Left, turn);
                }
                Flow::Next
            }
            Err(ProposalError::Rows(_)) => {
                room.poison();
                Flow::Stop
            }
            Err(ProposalError::Invalid | ProposalError::Type) => {
                room.show_notice(entry, None, RoomNotice::RefusedChange, turn);
                Flow::Next
            }
        }
    }

    /// A commit that this device's own keys do not follow: nothing is merged, evidence must decide.
    fn suspect(&mut self, room: &mut Room, entry: &Entry, commit: &Commit, turn: &mut Turn<'_>) {
        // The signature is verified by now, so the leaf that the commit names made it.
        let leaf = sender_leaf(commit.commit.as_slice()).and_then(|index| {
            room.group
                .as_ref()?
                .leaves()
                .find(|leaf| leaf.index == index)
        });
        let by = leaf.map(|leaf| DeviceRef {
            account: leaf.account(),
            device: leaf.device(),
        });
        let author = by.map(|by| room.author(by, &room.names()));
        room.show_notice(entry, author, RoomNotice::Checking, turn);
        let committer = by.map_or(entry.sender, |by| convert::account_out(by.account));
        room.doubt(entry, committer, None);
        room.set_stage(RoomStage::Suspect, turn);
    }

    /// A leaf that still is the one of its KeyPackage, or that has said much, is renewed soon, each device at a moment
    /// of its own.
    pub(crate) fn plan_update(room: &mut Room, turn: &mut Turn<'_>) {
        let wait = turn.rng.next_u64() % SOON_MS;
        let due = turn.now.plus(SOON_MS / 10 + wait);
        let record = room.change();
        record.update_due = Some(record.update_due.map_or(due, |former| former.min(due)));
    }

    /// One message more went out under this leaf.
    pub(crate) fn count_sealed(room: &mut Room, turn: &mut Turn<'_>) {
        let sealed = room.record().sealed_since_update.saturating_add(1);
        room.change().sealed_since_update = sealed;
        if sealed == UPDATE_MESSAGES {
            Self::plan_update(room, turn);
        }
    }
}

/// The leaf that a PublicMessage names as its sender (RFC 9420 section 6): version, wire format, group id, epoch,
/// sender.
fn sender_leaf(message: &[u8]) -> Option<u32> {
    const PUBLIC_MESSAGE: u16 = 1;
    const MEMBER: u8 = 1;
    let mut reader = Reader::new(message);
    let _version = reader.u16().ok()?;
    let format = reader.u16().ok()?;
    let _group = reader.vec(64).ok()?;
    let _epoch = reader.u64().ok()?;
    let sender = reader.u8().ok()?;
    let index = reader.u32().ok()?;
    (format == PUBLIC_MESSAGE && sender == MEMBER).then_some(index)
}

/// What a commit says that changed devices and nothing else.
fn device_notice(change: &Change) -> Option<RoomNotice> {
    let came = |device: &&DeviceRef| !change.removed.contains(device);
    let went = |device: &&DeviceRef| !change.added.contains(device);
    let came = change.added.iter().find(came);
    let went = change.removed.iter().find(went);
    let account = |device: &DeviceRef| convert::account_out(device.account);
    Some(match (came, went) {
        (Some(device), None) => RoomNotice::DeviceAdded(account(device)),
        (None, Some(device)) => RoomNotice::DeviceRemoved(account(device)),
        (Some(device), Some(_)) => RoomNotice::Devices(account(device)),
        (None, None) => RoomNotice::DeviceBack(account(change.added.first()?)),
    })
}

impl Room {
    /// Notes an entry that is not followed until evidence decides.
    pub(super) fn doubt(
        &mut self,
        entry: &Entry,
        committer: protocol::ids::AccountId,
        removal: Option<Successor>,
    ) {
        let log = self.record().log_head();
        let hash = super::heads::entry_hash(entry);
        let stage = self.stage();
        let record = self.change();
        record.paused_from = Some(stage);
        record.suspicion = Some(Suspicion {
            seq: entry.seq.0,
            head: hash.map_or(log.head, |hash| log.advance(&hash).head),
            committer,
            removal,
            same: e2ee::ordered::Set::new(),
            different: e2ee::ordered::Set::new(),
            stood: e2ee::ordered::Set::new(),
            until: None,
        });
    }

    /// Counts a commit, or starts anew where it came with a tree snapshot.
    pub(crate) fn count_since_tree(&mut self, with_tree: bool, bytes: u64) {
        let record = self.change();
        if with_tree {
            (record.commits_since_tree, record.bytes_since_tree) = (0, 0);
        } else {
            record.commits_since_tree = record.commits_since_tree.saturating_add(1);
            record.bytes_since_tree = record.bytes_since_tree.saturating_add(bytes);
        }
    }

    fn everybody_leaves(&mut self) -> bool {
        let Some(group) = self.group.as_mut() else {
            return false;
        };
        let Ok(leaving) = group.leaving() else {
            return false;
        };
        let leaves = |account| leaving.iter().any(|one| one.who.account == account);
        group.leaves().all(|leaf| leaves(leaf.account()))
    }

    /// What a commit says to people: the most telling of its changes. A renewed leaf says nothing.
    fn notice(&self, change: &Change, before: &Words) -> Option<RoomNotice> {
        let wire = |accounts: &[e2ee::ids::AccountId]| -> Vec<_> {
            accounts.iter().copied().map(convert::account_out).collect()
        };
        let asked = set(change.left.iter().map(|left| left.account));
        let (left, thrown): (Vec<_>, Vec<_>) = change
            .accounts_out
            .iter()
            .partition(|account| asked.contains(account));
        let roles = || {
            let change_of = |role: &e2ee::group::RoleChange| {
                (
                    convert::account_out(role.account),
                    convert::role_out(role.after),
                )
            };
            let gone = &change.accounts_out;
            change
                .roles
                .iter()
                .filter(|role| !gone.contains(&role.account))
                .map(change_of)
                .collect::<Vec<_>>()
        };
        if change.accounts_in.contains(&change.committer.account) {
            Some(RoomNotice::CameByLink)
        } else if !change.accounts_in.is_empty() {
            Some(RoomNotice::Invited(wire(&change.accounts_in)))
        } else if !thrown.is_empty() {
            Some(RoomNotice::Removed(wire(&thrown)))
        } else if !left.is_empty() {
            Some(RoomNotice::Left(wire(&left)))
        } else if !roles().is_empty() {
            Some(RoomNotice::Roles(roles()))
        } else if change.state_changed {
            // What somebody else changed is told when the state is here.
            let unknown = RoomNotice::Edited {
                name: None,
                topic: None,
            };
            Some(if change.own {
                self.edit_since(before)
            } else {
                unknown
            })
        } else {
            device_notice(change)
        }
    }

    /// Keeps what the views show of a group that is about to go.
    pub(super) fn remember_last(&mut self) {
        let Some(group) = &self.group else { return };
        let last = super::record::Last {
            epoch: group.epoch(),
            authenticator: group.authenticator().to_vec(),
            accounts: group.members().len(),
            role: None,
        };
        self.change().last = last;
    }
}
