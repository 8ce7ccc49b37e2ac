//! A picture, fetched and shown. Only what browsers draw and cannot run is shown; all else is saved.

use client::engine::api::ItemKey;
use leptos::{html, prelude::*, task::spawn_local};
use protocol::ids::RoomId;

use super::{attach, browser, dialog::dialog, parts, post, state::State, uploads};

pub(super) fn view(state: State, room: RoomId, item: ItemKey, name: &str) -> AnyView {
    let number = post::number();
    let address = RwSignal::new(None::<String>);
    let trouble = RwSignal::new(None::<String>);
    on_cleanup(move || {
        post::stop(number);
        if let Some(address) = address.try_get_untracked().flatten() {
            browser::forget_address(&address);
        }
    });
    spawn_local(async move {
        let shown = match uploads::fetch(number, room, item).await {
            Ok((Some(kind), file)) => {
                let file = file.slice_with_f64_and_f64_and_content_type(0.0, file.size(), &kind);
                file.ok().and_then(|file| browser::address(&file))
            }
            Ok((None, _)) => None,
            Err(why) => return drop(trouble.try_set(Some(why.sentence))),
        };
        match shown {
            Some(shown) => {
                if let Some(unused) = address.try_set(Some(shown)).flatten() {
                    browser::forget_address(&unused);
                }
            }
            None => drop(trouble.try_set(Some(
                "This is not a picture that can be shown. You can save it.".to_owned(),
            ))),
        }
    });
    let alt = name.to_owned();
    let picture = move || match (address.get(), trouble.get()) {
        (Some(address), _) => html::img()
            .attr("alt", alt.clone())
            .attr("src", address)
            .into_any(),
        (None, None) => attach::progress(state, number, "Opening"),
        (None, Some(_)) => ().into_any(),
    };
    let body = html::div().class("picture").child((
        html::p().attr("dir", "auto").child(name.to_owned()),
        picture,
        parts::complaint(trouble),
    ));
    dialog(state, "Picture", body.into_any())
}
