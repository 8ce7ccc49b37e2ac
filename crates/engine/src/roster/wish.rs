//! What a person wants of a room, kept until it is done or refused.

use e2ee::ordered::Map;

use protocol::{
    bytes::Bytes,
    error::ErrorCode,
    ids::{AccountId, ClientId, LinkId},
    names::UserName,
    role::Role,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

use super::{Guest, OwnCommit, OwnProposal, WISH_PREFIX};
use crate::{
    api::{CommandId, Failure, Outcome, Space},
    records::{self, RecordError},
    rooms::{Posting, Room},
    turn::Turn,
};

/// One change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Wish {
    Invite {
        user: UserName,
    },
    Remove {
        account: AccountId,
    },
    SetRole {
        account: AccountId,
        role: Role,
    },
    Edit {
        name: Option<String>,
        topic: Option<String>,
    },
    /// List a link of this account in the room's state.
    Link {
        link: LinkId,
    },
    /// Take a link off it; with new keys, where that is wanted and allowed.
    Unlink {
        link: LinkId,
        rotate: bool,
    },
    Leave,
}

/// A wish and how often a commit for it was staged.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Wished {
    pub(crate) wish: Wish,
    #[serde(default)]
    pub(crate) staged: u32,
}

/// All wishes of one room, and what is on its way for the first of them.
#[derive(Default)]
pub(crate) struct Roster {
    pub(crate) wishes: Map<u64, Wished>,
    /// Who waits for a wish. Gone with a restart; the wish is not.
    pub(crate) commands: Map<u64, CommandId>,
    pub(crate) commit: Option<OwnCommit>,
    pub(crate) proposal: Option<OwnProposal>,
    pub(crate) posting: Option<Posting>,
    /// How far the first wish's guest is known.
    pub(crate) guest: Option<(u64, Guest)>,
    /// When this device is to take in others' wishes to leave.
    pub(crate) housekeeping_at: Option<Timestamp>,
}

impl Roster {
    pub(crate) fn load_wish(&mut self, number: u64, row: &[u8]) -> Result<(), RecordError> {
        self.wishes.insert(number, records::decode(row)?);
        Ok(())
    }

    pub(crate) fn pending(&self) -> usize {
        self.wishes.len().max(usize::from(self.is_posting()))
    }

    /// Whether something of this device may enter the log next and change the room.
    pub(crate) fn is_posting(&self) -> bool {
        let commit = self.commit.as_ref();
        commit.is_some_and(|own| !own.refused) || self.proposal.is_some()
    }

    pub(crate) fn is_own_commit(&self, client_id: ClientId, bytes: &Bytes) -> bool {
        let own = self.commit.as_ref();
        own.is_some_and(|own| own.client_id == client_id && own.request.commit == *bytes)
    }

    pub(crate) fn is_own_proposal(&self, client_id: ClientId, bytes: &Bytes) -> bool {
        let own = self.proposal.as_ref();
        own.is_some_and(|own| own.client_id == client_id && own.request.proposal == *bytes)
    }

    pub(crate) fn own_has_tree(&self) -> bool {
        let own = self.commit.as_ref();
        own.is_some_and(|own| own.request.tree.is_some())
    }

    pub(crate) fn wants_to_leave(&self) -> bool {
        self.wishes
            .values()
            .any(|wished| wished.wish == Wish::Leave)
    }
}

fn row_name(number: u64) -> Vec<u8> {
    [WISH_PREFIX, &number.to_be_bytes()].concat()
}

impl Room {
    pub(crate) fn add_wish(&mut self, wish: Wish, command: Option<CommandId>, turn: &mut Turn<'_>) {
        let last = self.roster.wishes.last_key_value();
        let number = last.map_or(1, |(number, _)| number + 1);
        self.roster
            .wishes
            .insert(number, Wished { wish, staged: 0 });
        if let Some(command) = command {
            self.roster.commands.insert(number, command);
        }
        self.save_wish(number, turn);
    }

    pub(crate) fn save_wish(&self, number: u64, turn: &mut Turn<'_>) {
        match self.roster.wishes.get(&number) {
            Some(wished) => turn.put(
                Space::Outbox(self.id),
                &row_name(number),
                records::encode(wished),
            ),
            None => turn.delete(Space::Outbox(self.id), &row_name(number)),
        }
    }

    /// A wish is fulfilled or refused; whoever waits for it hears.
    pub(crate) fn end_wish(
        &mut self,
        number: u64,
        result: Result<(), ErrorCode>,
        turn: &mut Turn<'_>,
    ) {
        let ended = self.roster.wishes.remove(&number);
        self.save_wish(number, turn);
        if let Some(wished) = ended {
            self.link_wish_ended(&wished.wish, result, turn);
        }
        if matches!(self.roster.guest, Some((of, _)) if of == number) {
            self.roster.guest = None;
        }
        if let Some(command) = self.roster.commands.remove(&number) {
            let result = result.map(|()| Outcome::Done).map_err(Failure::from);
            turn.done(command, result);
        }
    }
}
