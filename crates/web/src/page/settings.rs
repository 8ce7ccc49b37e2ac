//! One's own: devices, the lock, how the page looks, and the ways out.

use leptos::{ev, html, prelude::*, task::spawn_local};

use super::{
    admin, applock,
    browser::{self, Theme},
    choice::{self, Choice, Choices},
    copy, deletion, devices, dialog, factor, parts, passkeys, password, post, recovery, reset,
    state::State,
    sure::{self, Question},
};
use crate::wire::Wish;

pub(super) fn view(state: State) -> AnyView {
    let body = html::div().child(vec![
        devices::view(state),
        password::sessions(),
        password::view(),
        reset::view(state),
        factor::view(state),
        passkeys::view(state),
        recovery::view(state),
        applock::view(state),
        looks(),
        admin::entry(state),
        copy::view(),
        ways_out(),
        deletion::view(),
    ]);
    dialog::dialog(state, "Settings", body.into_any())
}

const THEMES: [(&str, &str, Theme); 3] = [
    ("system", "As the system", Theme::System),
    ("light", "Light", Theme::Light),
    ("dark", "Dark", Theme::Dark),
];

fn looks() -> AnyView {
    let is_it = |(_, _, theme): &(_, _, Theme)| *theme == browser::theme();
    let chosen = RwSignal::new(THEMES.iter().position(is_it).unwrap_or_default());
    let all = THEMES.map(|(value, label, _)| Choice {
        value,
        label,
        note: "",
    });
    let choices = Choices {
        name: "theme",
        legend: "Light or dark",
        in_row: true,
        all: all.into(),
    };
    let choose = move |place| {
        if let Some((_, _, theme)) = THEMES.get(place) {
            chosen.set(place);
            browser::set_theme(*theme);
        }
    };
    let idle = RwSignal::new(false);
    html::section()
        .class("apart")
        .child((
            html::h3().child("Look"),
            choice::choices(choices, move || chosen.get(), idle, choose),
        ))
        .into_any()
}

fn ways_out() -> AnyView {
    let busy = RwSignal::new(false);
    let trouble = RwSignal::new(None);
    let log_out = move |_| {
        busy.set(true);
        trouble.set(None);
        spawn_local(async move {
            // The dialog goes when the session has.
            if let Err(why) = post::wish(Wish::LogOut).await {
                trouble.set(Some(why.sentence));
                busy.set(false);
            }
        });
    };
    let wipe = Question {
        label: "Log out and delete everything here",
        text: "Your rooms, messages and keys go from this browser, for good. Your account stays: log in with your \
               password, and this browser is a new device. What a room keeps for new devices comes back; what only this \
               browser has, does not."
            .to_owned(),
        yes: "Delete everything here".to_owned(),
        no: "Keep it".to_owned(),
    };
    html::section()
        .class("apart")
        .child((
            html::h3().child("Leave this browser"),
            html::p()
                .class("hint")
                .child("Your rooms and messages stay here, sealed, until you log in again."),
            parts::complaint(trouble),
            html::button()
                .attr("type", "button")
                .class("button")
                .prop("disabled", move || busy.get())
                .on(ev::click, log_out)
                .child("Log out"),
            // The worker says when all is gone, and the page begins anew.
            sure::sure(wipe, Wish::Wipe { name_too: true }, Callback::new(|_| ())),
        ))
        .into_any()
}
