//! Appending a SelfRemove proposal.

use protocol::{
    ids::{AccountId, RoomId},
    rest::{Encryption, Receipt},
    role::Role,
};

use crate::store::{
    Failure, StoreError,
    log::{CommitRefusal, ProposalPost},
    room::NotInside,
    sqlite::{
        columns::int,
        operation::Apply,
        scope::{RoomFacts, Scope},
    },
};

/// Appends a proposal and notes that its account wants to leave.
pub(in crate::store::sqlite) struct AppendProposal(pub(in crate::store::sqlite) ProposalPost);

impl Apply for AppendProposal {
    type Output = Receipt;
    type Refusal = CommitRefusal;

    async fn apply(self, scope: &mut Scope<'_>) -> Result<Receipt, Failure<CommitRefusal>> {
        let post = self.0;
        if let Some(receipt) = scope.known(post.room, post.poster, post.client_id).await? {
            return Ok(receipt);
        }
        let (facts, _role) = sealed_room_of(scope, post.room, post.poster.account).await?;
        if post.handshake_seq != facts.handshake_seq {
            return Err(Failure::Refused(CommitRefusal::Stale(None)));
        }
        let device = post.poster.device;
        if let Some(wait) = scope
            .memory
            .reserved_for_other(post.room, device, scope.now)
        {
            return Err(Failure::Refused(CommitRefusal::Reserved(wait)));
        }
        let receipt = scope
            .append_handshake(post.room, facts, post.poster, post.client_id, post.body)
            .await?;
        note_leaving(scope, post.room, post.poster.account, receipt).await?;
        Ok(receipt)
    }
}

/// A sealed room that the account is in, and its role there.
pub(super) async fn sealed_room_of(
    scope: &mut Scope<'_>,
    room: RoomId,
    account: AccountId,
) -> Result<(RoomFacts, Role), Failure<CommitRefusal>> {
    let Some(facts) = scope.room(room).await? else {
        return Err(Failure::Refused(CommitRefusal::RoomNotFound));
    };
    let standing = scope.standing(room, account).await?;
    let role = NotInside::judge(facts.kind == Encryption::Mls, standing)
        .map_err(|refusal| Failure::Refused(refusal.into()))?;
    Ok((facts, role))
}

async fn note_leaving(
    scope: &mut Scope<'_>,
    room: RoomId,
    account: AccountId,
    receipt: Receipt,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE members SET leaving_seq = ? WHERE room_id = ? AND account_id = ?")
        .bind(int(receipt.seq.0))
        .bind(int(room.get()))
        .bind(account.as_bytes().as_slice())
        .execute(&mut *scope.db)
        .await?;
    Ok(())
}
