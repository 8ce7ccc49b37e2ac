//! The list of rooms.

use leptos::{ev, html, prelude::*};

use super::{
    parts,
    state::{Sheet, State},
    typed,
};
use crate::{
    wire::{RoomLine, Standing},
    words,
};

pub(super) fn view(state: State) -> AnyView {
    let list = move || {
        let rooms = state.rooms.get();
        if rooms.is_empty() {
            return empty().into_any();
        }
        let rows: Vec<AnyView> = rooms.into_iter().map(|line| row(state, line)).collect();
        html::ul().class("rooms").child(rows).into_any()
    };
    let buttons = html::div().class("row").child((
        parts::button("button primary", "New room", move || {
            state.sheet.set(Sheet::Create)
        }),
        parts::button("button", "Join by link", move || {
            state.sheet.set(Sheet::Join(String::new()))
        }),
    ));
    html::nav()
        .class("side")
        .attr("aria-label", "Rooms")
        .child((
            html::h1().class("unseen").child("Rooms"),
            own(state),
            buttons,
            list,
        ))
        .into_any()
}

fn empty() -> impl IntoView {
    html::p()
        .class("hint")
        .child("No rooms yet. Make one and invite people, or open a link that somebody gave you.")
}

fn own(state: State) -> AnyView {
    let who = move || {
        let own = state.own.get()?;
        let name = html::b().child(own.user.clone());
        Some((parts::avatar(own.account, &own.user), name))
    };
    html::header()
        .child((
            who,
            parts::button("button quiet", "Settings", move || {
                state.sheet.set(Sheet::Settings)
            }),
        ))
        .into_any()
}

fn row(state: State, line: RoomLine) -> AnyView {
    let room = line.room;
    let current = move || (state.room.get() == Some(room)).then_some("true");
    let mark =
        (line.standing == Standing::Invited).then(|| html::span().class("tag").child("Invitation"));
    let inside = line.standing.is_inside();
    let about = move || {
        let draft = typed::text(state, room);
        if inside && state.room.get() != Some(room) && !draft.trim().is_empty() {
            words::one_line(&format!("Draft: {draft}"))
        } else {
            line.about.clone()
        }
    };
    let words = html::span().class("words").child((
        html::span().class("name").child((line.name.clone(), mark)),
        html::span().class("about").child(about),
    ));
    html::li()
        .child(
            html::button()
                .attr("type", "button")
                .attr("aria-current", current)
                .on(ev::click, move |_| state.show(Some(room)))
                .child((parts::room_avatar(room.get(), &line.name), words)),
        )
        .into_any()
}
