//! In by a link: first what it leads to, then the step.

use client::engine::api::LinkText;
use leptos::{ev, html, prelude::*, task::spawn_local};

use super::{
    basic, dialog,
    parts::{self, Field},
    post,
    state::{Sheet, State},
};
use crate::wire::{Done, Preview, Wish};

/// Names that are listed before the rest is counted.
const NAMES_SHOWN: usize = 8;

#[derive(Clone, Copy)]
struct Way {
    link: RwSignal<String>,
    preview: RwSignal<Option<Preview>>,
    /// Into a room of basic encryption, which asks for its passphrase.
    basic: RwSignal<Option<String>>,
    busy: RwSignal<bool>,
    trouble: RwSignal<Option<String>>,
}

pub(super) fn view(state: State, link: String) -> AnyView {
    let look_at_once = !link.is_empty();
    let way = Way {
        link: RwSignal::new(link),
        preview: RwSignal::new(None),
        basic: RwSignal::new(None),
        busy: RwSignal::new(false),
        trouble: RwSignal::new(None),
    };
    if look_at_once {
        look(way);
    }
    let body = move || match (way.preview.get(), way.basic.get()) {
        (Some(preview), _) => shown(state, way, preview),
        (None, Some(link)) => basic::entrance(state, link),
        (None, None) => asked(way),
    };
    let body = html::div().child((body, parts::complaint(way.trouble)));
    dialog::dialog(state, "Join a room", body.into_any())
}

/// What stands behind the `#` of a URL, or the text itself.
fn fragment(text: &str) -> String {
    let text = text.trim();
    text.split_once('#')
        .map_or(text, |(_, link)| link)
        .to_owned()
}

fn look(way: Way) {
    let link = fragment(&way.link.get_untracked());
    if LinkText::new(link.clone()).is_shared_key() {
        way.basic.set(Some(link));
        return;
    }
    way.busy.set(true);
    way.trouble.set(None);
    spawn_local(async move {
        let done = post::wish(Wish::Preview { link }).await;
        way.busy.set(false);
        match done {
            Ok(Done::Preview(preview)) => way.preview.set(Some(preview)),
            Ok(_) => {}
            Err(why) => way.trouble.set(Some(why.sentence)),
        }
    });
}

fn asked(way: Way) -> AnyView {
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        look(way);
    };
    let field = Field {
        id: "link",
        label: "Link",
        kind: "text",
        autocomplete: "off",
        hint: "The link that somebody sent you, or the number and six words that you were told.",
    };
    html::form()
        .on(ev::submit, submit)
        .child((
            parts::field(field, way.link),
            parts::submit("button primary", way.busy, ["Look at the room", "Looking…"]),
        ))
        .into_any()
}

fn shown(state: State, way: Way, preview: Preview) -> AnyView {
    let proof = if preview.verified {
        "verified"
    } else {
        "not verified"
    };
    let names: Vec<String> = preview.members.iter().take(NAMES_SHOWN).cloned().collect();
    let more = preview.members.len().saturating_sub(NAMES_SHOWN);
    let rest = if more == 0 {
        String::new()
    } else {
        format!(" and {more} more")
    };
    let join = move |_| {
        way.busy.set(true);
        way.trouble.set(None);
        spawn_local(async move {
            let link = fragment(&way.link.get_untracked());
            let done = post::wish(Wish::Join { link }).await;
            way.busy.set(false);
            match done {
                Ok(Done::Room(room)) => {
                    state.sheet.set(Sheet::None);
                    state.show(Some(room));
                }
                Ok(_) => state.sheet.set(Sheet::None),
                Err(why) => way.trouble.set(Some(why.sentence)),
            }
        });
    };
    let words = move || match (way.busy.get(), preview.inside) {
        (true, _) => "Coming in…",
        (false, true) => "Open the room",
        (false, false) => "Join the room",
    };
    html::div()
        .class("preview")
        .child((
            parts::room_avatar(preview.room.get(), &preview.name),
            html::h3().child(preview.name),
            html::p().class("hint").child(preview.topic),
            html::p().child(format!("A link of {} ({proof}).", preview.maker)),
            html::p().child(format!(
                "Who will read what you write: {}{rest}.",
                names.join(", ")
            )),
            html::p().child(preview.history),
            html::p()
                .class("hint")
                .child("The others will see that you came in by a link."),
            html::button()
                .attr("type", "button")
                .class("button primary")
                .prop("disabled", move || way.busy.get())
                .on(ev::click, join)
                .child(words),
        ))
        .into_any()
}
