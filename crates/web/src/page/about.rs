//! What a room is: its name and topic, who can read what, its links, and the way out.

use leptos::{ev, html, prelude::*, task::spawn_local};
use protocol::{ids::RoomId, role::Role};

use super::{
    dialog, links,
    parts::{self, Field},
    post,
    state::{Sheet, State},
    sure::{self, Question},
};
use crate::wire::{Done, RoomLine, Wish};

pub(super) fn view(state: State, room: RoomId) -> AnyView {
    let line = untrack(move || state.line());
    let body = line.map(|line| {
        let inside = line.standing.is_inside();
        let moderates = line.role >= Role::Moderator;
        let sealed = line.shared_key.is_none();
        let names = if inside && moderates && sealed {
            names(room, &line)
        } else {
            called(&line)
        };
        html::div().child((
            names,
            readers(&line),
            inside.then(|| silence(state, room)),
            (inside && sealed).then(|| code(state, room)),
            (inside && sealed).then(|| links::view(room, moderates)),
            inside.then(|| leaving(state, room, &line)),
        ))
    });
    dialog::dialog(state, "About this room", body.into_any())
}

fn silence(state: State, room: RoomId) -> AnyView {
    let muted = Memo::new(move |_| state.line().is_some_and(|line| line.muted));
    let turn = move |_| {
        let wish = Wish::Mute {
            room,
            muted: !muted.get_untracked(),
        };
        spawn_local(async move {
            if let Err(why) = post::wish(wish).await {
                state.notice.set(Some(why.sentence));
            }
        });
    };
    html::section()
        .class("apart")
        .child((
            html::h3().child("Messages that you have not read"),
            html::p().class("hint").child(
                "A muted room counts them in the list, and not in the title of the page. Only in this browser.",
            ),
            html::button()
                .attr("type", "button")
                .class("button")
                .attr("aria-pressed", move || muted.get().to_string())
                .on(ev::click, turn)
                .child("Mute"),
        ))
        .into_any()
}

fn names(room: RoomId, line: &RoomLine) -> AnyView {
    let name = RwSignal::new(line.name.clone());
    let topic = RwSignal::new(line.topic.clone());
    let busy = RwSignal::new(false);
    let trouble = RwSignal::new(None);
    let status = RwSignal::new("");
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        busy.set(true);
        trouble.set(None);
        status.set("");
        spawn_local(async move {
            let wish = Wish::EditRoom {
                room,
                name: name.get_untracked().trim().to_owned(),
                topic: topic.get_untracked().trim().to_owned(),
            };
            match post::wish(wish).await {
                Ok(_) => drop(status.try_set("Saved.")),
                Err(why) => drop(trouble.try_set(Some(why.sentence))),
            }
            busy.try_set(false);
        });
    };
    let name_field = Field {
        id: "edit-name",
        label: "Name",
        kind: "text",
        autocomplete: "off",
        hint: "",
    };
    let topic_field = Field {
        id: "edit-topic",
        label: "Topic",
        kind: "text",
        autocomplete: "off",
        hint: "Only the people in the room see both.",
    };
    html::form()
        .on(ev::submit, submit)
        .child((
            parts::field(name_field, name),
            parts::field(topic_field, topic),
            parts::complaint(trouble),
            html::div().class("row").child((
                parts::submit("button primary", busy, ["Save", "Save"]),
                html::span()
                    .class("hint")
                    .attr("role", "status")
                    .child(move || status.get()),
            )),
        ))
        .into_any()
}

/// Name and topic, whole, for who may not change them.
fn called(line: &RoomLine) -> AnyView {
    html::section()
        .child((
            html::h3().child(line.name.clone()),
            (!line.topic.is_empty())
                .then(|| html::p().attr("dir", "auto").child(line.topic.clone())),
        ))
        .into_any()
}

fn readers(line: &RoomLine) -> AnyView {
    html::section()
        .class("apart")
        .child((
            html::h3().child("Who can read"),
            html::p().child(if line.shared_key.is_some() {
                "Whoever has the passphrase. The server can't, unless it guesses it."
            } else {
                "Only the people in this room. The server can't."
            }),
            html::p().class("hint").child(line.history.clone()),
        ))
        .into_any()
}

fn code(state: State, room: RoomId) -> AnyView {
    let digits = RwSignal::new(None::<String>);
    Effect::new(move || {
        // Whatever happens in the room makes it another one.
        state.rooms.track();
        state.members.track();
        spawn_local(async move {
            // The dialog may be closed before the answer comes.
            if let Ok(Done::Digits(found)) = post::wish(Wish::RoomCode { room }).await {
                digits.try_set(Some(found));
            }
        });
    });
    let words = "Everybody who has read as far as you sees the same digits. Compare them in a call, while nobody writes: if \
                 they differ, the server does not show you the same room.";
    html::section()
        .class("apart")
        .child((
            html::h3().child("Room code"),
            html::p().class("hint").child(words),
            html::p()
                .class("code digits")
                .attr("id", "room-code")
                .child(move || digits.get()),
        ))
        .into_any()
}

fn leaving(state: State, room: RoomId, line: &RoomLine) -> AnyView {
    let name = &line.name;
    let question = Question {
        label: "Leave the room",
        text: if line.shared_key.is_some() {
            format!(
                "Leave “{name}”? You keep what you have read and see nothing new. To come back, you need its link and passphrase."
            )
        } else {
            format!(
                "Leave “{name}”? You keep what you have read and see nothing new. To come back, somebody has to bring you in."
            )
        },
        yes: "Leave".to_owned(),
        no: "Stay".to_owned(),
    };
    let left = Callback::new(move |_| state.sheet.set(Sheet::None));
    html::section()
        .class("apart")
        .child(sure::sure(question, Wish::Leave { room }, left))
        .into_any()
}
