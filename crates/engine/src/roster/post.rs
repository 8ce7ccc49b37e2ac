//! A staged commit or a proposal on its way into the log.

use e2ee::group::{OwnCommit as Staged, RosterWrite as StagedRoster};
use protocol::{
    call::Call,
    error::{ErrorBody, ErrorCode},
    ids::{ClientId, RoomId, Seq, Ticket},
    log::{Effects, RoleChange},
    rest::{CommitRequest, MailBody, MailDrop, ProposalRequest, Receipt, RosterWrite},
};
use serde::{Deserialize, Serialize};

use super::{COMMIT_ROW, PROPOSAL_ROW};
use crate::{api::Space, convert, engine::Engine, jobs::Job, records, rooms::Room, turn::Turn};

/// How long a commit waits that the server holds back without saying how long.
const RESERVED_MS: u64 = 1_000;
/// How long one waits that is behind a log in which nothing newer is found.
const STALE_MS: u64 = 500;

/// The staged commit of this device, sent until the server answers, kept until the log shows it or another.
#[derive(Serialize, Deserialize)]
pub(crate) struct OwnCommit {
    pub(crate) client_id: ClientId,
    /// The wish that it fulfils; none for housekeeping.
    pub(crate) wish: Option<u64>,
    pub(crate) request: CommitRequest,
    /// The server has it.
    #[serde(skip)]
    pub(crate) accepted: bool,
    /// The server refused it. It may have taken it all the same, so it is kept until the log shows another or this device
    /// makes one.
    #[serde(default)]
    pub(crate) refused: bool,
}

/// A SelfRemove of this device, likewise.
#[derive(Serialize, Deserialize)]
pub(crate) struct OwnProposal {
    pub(crate) client_id: ClientId,
    pub(crate) wish: u64,
    pub(crate) request: ProposalRequest,
    #[serde(skip)]
    pub(crate) accepted: bool,
}

/// What a commit is posted under.
pub(crate) struct Head {
    pub(crate) client_id: ClientId,
    /// The last handshake seen.
    pub(crate) handshake: Seq,
    pub(crate) ticket: Option<Ticket>,
    pub(crate) group: e2ee::ids::GroupId,
}

/// The request that posts a staged commit with all that belongs to it.
pub(crate) fn request(head: Head, staged: Staged) -> CommitRequest {
    let group_id = convert::group_out(head.group);
    let mut mails = Vec::new();
    if let Some(welcome) = &staged.welcome {
        for (account, device) in &welcome.devices {
            mails.push(MailDrop {
                account_id: convert::account_out(*account),
                device_id: convert::device_out(*device),
                body: MailBody::Welcome {
                    group_id,
                    welcome: welcome.welcome.as_slice().into(),
                    bundle: welcome.bundle.as_slice().into(),
                },
            });
        }
    }
    CommitRequest {
        client_id: head.client_id,
        handshake_seq: head.handshake,
        ticket: head.ticket,
        link: None,
        commit: staged.commit.into(),
        effects: effects(&staged.effects),
        mails,
        door: staged.door.into(),
        state: staged.state.map(Into::into),
        roster: match staged.roster {
            StagedRoster::Keep => None,
            StagedRoster::Append(part) => Some(RosterWrite::Append(part.into())),
            StagedRoster::Replace(whole) => Some(RosterWrite::Replace(whole.into())),
        },
        tree: staged.tree.map(Into::into),
        chain: staged.chain.map(Into::into),
    }
}

fn effects(staged: &e2ee::group::Effects) -> Effects {
    let wire = |accounts: &[e2ee::ids::AccountId]| {
        let mut ids: Vec<_> = accounts.iter().copied().map(convert::account_out).collect();
        ids.sort_unstable();
        ids
    };
    Effects {
        accounts_in: wire(&staged.accounts_in),
        accounts_out: wire(&staged.accounts_out),
        roles: staged
            .roles
            .iter()
            .map(|(account, role)| RoleChange {
                account: convert::account_out(*account),
                role: convert::role_out(*role),
            })
            .collect(),
    }
}

impl Engine {
    /// Sends what is staged; `true` if there is something, so that nothing else is staged now.
    pub(super) fn post_work(&mut self, room: &Room, turn: &mut Turn<'_>) -> bool {
        if let Some(own) = room.roster.commit.as_ref().filter(|own| !own.refused) {
            let job = Job::Commit(room.id, own.client_id);
            if !own.accepted && self.jobs.may_start(&job, turn.now) {
                let call = Call::Commit(room.id, Box::new(own.request.clone()));
                self.jobs.start(job, call, turn);
            }
            return true;
        }
        if let Some(own) = &room.roster.proposal {
            let job = Job::Propose(room.id, own.client_id);
            if !own.accepted && self.jobs.may_start(&job, turn.now) {
                let call = Call::Propose(room.id, own.request.clone());
                self.jobs.start(job, call, turn);
            }
            return true;
        }
        false
    }

    /// The server has it. The log says what it means.
    pub(crate) fn change_accepted(
        &mut self,
        id: RoomId,
        client_id: ClientId,
        receipt: &Receipt,
        turn: &mut Turn<'_>,
    ) {
        self.with_room(id, turn, |_, room, turn| {
            room.expect(receipt.seq, turn.now);
            if let Some(own) = room.roster.commit.as_mut()
                && own.client_id == client_id
            {
                own.accepted = true;
            }
            if let Some(own) = room.roster.proposal.as_mut()
                && own.client_id == client_id
            {
                own.accepted = true;
            }
        });
    }

    pub(crate) fn change_refused(&mut self, job: Job, body: &ErrorBody, turn: &mut Turn<'_>) {
        let (Job::Commit(id, client_id) | Job::Propose(id, client_id)) = job else {
            return;
        };
        match body.code {
            ErrorCode::StaleCommit | ErrorCode::StaleMessage => {
                self.with_room(id, turn, |_, room, _| {
                    room.live.ticket = body.ticket.or(room.live.ticket);
                    room.live.refetch = true;
                });
                self.jobs.delay(job, turn.now, STALE_MS);
            }
            ErrorCode::CommitReserved => {
                let wait = body.retry_after_ms.unwrap_or(RESERVED_MS);
                self.jobs.delay(job, turn.now, wait);
            }
            code => {
                self.jobs.clear(&job);
                self.with_room(id, turn, |engine, room, turn| {
                    engine.change_impossible(room, client_id, code, turn);
                });
                if matches!(code, ErrorCode::NotAMember | ErrorCode::RoomNotFound) {
                    self.room_refused(id, code, turn);
                }
            }
        }
    }

    /// The server refuses it for good: the wish is over, and what was staged is not sent again.
    fn change_impossible(
        &mut self,
        room: &mut Room,
        client_id: ClientId,
        code: ErrorCode,
        turn: &mut Turn<'_>,
    ) {
        let commit = room.roster.commit.as_ref();
        let proposal = room.roster.proposal.as_ref();
        let wish = if commit.is_some_and(|own| own.client_id == client_id) {
            commit.and_then(|own| own.wish)
        } else if proposal.is_some_and(|own| own.client_id == client_id) {
            proposal.map(|own| own.wish)
        } else {
            return;
        };
        match room.roster.commit.take() {
            Some(own) if own.client_id == client_id => {
                let refused = OwnCommit {
                    wish: None,
                    refused: true,
                    ..own
                };
                room.keep_commit(refused, turn);
                // It may have been taken all the same: the log says so, before anything else is staged in its place.
                room.live.refetch = true;
            }
            own => {
                room.roster.commit = own;
                self.lose_race(room, turn);
            }
        }
        room.housekeeping_done(turn);
        if let Some(number) = wish {
            room.end_wish(number, Err(code), turn);
        }
    }

    /// Another handshake stands where this device's would have: what was staged goes, the wish stays.
    pub(crate) fn lose_race(&mut self, room: &mut Room, turn: &mut Turn<'_>) {
        if let Some(own) = room.roster.commit.take() {
            self.jobs.clear(&Job::Commit(room.id, own.client_id));
            turn.delete(Space::Outbox(room.id), COMMIT_ROW);
            let discarded = room.group.as_mut().map(e2ee::group::Group::discard_own);
            if matches!(discarded, Some(Err(_))) {
                room.poison();
            }
        }
        if let Some(own) = room.roster.proposal.take() {
            self.jobs.clear(&Job::Propose(room.id, own.client_id));
            turn.delete(Space::Outbox(room.id), PROPOSAL_ROW);
        }
    }

    /// The log shows this device's commit.
    pub(crate) fn own_commit_logged(&mut self, room: &mut Room, turn: &mut Turn<'_>) {
        let Some(own) = room.roster.commit.take() else {
            return;
        };
        self.jobs.clear(&Job::Commit(room.id, own.client_id));
        turn.delete(Space::Outbox(room.id), COMMIT_ROW);
        room.live.ticket = None;
        if let Some(number) = own.wish {
            room.end_wish(number, Ok(()), turn);
        }
    }
}

impl Room {
    pub(super) fn keep_commit(&mut self, own: OwnCommit, turn: &mut Turn<'_>) {
        turn.put(Space::Outbox(self.id), COMMIT_ROW, records::encode(&own));
        self.roster.commit = Some(own);
    }

    pub(super) fn keep_proposal(&mut self, own: OwnProposal, turn: &mut Turn<'_>) {
        turn.put(Space::Outbox(self.id), PROPOSAL_ROW, records::encode(&own));
        self.roster.proposal = Some(own);
    }
}
