//! In front of what opens with a passphrase only.

use leptos::{ev, html, prelude::*, task::spawn_local};

use super::{
    browser,
    parts::{self, Field},
    post,
    state::State,
    sure::{self, Question},
};
use crate::wire::Wish;

pub(super) fn view(state: State) -> AnyView {
    let passphrase = RwSignal::new(String::new());
    let busy = RwSignal::new(false);
    let trouble = RwSignal::new(None);
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        trouble.set(None);
        let wish = Wish::Unlock {
            passphrase: passphrase.get_untracked(),
        };
        spawn_local(async move {
            // The rooms come by themselves, and this page goes.
            if let Err(why) = post::wish(wish).await {
                trouble.try_set(Some(why.sentence));
                busy.try_set(false);
                browser::focus("passphrase");
            }
        });
    };
    let field = Field {
        id: "passphrase",
        label: "Passphrase of this browser",
        kind: "password",
        autocomplete: "off",
        hint: "Not the password of your account.",
    };
    let forgotten = Question {
        label: "I have forgotten it",
        text: "Nobody can find it out. Delete what this browser keeps, for good, and log in with your password: this \
               browser is a new device then. Your account and your rooms stay."
            .to_owned(),
        yes: "Delete it and begin anew".to_owned(),
        no: "Keep it".to_owned(),
    };
    request_animation_frame(|| browser::focus("passphrase"));
    html::main()
        .class("welcome")
        .child((
            parts::silent(state),
            html::header().child((
                html::h1().child("Secure Chat is locked"),
                html::p().child("What this browser keeps opens with your passphrase only."),
            )),
            html::section().class("card").child((
                html::form().on(ev::submit, submit).child((
                    parts::field(field, passphrase),
                    parts::complaint(trouble),
                    parts::submit("button primary wide", busy, ["Unlock", "Unlocking…"]),
                )),
                html::section()
                    .class("apart")
                    // The worker says when all is gone, and the page begins anew.
                    .child(sure::sure(
                        forgotten,
                        Wish::Wipe { name_too: false },
                        Callback::new(|_| ()),
                    )),
            )),
        ))
        .into_any()
}
