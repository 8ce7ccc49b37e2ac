//! `account delete`: out of every room, then the account ends at the server, then this home is empty. Each part can be done
//! again, so whoever was interrupted gives the same command.

use std::time::Duration;

use client::engine::{
    Engine,
    api::{Command, RoomStage, RoomView, Unlock},
};
use protocol::error::ErrorCode;
use tokio::{sync::broadcast::error::RecvError, time::timeout};

use super::with_code;
use crate::{
    args::{AccountCommand, Global, Opener},
    exit::Problem,
    output::{Output, clean_line},
    prompt,
    session::Session,
};

/// So long the devices of others have to let the account go, as far as they are there.
const LET_GO: Duration = Duration::from_secs(5);

const WIPED: &str = "Your account is deleted, and what this home held is gone. What you said stays in the rooms, sealed, for those who were there. The server keeps your name, so that nobody else gets it; its administrator can free it.";

pub(super) async fn run(
    global: &Global,
    output: Output,
    command: AccountCommand,
) -> Result<(), Problem> {
    let AccountCommand::Delete { now, opener } = command;
    let session = Session::begin(global).await?;
    let synced = match session.is_deleted().await? {
        true => Ok(()),
        false => session.sync().await,
    };
    // Another device has deleted it, or this one before it was interrupted.
    if session.is_deleted().await? {
        session.wipe().await?;
        return output.say(WIPED);
    }
    synced?;
    may_go(&session).await?;
    let question = "This ends your account for good, on all devices: out of every room, and everything that is kept for you is deleted. Export first what you want to keep. Delete it?";
    if !prompt::agrees(question)? {
        return output.say("Nothing was deleted.");
    }
    let unlock = prompt::opener(opener)?;
    if proven(&session, &unlock).await? {
        session.wipe().await?;
        return output.say(WIPED);
    }
    leave(&session).await?;
    let waiting = let_go(&session).await?;
    if !waiting.is_empty() && !now {
        let sentence = format!(
            "You have left, and these rooms have yet to let you go: {}. They do when somebody's device is there. Give this command again later, or with --now; your account is not deleted yet.",
            names(&waiting)
        );
        return Err(Problem::new(ErrorCode::StillInRooms, &sentence));
    }
    delete(&session, opener, unlock).await?;
    session.wipe().await?;
    output.say(WIPED)
}

/// Finds out whether what was typed opens the account, before a room is left for it. Whether the account is gone by that,
/// because it was in none.
async fn proven(session: &Session, unlock: &Unlock) -> Result<bool, Problem> {
    if let Unlock::Code(code) = unlock {
        let code = code.clone();
        session.command(Command::TestRecoveryCode { code }).await?;
        return Ok(false);
    }
    let delete = Command::DeleteAccount {
        unlock: unlock.clone(),
        second_factor: None,
        at_once: false,
    };
    match session.sign_in(delete).await {
        Ok(_) => Ok(true),
        Err(problem) => match problem.code {
            ErrorCode::StillInRooms | ErrorCode::SecondFactorRequired => Ok(false),
            _ => Err(problem),
        },
    }
}

async fn delete(session: &Session, opener: Opener, unlock: Unlock) -> Result<(), Problem> {
    let attempt = async |second_factor| {
        let delete = Command::DeleteAccount {
            unlock: unlock.clone(),
            second_factor,
            at_once: true,
        };
        // The session ends with the command, so the connection's end is no failure here.
        session.sign_in(delete).await
    };
    with_code(opener.password_stdin, attempt).await?;
    Ok(())
}

/// A room with others in it keeps an owner.
async fn may_go(session: &Session) -> Result<(), Problem> {
    let owned = session.client.read(Engine::last_owner_of).await?;
    let rooms = session.client.read(Engine::rooms).await?;
    let owned: Vec<RoomView> = rooms
        .into_iter()
        .filter(|room| owned.contains(&room.room))
        .collect();
    let Some(first) = owned.first() else {
        return Ok(());
    };
    let sentence = format!(
        "You are the only owner of: {}. Make somebody else an owner of each first, such as: secure-chat room role {} NAME owner. Nothing has changed.",
        names(&owned),
        first.room
    );
    Err(Problem::new(ErrorCode::LastOwner, &sentence))
}

/// Out of each room with others in it.
async fn leave(session: &Session) -> Result<(), Problem> {
    for RoomView {
        room,
        stage,
        accounts,
        ..
    } in session.client.read(Engine::rooms).await?
    {
        match stage {
            RoomStage::Invited => session.command(Command::Decline { room }).await?,
            RoomStage::Joined if accounts > 1 => session.command(Command::Leave { room }).await?,
            _ => continue,
        };
    }
    Ok(())
}

/// Waits a moment; the rooms that have yet to let the account go.
async fn let_go(session: &Session) -> Result<Vec<RoomView>, Problem> {
    let mut events = session.client.events();
    let gone = async {
        while !waiting(session).await?.is_empty() {
            if matches!(events.recv().await, Err(RecvError::Closed)) {
                break;
            }
        }
        Ok::<(), Problem>(())
    };
    if let Ok(done) = timeout(LET_GO, gone).await {
        done?;
    }
    waiting(session).await
}

async fn waiting(session: &Session) -> Result<Vec<RoomView>, Problem> {
    let rooms = session.client.read(Engine::rooms).await?;
    let leaving = |room: &RoomView| room.stage == RoomStage::Leaving;
    Ok(rooms.into_iter().filter(leaving).collect())
}

fn names(rooms: &[RoomView]) -> String {
    let names = rooms.iter().map(|room| {
        let name = room.name.as_deref().map(clean_line).unwrap_or_default();
        format!("{name} ({})", room.room)
    });
    names.collect::<Vec<_>>().join(", ")
}
