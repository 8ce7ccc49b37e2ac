//! A long text shows its beginning, and all of it to whoever wants it.

use leptos::{ev, html, prelude::*};

use crate::words;

pub(super) fn text(text: String) -> AnyView {
    let words = html::p().class("text").attr("dir", "auto");
    if !words::is_long(&text) {
        return words.child(text).into_any();
    }
    let whole = RwSignal::new(false);
    let button = html::button()
        .attr("type", "button")
        .class("button quiet")
        .attr("aria-expanded", move || whole.get().to_string())
        .on(ev::click, move |_| whole.update(|whole| *whole = !*whole))
        .child(move || if whole.get() { "Show less" } else { "Show all" });
    let words = words
        .attr("data-whole", move || whole.get().to_string())
        .child(text);
    (words, button).into_any()
}
