//! The list of rooms.

use leptos::{ev, html, prelude::*};
use protocol::ids::RoomId;

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
    let none = Memo::new(move |_| state.rooms.with(Vec::is_empty));
    let list = move || {
        if none.get() {
            empty().into_any()
        } else {
            html::ul().class("rooms").child(rows(state)).into_any()
        }
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

/// A room's button stays the same one whatever is said in any room: neither the focus on it nor a click that has begun is
/// lost to a message.
fn rows(state: State) -> impl IntoView {
    For(ForProps::builder()
        .each(move || {
            state
                .rooms
                .with(|rooms| rooms.iter().map(|line| line.room).collect::<Vec<_>>())
        })
        .key(|room| room.get())
        .children(move |room| row(state, room))
        .build())
}

fn row(state: State, room: RoomId) -> AnyView {
    let line = Memo::new(move |_| {
        state
            .rooms
            .with(|rooms| rooms.iter().find(|line| line.room == room).cloned())
    });
    let current = move || (state.room.get() == Some(room)).then_some("true");
    html::li()
        .child(
            html::button()
                .attr("type", "button")
                .attr("aria-current", current)
                .on(ev::click, move |_| state.show(Some(room)))
                .child(move || line.get().map(|line| words_of(state, line))),
        )
        .into_any()
}

fn words_of(state: State, line: RoomLine) -> AnyView {
    let room = line.room;
    let picture = parts::room_avatar(room.get(), &line.name);
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
    let silent = line
        .muted
        .then(|| html::span().class("tag silent").child("Muted"));
    let words = html::span().class("words").child((
        html::span().class("name").child((line.name, mark, silent)),
        html::span().class("about").child(about),
    ));
    let count = (line.unread > 0).then(|| {
        let count = match line.unread {
            count @ ..=99 => count.to_string(),
            _ => "99+".to_owned(),
        };
        let class = if line.muted { "count silent" } else { "count" };
        html::span()
            .class(class)
            .child((count, html::span().class("unseen").child(" unread")))
    });
    (picture, words, count).into_any()
}
