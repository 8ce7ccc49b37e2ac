//! Who is in the room, and what new members can read.

use leptos::{html, prelude::*};

use super::{dialog, parts, state::State};
use crate::wire::Member;

pub(super) fn view(state: State) -> AnyView {
    let list = move || {
        let members = state.members.get();
        members.into_iter().map(row).collect::<Vec<_>>()
    };
    let history = move || state.line().map(|line| line.history);
    let body = html::div().child((
        html::p().child("Only the people in this list can read this room. The server can't."),
        html::p().class("hint").child(history),
        html::ul().class("members").child(list),
    ));
    dialog::dialog(state, "People in this room", body.into_any())
}

fn row(member: Member) -> AnyView {
    let verified = member.verified.then(|| {
        let sign = html::span().attr("aria-hidden", "true").child("✓");
        let words = html::span().class("unseen").child("verified");
        html::span()
            .class("verified")
            .attr("title", "Safety number compared")
            .child((sign, words))
    });
    let about = match (member.own, member.invited) {
        (true, _) => "you",
        (false, true) => "invited",
        (false, false) => "",
    };
    html::li()
        .child((
            parts::avatar(member.account, &member.user),
            html::span().class("name").child((member.user, verified)),
            html::span().class("hint").child(about),
            html::span().class("hint").child(member.role),
        ))
        .into_any()
}
