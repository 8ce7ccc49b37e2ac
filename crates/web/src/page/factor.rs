//! A code at login: asked for from now on, other backup codes, and asked for no more.

use leptos::{html, prelude::*, task::spawn_local};

use super::{
    form::{self, Form},
    parts::{self, Field},
    post, qr,
    state::State,
};
use crate::wire::{AccountWish, Done, Proof, Wish};

#[derive(Clone, Copy)]
struct Shown {
    state: State,
    /// How many backup codes are left, where a login needs a code; none before that is known.
    has: RwSignal<Option<Option<u32>>>,
    /// What goes into an app, as text and as picture, before anything counts.
    made: RwSignal<Option<(String, String)>>,
    status: RwSignal<String>,
}

pub(super) fn view(state: State) -> AnyView {
    let shown = Shown {
        state,
        has: RwSignal::new(None),
        made: RwSignal::new(None),
        status: RwSignal::new("Looking…".to_owned()),
    };
    fetch(shown, None);
    let body = move || match (shown.has.get(), shown.made.get()) {
        (None, _) => ().into_any(),
        (Some(None), None) => enable(shown),
        (Some(None), Some((secret, uri))) => confirm(shown, secret, &uri),
        (Some(Some(_)), _) => enabled(shown),
    };
    form::section("Code at login", shown.status, body.into_any())
}

/// What there is, and in words; after something was done, what.
fn fetch(shown: Shown, done: Option<&'static str>) {
    spawn_local(async move {
        // The dialog may be closed before the answer comes.
        match post::wish(Wish::Account(AccountWish::SecondFactor)).await {
            Ok(Done::SecondFactor(has)) => {
                let words = match has {
                    None => "A login needs your password and nothing else.".to_owned(),
                    Some(left) => {
                        format!(
                            "A login needs a code of your authenticator app. Backup codes left: {left}."
                        )
                    }
                };
                shown.status.try_set(done.map_or(words, str::to_owned));
                shown.has.try_set(Some(has));
            }
            Ok(_) => {}
            Err(why) => drop(shown.status.try_set(why.sentence)),
        }
    });
}

fn enable(shown: Shown) -> AnyView {
    form::fold("Ask for a code too", RwSignal::new(false), move || {
        let wish = |typed: Vec<String>, _| {
            let password = typed.into_iter().next().unwrap_or_default();
            Ok(Wish::Account(AccountWish::Enrol { password }))
        };
        let then = move |done| {
            if let Done::Enrolment(secret, uri) = done {
                shown.made.set(Some((secret, uri)));
            }
        };
        let fields = vec![form::password("enrol-password")];
        Form::new(fields, ["Go on", "One moment…"], wish, then)
            .says(
                "Whoever learns your password then gets in nowhere without your phone. You need an authenticator app, such as \
                 those that banks and shops use for codes of six digits.",
            )
            .view()
    })
}

fn confirm(shown: Shown, secret: String, uri: &str) -> AnyView {
    let wish = |typed: Vec<String>, _| {
        let code = typed.into_iter().next().unwrap_or_default();
        Ok(Wish::Account(AccountWish::ConfirmEnrolment { code }))
    };
    let field = Field {
        id: "enrol-code",
        label: "The code that the app shows",
        kind: "text",
        autocomplete: "one-time-code",
        hint: "Nothing has changed yet: from then on a login needs a code.",
    };
    let form = Form {
        leave: Some(("Leave it", Callback::new(move |()| shown.made.set(None)))),
        ..Form::new(
            vec![field],
            ["Ask for codes from now on", "One moment…"],
            wish,
            move |done| show_codes(shown, done),
        )
    };
    html::div()
        .class("enrolment")
        .child((
            qr::picture(
                uri,
                "QR code for your authenticator app",
                "Show this to your authenticator app; it is shown only now.",
            ),
            html::p().class("hint").child("Or type it there:"),
            html::p()
                .class("code")
                .attr("id", "enrol-secret")
                .child(secret.clone()),
            parts::copy_button(secret),
            form.view(),
        ))
        .into_any()
}

fn show_codes(shown: Shown, done: Done) {
    if let Done::BackupCodes(codes) = done {
        shown.state.backup.set(Some(codes.join("\n")));
    }
}

fn enabled(shown: Shown) -> AnyView {
    let new = form::fold("New backup codes", RwSignal::new(false), move || {
        let make = |proof| AccountWish::NewBackupCodes { proof };
        by_both(
            "new-codes",
            ["Make new ones", "One moment…"],
            make,
            move |done| show_codes(shown, done),
        )
        .says("Those from before open nothing any more.")
        .view()
    });
    let off = form::fold(
        "Ask for no code any more",
        RwSignal::new(false),
        move || {
            let remove = |proof| AccountWish::RemoveSecondFactor { proof };
            let then = move |_| {
                let words =
                    "A login needs no code any more. The backup codes count no more either.";
                fetch(shown, Some(words));
            };
            let form = by_both("no-codes", ["Ask for no code", "One moment…"], remove, then);
            Form { loss: true, ..form }.view()
        },
    );
    (new, off).into_any()
}

/// A form that takes password and code together.
fn by_both(
    id: &'static str,
    go: [&str; 2],
    wish: fn(Proof) -> AccountWish,
    then: impl Fn(Done) + Send + Sync + 'static,
) -> Form {
    let code = Field {
        id: if id == "new-codes" {
            "new-codes-code"
        } else {
            "no-codes-code"
        },
        label: "Code",
        kind: "text",
        autocomplete: "one-time-code",
        hint: "Of your authenticator app, or a backup code.",
    };
    let wish = move |typed: Vec<String>, _| {
        let [secret, code]: [String; 2] = typed.try_into().unwrap_or_default();
        let code = code.trim().to_owned();
        Ok(Wish::Account(wish(Proof { secret, code })))
    };
    Form::new(vec![form::password(id), code], go, wish, then)
}
