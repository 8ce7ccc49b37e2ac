//! Another password, for whoever knows the one until now or has the recovery code; and where the account is logged in.

use leptos::prelude::*;

use super::{
    choice::{self, Choice, Choices},
    form::{self, Form},
    parts::Field,
    things,
};
use crate::wire::{AccountWish, Done, Others, Proof, Wish};

const OTHERS: [(&str, &str, Others); 3] = [
    ("stay", "They go on as they are", Others::Stay),
    ("signed-out", "All other sessions end", Others::SignedOut),
    (
        "removed",
        "All other devices are removed for good",
        Others::Removed,
    ),
];

pub(super) fn view() -> AnyView {
    let status = RwSignal::default();
    let open = RwSignal::new(false);
    let body = form::fold("Change your password", open, move || change(status, open));
    form::section("Password", status, body)
}

fn change(status: RwSignal<String>, open: RwSignal<bool>) -> AnyView {
    let chosen = RwSignal::new(0);
    let [new, again] = form::new_password(["change-new", "change-again"]);
    let fields = vec![form::password_or_code("change-old"), new, again];
    let wish = move |typed: Vec<String>, code| {
        let [secret, password, again]: [String; 3] = typed.try_into().unwrap_or_default();
        form::same(&password, &again)?;
        let others = OTHERS.get(chosen.get_untracked());
        Ok(Wish::Account(AccountWish::ChangePassword {
            proof: Proof { secret, code },
            password,
            others: others.map_or(Others::Stay, |(.., others)| *others),
        }))
    };
    let then = move |done| {
        if let Done::Said(words) = done {
            status.set(words);
        }
        open.set(false);
    };
    let form = Form {
        choices: Some(others(chosen)),
        ..Form::new(fields, ["Change the password", "Changing…"], wish, then)
    };
    form.view()
}

fn others(chosen: RwSignal<usize>) -> AnyView {
    let all = OTHERS.map(|(value, label, _)| Choice {
        value,
        label,
        note: "",
    });
    let choices = Choices {
        name: "others",
        legend: "Your other devices",
        in_row: false,
        all: all.into(),
    };
    choice::choices(
        choices,
        move || chosen.get(),
        RwSignal::new(false),
        move |place| chosen.set(place),
    )
}

/// Where the account is logged in.
pub(super) fn sessions() -> AnyView {
    let open = RwSignal::new(false);
    let body = form::fold("Show where you are logged in", open, || {
        things::list(Wish::Account(AccountWish::Sessions))
    });
    form::section("Sessions", RwSignal::default(), body)
}

/// For whoever is not logged in and has forgotten the password.
pub(super) fn forgotten() -> AnyView {
    let open = RwSignal::new(false);
    form::fold("Forgot your password?", open, by_code)
}

fn by_code() -> AnyView {
    let name = Field {
        id: "forgot-user",
        label: "Your name",
        kind: "text",
        autocomplete: "username",
        hint: "",
    };
    let code = Field {
        id: "forgot-code",
        label: "Your recovery code",
        kind: "text",
        autocomplete: "off",
        hint: "The 28 letters and digits that you kept when you made the account.",
    };
    let [new, again] = form::new_password(["forgot-new", "forgot-again"]);
    let wish = |typed: Vec<String>, code| {
        let [user, secret, password, again]: [String; 4] = typed.try_into().unwrap_or_default();
        form::same(&password, &again)?;
        Ok(Wish::Account(AccountWish::LogInByCode {
            user: user.trim().to_ascii_lowercase(),
            proof: Proof { secret, code },
            password,
        }))
    };
    // What became of it is told to whoever is in then.
    let then = |_| ();
    let go = ["Set the new password", "Logging in…"];
    Form::new(vec![name, code, new, again], go, wish, then)
        .says(
            "With your recovery code you get in, and set another password. Without it, ask for a reset in the settings of a \
             device that is still logged in.",
        )
        .view()
}
