//! The recovery code: shown once, copied or printed, and asked back before one goes on.

use leptos::{ev, html, prelude::*, task::spawn_local};
use rand_core::{OsRng, RngCore as _};

use super::{
    browser,
    parts::{self, Field},
    post,
    state::State,
};
use crate::wire::{AccountWish, Wish};

pub(super) fn view(state: State) -> AnyView {
    let code = state.code.get_untracked().unwrap_or_default();
    let asked = RwSignal::new(false);
    let view = move || {
        if asked.get() {
            check(state, &code, asked)
        } else {
            shown(state, code.clone(), asked)
        }
    };
    html::main().class("plain").child(view).into_any()
}

fn shown(state: State, code: String, asked: RwSignal<bool>) -> AnyView {
    let print = parts::button("button", "Print", browser::print);
    let go = parts::button("button primary", "I have kept it", move || asked.set(true));
    (
        html::h1().child("Your recovery code"),
        html::p().child(
            "Keep it somewhere safe; it is shown only now. Without it and without a device, nobody can open your \
             messages: not you, not us, not the server.",
        ),
        html::p()
            .class("code")
            .attr("id", "recovery-code")
            .child(code.clone()),
        html::div()
            .class("row")
            .child((parts::copy_button(code), print)),
        go,
        paper(state),
    )
        .into_any()
}

/// Backup codes of the second factor; they are not asked back, since another device or new ones help whoever lost them.
pub(super) fn backup(state: State) -> AnyView {
    let codes = state.backup.get_untracked().unwrap_or_default();
    let print = parts::button("button", "Print", browser::print);
    let go = parts::button("button primary", "I have kept them", move || {
        state.backup.set(None);
    });
    html::main()
        .class("plain")
        .child((
            html::h1().child("Your backup codes"),
            html::p().child(
                "From now on a login needs a code. Each of these does for one login without the app. Keep them apart from your \
                 password; they are shown only now. Without the app and without a code, nobody gets into this account on a \
                 new device.",
            ),
            html::p()
                .class("code lines-of-code")
                .attr("id", "backup-codes")
                .child(codes.clone()),
            html::div()
                .class("row")
                .child((parts::copy_button(codes), print)),
            go,
            paper(state),
        ))
        .into_any()
}

/// What only stands on paper.
fn paper(state: State) -> AnyView {
    let user = state.own.get_untracked().map(|own| own.user);
    html::p()
        .class("paper")
        .child((
            "Secure Chat account: ",
            user,
            html::br(),
            "Server: ",
            browser::origin(),
        ))
        .into_any()
}

/// A code that was merely clicked away is lost on the day when it is needed.
fn check(state: State, code: &str, asked: RwSignal<bool>) -> AnyView {
    let groups = code.split('-').map(str::to_owned).collect::<Vec<_>>();
    let which = usize::try_from(OsRng.next_u32()).unwrap_or(0) % groups.len().max(1);
    let wanted = groups.get(which).cloned().unwrap_or_default();
    let group = RwSignal::new(String::new());
    let trouble = RwSignal::new(None);
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if plain(&group.get_untracked()) == wanted {
            state.code.set(None);
            spawn_local(async {
                // One that this device still keeps is forgotten; one that it does not keep, or keeps on, is shown again.
                let _ = post::wish(Wish::Account(AccountWish::CodeKept)).await;
            });
        } else {
            let words = "That is another one. Look at what you kept, or see the code again.";
            trouble.set(Some(words.to_owned()));
        }
    };
    let field = Field {
        id: "code-group",
        label: ORDER.get(which).copied().unwrap_or_default(),
        kind: "text",
        autocomplete: "off",
        hint: "Read it from what you kept. Each group has four letters and digits.",
    };
    request_animation_frame(|| browser::focus("code-group"));
    (
        html::h1().child("Is it kept?"),
        html::form().on(ev::submit, submit).child((
            parts::field(field, group),
            parts::complaint(trouble),
            html::div().class("row").child((
                html::button()
                    .attr("type", "submit")
                    .class("button primary")
                    .child("Go on"),
                parts::button("button", "See the code again", move || asked.set(false)),
            )),
        )),
    )
        .into_any()
}

/// A code has this many groups.
const ORDER: [&str; 7] = [
    "The first group of your code",
    "The second group of your code",
    "The third group of your code",
    "The fourth group of your code",
    "The fifth group of your code",
    "The sixth group of your code",
    "The last group of your code",
];

/// As codes are written: no small letters, and none that are taken for digits.
fn plain(text: &str) -> String {
    let letters = text.trim().chars();
    letters
        .map(|letter| match letter.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        })
        .collect()
}
