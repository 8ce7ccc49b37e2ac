//! Which screen is shown.

use leptos::{html, prelude::*};

use super::{admin, closed, code, locked, parts, shell, state::State, unread, welcome};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Screen {
    /// The worker has not answered yet.
    Opening,
    Closed,
    Locked,
    Welcome,
    Code,
    Backup,
    Administration,
    Rooms,
}

pub(super) fn app(state: State) -> AnyView {
    unread::watch(state);
    let screen = Memo::new(move |_| {
        if state.closed.with(Option::is_some) {
            Screen::Closed
        } else if state.locked.get() {
            Screen::Locked
        } else if !state.ready.get() {
            Screen::Opening
        } else if state.code.with(Option::is_some) {
            Screen::Code
        } else if state.backup.with(Option::is_some) {
            Screen::Backup
        } else if state.administrates.get() {
            Screen::Administration
        } else if state
            .own
            .with(|own| own.as_ref().is_some_and(|own| own.signed_in))
        {
            Screen::Rooms
        } else {
            Screen::Welcome
        }
    });
    let view = move || match screen.get() {
        Screen::Opening => html::main()
            .class("plain late")
            .child((
                html::p().attr("role", "status").child("Opening…"),
                parts::silent(state),
            ))
            .into_any(),
        Screen::Closed => closed::view(state),
        Screen::Locked => locked::view(state),
        Screen::Welcome => welcome::view(state),
        Screen::Code => code::view(state),
        Screen::Backup => code::backup(state),
        Screen::Administration => admin::view(state),
        Screen::Rooms => shell::view(state),
    };
    view.into_any()
}
