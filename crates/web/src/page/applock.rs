//! The lock of the app in the settings: set, changed, taken off, and shut at once.

use leptos::{ev, html, prelude::*, task::spawn_local};
use protocol::error::ErrorCode;

use super::{
    browser,
    choice::{self, Choice, Choices},
    idle,
    parts::{self, Field},
    post,
    state::State,
};
use crate::wire::{Trouble, Wish};

#[derive(Clone, Copy)]
struct Form {
    old: RwSignal<String>,
    new: RwSignal<String>,
    again: RwSignal<String>,
    busy: RwSignal<bool>,
    trouble: RwSignal<Option<String>>,
    status: RwSignal<&'static str>,
}

pub(super) fn view(state: State) -> AnyView {
    let form = Form {
        old: RwSignal::default(),
        new: RwSignal::default(),
        again: RwSignal::default(),
        busy: RwSignal::new(false),
        trouble: RwSignal::new(None),
        status: RwSignal::new(""),
    };
    let locks = Memo::new(move |_| {
        state
            .own
            .with(|own| own.as_ref().is_some_and(|own| own.locks))
    });
    let body = move || if locks.get() { on(form) } else { off(form) };
    html::section()
        .class("apart")
        .child((
            html::h3().child("Lock"),
            html::p()
                .class("hint")
                .attr("role", "status")
                .child(move || form.status.get()),
            body,
        ))
        .into_any()
}

const NEW: Field = Field {
    id: "lock-new",
    label: "New passphrase",
    kind: "password",
    autocomplete: "new-password",
    hint: "At least 10 characters. Nobody can tell you what it was if you forget it.",
};
const AGAIN: Field = Field {
    id: "lock-again",
    label: "The same again",
    kind: "password",
    autocomplete: "new-password",
    hint: "",
};
const OLD: Field = Field {
    id: "lock-old",
    label: "Passphrase until now",
    kind: "password",
    autocomplete: "off",
    hint: "So that nobody who borrows this browser can do it.",
};

fn off(form: Form) -> AnyView {
    let words = "Secure Chat can ask for a passphrase of its own when it is opened in this browser. Whoever has your computer \
                 or its disk then reads nothing without it.";
    html::form()
        .on(ev::submit, move |event| change(form, &event))
        .child((
            html::p().class("hint").child(words),
            parts::field(NEW, form.new),
            parts::field(AGAIN, form.again),
            parts::complaint(form.trouble),
            parts::submit("button", form.busy, ["Set the lock", "Setting…"]),
        ))
        .into_any()
}

fn on(form: Form) -> AnyView {
    let lock = move || {
        spawn_local(async move {
            // The page goes when the store is shut.
            if let Err(why) = post::wish(Wish::Lock).await {
                form.trouble.try_set(Some(why.sentence));
            }
        });
    };
    let words =
        "This browser asks for your passphrase when Secure Chat is opened in its first tab.";
    html::form()
        .on(ev::submit, move |event| change(form, &event))
        .child((
            html::p().class("hint").child(words),
            parts::button("button primary", "Lock now", lock),
            by_itself(form.busy),
            html::details().child((
                html::summary().child("Change the passphrase, or take the lock off"),
                parts::field(OLD, form.old),
                parts::field(NEW, form.new),
                parts::field(AGAIN, form.again),
                html::div().class("row").child((
                    parts::submit("button", form.busy, ["Change it", "Changing…"]),
                    parts::button("button", "Take the lock off", move || set(form, None)),
                )),
            )),
            parts::complaint(form.trouble),
        ))
        .into_any()
}

fn by_itself(busy: RwSignal<bool>) -> AnyView {
    let is_it = |(minutes, _): &(u64, _)| *minutes == browser::lock_after();
    let chosen = RwSignal::new(idle::CHOICES.iter().position(is_it).unwrap_or_default());
    let all = idle::CHOICES.map(|(_, label)| Choice {
        value: label,
        label,
        note: "",
    });
    let choices = Choices {
        name: "lock-after",
        legend: "It locks by itself",
        in_row: false,
        all: all.into(),
    };
    choice::choices(
        choices,
        move || chosen.get(),
        busy,
        move |place| {
            if let Some((minutes, _)) = idle::CHOICES.get(place) {
                chosen.set(place);
                browser::set_lock_after(*minutes);
            }
        },
    )
}

fn change(form: Form, event: &ev::SubmitEvent) {
    event.prevent_default();
    let new = form.new.get_untracked();
    if new == form.again.get_untracked() {
        set(form, Some(new));
    } else {
        let words = "The two are not the same.";
        form.trouble.set(Some(words.to_owned()));
    }
}

fn set(form: Form, new: Option<String>) {
    if form.busy.get_untracked() {
        return;
    }
    form.busy.set(true);
    form.trouble.set(None);
    form.status.set("");
    let is_off = new.is_none();
    let old = Some(form.old.get_untracked()).filter(|old| !old.is_empty());
    spawn_local(async move {
        let done = post::wish(Wish::SetLock { old, new }).await;
        // The dialog may be closed by now.
        form.busy.try_set(false);
        match done {
            Ok(_) => {
                for field in [form.old, form.new, form.again] {
                    field.try_set(String::new());
                }
                form.status.try_set(if is_off {
                    "The lock is off."
                } else {
                    "The passphrase is set. Keep it where you find it again."
                });
            }
            Err(why) => drop(form.trouble.try_set(Some(sentence(why)))),
        }
    });
}

fn sentence(why: Trouble) -> String {
    match why.code {
        ErrorCode::StoreLocked => "That is not the passphrase until now.".to_owned(),
        _ => why.sentence,
    }
}
