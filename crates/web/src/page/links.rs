//! The links into a room, and how one ends.

use leptos::{html, prelude::*, task::spawn_local};
use protocol::ids::RoomId;

use super::{
    browser, parts, post,
    sure::{self, Question},
    times,
};
use crate::wire::{Done, LinkLine, Wish};

/// `moderates`: one may end the links of others too.
pub(super) fn view(room: RoomId, moderates: bool) -> AnyView {
    let links = RwSignal::new(None::<Vec<LinkLine>>);
    let trouble = RwSignal::new(None);
    let fetch = Callback::new(move |()| {
        spawn_local(async move {
            // The dialog may be closed before the answer comes.
            match post::wish(Wish::Links { room }).await {
                Ok(Done::Links(found)) => drop(links.try_set(Some(found))),
                Ok(_) => {}
                Err(why) => drop(trouble.try_set(Some(why.sentence))),
            }
        });
    });
    fetch.run(());
    let list = move || {
        match links.get() {
        None => html::p().class("hint late").child("Looking…").into_any(),
        Some(found) if found.is_empty() => html::p()
            .class("hint")
            .child("There is none. Whoever comes in is invited by name, or by a link that you make under “Invite”.")
            .into_any(),
        Some(found) => {
            let rows: Vec<AnyView> = found
                .into_iter()
                .map(|link| row(room, link, moderates, fetch))
                .collect();
            html::ul().class("things").child(rows).into_any()
        }
    }
    };
    html::section()
        .class("apart")
        .child((
            html::h3().child("Links into this room"),
            parts::complaint(trouble),
            list,
        ))
        .into_any()
}

fn row(room: RoomId, link: LinkLine, moderates: bool, fetch: Callback<()>) -> AnyView {
    let may_end = link.own || moderates;
    let maker = if link.own {
        "Your link".to_owned()
    } else {
        format!("A link of {}", link.maker)
    };
    let ends = link
        .ends
        .map_or_else(String::new, |at| format!(", ends {}", times::moment(at)));
    let about = format!("Made {}, {}{ends}", times::moment(link.made), link.uses);
    let copy = link
        .text
        .map(|text| parts::copy_button(format!("{}/join#{text}", browser::origin())));
    let question = Question {
        label: "End this link",
        text: "Nobody comes in by it any more. Whoever is in stays.".to_owned(),
        yes: "End it".to_owned(),
        no: "Keep it".to_owned(),
    };
    let wish = Wish::EndLink {
        room,
        link: link.link,
    };
    let ended = Callback::new(move |_| fetch.run(()));
    html::li()
        .class("link")
        .child((
            html::span().class("words").child((
                html::span().class("name").child(maker),
                html::span().class("hint").child(about),
            )),
            copy,
            may_end.then(|| sure::sure(question, wish, ended)),
        ))
        .into_any()
}
