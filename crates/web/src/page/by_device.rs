//! In by another device of the account: words and a picture for it, and then the number to be typed there.

use leptos::{html, prelude::*, task::spawn_local};

use super::{browser, parts, post, qr};
use crate::wire::{AccountWish, Done, Wish};

#[derive(Clone, PartialEq, Eq)]
enum Stage {
    Opening,
    Waits(String, String),
    Answered(String, String),
    /// It came to nothing.
    Over,
}

/// In place of the form for a name and a password, until `back`.
pub(super) fn view(back: Callback<()>) -> AnyView {
    let stage = RwSignal::new(Stage::Opening);
    let trouble = RwSignal::new(None);
    spawn_local(wait(stage, trouble));
    let shown = move || match stage.get() {
        Stage::Opening => html::p()
            .class("hint late")
            .child("Asking the server…")
            .into_any(),
        Stage::Waits(words, code) => waits(words, &code),
        Stage::Answered(user, number) => answered(user, number),
        Stage::Over => parts::button("button primary wide", "Begin again", move || {
            trouble.set(None);
            stage.set(Stage::Opening);
            spawn_local(wait(stage, trouble));
        }),
    };
    let leave = move || {
        spawn_local(async {
            // It is over by the clock at the latest.
            let _ = post::wish(Wish::Account(AccountWish::EndDeviceLink)).await;
        });
        back.run(());
    };
    html::div()
        .class("preview")
        .child((
            html::h2()
                .attr("id", "by-device")
                .attr("tabindex", "-1")
                .child("Log in with another device"),
            parts::complaint(trouble),
            html::div()
                .class("preview")
                .attr("role", "status")
                .child(shown),
            parts::button("button", "Log in with a password instead", leave),
        ))
        .into_any()
}

async fn wait(stage: RwSignal<Stage>, trouble: RwSignal<Option<String>>) {
    let mut wish = Wish::Account(AccountWish::OpenDeviceLink);
    loop {
        let next = match post::wish(wish).await {
            Ok(Done::Waits(words, code)) => Stage::Waits(words, code),
            Ok(Done::Answered(user, number)) => Stage::Answered(user, number),
            // The page shows the rooms by now.
            Ok(_) => return browser::ask_to_persist(),
            Err(why) => {
                trouble.try_set(Some(why.sentence));
                stage.try_set(Stage::Over);
                return;
            }
        };
        // The person has gone another way.
        if stage.try_set(next).is_some() {
            return;
        }
        wish = Wish::Account(AccountWish::FollowDeviceLink);
    }
}

fn waits(words: String, code: &str) -> AnyView {
    let url = format!("{}/link#{code}", browser::origin());
    (
        html::p().child(
            "On a device of yours that is logged in, choose “Add a device” in the settings, and type these three words. They \
             count for ten minutes.",
        ),
        html::p()
            .class("code")
            .attr("id", "link-words")
            .child(words),
        qr::picture(
            &url,
            "QR code for another device of yours",
            "Or read this with its camera.",
        ),
    )
        .into_any()
}

fn answered(user: String, number: String) -> AnyView {
    (
        html::p().child((
            "A device of ",
            html::strong().child(user),
            " answers. If that is you, type this number there:",
        )),
        html::p()
            .class("code digits")
            .attr("id", "link-number")
            .child(number),
    )
        .into_any()
}
