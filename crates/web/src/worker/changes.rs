//! What changed, told to all tabs.

use std::rc::Rc;

use client::{
    Client, Link,
    engine::{
        Engine,
        api::{Alarm, Event},
    },
};
use protocol::{error::ErrorCode, ids::RoomId};
use tokio::sync::broadcast::error::{RecvError, TryRecvError};

use super::{account, desk::Desk};
use crate::{
    wire::{Connection, Tell},
    words,
};

/// What the screens have to be told anew.
#[derive(Default)]
struct Stale {
    home: bool,
    rooms: bool,
    /// The members of every room.
    members: bool,
    members_of: Vec<RoomId>,
    /// The lines of every room.
    lines: bool,
    lines_of: Vec<RoomId>,
    typed: bool,
    account: bool,
}

/// Until the client ends.
pub(super) async fn watch_events(desk: Rc<Desk>, client: Client<Engine>) {
    let mut events = client.events();
    loop {
        let mut stale = Stale::default();
        match events.recv().await {
            Ok(event) => note(&mut stale, &event, &desk),
            Err(RecvError::Lagged(_)) => everything(&mut stale),
            Err(RecvError::Closed) => return,
        }
        // What came in the meantime is told along.
        loop {
            match events.try_recv() {
                Ok(event) => note(&mut stale, &event, &desk),
                Err(TryRecvError::Lagged(_)) => everything(&mut stale),
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
            }
        }
        refresh(&desk, &client, &stale).await;
    }
}

fn note(stale: &mut Stale, event: &Event, desk: &Desk) {
    let notice = |text: &str| desk.tell(None, Tell::Notice(text.to_owned()));
    match event {
        Event::Done(..) | Event::NewDevice(_) => {}
        Event::AccountChanged => stale.account = true,
        Event::Settled(settled) => notice(account::settled(*settled)),
        Event::RoomsChanged => {
            stale.rooms = true;
            stale.members = true;
        }
        Event::TypedChanged => stale.typed = true,
        Event::MarksChanged => stale.rooms = true,
        Event::MembersChanged(room) => stale.members_of.push(*room),
        Event::Timeline(room, _) => {
            stale.rooms = true;
            stale.lines_of.push(*room);
        }
        Event::LinkEnded { .. } => notice(
            "An invite link of yours has ended, because the room's keys changed. Make another one if you need it.",
        ),
        Event::SignedOut => stale.home = true,
        Event::UpgradeRequired => notice(&words::trouble(ErrorCode::UpgradeRequired).sentence),
        Event::Alarm(alarm) => notice(warning(alarm)),
    }
}

const fn warning(alarm: &Alarm) -> &'static str {
    match alarm {
        Alarm::LogsDiffer { .. } => {
            "Warning: another member of a room was shown something else than you. The server may be lying."
        }
        Alarm::LogBroken { .. } => {
            "Warning: the server gave a broken record of a room. It may be lying."
        }
        Alarm::VaultClosed => {
            "Warning: what the server keeps for your devices does not open with this device's keys, so nothing is saved there."
        }
        Alarm::VaultDiffers => {
            "Warning: what the server keeps for your devices is not what one of them has seen there. It may be lying: what one device saves may not reach the others."
        }
        Alarm::IdentityChanged { .. } => {
            "Warning: somebody's identity is not the one known before. Compare safety numbers."
        }
    }
}

fn everything(stale: &mut Stale) {
    stale.home = true;
    stale.rooms = true;
    stale.members = true;
    stale.lines = true;
    stale.typed = true;
    stale.account = true;
}

async fn refresh(desk: &Desk, client: &Client<Engine>, stale: &Stale) {
    if stale.home {
        desk.home(client, None).await;
    }
    if stale.rooms {
        desk.rooms(client, None).await;
    }
    if stale.typed {
        desk.typed(client, None).await;
    }
    if stale.account {
        desk.account(client, None).await;
    }
    for (room, count) in desk.shown() {
        // Two screens of one room hear of its members twice.
        if stale.members || stale.members_of.contains(&room) {
            desk.members(client, None, room).await;
        }
        if stale.lines || stale.lines_of.contains(&room) {
            desk.lines(client, None, room, count).await;
        }
    }
}

/// Until the client ends.
pub(super) async fn watch_connection(desk: Rc<Desk>, client: Client<Engine>) {
    let mut link = client.link();
    loop {
        let now = *link.borrow_and_update();
        let Some(connection) = connection(now) else {
            desk.stopped();
            return;
        };
        desk.tell(None, Tell::Connection(connection));
        if link.changed().await.is_err() {
            return;
        }
    }
}

/// As the screen shows it; none if the client has ended.
pub(super) const fn connection(link: Link) -> Option<Connection> {
    match link {
        Link::SignedOut => Some(Connection::SignedOut),
        Link::Connecting => Some(Connection::Connecting),
        Link::Online => Some(Connection::Online),
        Link::Offline | Link::Unreadable => Some(Connection::Offline),
        Link::Stopped => None,
    }
}
