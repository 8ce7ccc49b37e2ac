//! The end of the account.

use leptos::prelude::*;

use super::{
    choice::{self, Choice, Choices},
    form::{self, Form},
};
use crate::wire::{AccountWish, Proof, Wish};

const TEXT: &str = "Your account ends for good, on all your devices. You leave every room, and the server deletes what it keeps \
                    for you. What you said stays in the rooms, sealed, for those who were there. Your name stays taken, so \
                    that nobody else gets it.";

pub(super) fn view() -> AnyView {
    let open = RwSignal::new(false);
    let body = form::fold("Delete this account", open, move || delete(open));
    form::section("Delete account", RwSignal::default(), body)
}

fn delete(open: RwSignal<bool>) -> AnyView {
    let at_once = RwSignal::new(0);
    let wish = move |typed: Vec<String>, code| {
        let secret = typed.into_iter().next().unwrap_or_default();
        Ok(Wish::Account(AccountWish::Delete {
            proof: Proof { secret, code },
            at_once: at_once.get_untracked() == 1,
        }))
    };
    let form = Form {
        choices: Some(waiting(at_once)),
        loss: true,
        leave: Some(("Keep my account", Callback::new(move |()| open.set(false)))),
        // The worker says when all is gone, and the page begins anew.
        ..Form::new(
            vec![form::password_or_code("delete-secret")],
            ["Delete my account", "Deleting…"],
            wish,
            |_| (),
        )
    };
    form.says(TEXT).view()
}

fn waiting(chosen: RwSignal<usize>) -> AnyView {
    let all = vec![
        Choice {
            value: "wait",
            label: "Wait until each room has let you go",
            note: "",
        },
        Choice {
            value: "at-once",
            label: "Don't wait: the server tells the rooms",
            note: "",
        },
    ];
    let choices = Choices {
        name: "let-go",
        legend: "If nobody in a room is online",
        in_row: false,
        all,
    };
    choice::choices(
        choices,
        move || chosen.get(),
        RwSignal::new(false),
        move |place| chosen.set(place),
    )
}
