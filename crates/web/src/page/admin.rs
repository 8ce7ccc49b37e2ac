//! The administration of the server, a page of its own for whoever may.

use leptos::{ev, html, prelude::*, task::spawn_local};

use super::{
    browser,
    choice::{self, Choice, Choices},
    form::Form,
    parts::{self, Field},
    post,
    state::{Sheet, State},
    things,
};
use crate::wire::{AdminWish, Done, Wish};

/// What there is, and what each of them is.
const SECTIONS: [(&str, &str, AdminWish); 7] = [
    (
        "People",
        "Everybody who has an account on this server. You see no more of them than this: no message, no room's name.",
        AdminWish::Users(None),
    ),
    (
        "Invites",
        "Whoever opens one makes an account on this server.",
        AdminWish::Invites,
    ),
    (
        "Rooms",
        "All that the server knows of them.",
        AdminWish::Rooms(None),
    ),
    (
        "Storage",
        "What lies on the server's disk.",
        AdminWish::Storage,
    ),
    (
        "Limits",
        "What is kept for how long, and what an account may have. Whoever runs the server sets them.",
        AdminWish::Limits,
    ),
    (
        "Record",
        "What administrators did, newest first. Nobody takes anything out of it.",
        AdminWish::Audit(None),
    ),
    (
        "What it sees",
        "Everything that this server stores, and how much of it the server can make out.",
        AdminWish::Sees,
    ),
];

/// The way here, in the settings of whoever may.
pub(super) fn entry(state: State) -> AnyView {
    let may = RwSignal::new(false);
    spawn_local(async move {
        let standing = post::wish(Wish::Admin(AdminWish::Standing)).await;
        // The dialog may be closed before the answer comes.
        may.try_set(matches!(standing, Ok(Done::Is(true))));
    });
    let open = move || {
        state.sheet.set(Sheet::None);
        state.administrates.set(true);
    };
    let view = move || {
        may.get().then(|| {
            let words =
                "You are an administrator of this server: you let people in and put them out.";
            html::section().class("apart").child((
                html::h3().child("This server"),
                html::p().class("hint").child(words),
                parts::button("button", "Administration", open),
            ))
        })
    };
    view.into_any()
}

pub(super) fn view(state: State) -> AnyView {
    let chosen = RwSignal::new(0);
    let tab = move |(place, (label, ..)): (usize, (&'static str, &str, AdminWish))| {
        html::button()
            .attr("type", "button")
            .class("tab")
            .attr("aria-pressed", move || (chosen.get() == place).to_string())
            .on(ev::click, move |_| chosen.set(place))
            .child(label)
            .into_any()
    };
    let tabs: Vec<AnyView> = SECTIONS.into_iter().enumerate().map(tab).collect();
    let back = parts::button("button quiet back-up", "Back to your rooms", move || {
        state.administrates.set(false);
    });
    html::main()
        .class("admin")
        .child((
            back,
            html::h1().child("Administration"),
            html::div()
                .class("tabs")
                .attr("role", "group")
                .attr("aria-label", "Parts")
                .child(tabs),
            move || SECTIONS.into_iter().nth(chosen.get()).map(section),
        ))
        .into_any()
}

fn section((title, text, wish): (&'static str, &'static str, AdminWish)) -> AnyView {
    let list = Wish::Admin(wish.clone());
    let before = match wish {
        AdminWish::Invites => return invites(text, list),
        AdminWish::Sees => check(),
        _ => ().into_any(),
    };
    (
        html::h2().child(title),
        html::p().class("hint").child(text),
        before,
        things::list(list),
    )
        .into_any()
}

/// What is sealed here a moment before, and searched for on the server.
fn check() -> AnyView {
    let status = RwSignal::new(String::new());
    let wish = move |_, _| {
        status.set(String::new());
        Ok(Wish::Admin(AdminWish::Check))
    };
    let then = move |done| {
        if let Done::Said(words) = done {
            status.set(words);
        }
    };
    let text = "Is it true? A name, a topic and a message are sealed in a room of your own, and the server searches its files for \
                them. It helps whoever runs an honest server; one that lies says what it likes.";
    let form = Form::new(Vec::new(), ["Seal and search", "Searching…"], wish, then).says(text);
    let told = html::p()
        .attr("id", "search-told")
        .attr("role", "status")
        .child(move || status.get());
    html::div()
        .class("card")
        .child((form.view(), told))
        .into_any()
}

const FIELDS: [Field; 3] = [
    Field {
        id: "invite-label",
        label: "What is it for?",
        kind: "text",
        autocomplete: "off",
        hint: "Only administrators see it. You can leave it empty.",
    },
    Field {
        id: "invite-uses",
        label: "How many accounts does it make?",
        kind: "text",
        autocomplete: "off",
        hint: "A number from 1.",
    },
    Field {
        id: "invite-days",
        label: "For how many days does it count?",
        kind: "text",
        autocomplete: "off",
        hint: "Leave it empty for one without an end.",
    },
];

fn invites(text: &'static str, list: Wish) -> AnyView {
    let link = RwSignal::new(None::<String>);
    let chosen = RwSignal::new(0);
    let made = RwSignal::new(0_u32);
    let wish = move |typed: Vec<String>, _| {
        let [label, uses, days]: [String; 3] = typed.try_into().unwrap_or_default();
        Ok(Wish::Admin(AdminWish::MakeInvite {
            label,
            uses,
            days,
            makes_admin: chosen.get_untracked() == 1,
        }))
    };
    let then = move |done| {
        if let Done::Link(fragment) = done {
            link.set(Some(format!("{}/#{fragment}", browser::origin())));
            made.update(|made| *made += 1);
        }
    };
    let form = Form {
        choices: Some(rank(chosen)),
        ..Form::new(FIELDS.into(), ["Make an invite", "One moment…"], wish, then)
    };
    let form = form.view();
    let shown = move || {
        link.get().map(|link| {
            (
                html::p()
                    .attr("role", "status")
                    .child("Give this link to whoever is to come in. It is shown only now."),
                html::p()
                    .class("code")
                    .attr("id", "server-invite")
                    .child(link.clone()),
                parts::copy_button(link),
            )
        })
    };
    let list = move || {
        made.track();
        things::list(list.clone())
    };
    (
        html::h2().child("Invites"),
        html::p().class("hint").child(text),
        html::div().class("card").child((form, shown)),
        list,
    )
        .into_any()
}

fn rank(chosen: RwSignal<usize>) -> AnyView {
    let all = [
        ("account", "An account"),
        ("administrator", "An administrator"),
    ];
    let choices = Choices {
        name: "rank",
        legend: "Whoever uses it becomes",
        in_row: false,
        all: all
            .map(|(value, label)| Choice {
                value,
                label,
                note: "",
            })
            .into(),
    };
    choice::choices(
        choices,
        move || chosen.get(),
        RwSignal::new(false),
        move |place| chosen.set(place),
    )
}
