//! Leaving: this device asks to go for the account, and another member lets all devices of the account go.

use e2ee::group::LeaveError;
use protocol::{
    error::ErrorCode,
    ids::{ClientId, Seq},
    rest::ProposalRequest,
};

use super::{OwnProposal, PROPOSAL_ROW, Wish};
use crate::{
    api::{RoomStage, Space},
    engine::Engine,
    jobs::Job,
    rooms::Room,
    turn::Turn,
};

impl Engine {
    /// Makes the SelfRemove and posts it; `false` if that cannot be.
    pub(super) fn propose_leave(
        &mut self,
        room: &mut Room,
        number: u64,
        turn: &mut Turn<'_>,
    ) -> bool {
        let (Some(home), Some(group)) = (&self.home, room.group.as_mut()) else {
            return false;
        };
        let proposal = match group.propose_leave(&home.device, &mut turn.rng) {
            Ok(proposal) => proposal,
            Err(LeaveError::LastOwner) => {
                // Another owner was let go first: this one has to stay, and the room goes on as before.
                if room.stage() == RoomStage::Leaving {
                    room.set_stage(RoomStage::Joined, turn);
                }
                room.end_wish(number, Err(ErrorCode::LastOwner), turn);
                return false;
            }
            Err(LeaveError::Rows(_)) => {
                room.poison();
                return true;
            }
            Err(LeaveError::Mls(_)) => {
                room.end_wish(number, Err(ErrorCode::BadMls), turn);
                return false;
            }
        };
        let client_id = turn.client_id();
        let own = OwnProposal {
            client_id,
            wish: number,
            request: ProposalRequest {
                client_id,
                handshake_seq: Seq(room.record().handshake),
                proposal: proposal.into(),
            },
            accepted: false,
        };
        room.keep_proposal(own, turn);
        self.post_work(room, turn);
        true
    }

    /// The log shows the wish to leave: from here on this device waits to be let go.
    pub(crate) fn own_proposal_logged(
        &mut self,
        room: &mut Room,
        client_id: ClientId,
        turn: &mut Turn<'_>,
    ) {
        let own = room.roster.proposal.take();
        if let Some(own) = own.filter(|own| own.client_id == client_id) {
            self.jobs.clear(&Job::Propose(room.id, client_id));
            turn.delete(Space::Outbox(room.id), PROPOSAL_ROW);
            room.end_wish(own.wish, Ok(()), turn);
        }
        room.fail_messages(ErrorCode::NotAMember, self.home.as_ref(), turn);
        room.set_stage(RoomStage::Leaving, turn);
    }

    /// A commit went by that did not let this device go: a proposal is good for its epoch only.
    pub(crate) fn leave_after_merge(&self, room: &mut Room, turn: &mut Turn<'_>) {
        if room.stage() == RoomStage::Leaving && !room.roster.wants_to_leave() {
            room.add_wish(Wish::Leave, None, turn);
        }
    }

    /// This device is out of the room: nothing that was wished or written there can be done any more, except to
    /// leave.
    pub(crate) fn fail_room_work(&mut self, room: &mut Room, turn: &mut Turn<'_>) {
        self.fail_wishes(room, turn);
        room.forget_links(turn);
    }

    /// What was wished or written in a room cannot be done, except to leave it.
    pub(crate) fn fail_wishes(&mut self, room: &mut Room, turn: &mut Turn<'_>) {
        self.lose_race(room, turn);
        let wishes: Vec<(u64, bool)> = room
            .roster
            .wishes
            .iter()
            .map(|(number, wished)| (*number, wished.wish == Wish::Leave))
            .collect();
        for (number, leave) in wishes {
            let result = if leave {
                Ok(())
            } else {
                Err(ErrorCode::NotAMember)
            };
            room.end_wish(number, result, turn);
        }
        room.fail_messages(ErrorCode::NotAMember, self.home.as_ref(), turn);
    }
}
