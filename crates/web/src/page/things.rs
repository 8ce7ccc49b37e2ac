//! A list of things, as the worker describes them, and what can be done to each.

use leptos::{
    ev,
    html::{self, Button},
    prelude::*,
    task::spawn_local,
};

use super::{form::Form, parts, post};
use crate::wire::{Act, Done, Thing, Things, Wish};

#[derive(Clone, Copy)]
struct Shown {
    things: RwSignal<Option<Things>>,
    trouble: RwSignal<Option<String>>,
    status: RwSignal<String>,
    busy: RwSignal<bool>,
    /// Fetches the list from its beginning.
    again: Callback<()>,
}

/// The list that this wish brings.
pub(super) fn list(wish: Wish) -> AnyView {
    let things = RwSignal::new(None);
    let trouble = RwSignal::new(None);
    let busy = RwSignal::new(false);
    let again = Callback::new(move |()| fetch(wish.clone(), (things, trouble, busy), false));
    let shown = Shown {
        things,
        trouble,
        status: RwSignal::default(),
        busy,
        again,
    };
    again.run(());
    let body = move || match shown.things.get() {
        None => html::p().class("hint late").child("Looking…").into_any(),
        Some(things) => listed(shown, things),
    };
    html::div()
        .class("listed")
        .child((
            parts::complaint(trouble),
            html::p()
                .class("hint")
                .attr("role", "status")
                .child(move || shown.status.get()),
            body,
        ))
        .into_any()
}

type Found = (
    RwSignal<Option<Things>>,
    RwSignal<Option<String>>,
    RwSignal<bool>,
);

fn fetch(wish: Wish, (things, trouble, busy): Found, further: bool) {
    busy.set(true);
    trouble.set(None);
    spawn_local(async move {
        // The list may be gone before the answer comes.
        match post::wish(wish).await {
            Ok(Done::Things(page)) => {
                let known = things.try_get_untracked().flatten().filter(|_| further);
                let mut all = known.unwrap_or_default().things;
                all.extend(page.things);
                things.try_set(Some(Things {
                    things: all,
                    ..page
                }));
            }
            Ok(_) => {}
            Err(why) => drop(trouble.try_set(Some(why.sentence))),
        }
        busy.try_set(false);
    });
}

fn listed(shown: Shown, things: Things) -> AnyView {
    if things.things.is_empty() {
        return html::p().class("hint").child(things.none).into_any();
    }
    let rows: Vec<AnyView> = things
        .things
        .into_iter()
        .map(|thing| row(shown, thing))
        .collect();
    let more = things.more.map(|wish| {
        parts::button("button", "Show more", move || {
            if !shown.busy.get_untracked() {
                let found = (shown.things, shown.trouble, shown.busy);
                fetch((*wish).clone(), found, true);
            }
        })
    });
    let notes: Vec<AnyView> = things
        .notes
        .into_iter()
        .map(|note| html::p().class("hint").child(note).into_any())
        .collect();
    (
        html::ul().class("things").child(rows),
        more,
        notes,
        can_be_done(shown, "", things.acts),
    )
        .into_any()
}

fn row(shown: Shown, thing: Thing) -> AnyView {
    let part = |class: &'static str, text: String| {
        (!text.is_empty()).then(|| html::span().class(class).child(text).into_any())
    };
    let acts = can_be_done(shown, &thing.name, thing.acts);
    html::li()
        .child((
            html::span().class("words").child((
                part("name", thing.name),
                part("hint", thing.about),
                part("remark", thing.remark),
            )),
            acts,
        ))
        .into_any()
}

/// A button for each act, and the question that the one which was pressed asks first.
fn can_be_done(shown: Shown, name: &str, acts: Vec<Act>) -> AnyView {
    if acts.is_empty() {
        return ().into_any();
    }
    let asked = RwSignal::new(None::<Asked>);
    let buttons: Vec<AnyView> = acts
        .into_iter()
        .map(|act| button(name, act, asked))
        .collect();
    let question = move || asked.get().map(|act| question(shown, act, asked));
    (html::span().class("acts").child(buttons), question).into_any()
}

/// The act, and the button that began it.
type Asked = (Act, NodeRef<Button>);

fn button(name: &str, act: Act, asked: RwSignal<Option<Asked>>) -> AnyView {
    let node = NodeRef::new();
    let label = act.label.clone();
    let spoken = if name.is_empty() {
        label.clone()
    } else {
        format!("{label}: {name}")
    };
    html::button()
        .node_ref(node)
        .attr("type", "button")
        .class("button quiet")
        .attr("aria-label", spoken)
        .on(ev::click, move |_| asked.set(Some((act.clone(), node))))
        .child(label)
        .into_any()
}

fn question(shown: Shown, (act, button): Asked, asked: RwSignal<Option<Asked>>) -> AnyView {
    let Act {
        text,
        yes,
        loss,
        said,
        wish,
        ..
    } = act;
    let leave = move |()| {
        asked.set(None);
        if let Some(button) = button.get_untracked() {
            let _ = button.focus();
        }
    };
    let form = Form {
        class: "question",
        text,
        loss,
        go: [yes, "One moment…".to_owned()],
        leave: Some(("Leave it", Callback::new(leave))),
        ..Form::new(
            Vec::new(),
            [""; 2],
            move |_, _| Ok(wish.clone()),
            move |_| {
                shown.status.set(said.clone());
                shown.again.run(());
            },
        )
    };
    form.view()
}
