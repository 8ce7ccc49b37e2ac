//! `tail`: what was said.

use client::{
    engine::{
        Engine,
        api::{Command, Event, ItemKey, TimelineChange, TimelineItem},
    },
    store::Range,
};
use protocol::ids::{DeviceId, RoomId, Seq};
use tokio::sync::broadcast::{Receiver, error::RecvError};

use crate::{
    args::Global,
    describe::{self, Names},
    exit::Problem,
    find,
    output::{Output, note},
    session::{self, Session},
};

/// Lines read from the store at once.
const PAGE: usize = 500;

pub(super) async fn run(
    global: &Global,
    output: Output,
    room: &str,
    since: Seq,
    (follow, numbers): (bool, bool),
) -> Result<(), Problem> {
    let session = Session::synced(global).await?;
    let room = find::room(&session, room).await?.room;
    let mut tail = Tail {
        output,
        room,
        numbers,
        last: since,
    };
    let events = session.client.events();
    tail.catch_up(&session).await?;
    if follow {
        tokio::select! {
            followed = tail.follow(&session, events) => followed?,
            stopped = tokio::signal::ctrl_c() => stopped?,
        }
    }
    session.finish().await
}

/// Says that the account has a further device, if nobody has looked at it.
async fn tell(session: &Session, device: DeviceId) -> Result<(), Problem> {
    let news = session.client.read(Engine::new_devices).await?;
    for news in news.iter().filter(|news| news.device == device) {
        note(&format!("secure-chat: {}", session::news(news)));
    }
    Ok(())
}

/// One room, printed up to some place.
struct Tail {
    output: Output,
    room: RoomId,
    /// The place of each line stands before it.
    numbers: bool,
    last: Seq,
}

impl Tail {
    /// Prints what the store has.
    async fn catch_up(&mut self, session: &Session) -> Result<(), Problem> {
        loop {
            let range = Range::after(self.last.0, PAGE);
            let items = session.client.timeline(self.room, range).await?;
            self.print(session, &items).await?;
            if items.len() < PAGE {
                return Ok(());
            }
        }
    }

    async fn follow(
        &mut self,
        session: &Session,
        mut events: Receiver<Event>,
    ) -> Result<(), Problem> {
        loop {
            match events.recv().await {
                Ok(Event::Timeline(room, changes)) if room == self.room => {
                    let set = changes.into_iter().filter_map(|change| match change {
                        TimelineChange::Set(item) => Some(item),
                        TimelineChange::Remove(_) => None,
                    });
                    self.print(session, &set.collect::<Vec<_>>()).await?;
                }
                Ok(Event::NewDevice(device)) => tell(session, device).await?,
                Ok(Event::SignedOut) => {
                    return Err(Problem::of(protocol::error::ErrorCode::SessionExpired));
                }
                Ok(Event::UpgradeRequired) => {
                    return Err(Problem::of(protocol::error::ErrorCode::UpgradeRequired));
                }
                Ok(_) => {}
                Err(RecvError::Lagged(_)) => self.catch_up(session).await?,
                Err(RecvError::Closed) => return Ok(()),
            }
        }
    }

    /// Prints lines that stand in the log, each once and in order.
    async fn print(&mut self, session: &Session, items: &[TimelineItem]) -> Result<(), Problem> {
        let names = Names::of(&session.client, items).await?;
        for item in items {
            let ItemKey::Logged(seq) = item.key else {
                continue;
            };
            if seq <= self.last {
                continue;
            }
            self.last = seq;
            let mut text = describe::item_line(item, &names);
            if self.numbers {
                text.insert_str(0, &format!("{seq:>6}  "));
            }
            self.output
                .line(&text, || describe::item(self.room, item, &names))?;
        }
        let (room, seq) = (self.room, self.last);
        session.command(Command::MarkRead { room, seq }).await?;
        Ok(())
    }
}
