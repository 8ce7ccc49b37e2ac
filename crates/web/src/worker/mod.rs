//! The worker: engine, driver, store and connection, away from the screen.

mod desk;
mod lines;
mod open;
mod port;
mod rooms;
mod wish;

use std::rc::Rc;

use client::store::StoreError;
use tokio::sync::mpsc;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::spawn_local;

use crate::{
    wire::{Ask, Tell},
    words,
};

/// Starts to listen; `worker.js` calls it when the code is there.
#[wasm_bindgen]
pub fn worker() {
    port::report_panics();
    let (sender, asks) = mpsc::unbounded_channel();
    port::listen(sender);
    spawn_local(run(asks));
    port::tell(&Tell::Ready);
}

async fn run(mut asks: mpsc::UnboundedReceiver<Ask>) {
    // What comes before the start is not for a worker without a store.
    while let Some(ask) = asks.recv().await {
        let Ask::Start { origin, known } = ask else {
            continue;
        };
        match open::open(&origin, known).await {
            Ok(opened) => return desk::run(Rc::new(opened), asks).await,
            Err(error) => closed(&error),
        }
        erase_if_asked(&mut asks).await;
    }
}

/// After a failure there is one thing left to do here: to begin anew.
async fn erase_if_asked(asks: &mut mpsc::UnboundedReceiver<Ask>) {
    while let Some(ask) = asks.recv().await {
        if ask != Ask::Erase {
            continue;
        }
        match open::erase().await {
            Ok(()) => {
                port::tell(&Tell::Erased);
                return;
            }
            Err(error) => closed(&error),
        }
    }
}

fn closed(error: &StoreError) {
    port::tell(&Tell::Closed(words::trouble(error.code())));
}
