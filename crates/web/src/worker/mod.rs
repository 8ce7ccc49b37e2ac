//! The worker: engine, driver, store and connection, away from the screen; or, while another tab's worker has those, the
//! way to that one.

mod account;
mod admin;
mod answers;
mod applock;
mod changes;
mod command;
mod desk;
mod ending;
mod export;
mod follow;
mod lines;
mod open;
mod own;
mod place;
mod port;
mod rooms;
mod tabs;
mod transfer;
mod wish;

use client::store::StoreError;
use tokio::sync::mpsc;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::spawn_local;

use crate::{
    wire::{Ask, Tell, Trouble},
    words,
};
use place::Place;

/// Starts to listen; `worker.js` calls it when the code is there.
#[wasm_bindgen]
pub fn worker() {
    port::report_panics();
    let (sender, asks) = mpsc::unbounded_channel();
    port::listen(sender);
    spawn_local(run(asks));
    transfer::sweep();
    port::tell(&Tell::Ready);
}

async fn run(mut asks: mpsc::UnboundedReceiver<Ask>) {
    while let Some(ask) = asks.recv().await {
        // What comes before the start has nowhere to go.
        let Ask::Start {
            origin,
            known,
            version,
        } = ask
        else {
            continue;
        };
        let trouble = match Place::take(asks, origin, known, version) {
            Ok(place) => follow_and_own(place).await,
            Err(error) => trouble(&error),
        };
        port::tell(&Tell::Closed(trouble));
        return;
    }
}

/// Until this tab is of no use any more, if it ends before it is the owner. The page ends the worker of an owner: what it
/// opened may still be at work, and is to keep the lock till then.
async fn follow_and_own(mut place: Place) -> Trouble {
    let lock = match follow::follow(&mut place).await {
        Ok(lock) => lock,
        Err(trouble) => return trouble,
    };
    let trouble = own::own(&mut place, &lock).await;
    port::tell(&Tell::Closed(trouble));
    std::future::pending().await
}

fn trouble(error: &StoreError) -> Trouble {
    words::trouble(error.code())
}
