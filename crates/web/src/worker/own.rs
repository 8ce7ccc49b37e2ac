//! The owner: it alone opens the store, does what all tabs want, and tells them what changed.

use std::{pin::pin, rc::Rc};

use client::browser::OriginLock;
use protocol::error::ErrorCode;
use tokio::sync::mpsc;

use super::{
    desk::{Desk, Said},
    open,
    place::Place,
    tabs::Outdated,
};
use crate::{
    channel::{Tab, Word, updated},
    wire::{Tell, Trouble},
    words,
};

/// Until this tab is not the owner any more; returns why.
pub(super) async fn own(place: &mut Place, lock: &OriginLock) -> Trouble {
    let mut lost = pin!(lock.lost());
    let (says, mut said) = mpsc::unbounded_channel();
    let client = match open::open(&place.origin, place.known).await {
        Ok(client) => Ok(client),
        Err(error) => {
            let trouble = super::trouble(&error);
            if !trouble.is_mended_by_erasing() {
                return trouble;
            }
            Err(trouble)
        }
    };
    let desk = Desk::open(client, says);
    place.tabs.say(None, &Word::Owner);
    let words = place.follow(place.tab);
    give(&desk, place, words);
    loop {
        tokio::select! {
            () = &mut lost => return words::trouble(ErrorCode::StoreBusy),
            Some(ask) = place.asks.recv() => {
                let words = place.asked(ask);
                give(&desk, place, words);
            }
            heard = place.tabs.next() => match heard {
                Ok((from, Word::Hello)) => place.tabs.say(Some(from), &Word::Owner),
                Ok((from, word)) => desk.take(from, word),
                Err(Outdated) => return updated(),
            },
            Some(said) = said.recv() => match said {
                Said::Tell(to, tell) => tell_on(&desk, place, to, &tell),
                Said::Stopped => return words::trouble(ErrorCode::StoreFailed),
            },
        }
    }
}

fn tell_on(desk: &Rc<Desk>, place: &mut Place, to: Option<Tab>, tell: &Tell) {
    if to != Some(place.tab) {
        place.tabs.say(to, &Word::Tell(tell.clone()));
    }
    if to.is_none_or(|to| to == place.tab) {
        let words = place.told(tell);
        give(desk, place, words);
    }
}

/// What the own page wants needs no channel.
fn give(desk: &Rc<Desk>, place: &Place, words: Vec<Word>) {
    for word in words {
        desk.take(place.tab, word);
    }
}
