//! A new room.

use client::engine::api::HistoryChoice;
use leptos::{ev, html, prelude::*, task::spawn_local};

use super::{
    basic,
    choice::{self, Choice, Choices},
    dialog,
    parts::{self, Field},
    post,
    state::{Sheet, State},
};
use crate::{
    wire::{Done, Wish},
    words,
};

const CHOICES: [(&str, &str, HistoryChoice); 3] = [
    (
        "since-join",
        "From when they joined",
        HistoryChoice::SinceJoin,
    ),
    ("shared", "Everything", HistoryChoice::Shared),
    ("none", "Nothing that is kept", HistoryChoice::None),
];

pub(super) fn view(state: State) -> AnyView {
    let name = RwSignal::new(String::new());
    let history = RwSignal::new(HistoryChoice::SinceJoin);
    let busy = RwSignal::new(false);
    let trouble = RwSignal::new(None);
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        busy.set(true);
        trouble.set(None);
        spawn_local(async move {
            let wish = Wish::CreateRoom {
                name: name.get_untracked().trim().to_owned(),
                history: history.get_untracked(),
            };
            let done = post::wish(wish).await;
            busy.set(false);
            match done {
                Ok(Done::Room(room)) => {
                    state.sheet.set(Sheet::None);
                    state.show(Some(room));
                }
                Ok(_) => state.sheet.set(Sheet::None),
                Err(why) => trouble.set(Some(why.sentence)),
            }
        });
    };
    let field = Field {
        id: "room-name",
        label: "Name",
        kind: "text",
        autocomplete: "off",
        hint: "Only the people in the room see it.",
    };
    let is_basic = RwSignal::new(false);
    let sealed = html::form().on(ev::submit, submit).child((
        parts::field(field, name),
        choices(history, busy),
        parts::complaint(trouble),
        parts::submit("button primary", busy, ["Create room", "Making the room…"]),
    ));
    let other = parts::button("button quiet", "For simple programs", move || {
        is_basic.set(true);
    });
    let mut sealed = Some((sealed, other).into_any());
    let body = move || {
        if is_basic.get() {
            basic::creation(state)
        } else {
            sealed.take().into_any()
        }
    };
    dialog::dialog(state, "New room", html::div().child(body).into_any())
}

fn choices(history: RwSignal<HistoryChoice>, busy: RwSignal<bool>) -> AnyView {
    let all = CHOICES.map(|(value, label, choice)| Choice {
        value,
        label,
        note: words::history(choice),
    });
    let choices = Choices {
        name: "history",
        legend: "What new members can read",
        in_row: false,
        all: all.into(),
    };
    let chosen = move || {
        let is_it = |(_, _, choice): &(_, _, HistoryChoice)| *choice == history.get();
        CHOICES.iter().position(is_it).unwrap_or_default()
    };
    choice::choices(choices, chosen, busy, move |place| {
        if let Some((_, _, choice)) = CHOICES.get(place) {
            history.set(*choice);
        }
    })
}
