//! What becomes of a command.

use engine::{
    Engine,
    api::{
        Command, Content, Failure, HistoryChoice, ItemKey, LinkText, LinkView, Outcome, Password,
        TimelineItem,
    },
};
use protocol::{
    error::ErrorCode,
    ids::{RoomId, Seq},
};
use serde_json::{Value, json};

use super::{History, Wish, failed, handed_on, of_server};
use crate::{
    Client,
    store::Range,
    transport::ServerUrl,
    words::{self, Names},
};

/// Most lines of a timeline in one answer.
const LINES_MAX: usize = 1_000;

/// The line for a command that has ended: its answer, or why there is none, under its id.
pub fn answer(id: Value, ended: Result<Value, Failure>) -> Value {
    match ended {
        Ok(mut answer) => {
            words::put(&mut answer, "id", id);
            words::put(&mut answer, "ok", json!(true));
            answer
        }
        Err(failure) => failed(&id, &failure),
    }
}

/// Does what is asked; what comes back is the answer without `id` and `ok`.
///
/// # Errors
/// Why not, with a code of the closed list. `BAD_REQUEST` for files: where they lie is the caller's affair.
pub async fn run(
    client: &Client<Engine>,
    server: &ServerUrl,
    wish: Wish,
) -> Result<Value, Failure> {
    let command = match wish {
        Wish::Rooms => return rooms(client).await,
        Wish::Members { room } => return members(client, room).await,
        Wish::Drafts { room } => return drafts(client, room).await,
        Wish::Links { room } => return links(client, server, room).await,
        Wish::Timeline { room, since, limit } => {
            return timeline(client, room, since, limit.unwrap_or(LINES_MAX)).await;
        }
        other => command(server, other)?.ok_or(Failure::from(ErrorCode::BadRequest))?,
    };
    Ok(match client.command(command).await? {
        Outcome::RoomCreated(room) | Outcome::RoomJoined(room) => json!({ "room": room }),
        Outcome::Queued(item) => queued(item),
        Outcome::LinkCreated { link, text } => {
            json!({ "link": link, "url": handed_on(server, &text) })
        }
        _ => json!({}),
    })
}

/// The answer to what is durable here and on its way.
pub fn queued(item: ItemKey) -> Value {
    match item {
        ItemKey::Draft(draft) => json!({ "draft": draft }),
        ItemKey::Logged(_) => json!({}),
    }
}

/// The engine's command; none for what is only read.
fn command(server: &ServerUrl, wish: Wish) -> Result<Option<Command>, Failure> {
    Ok(Some(match wish {
        Wish::Rooms
        | Wish::Members { .. }
        | Wish::Timeline { .. }
        | Wish::Drafts { .. }
        | Wish::Links { .. }
        | Wish::SendFile { .. }
        | Wish::Save { .. } => return Ok(None),
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
            passphrase,
        } => creation(name, (topic, history), passphrase),
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

        Wish::CreateLink {
            room,
            label,
            lasts_ms,
            uses,
        } => Command::CreateLink {
            room,
            label,
            lasts_ms,
            uses,
            spoken: false,
        },
        Wish::EndLink { room, link } => Command::EndLink { room, link },
        Wish::JoinByLink { link, passphrase } => entrance(of_server(server, link)?, passphrase),
    }))
}

/// A sealed room; with a passphrase, one of basic encryption, which has neither topic nor history policy.
fn creation(
    name: String,
    (topic, history): (String, History),
    passphrase: Option<String>,
) -> Command {
    match passphrase {
        Some(passphrase) => Command::CreateSharedKeyRoom {
            name,
            passphrase: Password::new(crate::nfkc(&passphrase)),
        },
        None => Command::CreateRoom {
            name,
            topic,
            history: match history {
                History::None => HistoryChoice::None,
                History::SinceJoin => HistoryChoice::SinceJoin,
                History::Shared => HistoryChoice::Shared,
            },
            ticket: None,
        },
    }
}

fn entrance(link: LinkText, passphrase: Option<String>) -> Command {
    match passphrase {
        Some(passphrase) => Command::JoinSharedKeyRoom {
            link,
            passphrase: Password::new(crate::nfkc(&passphrase)),
            anyway: false,
        },
        None => Command::JoinByLink { link },
    }
}

async fn links(
    client: &Client<Engine>,
    server: &ServerUrl,
    room: RoomId,
) -> Result<Value, Failure> {
    let Outcome::Links(links) = client.command(Command::Links { room }).await? else {
        return Err(ErrorCode::BadAnswer.into());
    };
    let line = |link: &LinkView| {
        json!({
            "link": link.link,
            "label": link.label,
            "maker": link.maker,
            "own": link.own,
            "created": link.created,
            "expires": link.expires,
            "uses_left": link.uses_left,
            "used": link.used,
            "url": link.text.as_ref().map(|text| handed_on(server, text)),
        })
    };
    Ok(json!({ "links": links.iter().map(line).collect::<Vec<_>>() }))
}

async fn rooms(client: &Client<Engine>) -> Result<Value, Failure> {
    let rooms = client.read(Engine::rooms).await?;
    let rooms: Vec<Value> = rooms.iter().map(|room| words::room(room, None)).collect();
    Ok(json!({ "rooms": rooms }))
}

async fn members(client: &Client<Engine>, room: RoomId) -> Result<Value, Failure> {
    let members = client.read(move |engine| engine.members(room)).await?;
    let members: Vec<Value> = members.iter().map(words::member).collect();
    Ok(json!({ "members": members }))
}

async fn drafts(client: &Client<Engine>, room: RoomId) -> Result<Value, Failure> {
    let items = client.read(move |engine| engine.drafts(room)).await?;
    lines(client, room, &items).await
}

async fn timeline(
    client: &Client<Engine>,
    room: RoomId,
    since: Seq,
    limit: usize,
) -> Result<Value, Failure> {
    let range = Range::after(since.0, limit.min(LINES_MAX));
    let items = client.timeline(room, range).await?;
    lines(client, room, &items).await
}

async fn lines(
    client: &Client<Engine>,
    room: RoomId,
    items: &[TimelineItem],
) -> Result<Value, Failure> {
    let names = Names::of(client, items).await?;
    let lines: Vec<Value> = items
        .iter()
        .map(|item| words::item(room, item, &names))
        .collect();
    Ok(json!({ "items": lines }))
}
