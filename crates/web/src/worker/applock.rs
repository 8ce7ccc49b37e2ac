//! The lock of the app: a passphrase without which nothing that this browser keeps opens, and the tab that waits for it.

use std::pin::Pin;

use client::{
    Client, browser,
    engine::{
        Engine,
        api::Password,
        password::{self, Weakness},
    },
    store::{StoreError, Stretched},
};
use protocol::{error::ErrorCode, names::UserName};

use super::{open, place::Place, tabs::Outdated};
use crate::{
    channel::{Tab, Wanted, Word, updated},
    wire::{Done, Tell, Trouble, Wish},
    words,
};

/// Another passphrase, or none.
///
/// # Errors
/// `old` is another one, `new` is easy to guess, or the browser refuses.
pub(super) async fn change(
    client: &Client<Engine>,
    old: Option<String>,
    new: Option<String>,
) -> Result<Option<Stretched>, Trouble> {
    if let Some(new) = &new {
        let own = client.read(Engine::account).await.ok().flatten();
        let user = own.and_then(|own| UserName::parse(&own.user).ok());
        let user = user.ok_or_else(|| words::trouble(ErrorCode::NotLoggedIn))?;
        password::check(&Password::new(new.clone()), &user).map_err(|why| weak(&why))?;
    }
    let changed = browser::change_passphrase(open::NAME, old.as_deref(), new.as_deref());
    changed.await.map_err(|error| super::trouble(&error))
}

fn weak(why: &Weakness) -> Trouble {
    Trouble {
        code: ErrorCode::WeakPassword,
        sentence: why.to_string(),
    }
}

/// The owner of a locked store. What tabs say until somebody types the passphrase is kept for the desk.
pub(super) struct Locked<'a> {
    place: &'a mut Place,
    /// Heard, and not looked at.
    heard: Vec<(Tab, Word)>,
    /// For the desk.
    kept: Vec<(Tab, Word)>,
}

impl<'a> Locked<'a> {
    /// Tells all tabs that the passphrase is waited for.
    pub(super) fn begin(place: &'a mut Place) -> Self {
        place.key = None;
        place.tabs.say(None, &Word::Owner);
        let mut locked = Self {
            place,
            heard: Vec::new(),
            kept: Vec::new(),
        };
        let words = locked.place.follow(locked.place.tab);
        locked.hear_self(words);
        locked.tell(None, &Tell::Locked);
        locked
    }

    /// Until it is typed; returns what was said meanwhile.
    ///
    /// # Errors
    /// This tab is not the owner any more.
    pub(super) async fn wait(
        mut self,
        mut lost: Pin<&mut impl Future<Output = ()>>,
    ) -> Result<Vec<(Tab, Word)>, Trouble> {
        loop {
            for (from, word) in std::mem::take(&mut self.heard) {
                self.take(from, word).await;
            }
            if self.place.key.is_some() {
                self.kept.append(&mut self.heard);
                return Ok(self.kept);
            }
            tokio::select! {
                () = &mut lost => return Err(words::trouble(ErrorCode::StoreBusy)),
                Some(ask) = self.place.asks.recv() => {
                    let words = self.place.asked(ask);
                    self.hear_self(words);
                }
                heard = self.place.tabs.next() => match heard {
                    Ok(heard) => self.heard.push(heard),
                    Err(Outdated) => return Err(updated()),
                },
            }
        }
    }

    async fn take(&mut self, from: Tab, word: Word) {
        match word {
            Word::Hello => self.place.tabs.say(Some(from), &Word::Owner),
            Word::Join(_) => {
                self.kept.push((from, word));
                self.tell(Some(from), &Tell::Locked);
            }
            Word::Wish(Wanted {
                number,
                wish: Wish::Unlock { passphrase },
                ..
            }) => {
                let done = self.unlock(&passphrase).await;
                let done = done.map_err(|error| super::trouble(&error));
                self.tell(Some(from), &Tell::Done(number, done));
            }
            Word::Wish(Wanted {
                wish: Wish::Wipe { name_too },
                ..
            }) => {
                let told = match open::erase().await {
                    Ok(()) => Tell::Erased {
                        name_too,
                        words: String::new(),
                    },
                    Err(error) => Tell::Closed(super::trouble(&error)),
                };
                self.tell(None, &told);
            }
            other => self.kept.push((from, other)),
        }
    }

    async fn unlock(&mut self, passphrase: &str) -> Result<Done, StoreError> {
        if self.place.key.is_none() {
            let key = browser::unlock_store(open::NAME, passphrase).await?;
            self.place.key = Some(key);
        }
        Ok(Done::Yes)
    }

    fn tell(&mut self, to: Option<Tab>, tell: &Tell) {
        if to != Some(self.place.tab) {
            self.place.tabs.say(to, &Word::Tell(tell.clone()));
        }
        if to.is_none_or(|to| to == self.place.tab) {
            let words = self.place.told(tell);
            self.hear_self(words);
        }
    }

    fn hear_self(&mut self, words: Vec<Word>) {
        let own = self.place.tab;
        self.heard.extend(words.into_iter().map(|word| (own, word)));
    }
}
