//! Bringing people in: by name, or by a link.

use leptos::{ev, html, prelude::*, task::spawn_local};
use protocol::ids::RoomId;

use super::{
    basic, browser, dialog,
    parts::{self, Field},
    post, qr,
    state::State,
};
use crate::wire::{Done, Wish};

pub(super) fn view(state: State, room: RoomId) -> AnyView {
    let line = untrack(move || state.line());
    if let Some(link) = line.and_then(|line| line.shared_key) {
        return basic::invitation(state, &link);
    }
    let body = html::div().child((by_name(room), by_link(room)));
    dialog::dialog(state, "Invite people", body.into_any())
}

fn by_name(room: RoomId) -> AnyView {
    let user = RwSignal::new(String::new());
    let busy = RwSignal::new(false);
    let trouble = RwSignal::new(None);
    let invited = RwSignal::new(String::new());
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        busy.set(true);
        trouble.set(None);
        spawn_local(async move {
            let name = user.get_untracked().trim().to_ascii_lowercase();
            let wish = Wish::Invite {
                room,
                user: name.clone(),
            };
            let done = post::wish(wish).await;
            busy.set(false);
            match done {
                Ok(_) => {
                    invited.set(format!("{name} is invited."));
                    user.set(String::new());
                }
                Err(why) => trouble.set(Some(why.sentence)),
            }
        });
    };
    let field = Field {
        id: "invitee",
        label: "By name",
        kind: "text",
        autocomplete: "off",
        hint: "The name that the person has on this server.",
    };
    html::form()
        .on(ev::submit, submit)
        .child((
            parts::field(field, user),
            parts::complaint(trouble),
            html::p()
                .attr("role", "status")
                .child(move || invited.get()),
            parts::submit("button primary", busy, ["Invite", "Invite"]),
        ))
        .into_any()
}

fn by_link(room: RoomId) -> AnyView {
    let link = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    let trouble = RwSignal::new(None);
    let make = move |_| {
        busy.set(true);
        trouble.set(None);
        spawn_local(async move {
            let done = post::wish(Wish::MakeLink { room }).await;
            busy.set(false);
            match done {
                Ok(Done::Link(text)) => {
                    link.set(Some(format!("{}/join#{text}", browser::origin())))
                }
                Ok(_) => {}
                Err(why) => trouble.set(Some(why.sentence)),
            }
        });
    };
    let shown = move || match link.get() {
        None => html::button()
            .attr("type", "button")
            .class("button")
            .prop("disabled", move || busy.get())
            .on(ev::click, make)
            .child(move || {
                if busy.get() {
                    "Making a link…"
                } else {
                    "Make a link"
                }
            })
            .into_any(),
        Some(link) => html::div()
            .child((
                html::p()
                    .class("code")
                    .attr("id", "invite-link")
                    .child(link.clone()),
                parts::copy_button(link.clone()),
                qr::picture(
                    &link,
                    "QR code of the link",
                    "Or let them point a camera at this.",
                ),
            ))
            .into_any(),
    };
    html::section()
        .class("apart")
        .child((
            html::h3().child("By link"),
            html::p()
                .class("hint")
                .child("Whoever has the link can come in, also when nobody is online. What stands behind its # never reaches the server."),
            parts::complaint(trouble),
            shown,
        ))
        .into_any()
}
