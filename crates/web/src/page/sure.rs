//! A button that asks before it acts, in the place where it stands, and names what it acts on.

use leptos::{
    ev,
    html::{self, Button},
    prelude::*,
    task::spawn_local,
};

use super::{parts, post};
use crate::wire::{Done, Wish};

/// What is said.
pub(super) struct Question {
    /// On the button.
    pub(super) label: &'static str,
    /// What happens and what is lost.
    pub(super) text: String,
    /// To go on.
    pub(super) yes: String,
    /// To leave it.
    pub(super) no: String,
}

/// The button; a yes is the wish, and what follows it is done when it was granted.
pub(super) fn sure(question: Question, wish: Wish, then: Callback<Done>) -> AnyView {
    let asked = RwSignal::new(false);
    let busy = RwSignal::new(false);
    let trouble = RwSignal::new(None);
    let (trigger, stay) = (NodeRef::<Button>::new(), NodeRef::<Button>::new());
    let go = move |_| {
        busy.set(true);
        trouble.set(None);
        let wish = wish.clone();
        spawn_local(async move {
            match post::wish(wish).await {
                Ok(done) => then.run(done),
                Err(why) => trouble.set(Some(why.sentence)),
            }
            // The dialog may be gone by now.
            busy.try_set(false);
        });
    };
    Effect::new(move || {
        if asked.get() {
            // The careful answer has the focus, when it can have it: the question is shown by then.
            request_animation_frame(move || {
                if let Some(stay) = stay.try_get_untracked().flatten() {
                    let _ = stay.focus();
                }
            });
        }
    });
    let back = move || {
        asked.set(false);
        if let Some(trigger) = trigger.get_untracked() {
            let _ = trigger.focus();
        }
    };
    let escape = move |event: ev::KeyboardEvent| {
        if event.key() == "Escape" && !busy.get_untracked() {
            // The question goes; the dialog that it stands in stays.
            event.prevent_default();
            back();
        }
    };
    let label = question.label;
    html::div()
        .class("sure")
        .child((
            html::button()
                .node_ref(trigger)
                .attr("type", "button")
                .class("button loss")
                .attr("aria-expanded", move || asked.get().to_string())
                .on(ev::click, move |_| asked.set(true))
                .child(label),
            html::div()
                .class("question")
                .attr("role", "group")
                .attr("aria-label", label)
                .attr("hidden", move || !asked.get())
                .on(ev::keydown, escape)
                .child((
                    html::p().child(question.text),
                    parts::complaint(trouble),
                    html::div().class("row").child((
                        html::button()
                            .attr("type", "button")
                            .class("button loss")
                            .prop("disabled", move || busy.get())
                            .on(ev::click, go)
                            .child(question.yes),
                        html::button()
                            .node_ref(stay)
                            .attr("type", "button")
                            .class("button")
                            .prop("disabled", move || busy.get())
                            .on(ev::click, move |_| back())
                            .child(question.no),
                    )),
                )),
        ))
        .into_any()
}
