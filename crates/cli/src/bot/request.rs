//! Commands of a bot.

use std::path::PathBuf;

use client::{
    Client,
    engine::{
        Engine,
        api::{Command, Content, HistoryChoice, ItemKey, Outcome, TimelineItem},
    },
    store::Range,
    transport::ServerUrl,
};
use protocol::{
    error::ErrorCode,
    ids::{AccountId, RoomId, Seq},
    names::UserName,
    role::Role,
};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::task::spawn_local;

use crate::{
    describe::{self, Names},
    exit::Problem,
    files::{self, Picked, Progress},
    output::write_line,
};

/// Most lines of a timeline in one answer.
const LINES_MAX: usize = 1_000;

/// One line of input.
#[derive(Deserialize)]
pub(super) struct Request {
    #[serde(default)]
    id: Value,
    #[serde(flatten)]
    wish: Wish,
}

/// What is asked, told apart by `command`.
#[derive(Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
enum Wish {
    Sync,
    Rooms,
    Members {
        room: RoomId,
    },
    Timeline {
        room: RoomId,
        #[serde(default)]
        since: Seq,
        limit: Option<usize>,
    },
    Drafts {
        room: RoomId,
    },
    Send {
        room: RoomId,
        text: String,
        #[serde(default)]
        to: Option<Seq>,
    },
    SendFile {
        room: RoomId,
        path: PathBuf,
        #[serde(default)]
        as_is: bool,
    },
    Save {
        room: RoomId,
        seq: Seq,
        path: Option<PathBuf>,
    },
    CreateRoom {
        name: String,
        #[serde(default)]
        topic: String,
        #[serde(default)]
        history: History,
    },
    Invite {
        room: RoomId,
        user: UserName,
    },
    Accept {
        room: RoomId,
    },
    Decline {
        room: RoomId,
    },
    Leave {
        room: RoomId,
    },
    Remove {
        room: RoomId,
        account: AccountId,
    },
    Rename {
        room: RoomId,
        name: String,
    },
    Topic {
        room: RoomId,
        text: String,
    },
    Role {
        room: RoomId,
        account: AccountId,
        role: Role,
    },
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum History {
    None,
    #[default]
    SinceJoin,
    Shared,
}

/// Reads a line; a refusal is the answer to print.
pub(super) fn parse(line: &str) -> Result<Request, Value> {
    serde_json::from_str(line).map_err(|error| {
        // Whatever else is wrong, the id helps the bot to match the answer.
        let id = serde_json::from_str::<Value>(line)
            .ok()
            .and_then(|value| value.get("id").cloned())
            .unwrap_or_default();
        let sentence = format!("That line is not a command: {error}.");
        failed(&id, &Problem::new(ErrorCode::BadJson, sentence))
    })
}

/// The answer to a command that failed.
pub(super) fn failed(id: &Value, problem: &Problem) -> Value {
    json!({
        "id": id,
        "ok": false,
        "error": problem.sentence,
        "code": problem.code,
    })
}

/// Starts a command. What the engine does at once, it has done when this returns; the answer is printed when it is there.
pub(super) async fn start(client: Client<Engine>, url: ServerUrl, request: Request) {
    let Request { id, wish } = request;
    let work = async move {
        let line = match run(&client, &url, wish).await {
            Ok(mut answer) => {
                if let Value::Object(map) = &mut answer {
                    map.insert("id".to_owned(), id);
                    map.insert("ok".to_owned(), json!(true));
                }
                answer
            }
            Err(problem) => failed(&id, &problem),
        };
        // A reader that has gone away shows itself at the next event.
        let _ = write_line(&line.to_string());
    };
    spawn_local(work);
    // Lets the task hand its command to the driver before the next line is read.
    tokio::task::yield_now().await;
}

async fn run(client: &Client<Engine>, url: &ServerUrl, wish: Wish) -> Result<Value, Problem> {
    let command = match wish {
        Wish::Save { room, seq, path } => return save(client, url, room, seq, path).await,
        Wish::SendFile { room, path, as_is } => {
            let file = Picked::open(&path, as_is).await?;
            Command::Send {
                room,
                content: files::send(client, url, room, file, Progress::silent()).await?,
                ticket: None,
            }
        }
        Wish::Rooms => return rooms(client).await,
        Wish::Members { room } => return members(client, room).await,
        Wish::Drafts { room } => return drafts(client, room).await,
        Wish::Timeline { room, since, limit } => {
            return timeline(client, room, since, limit.unwrap_or(LINES_MAX)).await;
        }
        other => command(other).ok_or_else(|| Problem::of(ErrorCode::BadRequest))?,
    };
    Ok(match client.command(command).await? {
        Outcome::RoomCreated(room) => json!({ "room": room }),
        Outcome::Queued(ItemKey::Draft(draft)) => json!({ "draft": draft }),
        _ => json!({}),
    })
}

/// The engine's command; none for what is only read.
fn command(wish: Wish) -> Option<Command> {
    Some(match wish {
        Wish::Rooms
        | Wish::Members { .. }
        | Wish::Timeline { .. }
        | Wish::Drafts { .. }
        | Wish::SendFile { .. }
        | Wish::Save { .. } => return None,
        Wish::Sync => Command::Sync,
        Wish::Send { room, text, to } => Command::Send {
            room,
            content: match to {
                Some(to) => Content::Reply { to, text },
                None => Content::Text(text),
            },
            ticket: None,
        },
        Wish::CreateRoom {
            name,
            topic,
            history,
        } => Command::CreateRoom {
            name,
            topic,
            history: match history {
                History::None => HistoryChoice::None,
                History::SinceJoin => HistoryChoice::SinceJoin,
                History::Shared => HistoryChoice::Shared,
            },
            ticket: None,
        },
        Wish::Invite { room, user } => Command::Invite { room, user },
        Wish::Accept { room } => Command::Accept { room },
        Wish::Decline { room } => Command::Decline { room },
        Wish::Leave { room } => Command::Leave { room },
        Wish::Remove { room, account } => Command::Remove { room, account },
        Wish::Rename { room, name } => Command::EditRoom {
            room,
            name: Some(name),
            topic: None,
        },
        Wish::Topic { room, text } => Command::EditRoom {
            room,
            name: None,
            topic: Some(text),
        },
        Wish::Role {
            room,
            account,
            role,
        } => Command::SetRole {
            room,
            account,
            role,
        },
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

async fn rooms(client: &Client<Engine>) -> Result<Value, Problem> {
    let rooms = client.read(Engine::rooms).await?;
    let rooms: Vec<Value> = rooms
        .iter()
        .map(|room| describe::room(room, None))
        .collect();
    Ok(json!({ "rooms": rooms }))
}

async fn members(client: &Client<Engine>, room: RoomId) -> Result<Value, Problem> {
    let members = client.read(move |engine| engine.members(room)).await?;
    let members: Vec<Value> = members.iter().map(describe::member).collect();
    Ok(json!({ "members": members }))
}

async fn drafts(client: &Client<Engine>, room: RoomId) -> Result<Value, Problem> {
    let items = client.read(move |engine| engine.drafts(room)).await?;
    lines(client, room, &items).await
}

async fn timeline(
    client: &Client<Engine>,
    room: RoomId,
    since: Seq,
    limit: usize,
) -> Result<Value, Problem> {
    let range = Range::after(since.0, limit.min(LINES_MAX));
    let items = client.timeline(room, range).await?;
    lines(client, room, &items).await
}

async fn lines(
    client: &Client<Engine>,
    room: RoomId,
    items: &[TimelineItem],
) -> Result<Value, Problem> {
    let names = Names::of(client, items).await?;
    let lines: Vec<Value> = items
        .iter()
        .map(|item| describe::item(room, item, &names))
        .collect();
    Ok(json!({ "items": lines }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_commands_or_refused_with_their_id() {
        for line in [
            r#"{"id":1,"command":"sync"}"#,
            r#"{"id":"a","command":"send","room":7,"text":"hi"}"#,
            r#"{"command":"timeline","room":7,"since":3}"#,
            r#"{"command":"create_room","name":"x","history":"shared"}"#,
        ] {
            assert!(parse(line).is_ok(), "{line}");
        }
        let rows = [
            (r#"{"id":5,"command":"fly"}"#, json!(5)),
            (
                r#"{"id":6,"command":"send","room":0,"text":"hi"}"#,
                json!(6),
            ),
            (r#"{"id":"x","command":"send","room":7}"#, json!("x")),
            ("not json", Value::Null),
            ("[]", Value::Null),
        ];
        for (line, id) in rows {
            let refused = parse(line).err().unwrap();
            assert_eq!(refused["id"], id);
            assert_eq!(refused["code"], "BAD_JSON");
        }
    }
}
