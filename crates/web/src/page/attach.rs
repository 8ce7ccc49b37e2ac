//! Files to send: picked, dropped or pasted, and how far they are.

use js_sys::{Array, Reflect};
use leptos::{
    ev,
    html::{self, Input},
    prelude::*,
};
use protocol::{error::ErrorCode, ids::RoomId};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Event, File};

use super::{
    parts,
    state::State,
    uploads::{self, Stage, Upload},
};

/// The button, and what it opens.
pub(super) fn button(state: State, room: RoomId) -> AnyView {
    let field = NodeRef::<Input>::new();
    let picked = move |event: ev::Event| {
        uploads::pick(state, room, files_of(&event, "target"));
        if let Some(field) = field.get_untracked() {
            // So that the same file can be picked again.
            field.set_value("");
        }
    };
    let open = move || {
        if let Some(field) = field.get_untracked() {
            field.click();
        }
    };
    let field = html::input()
        .node_ref(field)
        .attr("id", "attach")
        .attr("type", "file")
        .attr("multiple", true)
        .attr("hidden", true)
        .on(ev::change, picked);
    let button = parts::button("button quiet attach", "Attach", open);
    (field, button).into_any()
}

/// Files on the clipboard; words go into the field as ever.
pub(super) fn pasted(state: State, room: RoomId, event: &Event) {
    take(state, room, event, "clipboardData");
}

/// Files that were dropped.
pub(super) fn dropped(state: State, room: RoomId, event: &Event) {
    take(state, room, event, "dataTransfer");
}

fn take(state: State, room: RoomId, event: &Event, holder: &str) {
    let files = files_of(event, holder);
    if !files.is_empty() {
        event.prevent_default();
        uploads::pick(state, room, files);
    }
}

fn files_of(event: &Event, holder: &str) -> Vec<File> {
    let get = |value: &JsValue, name: &str| Reflect::get(value, &JsValue::from_str(name)).ok();
    let files = get(event, holder).and_then(|holder| get(&holder, "files"));
    let files = files.filter(|files| files.is_object());
    let files = files.map(|files| Array::from(&files)).unwrap_or_default();
    files
        .iter()
        .filter_map(|file| file.dyn_into().ok())
        .collect()
}

/// What is on its way to a room.
pub(super) fn list(state: State, room: RoomId) -> AnyView {
    let view = move || {
        let uploads = state.uploads.get();
        let here = uploads.into_iter().filter(|upload| upload.room == room);
        let rows: Vec<AnyView> = here.map(|upload| row(state, upload)).collect();
        (!rows.is_empty()).then(|| html::ul().class("uploads").child(rows))
    };
    view.into_any()
}

fn row(state: State, upload: Upload) -> AnyView {
    let Upload {
        number,
        name,
        stage,
        ..
    } = upload;
    let shown = crate::words::one_line(&name);
    let does = |label: &'static str, act: fn(State, u64)| {
        parts::button_for(label, &shown, move || act(state, number))
    };
    let stop = does("Cancel", uploads::stop);
    let rest = match stage {
        Stage::Waiting => html::span()
            .child("Waits for the ones before it")
            .into_any(),
        Stage::Going => progress(state, number, "Sending"),
        Stage::Failed(why) => {
            let again = if why.code == ErrorCode::FileFailed {
                does("Send it with that", |state, number| {
                    uploads::again(state, number, true)
                })
            } else {
                does("Try again", |state, number| {
                    uploads::again(state, number, false)
                })
            };
            let words = html::span().attr("role", "alert").child(why.sentence);
            (words, again).into_any()
        }
    };
    let name = html::b().child(shown);
    html::li().child((name, rest, stop)).into_any()
}

/// How far a transfer is.
pub(super) fn progress(state: State, number: u64, label: &'static str) -> AnyView {
    let at = RwSignal::new(0);
    Effect::new(move || {
        let (of, done, all) = state.moved.get();
        if of == number {
            at.set(done * 100 / all.max(1));
        }
    });
    html::progress()
        .attr("max", "100")
        .attr("aria-label", label)
        .prop("value", move || at.get())
        .into_any()
}
