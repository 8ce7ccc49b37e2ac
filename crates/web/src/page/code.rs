//! The recovery code, shown once.

use leptos::{ev, html, prelude::*};

use super::{parts, state::State};

pub(super) fn view(state: State) -> AnyView {
    let kept = RwSignal::new(false);
    let code = state.code.get_untracked().unwrap_or_default();
    let check = html::label().class("check").child((
        html::input()
            .attr("type", "checkbox")
            .prop("checked", move || kept.get())
            .on(ev::change, move |event| {
                kept.set(event_target_checked(&event))
            }),
        html::span().child("I have kept it somewhere safe"),
    ));
    let go = html::button()
        .attr("type", "button")
        .class("button primary")
        .prop("disabled", move || !kept.get())
        .on(ev::click, move |_| state.code.set(None))
        .child("Go on");
    html::main()
        .class("plain")
        .child((
            html::h1().child("Your recovery code"),
            html::p().child(
                "Keep it somewhere safe; it is shown only now. Without it and without a device, nobody can open your \
                 messages: not you, not us, not the server.",
            ),
            html::p().class("code").attr("id", "recovery-code").child(code.clone()),
            html::div().class("row").child((parts::copy_button(code), check)),
            go,
        ))
        .into_any()
}
