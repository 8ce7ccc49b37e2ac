//! What keys do wherever one is on the page, and the list of them.

use leptos::{ev, html, prelude::*};
use wasm_bindgen::JsCast as _;
use web_sys::{Element, KeyboardEvent};

use super::{
    dialog,
    state::{Sheet, State},
};

const ALL: [(&str, &str); 6] = [
    ("Ctrl K or ⌘ K", "Go to a room"),
    ("Alt ↑ and Alt ↓", "The room above, the room below"),
    ("Enter", "Send"),
    ("Shift Enter", "A new line"),
    ("Esc", "Close what lies on top"),
    ("?", "This list"),
];

pub(super) fn listen(state: State) {
    drop(window_event_listener(ev::keydown, move |event| {
        if pressed(state, &event) {
            event.prevent_default();
        }
    }));
}

/// Returns whether the key was meant for the page.
fn pressed(state: State, event: &KeyboardEvent) -> bool {
    if event.is_composing() || event.default_prevented() || !state.is_inside() {
        return false;
    }
    // A dialog keeps its keys to itself.
    let free = state.sheet.with_untracked(|sheet| *sheet == Sheet::None);
    let (command, alt) = (event.ctrl_key() || event.meta_key(), event.alt_key());
    match (event.key().as_str(), command, alt) {
        // Not the browser's own, wherever one is.
        ("k" | "K", true, false) => {
            if free {
                state.sheet.set(Sheet::GoTo);
            }
        }
        ("ArrowUp", false, true) if free => step(state, false),
        ("ArrowDown", false, true) if free => step(state, true),
        ("Escape", false, false) if free && state.notice.with_untracked(Option::is_some) => {
            state.notice.set(None);
        }
        ("?", false, _) if free && !is_field(event) => state.sheet.set(Sheet::Keys),
        _ => return false,
    }
    true
}

fn is_field(event: &KeyboardEvent) -> bool {
    let target = event.target().and_then(|target| target.dyn_into().ok());
    target.is_some_and(|element: Element| element.matches("input, textarea").unwrap_or(false))
}

/// To the next room of the list; from none to the first or last one.
fn step(state: State, down: bool) {
    let shown = state.room.get_untracked();
    let room = state.rooms.with_untracked(|rooms| {
        let place = rooms.iter().position(|line| Some(line.room) == shown);
        let next = match (place, down) {
            (None, true) => 0,
            (None, false) => rooms.len().wrapping_sub(1),
            (Some(place), true) => place + 1,
            (Some(place), false) => place.wrapping_sub(1),
        };
        rooms.get(next).map(|line| line.room)
    });
    if room.is_some() {
        state.show(room);
    }
}

pub(super) fn view(state: State) -> AnyView {
    let one = |(keys, what)| html::li().child((html::kbd().child(keys), html::span().child(what)));
    let list = ALL.into_iter().map(one).collect::<Vec<_>>();
    let body = html::div().child(html::ul().class("things keys").child(list));
    dialog::dialog(state, "Keys", body.into_any())
}
