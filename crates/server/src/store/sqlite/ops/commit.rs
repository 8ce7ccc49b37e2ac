//! Appending a commit with everything that belongs to it, all or nothing (PROTOCOL sections 5 and 6).

use protocol::{
    ids::{AccountId, RoomId},
    log::Effects,
    rest::{CommitRequest, Encryption, MailDrop, Receipt, RosterWrite},
    role::Role,
};

use super::{
    devices::belongs,
    effects::{self, Actor, is_in},
    links::{count_use, link},
    mail::{About, drop_mail},
    proposal::sealed_room_of,
    side::{
        append_link, append_roster, put_door, put_state, put_tree, replace_roster,
        roster_is_too_large,
    },
};
use crate::store::{
    Failure,
    link::ShownLink,
    log::{CommitPost, CommitRefusal},
    sqlite::{
        operation::Apply,
        scope::{RoomFacts, Scope},
    },
};

/// Appends a commit.
pub(in crate::store::sqlite) struct AppendCommit(pub(in crate::store::sqlite) CommitPost);

impl Apply for AppendCommit {
    type Output = Receipt;
    type Refusal = CommitRefusal;

    async fn apply(self, scope: &mut Scope<'_>) -> Result<Receipt, Failure<CommitRefusal>> {
        let CommitPost {
            room,
            poster,
            request,
            shown,
            body,
        } = self.0;
        if let Some(receipt) = scope.known(room, poster, request.client_id).await? {
            return Ok(receipt);
        }
        let (facts, role) = match shown {
            Some(shown) => (room_behind(scope, room, shown).await?, Role::Member),
            None => sealed_room_of(scope, room, poster.account).await?,
        };
        if request.handshake_seq != facts.handshake_seq {
            let ticket = scope.memory.ticket(room, poster.device, scope.now);
            return Err(Failure::Refused(CommitRefusal::Stale(ticket)));
        }
        let ticket = request.ticket;
        if let Some(wait) = scope
            .memory
            .reserved_from(room, poster.device, ticket, scope.now)
        {
            return Err(Failure::Refused(CommitRefusal::Reserved(wait)));
        }
        if !effects::well_formed(&request.effects) {
            return Err(Failure::Refused(CommitRefusal::BadEffects));
        }
        if shown.is_some() && !only_joins(&request, poster.account) {
            return Err(Failure::Refused(CommitRefusal::MoreThanJoining));
        }
        let receipt = scope
            .append_handshake(room, facts, poster, request.client_id, body)
            .await?;
        let actor = Actor {
            account: poster.account,
            role,
        };
        if let Some(shown) = shown
            && !is_in(scope, room, poster.account).await?
        {
            count_use(scope, room, shown.link).await?;
        }
        effects::apply(scope, room, receipt.seq, actor, &request.effects).await?;
        deliver(scope, room, poster.account, receipt, request).await?;
        scope.memory.clear_ticket(room);
        Ok(receipt)
    }
}

/// The sealed room that a link opens.
async fn room_behind(
    scope: &mut Scope<'_>,
    room: RoomId,
    shown: ShownLink,
) -> Result<RoomFacts, Failure<CommitRefusal>> {
    let facts = scope.room(room).await?;
    let stored = link(scope, room, shown.link).await?;
    let opens = shown.opens(stored.as_ref(), scope.now);
    facts
        .filter(|facts| opens && facts.kind == Encryption::Mls)
        .ok_or(Failure::Refused(CommitRefusal::LinkEnded))
}

/// Whether a commit brings this account in and does nothing else.
fn only_joins(request: &CommitRequest, account: AccountId) -> bool {
    let effects = Effects {
        accounts_in: vec![account],
        ..Effects::default()
    };
    request.effects == effects
        && request.mails.is_empty()
        && request.state.is_none()
        && request.chain.is_none()
        && !matches!(request.roster, Some(RosterWrite::Replace(_)))
}

/// Mails and side files.
async fn deliver(
    scope: &mut Scope<'_>,
    room: RoomId,
    sender: AccountId,
    receipt: Receipt,
    request: CommitRequest,
) -> Result<(), Failure<CommitRefusal>> {
    let about = About {
        room: Some(room),
        seq: Some(receipt.seq),
    };
    for MailDrop {
        account_id,
        device_id,
        body,
    } in request.mails
    {
        let reaches =
            is_in(scope, room, account_id).await? && belongs(scope, device_id, account_id).await?;
        if !reaches {
            return Err(Failure::Refused(CommitRefusal::BadMail));
        }
        drop_mail(scope, about, sender, device_id, body).await?;
    }
    put_door(scope, room, request.door.0).await?;
    if let Some(state) = request.state {
        put_state(scope, room, state.0).await?;
    }
    match request.roster {
        Some(RosterWrite::Append(record)) => append_roster(scope, room, record.0).await?,
        Some(RosterWrite::Replace(log)) => replace_roster(scope, room, log.0).await?,
        None => {}
    }
    if roster_is_too_large(scope, room).await? {
        return Err(Failure::Refused(CommitRefusal::TooLarge));
    }
    if let Some(tree) = request.tree {
        put_tree(scope, room, receipt.seq, tree.0).await?;
    }
    if let Some(link) = request.chain {
        append_link(scope, room, link.0).await?;
    }
    Ok(())
}
