//! A new device is let in: its words and one's password, and then the number that it shows.

use leptos::{html, prelude::*, task::spawn_local};
use protocol::{error::ErrorCode, limits::DEVICES_MAX};

use super::{
    browser, dialog,
    form::{self, Form},
    parts::{self, Field},
    post,
    state::{Sheet, State},
};
use crate::wire::{AccountWish, Done, Proof, Trouble, Wish};

#[derive(Clone, Copy)]
struct Way {
    /// What stood in the picture by which the page was opened; else the words are asked for.
    picture: RwSignal<String>,
    step: RwSignal<Step>,
    /// Why an earlier attempt came to nothing.
    trouble: RwSignal<Option<String>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Looking,
    /// There are as many devices as there can be.
    Full,
    Words,
    Number,
    Done,
}

pub(super) fn view(state: State, picture: String) -> AnyView {
    let way = Way {
        picture: RwSignal::new(picture),
        step: RwSignal::new(Step::Looking),
        trouble: RwSignal::new(None),
    };
    spawn_local(look(way));
    // Whoever closes it lets nobody in.
    on_cleanup(|| {
        spawn_local(async {
            let _ = post::wish(Wish::Account(AccountWish::EndDeviceLink)).await;
        });
    });
    let step = move || match way.step.get() {
        Step::Looking => says("One moment…"),
        Step::Full => (
            says("Your account has ten devices, and cannot have more. Remove one of them first."),
            devices(state),
        )
            .into_any(),
        Step::Words => words(way),
        Step::Number => number(way),
        Step::Done => (
            says("Done. The new device comes into your rooms by itself."),
            devices(state),
        )
            .into_any(),
    };
    let body = html::div().child((parts::complaint(way.trouble), step));
    dialog::dialog(state, "Add a device", body.into_any())
}

/// Said before anybody types: an eleventh device would be refused after all that.
async fn look(way: Way) {
    match post::wish(Wish::Devices).await {
        Ok(Done::Devices(devices)) if devices.len() >= DEVICES_MAX => {
            way.step.try_set(Step::Full);
        }
        // Without an answer now there will be one to the words, or the reason.
        _ => {
            way.step.try_set(Step::Words);
        }
    }
}

fn says(words: &'static str) -> AnyView {
    html::p().attr("role", "status").child(words).into_any()
}

fn devices(state: State) -> AnyView {
    parts::button("button primary", "See your devices", move || {
        state.sheet.set(Sheet::Settings);
    })
}

fn words(way: Way) -> AnyView {
    let picture = way.picture.get_untracked();
    let password = form::password("link-password");
    let field = Field {
        id: "link-code",
        label: "The three words",
        kind: "text",
        autocomplete: "off",
        hint: "The new device shows them under “Log in with another device”.",
    };
    let fields = if picture.is_empty() {
        vec![field, password]
    } else {
        vec![password]
    };
    let first = fields.first().map_or("", |field| field.id);
    request_animation_frame(move || browser::focus(first));
    let wish = move |mut typed: Vec<String>, code| {
        way.trouble.set(None);
        let secret = typed.pop().unwrap_or_default();
        let proof = Proof { secret, code };
        let code = typed.pop().unwrap_or_else(|| picture.clone());
        Ok(Wish::Account(AccountWish::AnswerDevice { code, proof }))
    };
    let then = move |_| {
        way.step.try_set(Step::Number);
    };
    let fails = move |why: Trouble| {
        // That picture leads nowhere any more; the words may have been mistyped.
        if matches!(why.code, ErrorCode::NoDeviceWaits | ErrorCode::BadLink)
            && way.picture.try_with_untracked(|it| !it.is_empty()) == Some(true)
        {
            over(way, why);
        }
    };
    let form = Form {
        fails: Some(Callback::new(fails)),
        ..Form::new(fields, ["Go on", "Asking…"], wish, then)
    };
    form.says(
        "The new device will be one of yours: it reads what you may read, and writes in your name.",
    )
    .view()
}

fn number(way: Way) -> AnyView {
    request_animation_frame(|| browser::focus("typed-number"));
    let field = Field {
        id: "typed-number",
        label: "The number on the new device",
        kind: "text",
        autocomplete: "off",
        hint: "Six digits. Look at the device in your hand: take them from no one else.",
    };
    let wish = |mut typed: Vec<String>, _| {
        let number = typed.pop().unwrap_or_default();
        Ok(Wish::Account(AccountWish::ConfirmNumber { number }))
    };
    let then = move |_| {
        way.step.try_set(Step::Done);
    };
    let fails = move |why: Trouble| {
        // Another number ends it for both; what has no six digits does not.
        if why.code != ErrorCode::NumberWrong || why.sentence == why.code.sentence() {
            over(way, why);
        }
    };
    let form = Form {
        fails: Some(Callback::new(fails)),
        ..Form::new(vec![field], ["Let it in", "Handing over…"], wish, then)
    };
    form.view()
}

/// It came to nothing, and begins with other words.
fn over(way: Way, why: Trouble) {
    way.picture.try_set(String::new());
    way.trouble.try_set(Some(why.sentence));
    way.step.try_set(Step::Words);
}
