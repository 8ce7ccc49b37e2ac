//! While another tab owns the store: what this page wants goes there, and what it tells comes here.

use std::pin::pin;

use client::{
    browser::{OriginLock, SystemClock},
    clock::Clock as _,
    store::Stretched,
};

use super::{open, place::Place, port};
use crate::{
    channel::{Tab, Word, updated},
    wire::{Ask, Tell, Trouble},
};

/// An owner that is waited for and says nothing for so long is asked whether it is there; after as long again the person
/// is. Browsers may stop a tab that nobody looks at.
const PATIENCE_MILLIS: u64 = 5_000;

/// Until this tab is the owner.
///
/// # Errors
/// This tab shows an old page, or the browser has no locks.
pub(super) async fn follow(place: &mut Place) -> Result<OriginLock, Trouble> {
    place.tabs.say(None, &Word::Hello);
    let mut lock = pin!(OriginLock::wait(open::NAME));
    let mut alarm = SystemClock.sleep(PATIENCE_MILLIS);
    let mut silence = Silence::default();
    let lock = loop {
        tokio::select! {
            lock = &mut lock => break lock,
            Some(ask) = place.asks.recv() => {
                if ask == Ask::TakeOver {
                    break OriginLock::steal(open::NAME).await;
                }
                let words = place.asked(ask);
                place.say(words);
            }
            heard = place.tabs.next() => {
                let (from, word) = heard.map_err(|_| updated())?;
                if hear(place, from, word) {
                    silence.ends();
                }
            }
            () = &mut alarm => {
                alarm = SystemClock.sleep(PATIENCE_MILLIS);
                if silence.goes_on(place.waits()) {
                    place.tabs.say(None, &Word::Hello);
                }
            }
        }
    };
    silence.ends();
    lock.map_err(|error| super::trouble(&error))
}

/// Returns whether the owner spoke.
fn hear(place: &mut Place, from: Tab, word: Word) -> bool {
    let mut words = Vec::new();
    match word {
        Word::Owner => words.extend(place.follow(from)),
        // Only an owner tells, so whoever does is the owner, also if its first word was not heard.
        Word::Tell(tell) => {
            words.extend(place.follow(from));
            words.extend(place.told(&tell));
        }
        Word::Key(key) => place.key = key.and_then(|key| Stretched::restore(&key)),
        Word::Hello | Word::Join(_) | Word::Show(_) | Word::Wish(_) | Word::Erase => return false,
    }
    place.say(words);
    true
}

/// For how long the owner has said nothing.
#[derive(Default)]
struct Silence {
    asked: bool,
    told: bool,
}

impl Silence {
    /// Returns whether the owner is to be asked if it is there.
    fn goes_on(&mut self, waits: bool) -> bool {
        if waits && self.asked && !self.told {
            self.told = true;
            port::tell(&Tell::Silent(true));
        }
        self.asked = waits;
        waits
    }

    fn ends(&mut self) {
        self.asked = false;
        if std::mem::take(&mut self.told) {
            port::tell(&Tell::Silent(false));
        }
    }
}
