//! Everything that this browser can read, saved as a file.

use leptos::prelude::*;
use web_sys::Blob;

use super::{
    browser,
    choice::{self, Choice, Choices},
    form::{self, Form},
};
use crate::wire::{AccountWish, Done, Wish};

const TEXT: &str = "One file with all your rooms, as far as this browser can read them. It is not sealed: whoever has it reads it. \
                    Files that were sent are named in it; save them in their rooms.";

pub(super) fn view() -> AnyView {
    let open = RwSignal::new(false);
    let body = form::fold("Save a copy", open, move || save(open));
    form::section("Take everything along", RwSignal::default(), body)
}

fn save(open: RwSignal<bool>) -> AnyView {
    let form = RwSignal::new(0);
    let is_json = move || form.get_untracked() == 1;
    let wish = move |_, _| {
        Ok(Wish::Account(AccountWish::Copy {
            for_machines: is_json(),
        }))
    };
    let then = move |done| {
        let parts = js_sys::Array::new();
        if let Done::Copy(text) = done {
            parts.push(&text.into());
        }
        let name = if is_json() {
            "secure-chat.json"
        } else {
            "secure-chat.html"
        };
        if let Ok(file) = Blob::new_with_str_sequence(&parts) {
            browser::save(&file, name);
        }
        open.set(false);
    };
    let form = Form {
        choices: Some(forms(form)),
        leave: Some(("Cancel", Callback::new(move |()| open.set(false)))),
        ..Form::new(Vec::new(), ["Save the file", "Reading…"], wish, then)
    };
    form.says(TEXT).view()
}

fn forms(chosen: RwSignal<usize>) -> AnyView {
    let all = vec![
        Choice {
            value: "html",
            label: "A page to read (HTML)",
            note: "",
        },
        Choice {
            value: "json",
            label: "Data for programs (JSON)",
            note: "",
        },
    ];
    let choices = Choices {
        name: "copy-form",
        legend: "As",
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
