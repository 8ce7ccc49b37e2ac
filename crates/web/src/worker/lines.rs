//! The last lines of a room, with what is on its way below them.

use client::engine::ordered::{Map, Set};

use client::{
    Client,
    engine::{
        Engine,
        api::{Delivery, Failure, FileContent, ItemBody, TimelineItem},
    },
    files::safe_name,
    store::Range,
};
use protocol::ids::{AccountId, RoomId};

use crate::{
    wire::{Body, FileLine, Line, Lines, Mark, Tell},
    words,
};

type Names = Map<AccountId, String>;

/// The last `count` lines of a room.
///
/// # Errors
/// The store's, if a row is damaged; the client has ended.
pub(super) async fn last(
    client: &Client<Engine>,
    room: RoomId,
    count: usize,
) -> Result<Tell, Failure> {
    let mut items = client.timeline(room, Range::newest(count)).await?;
    let earlier = items.len() == count;
    items.reverse();
    let drafts = client.read(move |engine: &Engine| engine.drafts(room));
    items.extend(drafts.await.unwrap_or_default());
    let (own, names) = around(client, &items).await;
    let lines = items
        .into_iter()
        .map(|item| line(item, own, &names))
        .collect();
    Ok(Tell::Lines(Lines {
        room,
        count,
        lines,
        earlier,
    }))
}

/// Lines as they are, each with what the screen shows of it.
pub(super) async fn shown(
    client: &Client<Engine>,
    items: Vec<TimelineItem>,
) -> Vec<(TimelineItem, Line)> {
    let (own, names) = around(client, &items).await;
    let both = |item: TimelineItem| (item.clone(), line(item, own, &names));
    items.into_iter().map(both).collect()
}

/// Who reads them, and whom they speak of.
async fn around(client: &Client<Engine>, items: &[TimelineItem]) -> (Option<AccountId>, Names) {
    let own = client.read(Engine::account).await.ok().flatten();
    (own.map(|own| own.account), names(client, items).await)
}

async fn names(client: &Client<Engine>, items: &[TimelineItem]) -> Names {
    let mut all = Set::new();
    all.extend(items.iter().flat_map(TimelineItem::mentioned));
    let read = client.read(move |engine: &Engine| {
        let name = |account| Some((account, words::one_line(&engine.known_name(account)?)));
        all.into_iter().filter_map(name).collect()
    });
    read.await.unwrap_or_default()
}

fn line(item: TimelineItem, own: Option<AccountId>, names: &Names) -> Line {
    let name = |account: AccountId| {
        // A stranger is shown by the beginning of the account id.
        let unknown = || account.to_string().chars().take(8).collect();
        names.get(&account).cloned().unwrap_or_else(unknown)
    };
    let shown = item.sender_name.as_deref().map(words::one_line);
    let sender = shown
        .or_else(|| item.sender.map(name))
        .unwrap_or_else(|| "Somebody".to_owned());
    let unproven = item.is_unproven();
    let body = match item.body {
        ItemBody::Unsalted(text) => Body::Text(format!("{text}\n(Its hash reveals short texts.)")),
        ItemBody::Text(text) | ItemBody::Reply { text, .. } => Body::Text(text),
        ItemBody::File(file) => Body::File(file_line(&file)),
        ItemBody::Unknown { .. } => Body::Missing(format!(
            "{sender} sent something that this version can't show."
        )),
        ItemBody::Notice(notice) => {
            Body::Notice(words::one_line(&words::notice(&notice, &sender, name)))
        }
        ItemBody::Tombstone(cause) => Body::Missing(words::missing(cause).to_owned()),
    };
    Line {
        key: item.key,
        sender: item.sender,
        own: item.sender.is_some() && item.sender == own,
        name: sender,
        unproven,
        at: item.time.millis(),
        body,
        mark: match item.delivery {
            Delivery::Sending => Mark::Sending,
            Delivery::Sent => Mark::Sent,
            Delivery::Failed(code) => Mark::Failed(words::trouble(code).sentence),
        },
    }
}

fn file_line(file: &FileContent) -> FileLine {
    let shown = ["image/jpeg", "image/png", "image/gif", "image/webp"];
    FileLine {
        name: safe_name(&file.name),
        size: words::size(file.length),
        picture: shown.contains(&file.media_type.as_str()),
        thumbnail: !file.thumbnail.is_empty(),
    }
}
