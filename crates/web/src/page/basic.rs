//! Rooms of basic encryption: one passphrase for all.

use leptos::{html, prelude::*};
use protocol::ids::RoomId;

use super::{
    browser, dialog,
    form::Form,
    parts::{self, Field},
    qr,
    state::{Sheet, State},
};
use crate::wire::{Done, Wish};

const WHAT_IT_IS: &str = "For simple programs, and whoever talks with them. One key for all, made of a passphrase: no forward \
                          secrecy, nothing proves who says something, and everybody on this server sees the room’s name.";

/// What stands in the room all the time.
pub(super) const LABEL: &str =
    "Basic encryption: no forward secrecy. Names are what the server says.";

fn passphrase(hint: &'static str) -> Field {
    Field {
        id: "room-passphrase",
        label: "Passphrase of the room",
        kind: "password",
        autocomplete: "off",
        hint,
    }
}

/// Into the room that was made or entered.
fn enter(state: State) -> impl Fn(Done) + Send + Sync + 'static {
    move |done| {
        state.sheet.set(Sheet::None);
        if let Done::Room(room) = done {
            state.show(Some(room));
        }
    }
}

/// A new one.
pub(super) fn creation(state: State) -> AnyView {
    let name = Field {
        id: "room-name",
        label: "Name",
        kind: "text",
        autocomplete: "off",
        hint: "Everybody on this server sees it.",
    };
    let hint = "At least four words that have nothing to do with each other. Tell it to the others on another way than the link.";
    let wish = |typed: Vec<String>, _| {
        let mut typed = typed.into_iter();
        Ok(Wish::CreateShared {
            name: typed.next().unwrap_or_default(),
            passphrase: typed.next().unwrap_or_default(),
        })
    };
    let go = ["Create room", "Making the room…"];
    Form::new(vec![name, passphrase(hint)], go, wish, enter(state))
        .says(WHAT_IT_IS)
        .view()
}

/// In by a link.
pub(super) fn entrance(state: State, link: String) -> AnyView {
    let wish = move |typed: Vec<String>, _| {
        Ok(Wish::JoinShared {
            link: link.clone(),
            passphrase: typed.into_iter().next().unwrap_or_default(),
        })
    };
    let hint = "Whoever made the room knows it. It is not in the link.";
    let go = ["Join the room", "Coming in…"];
    Form::new(vec![passphrase(hint)], go, wish, enter(state))
        .says(WHAT_IT_IS)
        .view()
}

/// Its link, for others.
pub(super) fn invitation(state: State, link: &str) -> AnyView {
    let link = format!("{}/join#{link}", browser::origin());
    let body = html::div().child((
        html::p().child("Whoever has this link and knows the passphrase comes in and reads everything. Tell the passphrase on another way."),
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
    ));
    dialog::dialog(state, "Invite people", body.into_any())
}

/// Whether the room on the screen is one.
pub(super) fn is_shown(state: State, room: RoomId) -> bool {
    let line = untrack(move || state.line());
    line.is_some_and(|line| line.room == room && line.shared_key.is_some())
}
