//! Everything that this browser can read, as one file: a page for people, or JSON for machines.

use client::{
    Client,
    browser::SystemClock,
    clock::Clock as _,
    engine::{
        Engine,
        api::{AccountView, Failure, RoomStage, RoomView, TimelineItem},
    },
    export::{Archive, Html, Page, Room},
    store::Range,
};
use protocol::error::ErrorCode;

use super::{lines, wish::refused};
use crate::{
    page::times,
    wire::{Body, Done, Line, Trouble},
    words,
};

/// Lines read from the store at once.
const PAGE: usize = 500;

/// The text of the file.
pub(super) async fn all(
    client: &Client<Engine>,
    origin: &str,
    for_machines: bool,
) -> Result<Done, Trouble> {
    let account = client.read(Engine::account).await.ok().flatten();
    let account = account.ok_or_else(|| words::trouble(ErrorCode::NotLoggedIn))?;
    let text = if for_machines {
        archive(client, origin, account).await
    } else {
        page(client, origin, &account).await
    };
    text.map(Done::Copy).map_err(|why| refused(&why))
}

async fn archive(
    client: &Client<Engine>,
    origin: &str,
    account: AccountView,
) -> Result<String, Failure> {
    let mut archive = Archive::of(account, origin.to_owned(), SystemClock.now());
    for room in rooms(client).await {
        let mut written = Room::of(&room);
        each(client, &room, &mut |item, line| {
            let words = match line.body {
                Body::Notice(words) | Body::Missing(words) => words,
                Body::Text(_) | Body::File(_) => String::new(),
            };
            written.push(item, words);
        })
        .await?;
        archive.push(written);
    }
    archive
        .to_json()
        .map_err(|_| Failure::from(ErrorCode::ProgramFailed))
}

async fn page(
    client: &Client<Engine>,
    origin: &str,
    account: &AccountView,
) -> Result<String, Failure> {
    let user = &account.user;
    let mut page = Page::new(&format!("{user}: everything that this browser can read"));
    let now = times::moment(SystemClock.now().millis());
    let taken =
        format!("Taken from {origin} on {now}. Files are named; their content is not in here.");
    page.push(Html::tag("p", "note", &Html::text(&taken)));
    for room in rooms(client).await {
        let name = words::one_line(room.name.as_deref().unwrap_or("A room"));
        page.push(Html::tag("h2", "room", &Html::text(&name)));
        if let Some(topic) = room.topic.as_deref().filter(|topic| !topic.is_empty()) {
            page.push(Html::tag("p", "note", &Html::text(topic)));
        }
        each(client, &room, &mut |_, line| page.push(shown(line))).await?;
    }
    Ok(page.finish())
}

/// Of an invitation that nobody has answered there is nothing to read yet.
async fn rooms(client: &Client<Engine>) -> Vec<RoomView> {
    let rooms = client.read(Engine::rooms).await.unwrap_or_default();
    let read = |room: &RoomView| room.stage != RoomStage::Invited;
    rooms.into_iter().filter(read).collect()
}

/// Gives all lines of a room in their order, as they are and as the screen shows them.
async fn each(
    client: &Client<Engine>,
    room: &RoomView,
    take: &mut dyn FnMut(TimelineItem, Line),
) -> Result<(), Failure> {
    let mut last = 0;
    loop {
        let items = client.timeline(room.room, Range::after(last, PAGE)).await?;
        let full = items.len() == PAGE;
        let before = last;
        for (item, line) in lines::shown(client, items).await {
            last = item.key.seq().map_or(last, |seq| last.max(seq.0));
            take(item, line);
        }
        if !full || last == before {
            return Ok(());
        }
    }
}

fn shown(line: Line) -> Html {
    let time = Html::tag("span", "time", &Html::text(&times::moment(line.at)));
    let sender = Html::text(&line.said_by());
    let said = match line.body {
        Body::Text(text) => Html::text(&text),
        Body::File(file) => Html::text(&format!("{} ({})", file.name, file.size)),
        Body::Notice(words) | Body::Missing(words) => {
            return Html::tag("p", "line note", &Html::text(&words).and(time));
        }
    };
    let sender = Html::tag("span", "sender", &sender);
    let said = Html::tag("p", "text", &said);
    Html::tag("div", "line", &sender.and(time).and(said))
}
