//! Small pieces that many screens share.

use leptos::{ev, html, prelude::*, task::spawn_local};
use protocol::ids::AccountId;

use super::{browser, post, state::State};
use crate::{people, wire::Ask};

/// Initials on a hue.
pub(super) fn avatar(account: AccountId, name: &str) -> AnyView {
    round(people::hue(account), &people::initials(name))
}

/// The same for a room.
pub(super) fn room_avatar(room: u64, name: &str) -> AnyView {
    round(
        u8::try_from(room % 12).unwrap_or(0),
        &people::initials(name),
    )
}

fn round(hue: u8, letters: &str) -> AnyView {
    html::span()
        .class(format!("avatar hue-{hue}"))
        .attr("aria-hidden", "true")
        .child(letters.to_owned())
        .into_any()
}

/// The mark of somebody whose safety number was compared; nothing for the others.
pub(super) fn verified(verified: bool) -> AnyView {
    let mark = verified.then(|| {
        let sign = html::span().attr("aria-hidden", "true").child("✓");
        let words = html::span().class("unseen").child("verified");
        html::span()
            .class("verified")
            .attr("title", "Safety number compared")
            .child((sign, words))
    });
    mark.into_any()
}

/// A labelled field for one line of text.
pub(super) struct Field {
    pub(super) id: &'static str,
    pub(super) label: &'static str,
    pub(super) kind: &'static str,
    pub(super) autocomplete: &'static str,
    pub(super) hint: &'static str,
}

/// Draws it over a signal.
pub(super) fn field(field: Field, value: RwSignal<String>) -> AnyView {
    let hint = format!("{}-hint", field.id);
    html::div()
        .class("field")
        .child((
            html::label().attr("for", field.id).child(field.label),
            html::input()
                .attr("id", field.id)
                .attr("type", field.kind)
                .attr("autocomplete", field.autocomplete)
                .attr("autocapitalize", "none")
                .attr("spellcheck", "false")
                .attr("aria-describedby", hint.clone())
                .prop("value", move || value.get())
                .on(ev::input, move |event| {
                    value.set(event_target_value(&event))
                }),
            html::p().attr("id", hint).class("hint").child(field.hint),
        ))
        .into_any()
}

/// What went wrong, where the eye is; read out at once.
pub(super) fn complaint(text: RwSignal<Option<String>>) -> AnyView {
    html::p()
        .class("complaint")
        .attr("role", "alert")
        .attr("hidden", move || text.get().is_none())
        .child(move || text.get().unwrap_or_default())
        .into_any()
}

/// A button that does one thing. Each shape of an element is code of its own, so that these are all of one.
pub(super) fn button(
    class: &'static str,
    label: &'static str,
    press: impl FnMut() + 'static,
) -> AnyView {
    boxed_button(class, label, Box::new(press))
}

fn boxed_button(class: &'static str, label: &'static str, mut press: Box<dyn FnMut()>) -> AnyView {
    html::button()
        .attr("type", "button")
        .class(class)
        .on(ev::click, move |_| press())
        .child(label)
        .into_any()
}

/// The same, where what it is done to has to be said to those who do not see where the button stands.
pub(super) fn button_for(
    label: &'static str,
    object: &str,
    press: impl FnMut() + 'static,
) -> AnyView {
    boxed_button_for(label, format!("{label}: {object}"), Box::new(press))
}

fn boxed_button_for(label: &'static str, name: String, mut press: Box<dyn FnMut()>) -> AnyView {
    html::button()
        .attr("type", "button")
        .class("button quiet")
        .attr("aria-label", name)
        .on(ev::click, move |_| press())
        .child(label)
        .into_any()
}

/// A button that sends a form, and what it says before and meanwhile.
pub(super) fn submit(
    class: &'static str,
    busy: RwSignal<bool>,
    [label, meanwhile]: [&'static str; 2],
) -> AnyView {
    html::button()
        .attr("type", "submit")
        .class(class)
        .prop("disabled", move || busy.get())
        .child(move || if busy.get() { meanwhile } else { label })
        .into_any()
}

/// A button that copies, and says that it did.
pub(super) fn copy_button(text: String) -> AnyView {
    let copied = RwSignal::new(false);
    let copy = move |_| {
        let text = text.clone();
        spawn_local(async move { copied.set(browser::copy(text).await) });
    };
    html::button()
        .attr("type", "button")
        .class("button")
        .on(ev::click, copy)
        .child(move || if copied.get() { "Copied" } else { "Copy" })
        .into_any()
}

/// A sentence of the worker, until it is dismissed.
pub(super) fn notice(state: State) -> AnyView {
    let view = move || {
        let text = state.notice.get()?;
        let dismiss = button("button quiet", "Close", move || state.notice.set(None));
        let words = html::p().attr("role", "status").child(text);
        Some(html::div().class("banner").child((words, dismiss)))
    };
    view.into_any()
}

/// The way out while the tab that owns the store does not answer.
pub(super) fn silent(state: State) -> AnyView {
    let view = move || {
        let button = button("button", "Go on here", || post::ask(&Ask::TakeOver));
        let words = html::p().attr("role", "status").child(
            "Another tab with Secure Chat does not answer. Look at that one, or go on here: nothing that you wrote is lost \
             or sent twice.",
        );
        let banner = html::div().class("banner").child((words, button));
        state.silent.get().then_some(banner)
    };
    view.into_any()
}
