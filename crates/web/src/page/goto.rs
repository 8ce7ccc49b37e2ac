//! To a room by a part of its name.

use js_sys::JsString;
use leptos::{ev, html, prelude::*};
use protocol::ids::RoomId;

use super::{
    browser, dialog,
    state::{Sheet, State},
};

pub(super) fn view(state: State) -> AnyView {
    let wanted = RwSignal::new(String::new());
    let at = RwSignal::new(0_usize);
    let found = move || {
        let wanted = small(&wanted.get());
        state.rooms.with(|rooms| {
            let found = rooms
                .iter()
                .filter(|line| small(&line.name).contains(&wanted));
            found
                .map(|line| (line.room, line.name.clone()))
                .collect::<Vec<_>>()
        })
    };
    let key = move |event: ev::KeyboardEvent| {
        let last = untrack(found).len().saturating_sub(1);
        match event.key().as_str() {
            "ArrowDown" => at.update(|at| *at = last.min(*at + 1)),
            "ArrowUp" => at.update(|at| *at = at.saturating_sub(1)),
            "Enter" if !event.is_composing() => {
                if let Some((room, _)) = untrack(found).get(at.get_untracked()) {
                    go(state, *room);
                }
            }
            _ => return,
        }
        event.prevent_default();
        browser::bring_into_view(&id(at.get_untracked()));
    };
    let field = html::input()
        .attr("id", "go-name")
        .attr("type", "text")
        .attr("role", "combobox")
        .attr("aria-label", "Name of the room")
        .attr("aria-controls", "go-list")
        .attr("aria-expanded", "true")
        .attr("aria-autocomplete", "list")
        .attr("aria-activedescendant", move || id(at.get()))
        .attr("autocomplete", "off")
        .attr("spellcheck", "false")
        .attr("autofocus", "")
        .on(ev::input, move |event| {
            wanted.set(event_target_value(&event));
            at.set(0);
        })
        .on(ev::keydown, key);
    let rows = move || {
        let rows = found().into_iter().enumerate();
        rows.map(|(place, (room, name))| row(state, at, place, room, name))
            .collect::<Vec<_>>()
    };
    let none = move || {
        found()
            .is_empty()
            .then_some("No room has that in its name.")
    };
    let body = html::div().child((
        field,
        html::p().class("hint").attr("role", "status").child(none),
        html::ul()
            .attr("id", "go-list")
            .attr("role", "listbox")
            .attr("aria-label", "Rooms")
            .child(rows),
    ));
    dialog::dialog(state, "Go to a room", body.into_any())
}

fn row(state: State, at: RwSignal<usize>, place: usize, room: RoomId, name: String) -> AnyView {
    html::li()
        .attr("id", id(place))
        .attr("role", "option")
        .attr("aria-selected", move || (at.get() == place).to_string())
        .on(ev::click, move |_| go(state, room))
        .child(name)
        .into_any()
}

fn id(place: usize) -> String {
    format!("go-{place}")
}

/// The browser knows the small letters of all languages.
fn small(text: &str) -> String {
    JsString::from(text.trim()).to_lower_case().into()
}

fn go(state: State, room: RoomId) {
    state.sheet.set(Sheet::None);
    state.show(Some(room));
    // The room is drawn by then.
    request_animation_frame(|| browser::focus("composer"));
}
