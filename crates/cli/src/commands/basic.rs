//! Rooms of basic encryption: made by `room create --basic`, entered by `room join`.

use client::engine::api::{Command, LinkText, Outcome};
use protocol::error::ErrorCode;
use serde_json::json;

use super::link::handed_on;
use crate::{
    args::Global,
    exit::Problem,
    output::{Output, note},
    prompt,
    session::Session,
};

/// What one knows who makes such a room, or comes into one.
const WHAT_IT_IS: &str = "Basic encryption: no forward secrecy, nothing proves who says something, and whoever has the \
     passphrase reads everything. Everybody on this server sees the room's name.";

/// How somebody comes in.
pub(super) struct Into {
    pub(super) passphrase_stdin: bool,
    pub(super) anyway: bool,
}

pub(super) async fn create(
    global: &Global,
    output: Output,
    name: String,
    passphrase_stdin: bool,
) -> Result<(), Problem> {
    note(WHAT_IT_IS);
    let passphrase = prompt::room_passphrase(passphrase_stdin, true)?;
    let session = Session::synced(global).await?;
    let create = Command::CreateSharedKeyRoom { name, passphrase };
    let Outcome::RoomCreated(room) = session.command(create).await? else {
        return Err(Problem::of(ErrorCode::BadAnswer));
    };
    output.line(&room.to_string(), || json!({ "id": room }))?;
    note("Its link: secure-chat room link ROOM. Tell people the passphrase another way.");
    session.finish().await
}

pub(super) async fn join(
    session: Session,
    output: Output,
    link: LinkText,
    into: Into,
) -> Result<(), Problem> {
    note(WHAT_IT_IS);
    let passphrase = prompt::room_passphrase(into.passphrase_stdin, false)?;
    let anyway = into.anyway;
    let join = Command::JoinSharedKeyRoom {
        link,
        passphrase,
        anyway,
    };
    let Outcome::RoomJoined(room) = session.command(join).await? else {
        return Err(Problem::of(ErrorCode::BadAnswer));
    };
    output.line(&room.to_string(), || json!({ "id": room }))?;
    session.finish().await
}

/// The room has one link, which ends never and opens nothing by itself.
pub(super) fn tell_link(session: &Session, output: Output, link: &LinkText) -> Result<(), Problem> {
    let url = handed_on(session, link)?;
    output.line(&url, || json!({ "url": url }))?;
    note("Whoever comes in by it needs the room's passphrase too: tell it another way.");
    Ok(())
}
