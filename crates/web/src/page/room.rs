//! The conversation: what the room is, what was said, and where one writes.

use leptos::{ev, html, prelude::*, task::spawn_local};

use super::{
    attach, basic, composer, post,
    state::{Sheet, State},
    timeline,
};
use crate::wire::{RoomLine, Standing, Wish};

pub(super) fn view(state: State) -> AnyView {
    // The pane is built anew for another room or standing only, so that what is typed stays.
    let pane = Memo::new(move |_| state.line().map(|line| (line.room, line.standing)));
    let view = move || match pane.get() {
        None => nothing(state),
        Some((_, Standing::Invited)) => invitation(state),
        Some((room, standing)) => (
            head(state, standing.is_inside()),
            banner(standing),
            basic::is_shown(state, room).then(|| said(basic::LABEL)),
            timeline::view(state),
            composer::view(state, room, standing.is_inside()),
        )
            .into_any(),
    };
    let dropped = move |event: ev::DragEvent| {
        let open = pane.get_untracked();
        if let Some((room, standing)) = open
            && standing.is_inside()
            && !basic::is_shown(state, room)
        {
            attach::dropped(state, room, &event);
        }
    };
    html::main()
        .class("room")
        // Else the browser would leave the page for the file.
        .on(ev::dragover, |event| event.prevent_default())
        .on(ev::drop, dropped)
        .child(view)
        .into_any()
}

fn nothing(state: State) -> AnyView {
    let words = move || {
        if state.rooms.with(Vec::is_empty) {
            "Make a room, and hand its link to the people you want in it. Nobody else can read what is said there."
        } else {
            "Choose a room."
        }
    };
    html::div()
        .class("nothing")
        .child(html::p().child(words))
        .into_any()
}

fn about(line: &RoomLine) -> String {
    let people = match line.people {
        0 => String::new(),
        1 => "Only you".to_owned(),
        count => format!("{count} people"),
    };
    match (people.is_empty(), line.topic.is_empty()) {
        (true, _) => line.topic.clone(),
        (false, true) => people,
        (false, false) => format!("{people} · {}", line.topic),
    }
}

fn back(state: State) -> AnyView {
    html::button()
        .attr("type", "button")
        .class("button quiet back")
        .on(ev::click, move |_| state.show(None))
        .child((
            html::span().attr("aria-hidden", "true").child("‹ "),
            html::span().child("Rooms"),
        ))
        .into_any()
}

fn head(state: State, inside: bool) -> AnyView {
    let name = move || state.line().map(|line| line.name);
    let about = move || state.line().map(|line| about(&line));
    let open = move |sheet: fn(protocol::ids::RoomId) -> Sheet| {
        if let Some(room) = state.room.get_untracked() {
            state.sheet.set(sheet(room));
        }
    };
    html::header()
        .class("head")
        .child((
            back(state),
            html::div()
                .class("words")
                .child((html::h1().child(name), html::p().class("hint").child(about))),
            inside.then(|| {
                html::button()
                    .attr("type", "button")
                    .class("button invite")
                    .on(ev::click, move |_| open(Sheet::Invite))
                    .child("Invite")
            }),
            html::button()
                .attr("type", "button")
                .class("button quiet")
                .on(ev::click, move |_| open(Sheet::Members))
                .child("People"),
            html::button()
                .attr("type", "button")
                .class("button quiet")
                .on(ev::click, move |_| open(Sheet::About))
                .child("Room"),
        ))
        .into_any()
}

fn banner(standing: Standing) -> AnyView {
    let words = match standing {
        Standing::Unconfirmed => {
            "Not confirmed yet: you came in by a link, and nobody whom you know was online since."
        }
        Standing::Waiting => "This device gets in when somebody who is in the room is online.",
        Standing::Paused => "Paused: checking with the others.",
        Standing::Over => "You are not in this room any more. What you read stays here.",
        Standing::In | Standing::Invited => return ().into_any(),
    };
    said(words)
}

fn said(words: &'static str) -> AnyView {
    html::p()
        .class("banner")
        .attr("role", "status")
        .child(words)
        .into_any()
}

fn invitation(state: State) -> AnyView {
    let busy = RwSignal::new(false);
    let answer = move |wish: fn(protocol::ids::RoomId) -> Wish| {
        let Some(room) = state.room.get_untracked() else {
            return;
        };
        busy.set(true);
        spawn_local(async move {
            if let Err(trouble) = post::wish(wish(room)).await {
                state.notice.set(Some(trouble.sentence));
            }
            busy.set(false);
        });
    };
    let who = move || state.line().map(|line| line.about);
    html::div()
        .class("nothing")
        .child((
            back(state),
            html::section().class("card").child((
                html::h1().child(who),
                html::p().child("The room's name and its messages show when you accept."),
                html::div().class("row").child((
                    html::button()
                        .attr("type", "button")
                        .class("button primary")
                        .prop("disabled", move || busy.get())
                        .on(ev::click, move |_| answer(|room| Wish::Accept { room }))
                        .child("Accept"),
                    html::button()
                        .attr("type", "button")
                        .class("button")
                        .prop("disabled", move || busy.get())
                        .on(ev::click, move |_| answer(|room| Wish::Decline { room }))
                        .child("Decline"),
                )),
            )),
        ))
        .into_any()
}
