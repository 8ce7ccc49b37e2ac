//! From a wish to a staged commit, in the room as it is now.

use e2ee::{
    check::PublicReason,
    group::{Intent, StageContext, StageError},
};
use protocol::{error::ErrorCode, ids::Seq};

use super::{Guest, OwnCommit, Wish, post};
use crate::{api::RoomStage, convert, engine::Engine, jobs::Job, rooms::Room, turn::Turn};

/// How often the room state is fetched before a commit is made without it.
pub(crate) const STATE_TRIES: u32 = 5;

/// What a wish needs next.
pub(crate) enum Step {
    /// A commit with this intent.
    Commit(Box<Intent>),
    /// A SelfRemove.
    Propose,
    /// An answer that is on its way.
    Wait,
    /// Nothing: it is so already.
    Fulfilled,
    /// It cannot be.
    Refused(ErrorCode),
}

impl Engine {
    pub(crate) fn roster_work(&mut self, room: &mut Room, turn: &mut Turn<'_>) {
        let stage = room.stage();
        let acting = matches!(
            stage,
            RoomStage::Joined | RoomStage::Leaving | RoomStage::Invited
        );
        if !acting || room.group.is_none() || self.post_work(room, turn) {
            return;
        }
        // What is staged must follow the last handshake; with a log that is behind it would be refused.
        if !room.is_caught_up() || !room.live.subscribed {
            return;
        }
        // A rotation seals anew what is known of the room, so who makes one reads that first.
        room.live.keeps_house =
            stage == RoomStage::Invited && (room.only_invited_stay() || self.renewal_pending(room));
        if room.is_let_go() {
            // Who asks to be let in may be the only one who could let this account go.
            self.readmission_work(room, turn);
            return;
        }
        if !self.knows_state(room) || self.renewal_work(room, turn) {
            return;
        }
        while let Some(number) = room.first_wish() {
            let Some(wished) = room.roster.wishes.get(&number).cloned() else {
                return;
            };
            match self.step(room, number, &wished.wish, wished.staged > 0, turn) {
                Step::Commit(intent) => {
                    if self.stage(room, Some(number), &intent, turn) {
                        return;
                    }
                }
                Step::Propose => {
                    if self.propose_leave(room, number, turn) {
                        return;
                    }
                }
                Step::Wait => return,
                Step::Fulfilled => room.end_wish(number, Ok(()), turn),
                Step::Refused(code) => room.end_wish(number, Err(code), turn),
            }
        }
        if stage == RoomStage::Joined || room.live.keeps_house {
            self.readmission_work(room, turn);
            self.housekeeping_work(room, turn);
        }
    }

    /// Whether commits may be made: a rotation seals the room state anew, so its maker must know it. Where it
    /// cannot be had for long, the room's changes go before its name.
    fn knows_state(&self, room: &mut Room) -> bool {
        if room.stage() != RoomStage::Joined && !room.live.keeps_house {
            return true;
        }
        let state = room.group.as_ref().and_then(e2ee::group::Group::state);
        if state.is_none() && !room.record().state_wanted {
            room.change().state_wanted = true;
        }
        let record = room.record();
        !(record.state_wanted || record.roster_wanted)
            || self.jobs.failures(&Job::Side(room.id)) >= STATE_TRIES
    }

    fn step(
        &mut self,
        room: &mut Room,
        number: u64,
        wish: &Wish,
        again: bool,
        turn: &mut Turn<'_>,
    ) -> Step {
        let commit = |intent| Step::Commit(Box::new(intent));
        match wish {
            Wish::Invite { user } => self.invite_step(room, number, user, again, turn),
            Wish::Leave => Step::Propose,
            Wish::Remove { account } => match room.member(*account) {
                Some(_) => commit(Intent::remove(convert::account(*account))),
                None if again => Step::Fulfilled,
                None => Step::Refused(ErrorCode::AccountNotFound),
            },
            Wish::SetRole { account, role } => match room.member(*account) {
                Some(member) if convert::role_out(member.role) == *role => Step::Fulfilled,
                Some(_) => commit(Intent::set_role(
                    convert::account(*account),
                    convert::role(*role),
                )),
                None => Step::Refused(ErrorCode::AccountNotFound),
            },
            Wish::Link { link } => self.state_step(room, |room| room.link_step(*link)),
            Wish::Unlink { link, rotate } => {
                self.state_step(room, |room| room.unlink_step(*link, *rotate, again))
            }
            Wish::Edit { name, topic } => {
                self.state_step(room, |room| edit_step(room, name.as_ref(), topic.as_ref()))
            }
        }
    }

    /// A step that changes the room state, which must be known for that.
    fn state_step(&self, room: &mut Room, step: impl FnOnce(&Room) -> Step) -> Step {
        let known = room.group.as_ref().and_then(e2ee::group::Group::state);
        if known.is_some() {
            return step(room);
        }
        // Without the state the other parts of it would be lost.
        if self.jobs.failures(&Job::Side(room.id)) >= STATE_TRIES {
            return Step::Refused(ErrorCode::BadMls);
        }
        room.change().state_wanted = true;
        Step::Wait
    }

    /// Stages a commit and posts it; `false` if that cannot be, and the wish is refused.
    pub(crate) fn stage(
        &mut self,
        room: &mut Room,
        wish: Option<u64>,
        intent: &Intent,
        turn: &mut Turn<'_>,
    ) -> bool {
        if let Some(home) = self.home.as_mut() {
            home.renew_certificate(turn);
        }
        // Nothing is sent that is staged still: what there is was refused.
        self.lose_race(room, turn);
        let record = room.record();
        let context = StageContext {
            now_ms: turn.now.millis(),
            log: record.log_head(),
            commits_since_tree: record.commits_since_tree,
            bytes_since_tree: record.bytes_since_tree,
        };
        let (Some(home), Some(group)) = (&self.home, room.group.as_mut()) else {
            return false;
        };
        let group_id = group.group_id();
        let staged = match group.stage(&home.device, intent, &context, &mut turn.rng) {
            Ok(staged) => staged,
            Err(StageError::Rows(_)) => {
                room.poison();
                return true;
            }
            Err(error) => {
                room.housekeeping_done(turn);
                if let Some(number) = wish {
                    room.end_wish(number, Err(code_of(&error)), turn);
                }
                return false;
            }
        };
        let client_id = turn.client_id();
        let head = post::Head {
            client_id,
            handshake: Seq(room.record().handshake),
            ticket: room.live.ticket.take(),
            group: group_id,
        };
        let own = OwnCommit {
            client_id,
            wish,
            request: post::request(head, staged),
            accepted: false,
            refused: false,
        };
        room.keep_commit(own, turn);
        if let Some(number) = wish
            && let Some(wished) = room.roster.wishes.get_mut(&number)
        {
            wished.staged = wished.staged.saturating_add(1);
            room.save_wish(number, turn);
        }
        self.post_work(room, turn);
        true
    }
}

fn edit_step(room: &Room, name: Option<&String>, topic: Option<&String>) -> Step {
    let Some(state) = room.group.as_ref().and_then(e2ee::group::Group::state) else {
        return Step::Wait;
    };
    let name = name.filter(|name| *name != state.name());
    let topic = topic.filter(|topic| *topic != state.topic());
    if name.is_none() && topic.is_none() {
        return Step::Fulfilled;
    }
    let intent = Intent {
        name: name.cloned(),
        topic: topic.cloned(),
        ..Intent::default()
    };
    Step::Commit(Box::new(intent))
}

impl Room {
    /// The wish whose turn it is. Who leaves does nothing else any more.
    fn first_wish(&self) -> Option<u64> {
        let leaves = self.stage() != RoomStage::Joined || self.roster.wants_to_leave();
        let mut wishes = self.roster.wishes.iter();
        wishes
            .find(|(_, wished)| !leaves || wished.wish == Wish::Leave)
            .map(|(number, _)| *number)
    }

    pub(crate) fn member(&self, account: protocol::ids::AccountId) -> Option<e2ee::group::Member> {
        let members = self.group.as_ref()?.members();
        members
            .into_iter()
            .find(|member| member.account == convert::account(account))
    }

    /// What is known of the guest of a wish.
    pub(super) fn guest_of(&self, number: u64) -> Option<&Guest> {
        match &self.roster.guest {
            Some((of, guest)) if *of == number => Some(guest),
            _ => None,
        }
    }
}

/// The lock's refusal in the words of the command line.
fn code_of(error: &StageError) -> ErrorCode {
    match error {
        StageError::Refused(reason) => code_of_reason(*reason),
        StageError::NotAMember => ErrorCode::AccountNotFound,
        StageError::State(_) => ErrorCode::BadContent,
        _ => ErrorCode::BadMls,
    }
}

const fn code_of_reason(reason: PublicReason) -> ErrorCode {
    match reason {
        PublicReason::AddRole
        | PublicReason::RemoveRole
        | PublicReason::RoleChange
        | PublicReason::StateRole
        | PublicReason::RotateRole
        | PublicReason::RulesRole => ErrorCode::RoleTooLow,
        PublicReason::NoOwner => ErrorCode::LastOwner,
        PublicReason::AddDuplicate => ErrorCode::AlreadyMember,
        PublicReason::TooManyDevices => ErrorCode::DeviceLimit,
        PublicReason::AddGeneration => ErrorCode::IdentityMismatch,
        _ => ErrorCode::BadMls,
    }
}
