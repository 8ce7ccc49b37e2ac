//! What a commit declares to the server's table of members, and whether the table allows it (PROTOCOL section 5).
//! The table decides who may fetch and post, nothing else.

use std::collections::BTreeSet;

use protocol::{
    ids::{AccountId, RoomId, Seq},
    limits::ROOM_ACCOUNTS_MAX,
    log::{Effects, RoleChange},
    role::Role,
};

use super::{
    links::{commit_before, end_all_links, end_links_of},
    readmissions::forget_readmissions,
    rooms::{member_count, put_member},
};
use crate::store::{
    Committed, Failure, StoreError,
    log::CommitRefusal,
    sqlite::{
        columns::{int, number, seq},
        kinds::{role, role_number},
        scope::Scope,
    },
};

type Refused = Failure<CommitRefusal>;

/// A member's row, as far as the rules look at it.
#[derive(Clone, Copy)]
struct Row {
    role: Role,
    /// Where one of its devices has last proposed to leave since the account came in.
    leaving: Seq,
}

/// The account that commits.
#[derive(Clone, Copy)]
pub(super) struct Actor {
    pub(super) account: AccountId,
    pub(super) role: Role,
}

/// Lists ascending, nothing twice, nobody both in and out.
pub(super) fn well_formed(effects: &Effects) -> bool {
    let ascending = |list: &[AccountId]| list.is_sorted_by(|a, b| a < b);
    let coming: BTreeSet<_> = effects.accounts_in.iter().collect();
    let changed: BTreeSet<_> = effects.roles.iter().map(|change| change.account).collect();
    ascending(&effects.accounts_in)
        && ascending(&effects.accounts_out)
        && effects
            .accounts_out
            .iter()
            .all(|account| !coming.contains(account))
        && changed.len() == effects.roles.len()
        && effects
            .accounts_out
            .iter()
            .all(|account| !changed.contains(account))
}

/// Applies the effects of the commit at `at`, if the table allows them.
pub(super) async fn apply(
    scope: &mut Scope<'_>,
    room: RoomId,
    at: Seq,
    actor: Actor,
    effects: &Effects,
) -> Result<(), Refused> {
    let mut removal = false;
    for account in &effects.accounts_out {
        removal |= take_out(scope, room, at, actor, *account).await?;
    }
    if removal {
        end_all_links(scope, room).await?;
    }
    for account in &effects.accounts_in {
        bring_in(scope, room, at, *account).await?;
    }
    for change in &effects.roles {
        change_role(scope, room, actor, *change).await?;
    }
    if !effects.accounts_in.is_empty()
        && member_count(scope, room).await? > ROOM_ACCOUNTS_MAX as u64
    {
        return Err(Failure::Refused(CommitRefusal::TooLarge));
    }
    Ok(())
}

/// Takes an account out; whether it was removed, which is another thing than to leave.
async fn take_out(
    scope: &mut Scope<'_>,
    room: RoomId,
    at: Seq,
    actor: Actor,
    account: AccountId,
) -> Result<bool, Refused> {
    // The table may be behind the tree; who is not in it cannot go out of it.
    let Some(row) = member(scope, room, account).await? else {
        return Ok(false);
    };
    let allowed = row.role < actor.role || account == actor.account || row.leaving > Seq::START;
    if !allowed {
        return Err(Failure::Refused(CommitRefusal::RoleTooLow));
    }
    sqlx::query("UPDATE members SET left_seq = ? WHERE room_id = ? AND account_id = ?")
        .bind(int(at.0))
        .bind(int(room.get()))
        .bind(account.as_bytes().as_slice())
        .execute(&mut *scope.db)
        .await?;
    end_links_of(scope, room, account).await?;
    forget_readmissions(scope, room, account).await?;
    scope.events.push(Committed::Out(room, account));
    // A wish of an earlier epoch lapsed with it.
    let wished = row.leaving > commit_before(scope, room, at).await?;
    Ok(account != actor.account && !wished)
}

async fn bring_in(
    scope: &mut Scope<'_>,
    room: RoomId,
    at: Seq,
    account: AccountId,
) -> Result<(), Refused> {
    let known = sqlx::query("SELECT 1 FROM accounts WHERE account_id = ?")
        .bind(account.as_bytes().as_slice())
        .fetch_optional(&mut *scope.db)
        .await?;
    if known.is_none() {
        return Err(Failure::Refused(CommitRefusal::AccountNotFound));
    }
    if member(scope, room, account).await?.is_none() {
        put_member(scope, room, account, Role::Member, at).await?;
    }
    Ok(())
}

async fn change_role(
    scope: &mut Scope<'_>,
    room: RoomId,
    actor: Actor,
    change: RoleChange,
) -> Result<(), Refused> {
    let Some(row) = member(scope, room, change.account).await? else {
        return Err(Failure::Refused(CommitRefusal::BadEffects));
    };
    let stepping_down = change.account == actor.account && change.role < row.role;
    let below = row.role < actor.role && change.role <= actor.role;
    if actor.role < Role::Admin || !(stepping_down || below) {
        return Err(Failure::Refused(CommitRefusal::RoleTooLow));
    }
    sqlx::query("UPDATE members SET role = ? WHERE room_id = ? AND account_id = ?")
        .bind(role_number(change.role))
        .bind(int(room.get()))
        .bind(change.account.as_bytes().as_slice())
        .execute(&mut *scope.db)
        .await?;
    Ok(())
}

/// The row of an account that is in the room.
async fn member(
    scope: &mut Scope<'_>,
    room: RoomId,
    account: AccountId,
) -> Result<Option<Row>, StoreError> {
    let row = sqlx::query(
        "SELECT role, leaving_seq FROM members
         WHERE room_id = ? AND account_id = ? AND left_seq = 0",
    )
    .bind(int(room.get()))
    .bind(account.as_bytes().as_slice())
    .fetch_optional(&mut *scope.db)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let role = role(number(&row, "role")?)?;
    Ok(Some(Row {
        role,
        leaving: seq(&row, "leaving_seq")?,
    }))
}

/// Whether an account is in the room.
pub(super) async fn is_in(
    scope: &mut Scope<'_>,
    room: RoomId,
    account: AccountId,
) -> Result<bool, StoreError> {
    Ok(member(scope, room, account).await?.is_some())
}
