//! `rooms`: all rooms, one a line.

use client::engine::{Engine, api::RoomView};

use crate::{
    args::Global,
    describe,
    exit::Problem,
    output::{Output, clean_line},
    session::Session,
};

pub(super) async fn run(global: &Global, output: Output) -> Result<(), Problem> {
    let session = Session::synced(global).await?;
    let rooms = session.client.read(Engine::rooms).await?;
    if rooms.is_empty() && !output.json {
        output.say("No rooms yet. Make one: secure-chat room create NAME")?;
    }
    for room in rooms {
        let inviter = describe::inviter(&session, &room).await?;
        let text = line(&room, inviter.as_deref());
        output.line(&text, || describe::room(&room, inviter.as_deref()))?;
    }
    session.finish().await
}

fn line(room: &RoomView, inviter: Option<&str>) -> String {
    let name = room.name.as_deref().map(clean_line);
    let state = match inviter {
        Some(inviter) if describe::is_invited(room) => {
            format!("invited by {}", clean_line(inviter))
        }
        _ if room.unconfirmed => "joined, not confirmed yet".to_owned(),
        _ if room.waiting => {
            "waiting until somebody who is in the room lets this device in".to_owned()
        }
        _ => describe::stage_words(room.stage).to_owned(),
    };
    let unread = match room.unread {
        0 => String::new(),
        count => format!(", {count} unread"),
    };
    format!(
        "{:>16}  {}  ({}, {}{unread}){}",
        room.room.get(),
        name.unwrap_or_else(|| "—".to_owned()),
        state,
        describe::role_word(room.role),
        if room.shared_key.is_some() {
            "  basic encryption: no forward secrecy"
        } else {
            ""
        }
    )
}
