//! Whether the recovery code that was kept is still there, and the right one.

use leptos::{ev, html, prelude::*, task::spawn_local};

use super::{
    parts::{self, Field},
    post,
};
use crate::wire::Wish;

pub(super) fn view() -> AnyView {
    let code = RwSignal::new(String::new());
    let busy = RwSignal::new(false);
    let trouble = RwSignal::new(None);
    let status = RwSignal::new("");
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        trouble.set(None);
        status.set("");
        let wish = Wish::TestCode {
            code: code.get_untracked(),
        };
        spawn_local(async move {
            // The dialog may be closed before the answer comes.
            match post::wish(wish).await {
                Ok(_) => {
                    code.try_set(String::new());
                    status.try_set("That is your recovery code, and it opens your account.");
                }
                Err(why) => drop(trouble.try_set(Some(why.sentence))),
            }
            busy.try_set(false);
        });
    };
    let field = Field {
        id: "kept-code",
        label: "Do you still have it?",
        kind: "text",
        autocomplete: "off",
        hint: "Type in the code that you kept to see whether it works. Nothing changes by it.",
    };
    html::section()
        .class("apart")
        .child((
            html::h3().child("Recovery code"),
            html::form().on(ev::submit, submit).child((
                parts::field(field, code),
                parts::complaint(trouble),
                html::p()
                    .class("hint")
                    .attr("role", "status")
                    .child(move || status.get()),
                parts::submit("button", busy, ["Test it", "Testing…"]),
            )),
        ))
        .into_any()
}
