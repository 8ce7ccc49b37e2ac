//! Password and recovery code are lost: a device that is in asks to set others, waits, and sets them; and any device of the
//! account cancels that.

use leptos::{prelude::*, task::spawn_local};

use super::{
    form::{self, Form},
    post,
    state::State,
};
use crate::wire::{AccountWish, Done, Wish};

#[derive(Clone, Copy)]
struct Shown {
    state: State,
    /// Whether one waits, and whether this device asked for it; none before that is known.
    waits: RwSignal<Option<Option<bool>>>,
    status: RwSignal<String>,
}

pub(super) fn view(state: State) -> AnyView {
    let shown = Shown {
        state,
        waits: RwSignal::new(None),
        status: RwSignal::new("Looking…".to_owned()),
    };
    fetch(
        shown,
        "You can set another one with your recovery code, above.",
    );
    let body = move || match shown.waits.get() {
        None => ().into_any(),
        Some(None) => ask(shown),
        Some(Some(own)) => (own.then(|| finish(shown)), cancel(shown)).into_any(),
    };
    form::section("Forgot your password?", shown.status, body.into_any())
}

/// What there is; `none` is said where there is nothing.
fn fetch(shown: Shown, none: &'static str) {
    spawn_local(async move {
        // The dialog may be closed before the answer comes.
        match post::wish(Wish::Account(AccountWish::Reset)).await {
            Ok(Done::Reset(waits)) => {
                let (words, own) = waits.unzip();
                shown
                    .status
                    .try_set(words.unwrap_or_else(|| none.to_owned()));
                shown.waits.try_set(Some(own));
            }
            Ok(_) => {}
            Err(why) => drop(shown.status.try_set(why.sentence)),
        }
    });
}

fn ask(shown: Shown) -> AnyView {
    form::fold(
        "I have no recovery code either",
        RwSignal::new(false),
        move || {
            let wish = |_, code| Ok(Wish::Account(AccountWish::AskReset { code }));
            let then = move |_| fetch(shown, "");
            Form::new(Vec::new(), ["Ask for a reset", "Asking…"], wish, then)
            .says(
                "In 72 hours this browser may set a new password and a new recovery code. Your other devices and your rooms are \
                 told now. Each of your devices can cancel it, and so does whoever logs in with the password or the code. \
                 Afterwards all other sessions end, and your account can't remove devices any more.",
            )
            .view()
        },
    )
}

fn finish(shown: Shown) -> AnyView {
    form::fold("Set a new password", RwSignal::new(false), move || {
        let wish = |typed: Vec<String>, code| {
            let [password, again]: [String; 2] = typed.try_into().unwrap_or_default();
            form::same(&password, &again)?;
            Ok(Wish::Account(AccountWish::FinishReset { password, code }))
        };
        let then = move |done| {
            if let Done::Code(code) = done {
                // It takes the place of the whole page until somebody has kept it.
                shown.state.code.set(Some(code));
            }
        };
        let fields = form::new_password(["reset-new", "reset-again"]).into();
        Form::new(fields, ["Set it", "One moment…"], wish, then).view()
    })
}

fn cancel(shown: Shown) -> AnyView {
    let wish = |_, _| Ok(Wish::Account(AccountWish::CancelReset));
    let then = move |_| fetch(shown, "The reset is cancelled.");
    Form::new(Vec::new(), ["Cancel the reset", "One moment…"], wish, then).view()
}
