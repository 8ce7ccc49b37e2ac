//! Commands of a bot, and the files that only a program with a disk can send and save.

use std::path::PathBuf;

use client::{
    Client,
    bot::{self, Request, Wish},
    engine::{
        Engine,
        api::{Command, Failure, Outcome},
    },
    transport::ServerUrl,
};
use protocol::ids::{RoomId, Seq};
use serde_json::{Value, json};
use tokio::task::spawn_local;

use crate::{
    commands,
    exit::Problem,
    files::{self, Picked, Progress},
    output::write_line,
};

/// Starts a command. What the engine does at once, it has done when this returns; the answer is printed when it is there.
pub(super) async fn start(client: Client<Engine>, url: ServerUrl, request: Request) {
    let Request { id, wish } = request;
    let work = async move {
        let ended = run(&client, &url, wish).await;
        let line = bot::answer(id, ended.map_err(failure));
        // A reader that has gone away shows itself at the next event.
        let _ = write_line(&line.to_string());
    };
    spawn_local(work);
    // Lets the task hand its command to the driver before the next line is read.
    tokio::task::yield_now().await;
}

fn failure(problem: Problem) -> Failure {
    Failure {
        code: problem.code,
        sentence: problem.sentence,
    }
}

async fn run(client: &Client<Engine>, url: &ServerUrl, wish: Wish) -> Result<Value, Problem> {
    match wish {
        Wish::Save { room, seq, path } => save(client, url, room, seq, path).await,
        Wish::SendFile { room, path, as_is } => send(client, url, room, path, as_is).await,
        Wish::JoinByLink { link, passphrase } => {
            // Only here the keys that the link names can be compared with those that the server showed.
            let link = commands::link::here(url, link)?;
            Ok(bot::run(client, url, Wish::JoinByLink { link, passphrase }).await?)
        }
        wish => Ok(bot::run(client, url, wish).await?),
    }
}

async fn send(
    client: &Client<Engine>,
    url: &ServerUrl,
    room: RoomId,
    path: PathBuf,
    as_is: bool,
) -> Result<Value, Problem> {
    let file = Picked::open(&path, as_is).await?;
    let command = Command::Send {
        room,
        content: files::send(client, url, room, file, Progress::silent()).await?,
        ticket: None,
    };
    Ok(match client.command(command).await? {
        Outcome::Queued(item) => bot::queued(item),
        _ => json!({}),
    })
}

async fn save(
    client: &Client<Engine>,
    url: &ServerUrl,
    room: RoomId,
    seq: Seq,
    path: Option<PathBuf>,
) -> Result<Value, Problem> {
    let file = files::at(client, room, seq).await?;
    let path = path.as_deref();
    let path = files::save(client, url, room, &file, path, Progress::silent()).await?;
    Ok(json!({ "path": path }))
}
