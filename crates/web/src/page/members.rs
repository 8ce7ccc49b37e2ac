//! Who is in the room, and what new members can read.

use leptos::{ev, html, prelude::*};
use protocol::{ids::RoomId, role::Role};

use super::{
    basic, dialog, parts,
    state::{Sheet, State},
};
use crate::{wire::Member, words};

pub(super) fn view(state: State, room: RoomId) -> AnyView {
    let list = move || {
        let members = state.members.get().into_iter();
        members
            .map(|member| row(state, room, member))
            .collect::<Vec<_>>()
    };
    let history = move || state.line().map(|line| line.history);
    let invite = move || {
        let inside = state.line().is_some_and(|line| line.standing.is_inside());
        inside.then(|| {
            parts::button("button", "Invite people", move || {
                state.sheet.set(Sheet::Invite(room))
            })
        })
    };
    let who = if basic::is_shown(state, room) {
        "The server says that these are here. Whoever has the passphrase can read."
    } else {
        "Only the people in this list can read this room. The server can't."
    };
    let body = html::div().child((
        html::p().child(who),
        html::p().class("hint").child(history),
        html::ul().class("members").child(list),
        invite,
    ));
    dialog::dialog(state, "People in this room", body.into_any())
}

fn row(state: State, room: RoomId, member: Member) -> AnyView {
    let about = match (member.own, member.invited) {
        (true, _) => "you",
        (false, true) => "invited",
        (false, false) => "",
    };
    let role = match member.role {
        Role::Member => "",
        role => words::role_word(role),
    };
    let account = member.account;
    html::li()
        .child(
            html::button()
                .attr("type", "button")
                .on(ev::click, move |_| {
                    // Where nothing proves who somebody is, there is nothing to compare.
                    if !basic::is_shown(state, room) {
                        state.sheet.set(Sheet::Person(room, account));
                    }
                })
                .child((
                    parts::avatar(account, &member.user),
                    html::span()
                        .class("name")
                        .child((member.user, parts::verified(member.verified))),
                    html::span().class("hint").child(about),
                    html::span().class("hint").child(role),
                )),
        )
        .into_any()
}
