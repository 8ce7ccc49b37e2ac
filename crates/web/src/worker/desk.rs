//! The running client: wishes in, and what changed out.

use std::{cell::Cell, rc::Rc};

use client::{
    Link,
    engine::{
        Engine,
        api::{Alarm, Event},
    },
};
use protocol::{error::ErrorCode, ids::RoomId};
use tokio::sync::{
    broadcast::error::{RecvError, TryRecvError},
    mpsc,
};
use wasm_bindgen_futures::spawn_local;

use super::{lines, open::Opened, port, rooms, wish};
use crate::{
    wire::{Ask, Connection, Own, Tell},
    words,
};

/// The room on the screen, and how many of its last lines.
pub(super) type Shown = Rc<Cell<(Option<RoomId>, usize)>>;

/// What the screen has to be told anew.
#[derive(Default)]
struct Stale {
    home: bool,
    rooms: bool,
    members: bool,
    lines: bool,
}

/// Until the page is gone.
pub(super) async fn run(opened: Rc<Opened>, mut asks: mpsc::UnboundedReceiver<Ask>) {
    let shown: Shown = Rc::default();
    tell_home(&opened).await;
    rooms::tell(&opened.client).await;
    spawn_local(watch_events(opened.clone(), shown.clone()));
    spawn_local(watch_connection(opened.clone()));
    while let Some(ask) = asks.recv().await {
        match ask {
            Ask::Wish(number, wanted) => spawn_local(grant(opened.clone(), number, wanted)),
            Ask::Show(room, count) => {
                shown.set((room, count));
                if let Some(room) = room {
                    rooms::tell_members(&opened.client, room).await;
                    lines::tell(&opened.client, room, count).await;
                }
            }
            // A store in use is not erased, and there is one start.
            Ask::Erase | Ask::Start { .. } => {}
        }
    }
}

async fn grant(opened: Rc<Opened>, number: u64, wanted: crate::wire::Wish) {
    let done = wish::grant(&opened.client, wanted).await;
    let changes_home = !matches!(done, Ok(crate::wire::Done::Preview(_)));
    if changes_home {
        tell_home(&opened).await;
        rooms::tell(&opened.client).await;
    }
    port::tell(&Tell::Done(number, done));
}

async fn tell_home(opened: &Opened) {
    let own = opened.client.read(Engine::account).await.ok().flatten();
    port::tell(&Tell::Home(own.map(|own| Own {
        account: own.account,
        user: own.user,
        signed_in: own.signed_in,
    })));
}

async fn watch_events(opened: Rc<Opened>, shown: Shown) {
    let mut events = opened.client.events();
    loop {
        let mut stale = Stale::default();
        match events.recv().await {
            Ok(event) => note(&mut stale, &event, shown.get().0),
            Err(RecvError::Lagged(_)) => everything(&mut stale),
            Err(RecvError::Closed) => return,
        }
        // What came in the meantime is told along.
        loop {
            match events.try_recv() {
                Ok(event) => note(&mut stale, &event, shown.get().0),
                Err(TryRecvError::Lagged(_)) => everything(&mut stale),
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
            }
        }
        refresh(&opened, &stale, shown.get()).await;
    }
}

fn note(stale: &mut Stale, event: &Event, shown: Option<RoomId>) {
    match event {
        Event::Done(..) | Event::NewDevice(_) => {}
        Event::RoomsChanged => {
            stale.rooms = true;
            stale.members = true;
        }
        Event::MembersChanged(room) => stale.members |= Some(*room) == shown,
        Event::Timeline(room, _) => {
            stale.rooms = true;
            stale.lines |= Some(*room) == shown;
        }
        Event::LinkEnded { .. } => {
            let text = "An invite link of yours has ended, because the room's keys changed. Make another one if you need it.";
            port::tell(&Tell::Notice(text.to_owned()));
        }
        Event::SignedOut => stale.home = true,
        Event::UpgradeRequired => {
            port::tell(&Tell::Notice(
                words::trouble(ErrorCode::UpgradeRequired).sentence,
            ));
        }
        Event::Alarm(alarm) => port::tell(&Tell::Notice(warning(alarm).to_owned())),
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
        Alarm::IdentityChanged { .. } => {
            "Warning: somebody's identity is not the one known before. Compare safety numbers."
        }
    }
}

fn everything(stale: &mut Stale) {
    *stale = Stale {
        home: true,
        rooms: true,
        members: true,
        lines: true,
    };
}

async fn refresh(opened: &Opened, stale: &Stale, (shown, count): (Option<RoomId>, usize)) {
    if stale.home {
        tell_home(opened).await;
    }
    if stale.rooms {
        rooms::tell(&opened.client).await;
    }
    if let Some(room) = shown {
        if stale.members {
            rooms::tell_members(&opened.client, room).await;
        }
        if stale.lines {
            lines::tell(&opened.client, room, count).await;
        }
    }
}

async fn watch_connection(opened: Rc<Opened>) {
    let mut link = opened.client.link();
    loop {
        let now = *link.borrow_and_update();
        let connection = match now {
            Link::SignedOut => Connection::SignedOut,
            Link::Connecting => Connection::Connecting,
            Link::Online => Connection::Online,
            Link::Offline | Link::Unreadable => Connection::Offline,
            Link::Stopped => {
                port::tell(&Tell::Closed(words::trouble(ErrorCode::StoreFailed)));
                return;
            }
        };
        port::tell(&Tell::Connection(connection));
        if link.changed().await.is_err() {
            return;
        }
    }
}
