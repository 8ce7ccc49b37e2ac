//! The channel to the other tabs of this browser.

use client::{browser::SystemClock, clock::Clock as _, engine::cbor, store::StoreError};
use tokio::sync::mpsc;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{BroadcastChannel, MessageEvent};

use crate::{
    channel::{self, Edition, Meeting, Parcel, Tab, Word},
    posted,
};

/// This tab among the others.
pub(super) struct Tabs {
    channel: BroadcastChannel,
    parcels: mpsc::UnboundedReceiver<Parcel>,
    own: Tab,
    edition: Edition,
}

/// A tab of a newer page is there.
pub(super) struct Outdated;

impl Tabs {
    /// Begins to listen, as this tab of this version.
    ///
    /// # Errors
    /// The browser has no such channels.
    pub(super) fn listen(own: Tab, version: String) -> Result<Self, StoreError> {
        let channel = BroadcastChannel::new(channel::NAME).map_err(|_| {
            StoreError::Failed("the tabs of this browser cannot speak to each other".to_owned())
        })?;
        let (sender, parcels) = mpsc::unbounded_channel();
        let heard = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            if let Some(parcel) = posted::read(&event) {
                // The receiver lives as long as the worker.
                let _ = sender.send(parcel);
            }
        });
        channel.set_onmessage(Some(heard.into_js_value().unchecked_ref()));
        let since = SystemClock.now().millis();
        Ok(Self {
            channel,
            parcels,
            own,
            edition: Edition { version, since },
        })
    }

    /// Says something to one tab, or to all others.
    pub(super) fn say(&self, to: Option<Tab>, word: &Word) {
        let Some(word) = posted::bytes(word) else {
            return;
        };
        let parcel = Parcel {
            version: self.edition.version.clone(),
            since: self.edition.since,
            from: self.own,
            to,
            word,
        };
        if let Some(form) = posted::form(&parcel) {
            // Bytes can always be posted.
            let _ = self.channel.post_message(&form);
        }
    }

    /// The next word that is for this tab, and whose it is. May be dropped and called again at any time.
    ///
    /// # Errors
    /// This tab shows an old page.
    pub(super) async fn next(&mut self) -> Result<(Tab, Word), Outdated> {
        loop {
            let Some(parcel) = self.parcels.recv().await else {
                // The sender lives as long as the worker.
                return std::future::pending().await;
            };
            match self.edition.meets(&parcel) {
                Meeting::Newer => return Err(Outdated),
                Meeting::Older => self.say(None, &Word::Hello),
                Meeting::Same if parcel.to.is_none_or(|to| to == self.own) => {
                    if let Ok(word) = cbor::read(&parcel.word) {
                        return Ok((parcel.from, word));
                    }
                }
                Meeting::Same => {}
            }
        }
    }
}
