//! Rooms beside the conversation; on a narrow screen one of the two.

use leptos::{html, prelude::*};

use super::{
    about, add_device, create, goto, invite, join, keys, members, parts, person, picture, room,
    rooms, settings,
    state::{Sheet, State},
};
use crate::wire::Connection;

pub(super) fn view(state: State) -> AnyView {
    let inside = move || state.room.get().is_some().to_string();
    let sheet = move || match state.sheet.get() {
        Sheet::None => ().into_any(),
        Sheet::Create => create::view(state),
        Sheet::Invite(room) => invite::view(state, room),
        Sheet::Members(room) => members::view(state, room),
        Sheet::Person(room, account) => person::view(state, room, account),
        Sheet::About(room) => about::view(state, room),
        Sheet::Settings => settings::view(state),
        Sheet::Picture(room, item, name) => picture::view(state, room, item, &name),
        Sheet::GoTo => goto::view(state),
        Sheet::Keys => keys::view(state),
        Sheet::AddDevice(code) => add_device::view(state, code),
        Sheet::Join(link) => join::view(state, link),
    };
    html::div()
        .class("shell")
        .attr("data-inside", inside)
        .child((
            connection(state),
            parts::notice(state),
            parts::silent(state),
            html::div()
                .class("columns")
                .child((rooms::view(state), room::view(state))),
            sheet,
        ))
        .into_any()
}

/// One honest sentence while there is no connection; the line is always there, so that nothing jumps for readers.
fn connection(state: State) -> AnyView {
    let down = move || state.connection.get() == Some(Connection::Offline);
    let words = move || {
        if down() {
            "No connection. What you write goes out as soon as it is back."
        } else {
            ""
        }
    };
    html::p()
        .class("offline")
        .attr("role", "status")
        .attr("data-down", move || down().to_string())
        .child(words)
        .into_any()
}
