//! Why nothing goes on in this tab, and what to do.

use leptos::{html, prelude::*};

use super::{browser, parts, post, state::State};
use crate::wire::Ask;

pub(super) fn view(state: State) -> AnyView {
    let erase = move || {
        let closed = state.closed.get();
        closed.is_some_and(|trouble| trouble.is_mended_by_erasing())
    };
    let sentence = move || {
        let closed = state.closed.get();
        closed.map(|trouble| trouble.sentence).unwrap_or_default()
    };
    let button = move || {
        if erase() {
            parts::button("button primary", "Log in again", || post::ask(&Ask::Erase))
        } else {
            parts::button("button primary", "Reload", browser::reload)
        }
    };
    html::main()
        .class("plain")
        .child((
            html::h1().child("Secure Chat"),
            html::p().attr("role", "alert").child(sentence),
            button,
            move || typed(state),
        ))
        .into_any()
}

/// What was typed and not sent, so that it can be copied before it goes with the page.
fn typed(state: State) -> AnyView {
    let texts = state.drafts.get().into_values();
    let texts: Vec<_> = texts
        .filter(|text| !text.trim().is_empty())
        .map(|text| html::p().class("code").child(text))
        .collect();
    if texts.is_empty() {
        return ().into_any();
    }
    let words = "What you typed and did not send. Copy it before you reload.";
    html::section()
        .class("apart")
        .child((html::p().class("hint").child(words), texts))
        .into_any()
}
