//! One tab's worker: its page on one side, the other tabs on the other.

use client::store::{StoreError, Stretched};
use rand_core::{OsRng, RngCore as _};
use tokio::sync::mpsc;

use super::{port, tabs::Tabs};
use crate::{
    channel::{Shown, Tab, Word},
    tab::Errands,
    wire::{Ask, Tell},
};

/// Whoever owns the store, and whoever does not yet.
pub(super) struct Place {
    pub(super) tab: Tab,
    pub(super) asks: mpsc::UnboundedReceiver<Ask>,
    pub(super) tabs: Tabs,
    errands: Errands,
    /// Of the page.
    pub(super) origin: String,
    /// An account is known here.
    pub(super) known: bool,
    /// What opens the store, if it has a passphrase and somebody has typed it.
    pub(super) key: Option<Stretched>,
}

impl Place {
    /// Comes to the other tabs.
    ///
    /// # Errors
    /// The browser has no channels.
    pub(super) fn take(
        asks: mpsc::UnboundedReceiver<Ask>,
        origin: String,
        known: bool,
        version: String,
    ) -> Result<Self, StoreError> {
        let mut bytes = [0; 16];
        OsRng.fill_bytes(&mut bytes);
        let tab = Tab(bytes);
        Ok(Self {
            tab,
            asks,
            tabs: Tabs::listen(tab, version)?,
            errands: Errands::new(tab),
            origin,
            known,
            key: None,
        })
    }

    /// The page asks; returns what to say to the owner.
    pub(super) fn asked(&mut self, ask: Ask) -> Vec<Word> {
        match ask {
            Ask::Wish(number, wish) => self.errands.wish(number, wish),
            Ask::Show(room, count) => self.errands.show(Shown { room, count }),
            Ask::Erase => vec![Word::Erase],
            // There is one start, an owner takes nothing over, and transfers do not come here.
            Ask::Start { .. } | Ask::TakeOver | Ask::Transfer(..) | Ask::Stop(_) => Vec::new(),
        }
    }

    /// Whether the owner has something to say.
    pub(super) fn waits(&self) -> bool {
        self.errands.are_open()
    }

    /// There is an owner; returns what to say to it.
    pub(super) fn follow(&mut self, owner: Tab) -> Vec<Word> {
        self.errands.follow(owner)
    }

    /// The owner tells something, which goes to the page if it is for it; returns what to say to the owner.
    pub(super) fn told(&mut self, tell: &Tell) -> Vec<Word> {
        if let Tell::Home(own) = tell {
            self.known |= own.is_some();
        }
        let (ours, words) = self.errands.told(tell);
        if ours {
            port::tell(tell);
        }
        words
    }

    /// Says this to the owner, who is elsewhere.
    pub(super) fn say(&self, words: Vec<Word>) {
        if let Some(owner) = self.errands.owner() {
            for word in words {
                self.tabs.say(Some(owner), &word);
            }
        }
    }
}
