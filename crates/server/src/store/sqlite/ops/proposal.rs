//! Appending a SelfRemove proposal.

use std::collections::BTreeSet;

use protocol::{
    ids::{AccountId, RoomId, Seq},
    log::Body,
    rest::{Encryption, Receipt},
    role::Role,
};

use crate::store::{
    Committed, Failure, StoreError,
    log::{CommitRefusal, ProposalPost},
    room::NotInside,
    sqlite::{
        columns::{id16, int, number, seq, text},
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
        if everybody_leaves(scope, post.room, receipt.seq).await? {
            end(scope, post.room, receipt.seq).await?;
        }
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

/// Whether all who are in have asked to leave since the last commit, so that nobody is left who could take them out.
/// Each account answers for itself: a wish of an earlier epoch, or somebody's silence, keeps the room.
async fn everybody_leaves(
    scope: &mut Scope<'_>,
    room: RoomId,
    last: Seq,
) -> Result<bool, StoreError> {
    let query = "SELECT COUNT(*) AS count FROM members
         WHERE room_id = ? AND left_seq = 0 AND leaving_seq = 0";
    let stay = sqlx::query(query).bind(int(room.get()));
    let stay = stay.fetch_one(&mut *scope.db).await?;
    if number(&stay, "count")? > 0 {
        return Ok(false);
    }
    let leaving = leaving_since_commit(scope, room, last).await?;
    let query = "SELECT account_id FROM members WHERE room_id = ? AND left_seq = 0";
    let members = sqlx::query(query).bind(int(room.get()));
    let members = members.fetch_all(&mut *scope.db).await?;
    for member in &members {
        if !leaving.contains(&AccountId::from_bytes(id16(member, "account_id")?)) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Who made the unbroken row of proposals that ends at `last`.
async fn leaving_since_commit(
    scope: &mut Scope<'_>,
    room: RoomId,
    last: Seq,
) -> Result<BTreeSet<AccountId>, StoreError> {
    let mut leaving = BTreeSet::new();
    let mut at = last;
    while at > Seq::START {
        let query = "SELECT sender, handshake_seq, body FROM entries WHERE room_id = ? AND seq = ?";
        let entry = sqlx::query(query).bind(int(room.get())).bind(int(at.0));
        let entry = entry.fetch_one(&mut *scope.db).await?;
        let body: Body = serde_json::from_str(&text(&entry, "body")?)
            .map_err(|_| StoreError::Damaged("body"))?;
        if !matches!(body, Body::Proposal(_)) {
            break;
        }
        leaving.insert(AccountId::from_bytes(id16(&entry, "sender")?));
        at = seq(&entry, "handshake_seq")?;
    }
    Ok(leaving)
}

/// Nobody is in the room any more. All may read up to here.
async fn end(scope: &mut Scope<'_>, room: RoomId, at: Seq) -> Result<(), StoreError> {
    let query = "UPDATE members SET left_seq = ? WHERE room_id = ? AND left_seq = 0
         RETURNING account_id";
    let out = sqlx::query(query).bind(int(at.0)).bind(int(room.get()));
    for row in &out.fetch_all(&mut *scope.db).await? {
        let account = AccountId::from_bytes(id16(row, "account_id")?);
        scope.events.push(Committed::Out(room, account));
    }
    Ok(())
}
