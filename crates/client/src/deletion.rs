//! The end of an account, as programs go about it: out of every room, and then at the server. Each part can be done again, so
//! whoever was interrupted begins anew. What the home holds goes last, and that is the program's.

use engine::{
    Engine,
    api::{CodeText, Command, Failure, Outcome, RoomStage, RoomView, Unlock},
};
use futures_util::future::LocalBoxFuture;
use protocol::{error::ErrorCode, rest::AdminUser};

use crate::{Client, admin::Admin, platform};

/// So often is looked whether the devices of others have let the account go, as far as they are there, and so long in between.
const LOOKS: u32 = 20;
const PAUSE_MILLIS: u64 = 250;

/// What is in the way.
#[derive(Debug)]
pub enum Hindrance {
    /// These rooms would be left without an owner; nothing has changed.
    OnlyOwner(Vec<RoomView>),
    /// The account has left these, and they have yet to let it go.
    Waits(Vec<RoomView>),
    /// Something else.
    Failed(Failure),
}

impl From<Failure> for Hindrance {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// Takes the account out of its rooms and ends it. `at_once` does not wait for rooms that have yet to let it go.
///
/// # Errors
/// The account is not deleted; it may have left rooms all the same.
pub async fn delete(
    client: &Client<Engine>,
    admin: &Admin,
    unlock: &Unlock,
    second_factor: Option<&CodeText>,
    at_once: bool,
) -> Result<(), Hindrance> {
    may_go(client, admin).await?;
    let end = |at_once| Command::DeleteAccount {
        unlock: unlock.clone(),
        second_factor: second_factor.cloned(),
        at_once,
    };
    if proven(client, unlock, end(false)).await? {
        return Ok(());
    }
    // Whoever has no code stays where they are; the server asks for it when all rooms have been left.
    if second_factor.is_none() && is_code_wanted(client).await? {
        return Err(Failure::from(ErrorCode::SecondFactorRequired).into());
    }
    leave(client).await?;
    let waiting = let_go(client).await?;
    if !waiting.is_empty() && !at_once {
        return Err(Hindrance::Waits(waiting));
    }
    ask(client, end(true)).await?;
    Ok(())
}

/// Whether every room with others in it keeps an owner, and the server an administrator. The server asks the latter too, when
/// all rooms have been left.
///
/// # Errors
/// [`Hindrance::OnlyOwner`] names the rooms that do not, and `LAST_ADMIN` fails.
pub async fn may_go(client: &Client<Engine>, admin: &Admin) -> Result<(), Hindrance> {
    if admin.standing().await?.administrator && !others_administrate(client, admin).await? {
        return Err(Failure::from(ErrorCode::LastAdmin).into());
    }
    let owned = client.read(Engine::last_owner_of).await?;
    let mut left = rooms(client).await?;
    left.retain(|room| owned.contains(&room.room));
    if left.is_empty() {
        Ok(())
    } else {
        Err(Hindrance::OnlyOwner(left))
    }
}

async fn others_administrate(client: &Client<Engine>, admin: &Admin) -> Result<bool, Failure> {
    let own = client.read(Engine::account).await?;
    let own = own.map(|own| own.account);
    let mut after = None;
    loop {
        let page = admin.users(after.as_ref()).await?;
        let mut others = page
            .users
            .iter()
            .filter(|user| Some(user.account_id) != own);
        if others.any(administrates) {
            return Ok(true);
        }
        match page.users.last().filter(|_| page.more) {
            Some(last) => after = Some(last.username.clone()),
            None => return Ok(false),
        }
    }
}

const fn administrates(user: &AdminUser) -> bool {
    let out = user.disabled || user.freed || user.deleted || user.must_change_password;
    user.administrator && !out
}

/// Finds out whether what was typed opens the account, before a room is left for it. Whether the account is gone by that,
/// because it was in none.
async fn proven(client: &Client<Engine>, unlock: &Unlock, end: Command) -> Result<bool, Failure> {
    if let Unlock::Code(code) = unlock {
        let code = code.clone();
        ask(client, Command::TestRecoveryCode { code }).await?;
        return Ok(false);
    }
    match ask(client, end).await {
        Ok(_) => Ok(true),
        Err(why) if why.code == ErrorCode::StillInRooms => Ok(false),
        Err(why) => Err(why),
    }
}

async fn is_code_wanted(client: &Client<Engine>) -> Result<bool, Failure> {
    let has = ask(client, Command::SecondFactor).await?;
    Ok(matches!(has, Outcome::SecondFactor(has) if !has.kinds.is_empty()))
}

/// Out of each room with others in it.
async fn leave(client: &Client<Engine>) -> Result<(), Failure> {
    for RoomView {
        room,
        stage,
        accounts,
        ..
    } in rooms(client).await?
    {
        match stage {
            RoomStage::Invited => ask(client, Command::Decline { room }).await?,
            RoomStage::Joined if accounts > 1 => ask(client, Command::Leave { room }).await?,
            _ => continue,
        };
    }
    Ok(())
}

/// Waits a moment; the rooms that have yet to let the account go.
async fn let_go(client: &Client<Engine>) -> Result<Vec<RoomView>, Failure> {
    let mut looks = 0;
    loop {
        let mut waiting = rooms(client).await?;
        waiting.retain(|room| room.stage == RoomStage::Leaving);
        if waiting.is_empty() || looks == LOOKS {
            return Ok(waiting);
        }
        looks += 1;
        platform::sleep(PAUSE_MILLIS).await;
    }
}

/// Each place that waits for a future by its type carries a copy of its code.
fn rooms(client: &Client<Engine>) -> LocalBoxFuture<'_, Result<Vec<RoomView>, Failure>> {
    Box::pin(client.read(Engine::rooms))
}

fn ask(client: &Client<Engine>, command: Command) -> LocalBoxFuture<'_, Result<Outcome, Failure>> {
    Box::pin(client.command(command))
}
