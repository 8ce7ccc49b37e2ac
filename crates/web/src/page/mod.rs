//! The page: draws what the worker tells, and asks it for what a person wants.
//!
//! Elements are built by functions, not by a template macro: that one sets the text of templates as HTML, which this
//! page forbids by Trusted Types.

mod about;
mod add_device;
mod admin;
mod app;
mod applock;
mod attach;
mod basic;
mod browser;
mod by_device;
mod choice;
mod closed;
mod code;
mod composer;
mod copy;
mod create;
mod credential;
mod deletion;
mod devices;
mod dialog;
mod factor;
mod file;
mod fold;
mod form;
mod goto;
mod idle;
mod invite;
mod join;
mod keys;
mod links;
mod locked;
mod members;
mod parts;
mod passkeys;
mod password;
mod person;
mod picture;
mod post;
mod qr;
mod recovery;
mod reset;
mod room;
mod rooms;
mod settings;
mod shell;
mod state;
mod sure;
mod things;
mod timeline;
pub(crate) mod times;
mod typed;
mod unread;
mod uploads;
mod welcome;

use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::Worker;

/// Draws the page; `boot.js` calls it when the code is there, with the worker that it made.
#[wasm_bindgen]
pub fn page(worker: Worker) {
    let state = state::State::default();
    post::open(worker, state);
    typed::watch(state);
    keys::listen(state);
    idle::watch(state);
    leptos::mount::mount_to_body(move || app::app(state));
}
