//! `send`: one message or file; prints its place in the room.

use std::{io::Read, path::Path};

use client::engine::{
    Engine,
    api::{Command, Content, Delivery, Event, ItemKey, Outcome, TimelineChange},
};
use protocol::{
    error::ErrorCode,
    ids::{RoomId, Seq},
};
use serde_json::json;
use tokio::sync::broadcast::{Receiver, error::RecvError};

use crate::{
    args::Global,
    exit::Problem,
    files::{self, Picked, Progress},
    find,
    output::Output,
    session::Session,
};

/// The engine takes less; this only bounds what is read.
const TEXT_BYTES: u64 = 1024 * 1024;

pub(super) async fn text(
    global: &Global,
    output: Output,
    room: &str,
    text: String,
) -> Result<(), Problem> {
    let text = if text == "-" { from_stdin()? } else { text };
    let session = Session::synced(global).await?;
    let room = find::room(&session, room).await?.room;
    send(session, output, room, Content::Text(text)).await
}

pub(super) async fn file(
    global: &Global,
    output: Output,
    room: &str,
    path: &Path,
    as_is: bool,
) -> Result<(), Problem> {
    let file = Picked::open(path, as_is).await?;
    let session = Session::synced(global).await?;
    let room = find::room(&session, room).await?.room;
    let progress = Progress::new("Sending", &file.name);
    let content = files::send(&session.client, session.url(), room, file, progress).await?;
    send(session, output, room, content).await
}

async fn send(
    session: Session,
    output: Output,
    room: RoomId,
    content: Content,
) -> Result<(), Problem> {
    let events = session.client.events();
    let send = Command::Send {
        room,
        content,
        ticket: None,
    };
    let Outcome::Queued(item) = session.command(send).await? else {
        return Err(Problem::of(ErrorCode::ServerError));
    };
    let placed = session.steadily(placed(events, &session, room, item)).await;
    let seq = placed.map_err(|problem| kept(&problem))??;
    output.line(&seq.to_string(), || json!({ "room": room, "seq": seq }))?;
    session.finish().await
}

fn from_stdin() -> Result<String, Problem> {
    let mut text = String::new();
    std::io::stdin()
        .lock()
        .take(TEXT_BYTES)
        .read_to_string(&mut text)
        .map_err(|_| Problem::of(ErrorCode::BadContent))?;
    Ok(text.trim_end_matches('\n').to_owned())
}

/// The message is durable here; what failed is only its way.
fn kept(problem: &Problem) -> Problem {
    let sentence = format!(
        "{} The message is kept in this home and goes out next time.",
        problem.sentence
    );
    Problem::new(problem.code, sentence)
}

/// Waits until the draft has become an entry of the log, or is refused for good.
async fn placed(
    mut events: Receiver<Event>,
    session: &Session,
    room: RoomId,
    item: ItemKey,
) -> Result<Seq, Problem> {
    loop {
        match events.recv().await {
            Ok(Event::Timeline(of, changes)) if of == room => {
                if let Some(end) = end_of(&changes, item) {
                    return end.map_err(Problem::of);
                }
            }
            Ok(Event::UpgradeRequired) => return Err(Problem::of(ErrorCode::UpgradeRequired)),
            Ok(_) => {}
            Err(RecvError::Closed) => return Err(Problem::of(ErrorCode::StoreFailed)),
            // Whether it was among what was missed is read from the drafts.
            Err(RecvError::Lagged(_)) => {
                let drafts = session
                    .client
                    .read(move |engine| Engine::drafts(engine, room));
                if !drafts.await?.iter().any(|draft| draft.key == item) {
                    return Err(Problem::of(ErrorCode::ServerGone));
                }
            }
        }
    }
}

/// How a draft ended, if these changes say so: the line that takes its place follows its removal.
pub(crate) fn end_of(changes: &[TimelineChange], item: ItemKey) -> Option<Result<Seq, ErrorCode>> {
    for (index, change) in changes.iter().enumerate() {
        match change {
            TimelineChange::Remove(key) if *key == item => {
                let seq = match changes.get(index + 1) {
                    Some(TimelineChange::Set(line)) => match line.key {
                        ItemKey::Logged(seq) => Some(seq),
                        ItemKey::Draft(_) => None,
                    },
                    _ => None,
                };
                return seq.map(Ok);
            }
            TimelineChange::Set(line) if line.key == item => {
                if let Delivery::Failed(code) = line.delivery {
                    return Some(Err(code));
                }
            }
            _ => {}
        }
    }
    None
}
