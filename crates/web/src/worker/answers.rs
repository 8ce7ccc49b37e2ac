//! What the engine found, as the screen shows it.

use client::{
    Client,
    engine::{
        Engine,
        api::{Command, DeviceView, ItemBody, ItemKey, LinkPreview, LinkView},
    },
    store::Range,
};
use protocol::{error::ErrorCode, ids::RoomId};

use crate::{
    wire::{Device, Done, LinkLine, Preview, Trouble},
    words,
};

/// The account's devices, and those in rooms that the server does not list. Whoever sees them has looked at the new ones.
pub(super) async fn devices(client: &Client<Engine>, listed: Vec<DeviceView>) -> Done {
    let news = client.read(Engine::new_devices).await.unwrap_or_default();
    let is_new = |view: &DeviceView| news.iter().any(|news| news.device == view.device);
    let mut devices: Vec<Device> = listed
        .iter()
        .map(|view| Device {
            device: view.device,
            added: view.created.millis(),
            seen: view.last_seen.millis(),
            own: view.current,
            remark: words::device(view, is_new(view)).to_owned(),
        })
        .collect();
    let is_listed = |device| listed.iter().any(|view| view.device == device);
    let hidden = news.iter().filter(|news| !is_listed(news.device));
    devices.extend(hidden.map(|news| Device {
        device: news.device,
        added: news.since.millis(),
        seen: news.since.millis(),
        own: false,
        remark:
            "It is in a room, and the server does not list it. The server may be lying.".to_owned(),
    }));
    let changes = client.read(Engine::changes).await.unwrap_or_default();
    if !news.is_empty() || !changes.is_empty() {
        let devices = news.iter().map(|news| news.device).collect();
        // Else they are new the next time too.
        let _ = client
            .command(Command::AcknowledgeDevices { devices })
            .await;
    }
    Done::Devices(devices)
}

/// The links into a room.
pub(super) async fn links(client: &Client<Engine>, links: Vec<LinkView>) -> Done {
    let mut lines = Vec::with_capacity(links.len());
    for link in links {
        let maker = link.maker;
        let name = client.read(move |engine: &Engine| engine.known_name(maker));
        let name = name.await.ok().flatten();
        lines.push(LinkLine {
            link: link.link,
            maker: words::one_line(name.as_deref().unwrap_or("Somebody")),
            own: link.own,
            made: link.created.millis(),
            ends: link.expires.map(|at| at.millis()),
            uses: words::uses(link.used, link.uses_left),
            text: link.text.map(|text| text.expose().to_owned()),
        });
    }
    Done::Links(lines)
}

/// A number that people compare.
///
/// # Errors
/// There is none: the person is a stranger, or this device is not in the room.
pub(super) async fn digits(
    client: &Client<Engine>,
    read: impl FnOnce(&Engine) -> Option<String> + 'static,
) -> Result<Done, Trouble> {
    let number = client.read(read).await.ok().flatten();
    number
        .map(Done::Digits)
        .ok_or_else(|| words::trouble(ErrorCode::NotFound))
}

/// What opens a file of a room.
///
/// # Errors
/// There is none at that place.
pub(super) async fn file(
    client: &Client<Engine>,
    room: RoomId,
    key: ItemKey,
) -> Result<Done, Trouble> {
    let items = match key {
        ItemKey::Logged(seq) => {
            let range = Range::after(seq.0.saturating_sub(1), 1);
            client.timeline(room, range).await
        }
        ItemKey::Draft(_) => client.read(move |engine| engine.drafts(room)).await,
    };
    let mut items = items.unwrap_or_default().into_iter();
    match items.find(|item| item.key == key).map(|item| item.body) {
        Some(ItemBody::File(file)) => Ok(Done::File(file)),
        _ => Err(words::trouble(ErrorCode::FileGone)),
    }
}

/// The session's token.
///
/// # Errors
/// There is no session.
pub(super) async fn token(client: &Client<Engine>) -> Result<Done, Trouble> {
    let token = client.read(|engine| Engine::session_token(engine).map(str::to_owned));
    let token = token.await.ok().flatten();
    token
        .map(Done::Token)
        .ok_or_else(|| words::trouble(ErrorCode::NotLoggedIn))
}

/// The login that waits for a code, where a passkey would do.
///
/// # Errors
/// The client stopped.
pub(super) async fn waiting_login(client: &Client<Engine>) -> Result<Done, Trouble> {
    let login = client.read(Engine::waiting_login).await;
    login
        .map(Done::Login)
        .map_err(|_| words::trouble(ErrorCode::StoreFailed))
}

pub(super) async fn preview(client: &Client<Engine>, preview: LinkPreview) -> Preview {
    let maker = preview.maker;
    let verified = client.read(move |engine: &Engine| engine.is_verified(maker));
    Preview {
        room: preview.room,
        name: words::one_line(preview.name.as_deref().unwrap_or("A room")),
        topic: words::one_line(&preview.topic),
        maker: words::one_line(&preview.maker_name),
        verified: verified.await.unwrap_or(false),
        members: preview
            .members
            .iter()
            .map(|name| words::one_line(name))
            .collect(),
        history: words::history(preview.history).to_owned(),
        inside: preview.inside,
    }
}
