//! Who may do something in a sealed room.

use protocol::{
    ids::{AccountId, RoomId},
    rest::Encryption,
    role::Role,
};

use crate::store::{Failure, room::NotInside, sqlite::scope::Scope};

/// The role of an account that is in a sealed room.
pub(super) async fn role_inside<R: From<NotInside>>(
    scope: &mut Scope<'_>,
    room: RoomId,
    account: AccountId,
) -> Result<Role, Failure<R>> {
    let Some(facts) = scope.room(room).await? else {
        return Err(Failure::Refused(NotInside::RoomNotFound.into()));
    };
    let standing = scope.standing(room, account).await?;
    NotInside::judge(facts.kind == Encryption::Mls, standing)
        .map_err(|refusal| Failure::Refused(refusal.into()))
}
