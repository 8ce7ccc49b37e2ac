//! The owner: it alone opens the store, does what all tabs want, and tells them what changed.

use std::{pin::pin, rc::Rc};

use client::{
    browser::OriginLock,
    store::{StoreError, Stretched},
};
use protocol::error::ErrorCode;
use serde_bytes::ByteBuf;
use tokio::sync::mpsc;

use super::{
    applock::Locked,
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
    let mut kept = Vec::new();
    let client = loop {
        match open::open(&place.origin, place.known, place.key.as_ref()).await {
            Ok(client) => break Ok(client),
            Err(StoreError::Locked) => match Locked::begin(place).wait(lost.as_mut()).await {
                Ok(words) => kept.extend(words),
                Err(trouble) => return trouble,
            },
            Err(error) => {
                let trouble = super::trouble(&error);
                if !trouble.is_mended_by_erasing() {
                    return trouble;
                }
                break Err(trouble);
            }
        }
    };
    let desk = Desk::open(client, says, place.key.is_some(), place.origin.clone());
    place.tabs.say(None, &Word::Owner);
    let words = place.follow(place.tab);
    give(&desk, place, words);
    for (from, word) in kept {
        take(&desk, place, from, word);
    }
    loop {
        tokio::select! {
            () = &mut lost => return words::trouble(ErrorCode::StoreBusy),
            Some(ask) = place.asks.recv() => {
                let words = place.asked(ask);
                give(&desk, place, words);
            }
            heard = place.tabs.next() => match heard {
                Ok((from, word)) => take(&desk, place, from, word),
                Err(Outdated) => return updated(),
            },
            Some(said) = said.recv() => match said {
                Said::Tell(to, tell) => tell_on(&desk, place, to, &tell),
                Said::Key(key) => {
                    place.key = key;
                    hand_key_on(place, None);
                }
                Said::Locked => {
                    place.key = None;
                    hand_key_on(place, None);
                    // The pages begin anew, with nothing in their memory.
                    tell_on(&desk, place, None, &Tell::Locked);
                    return std::future::pending().await;
                }
                Said::Stopped => return words::trouble(ErrorCode::StoreFailed),
            },
        }
    }
}

/// Another tab, or this one, says something.
fn take(desk: &Rc<Desk>, place: &Place, from: Tab, word: Word) {
    match word {
        Word::Hello => place.tabs.say(Some(from), &Word::Owner),
        Word::Join(_) if from != place.tab && place.key.is_some() => {
            hand_key_on(place, Some(from));
            desk.take(from, word);
        }
        word => desk.take(from, word),
    }
}

/// Whoever goes on after this tab opens the store without asking the person again.
fn hand_key_on(place: &Place, to: Option<Tab>) {
    let key = place.key.as_ref().map(Stretched::expose);
    let key = key.map(|key| ByteBuf::from(key.as_slice()));
    place.tabs.say(to, &Word::Key(key));
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
