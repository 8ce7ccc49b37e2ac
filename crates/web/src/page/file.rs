//! A file that somebody sent.

use js_sys::Uint8Array;
use leptos::{html, prelude::*, task::spawn_local};
use web_sys::Blob;

use super::{
    attach, browser, parts, post,
    state::{Sheet, State},
    uploads,
};
use crate::wire::{Done, FileLine, Line, Wish};

pub(super) fn view(state: State, line: &Line, file: FileLine) -> AnyView {
    let item = line.key;
    let FileLine {
        name,
        size,
        picture,
        thumbnail,
    } = file;
    let going = RwSignal::new(None::<u64>);
    let trouble = RwSignal::new(None::<String>);
    let name_of = name.clone();
    let save = move || {
        let Some(room) = state.room.get_untracked() else {
            return;
        };
        let (number, name) = (post::number(), name_of.clone());
        going.set(Some(number));
        trouble.set(None);
        spawn_local(async move {
            match uploads::fetch(number, room, item).await {
                Ok((_, file)) => browser::save(&file, &name),
                // What was cancelled is not missed.
                Err(_) if going.try_get_untracked().flatten().is_none() => {}
                Err(why) => drop(trouble.try_set(Some(why.sentence))),
            }
            going.try_set(None);
        });
    };
    let open_name = name.clone();
    let open = move || {
        if let Some(room) = state.room.get_untracked() {
            state
                .sheet
                .set(Sheet::Picture(room, item, open_name.clone()));
        }
    };
    let save = parts::button_for("Save", &name, save);
    let open = picture.then(|| parts::button_for("View", &name, open));
    let cancel = move || {
        let number = going.get()?;
        let stop = parts::button("button quiet", "Cancel", move || {
            going.set(None);
            post::stop(number);
        });
        Some((attach::progress(state, number, "Saving"), stop))
    };
    let small = thumbnail.then(|| small(state, line));
    html::div()
        .class("file")
        .child((
            small,
            html::p().child((
                html::b().attr("dir", "auto").child(name.clone()),
                html::span().class("hint").child(format!(" {size}")),
            )),
            html::div().class("actions").child((open, save, cancel)),
            parts::complaint(trouble),
        ))
        .into_any()
}

/// The small picture that came with the message; the name beside it says what it is.
fn small(state: State, line: &Line) -> AnyView {
    let item = line.key;
    let address = RwSignal::new(None::<String>);
    on_cleanup(move || {
        if let Some(address) = address.try_get_untracked().flatten() {
            browser::forget_address(&address);
        }
    });
    if let Some(room) = state.room.get_untracked() {
        spawn_local(async move {
            let Ok(Done::File(file)) = post::wish(Wish::File { room, item }).await else {
                return;
            };
            if let Some(found) = picture(&file.thumbnail).and_then(|small| browser::address(&small))
                && let Some(unused) = address.try_set(Some(found)).flatten()
            {
                browser::forget_address(&unused);
            }
        });
    }
    html::img()
        .attr("alt", "")
        .attr("src", move || address.get())
        .into_any()
}

/// The bytes as a picture, if they are one.
fn picture(bytes: &[u8]) -> Option<Blob> {
    let picture = client::files::Picture::of(bytes)?;
    let parts = js_sys::Array::of1(&Uint8Array::from(bytes));
    let kind = web_sys::BlobPropertyBag::new();
    kind.set_type(picture.media_type());
    Blob::new_with_u8_array_sequence_and_options(&parts, &kind).ok()
}
