//! `room …`: makes rooms and changes them.

use client::engine::api::{Command, Outcome};
use protocol::{error::ErrorCode, ids::RoomId};
use serde_json::json;

use super::{basic, link};
use crate::{
    args::{Global, RoomCommand},
    exit::Problem,
    find,
    output::{Output, clean_line},
    session::Session,
};

pub(super) async fn run(
    global: &Global,
    output: Output,
    command: RoomCommand,
) -> Result<(), Problem> {
    let command = match command {
        RoomCommand::Link {
            room,
            expires,
            uses,
            label,
            spoken,
        } => {
            let new = link::NewLink {
                expires,
                uses,
                label,
                spoken,
            };
            return link::make(global, output, &room, new).await;
        }
        RoomCommand::Links { room, show } => {
            return link::list(global, output, &room, show).await;
        }
        RoomCommand::Unlink { room, link } => {
            return link::end(global, output, &room, &link).await;
        }
        RoomCommand::Join {
            link,
            passphrase_stdin,
            anyway,
        } => {
            let into = basic::Into {
                passphrase_stdin,
                anyway,
            };
            return link::join(global, output, link, into).await;
        }
        RoomCommand::Create {
            name,
            basic: true,
            passphrase_stdin,
            ..
        } => return basic::create(global, output, name, passphrase_stdin).await,
        other => other,
    };
    // A name that cannot exist needs no server to be refused.
    if let RoomCommand::Invite { user, .. } = &command {
        find::user_name(user)?;
    }
    let session = Session::synced(global).await?;
    let (command, words) = resolve(&session, command).await?;
    match session.command(command).await? {
        Outcome::RoomCreated(room) => created(output, room)?,
        _ => output.say(&words)?,
    }
    session.finish().await
}

/// The engine's command, and what to say when it is done.
async fn resolve(session: &Session, command: RoomCommand) -> Result<(Command, String), Problem> {
    let find = async |room: &str| find::room(session, room).await;
    Ok(match command {
        RoomCommand::Create {
            name,
            topic,
            history,
            ..
        } => {
            let history = history.into();
            let create = Command::CreateRoom {
                name,
                topic,
                history,
                ticket: None,
            };
            (create, String::new())
        }
        RoomCommand::Invite { room, user } => {
            let room = find(&room).await?.room;
            let words = format!("{user} is invited.");
            let user = find::user_name(&user)?;
            (Command::Invite { room, user }, words)
        }
        RoomCommand::Accept { room } => {
            let room = find(&room).await?.room;
            (Command::Accept { room }, "You are in.".to_owned())
        }
        RoomCommand::Decline { room } => {
            let room = find(&room).await?.room;
            (Command::Decline { room }, "You declined.".to_owned())
        }
        RoomCommand::Leave { room } => {
            let room = find(&room).await?.room;
            let words = "You have left. The others will see it.".to_owned();
            (Command::Leave { room }, words)
        }
        RoomCommand::Remove { room, user } => {
            let room = find(&room).await?.room;
            let account = find::member(session, room, &user).await?;
            let words = format!(
                "{} is removed. They keep what they have read and see nothing new.",
                clean_line(&user)
            );
            (Command::Remove { room, account }, words)
        }
        RoomCommand::Rename { room, name } => {
            let room = find(&room).await?.room;
            let words = "The room has its new name.".to_owned();
            (edit(room, Some(name), None), words)
        }
        RoomCommand::Topic { room, text } => {
            let room = find(&room).await?.room;
            let words = "The room has its new topic.".to_owned();
            (edit(room, None, Some(text)), words)
        }
        RoomCommand::Link { .. }
        | RoomCommand::Links { .. }
        | RoomCommand::Unlink { .. }
        | RoomCommand::Join { .. } => return Err(Problem::of(ErrorCode::BadRequest)),
        RoomCommand::Role { room, user, role } => {
            let room = find(&room).await?.room;
            let account = find::member(session, room, &user).await?;
            let role = role.into();
            let words = format!("{} has the new role.", clean_line(&user));
            let set = Command::SetRole {
                room,
                account,
                role,
            };
            (set, words)
        }
    })
}

const fn edit(room: RoomId, name: Option<String>, topic: Option<String>) -> Command {
    Command::EditRoom { room, name, topic }
}

fn created(output: Output, room: RoomId) -> Result<(), Problem> {
    output.line(&room.to_string(), || json!({ "id": room }))
}
