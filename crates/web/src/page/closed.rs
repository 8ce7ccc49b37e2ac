//! Why nothing goes on in this tab, and what to do.

use leptos::{ev, html, prelude::*};
use protocol::error::ErrorCode;

use super::{browser, post, state::State};
use crate::wire::Ask;

pub(super) fn view(state: State) -> AnyView {
    let code = move || {
        state
            .closed
            .with(|closed| closed.as_ref().map(|it| it.code))
    };
    let sentence = move || {
        let closed = state.closed.get();
        closed.map(|trouble| trouble.sentence).unwrap_or_default()
    };
    let button = move || {
        if matches!(code(), Some(ErrorCode::StoreGone | ErrorCode::StoreCorrupt)) {
            html::button()
                .attr("type", "button")
                .class("button primary")
                .on(ev::click, |_| post::ask(&Ask::Erase))
                .child("Log in again")
                .into_any()
        } else {
            html::button()
                .attr("type", "button")
                .class("button primary")
                .on(ev::click, |_| browser::reload())
                .child("Reload")
                .into_any()
        }
    };
    html::main()
        .class("plain")
        .child((
            html::h1().child("Secure Chat"),
            html::p().attr("role", "alert").child(sentence),
            button,
        ))
        .into_any()
}
