//! `account delete`: out of every room, then the account ends at the server, then this home is empty. Each part can be done
//! again, so whoever was interrupted gives the same command.

use client::{
    deletion::{self, Hindrance},
    engine::api::{CodeText, Outcome, RoomView},
};
use protocol::error::ErrorCode;

use super::{admin, with_code};
use crate::{
    args::{AccountCommand, Global},
    exit::Problem,
    output::{Output, clean_line},
    prompt,
    session::Session,
};

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
    let admin = admin::admin(&session).await?;
    let may = deletion::may_go(&session.client, &admin).await;
    may.map_err(problem)?;
    let question = "This ends your account for good, on all devices: out of every room, and everything that is kept for you is deleted. Export first what you want to keep. Delete it?";
    if !prompt::agrees(question)? {
        return output.say("Nothing was deleted.");
    }
    let unlock = prompt::opener(opener)?;
    let attempt = async |code: Option<CodeText>| {
        let deleted = deletion::delete(&session.client, &admin, &unlock, code.as_ref(), now);
        // The session ends with it, so the connection's end is no failure here.
        session.patiently(deleted).await?.map_err(problem)?;
        Ok(Outcome::Done)
    };
    with_code(opener.password_stdin, attempt).await?;
    session.wipe().await?;
    output.say(WIPED)
}

fn problem(hindrance: Hindrance) -> Problem {
    match hindrance {
        Hindrance::OnlyOwner(rooms) => {
            let first = rooms.first().map(|room| room.room.to_string());
            let sentence = format!(
                "You are the only owner of: {}. Make somebody else an owner of each first, such as: secure-chat room role {} NAME owner. Nothing has changed.",
                names(&rooms),
                first.unwrap_or_default()
            );
            Problem::new(ErrorCode::LastOwner, sentence)
        }
        Hindrance::Waits(rooms) => {
            let sentence = format!(
                "You have left, and these rooms have yet to let you go: {}. They do when somebody's device is there. Give this command again later, or with --now; your account is not deleted yet.",
                names(&rooms)
            );
            Problem::new(ErrorCode::StillInRooms, sentence)
        }
        Hindrance::Failed(failure) => failure.into(),
    }
}

fn names(rooms: &[RoomView]) -> String {
    let names = rooms.iter().map(|room| {
        let name = room.name.as_deref().map(clean_line).unwrap_or_default();
        format!("{name} ({})", room.room)
    });
    names.collect::<Vec<_>>().join(", ")
}
