//! Register and log in.

use leptos::{ev, html, prelude::*, task::spawn_local};

use protocol::{error::ErrorCode, ids::LoginId};

use super::{
    browser, by_device, credential,
    parts::{self, Field},
    passkeys, password, post,
    state::State,
    sure::{self, Question},
};
use crate::wire::{Done, Wish};

/// Letters and digits that are not taken for each other; 32 of them, so that each byte gives five bits.
const SIGNS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// Signs of a suggested password: 100 bits.
const SIGNS_COUNT: usize = 20;

const REMOVED: &str = "This device was removed from your account, so it can't log in any more. Begin anew in this browser, \
                       and log in as a new device.";

#[derive(Clone, Copy)]
struct Form {
    new: RwSignal<bool>,
    user: RwSignal<String>,
    password: RwSignal<String>,
    /// The server wants another password first.
    renew: RwSignal<bool>,
    new_password: RwSignal<String>,
    invite: RwSignal<Option<String>>,
    /// Of a second factor, once the server has asked for one.
    code: RwSignal<String>,
    code_wanted: RwSignal<bool>,
    /// A login that waits for its code, where a passkey would do.
    login: RwSignal<Option<LoginId>>,
    shown: RwSignal<bool>,
    busy: RwSignal<bool>,
    trouble: RwSignal<Option<String>>,
}

pub(super) fn view(state: State) -> AnyView {
    let known = browser::last_name();
    let invite = browser::invite_of_page();
    let form = Form {
        new: RwSignal::new(known.is_none() || invite.is_some()),
        user: RwSignal::new(known.unwrap_or_default()),
        password: RwSignal::default(),
        renew: RwSignal::new(false),
        new_password: RwSignal::default(),
        invite: RwSignal::new(invite),
        code: RwSignal::default(),
        code_wanted: RwSignal::new(false),
        login: RwSignal::new(None),
        shown: RwSignal::new(false),
        busy: RwSignal::new(false),
        trouble: RwSignal::new(None),
    };
    let by_device = RwSignal::new(false);
    let card = move || {
        if by_device.get() {
            by_device::view(Callback::new(move |()| by_device.set(false)))
        } else {
            card(state, form, by_device)
        }
    };
    html::main()
        .class("welcome")
        .child((
            parts::notice(state),
            parts::silent(state),
            html::header().child((
                html::h1().child("Secure Chat"),
                html::p().child("Messages that only the people in the room can read. Not even the server that carries them."),
            )),
            html::section().class("card").child(card),
        ))
        .into_any()
}

/// A name and a password, and the ways in for whoever has no password at hand.
fn card(state: State, form: Form, by_device: RwSignal<bool>) -> AnyView {
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if !form.busy.get_untracked() {
            form.busy.set(true);
            form.trouble.set(None);
            spawn_local(sign_in(state, form));
        }
    };
    let fields = html::form()
        .on(ev::submit, submit)
        .child((
            parts::field(
                Field {
                    id: "user",
                    label: "Name",
                    kind: "text",
                    autocomplete: "username",
                    hint: "2 to 32 of a–z, 0–9, dot, dash and underscore. Everybody on this server can find you by it.",
                },
                form.user,
            ),
            password_field(form),
            move || renewed(form),
            move || code(state, form),
            parts::complaint(form.trouble),
            html::button()
                .attr("type", "submit")
                .class("button primary wide")
                .prop("disabled", move || form.busy.get())
                .child(move || words(form)),
        ));
    (
        choice(form),
        fields,
        move || other_ways(form, by_device),
        move || kept(state),
    )
        .into_any()
}

fn other_ways(form: Form, by_device: RwSignal<bool>) -> Option<AnyView> {
    let begin = move || {
        by_device.set(true);
        request_animation_frame(|| browser::focus("by-device"));
    };
    let ways = move || {
        (
            parts::button("button wide", "Log in with another device", begin),
            password::forgotten(),
        )
            .into_any()
    };
    (!form.new.get()).then(ways)
}

/// Why nobody is logged in where somebody was, and the way out for a device that can't be one any more.
fn kept(state: State) -> AnyView {
    let Some(own) = state.own.get() else {
        return ().into_any();
    };
    let (words, text) = if own.deleted {
        (
            "This account was deleted. What this browser keeps of it is of no use any more.",
            "What this browser keeps of the account goes, for good.",
        )
    } else {
        (
            "You are signed out. Your rooms and messages stay here, sealed, until you log in again. If you did not log out \
             yourself, this device was removed from your account, or its session ended.",
            "What this browser keeps of your account goes, for good. Your account and your rooms stay: log in with your \
             password, and this browser is a new device.",
        )
    };
    let wipe = Wish::Wipe {
        name_too: own.deleted,
    };
    let anew = Question {
        label: "Begin anew in this browser",
        text: text.to_owned(),
        yes: "Delete it and begin anew".to_owned(),
        no: "Keep it".to_owned(),
    };
    html::section()
        .class("apart")
        .child((
            html::p().attr("role", "status").child(words),
            // The worker says when all is gone, and the page begins anew.
            sure::sure(anew, wipe, Callback::new(|_| ())),
        ))
        .into_any()
}

fn words(form: Form) -> &'static str {
    match (form.busy.get(), form.new.get()) {
        (true, true) => "Making your keys…",
        (true, false) => "Logging in…",
        (false, true) => "Create account",
        (false, false) => "Log in",
    }
}

fn choice(form: Form) -> AnyView {
    let one = move |label: &'static str, new: bool| {
        html::button()
            .attr("type", "button")
            .class("tab")
            .attr("aria-pressed", move || (form.new.get() == new).to_string())
            .on(ev::click, move |_| {
                form.new.set(new);
                form.trouble.set(None);
            })
            .child(label)
    };
    html::div()
        .class("tabs")
        .attr("role", "group")
        .attr("aria-label", "Account")
        .child((one("New account", true), one("Log in", false)))
        .into_any()
}

fn code(state: State, form: Form) -> AnyView {
    if form.new.get() || !form.code_wanted.get() {
        return ().into_any();
    }
    let field = Field {
        id: "code",
        label: "Code",
        kind: "text",
        autocomplete: "one-time-code",
        hint: "Of your authenticator app, or a backup code.",
    };
    let passkey = form.login.get().filter(|_| credential::offered());
    let passkey = passkey.map(|login| {
        parts::button("button", "Use a passkey", move || {
            if !form.busy.get_untracked() {
                form.busy.set(true);
                form.trouble.set(None);
                spawn_local(by_passkey(state, form, login));
            }
        })
    });
    html::div()
        .child((parts::field(field, form.code), passkey))
        .into_any()
}

/// What a passkey shows stands for a code, with which the login goes on.
async fn by_passkey(state: State, form: Form, login: LoginId) {
    match passkeys::shown(Some(login)).await {
        Ok(code) => {
            form.code.set(code);
            sign_in(state, form).await;
        }
        Err(sentence) => {
            form.busy.set(false);
            form.trouble.set(Some(sentence));
        }
    }
}

fn password_field(form: Form) -> AnyView {
    let suggest = move |_| {
        form.password.set(suggested());
        form.shown.set(true);
    };
    let hint = move || {
        if form.new.get() {
            "At least 10 characters that nobody guesses. A password manager or the suggestion is best."
        } else {
            "It does not leave this device."
        }
    };
    let input = html::input()
        .attr("id", "password")
        .attr(
            "type",
            move || if form.shown.get() { "text" } else { "password" },
        )
        .attr("autocomplete", move || {
            if form.new.get() {
                "new-password"
            } else {
                "current-password"
            }
        })
        .attr("aria-describedby", "password-hint")
        .prop("value", move || form.password.get())
        .on(ev::input, move |event| {
            form.password.set(event_target_value(&event))
        });
    let show = html::button()
        .attr("type", "button")
        .class("button quiet")
        .attr("aria-pressed", move || form.shown.get().to_string())
        .on(ev::click, move |_| {
            form.shown.update(|shown| *shown = !*shown)
        })
        .child(move || if form.shown.get() { "Hide" } else { "Show" });
    let suggest = html::button()
        .attr("type", "button")
        .class("button quiet")
        .attr("hidden", move || !form.new.get())
        .on(ev::click, suggest)
        .child("Suggest one");
    html::div()
        .class("field")
        .child((
            html::label().attr("for", "password").child("Password"),
            html::div().class("joined").child((input, show)),
            html::p()
                .attr("id", "password-hint")
                .class("hint")
                .child(hint),
            suggest,
        ))
        .into_any()
}

/// Where another password takes the place of the one that everybody knows.
fn renewed(form: Form) -> Option<AnyView> {
    form.renew.get().then(|| {
        request_animation_frame(|| browser::focus("new-password"));
        parts::field(
            Field {
                id: "new-password",
                label: "New password",
                kind: "password",
                autocomplete: "new-password",
                hint: "Everybody knows the one that this account was made with. At least 10 characters that nobody guesses.",
            },
            form.new_password,
        )
    })
}

/// Random signs in groups of five.
fn suggested() -> String {
    use rand_core::{OsRng, RngCore};
    let mut bytes = [0_u8; SIGNS_COUNT];
    OsRng.fill_bytes(&mut bytes);
    let signs = bytes
        .iter()
        .filter_map(|byte| SIGNS.get(usize::from(byte & 31)));
    let signs: Vec<char> = signs.map(|sign| char::from(*sign)).collect();
    let groups: Vec<String> = signs
        .chunks(5)
        .map(|group| group.iter().collect())
        .collect();
    groups.join("-")
}

async fn sign_in(state: State, form: Form) {
    let (user, password) = (
        form.user.get_untracked().trim().to_ascii_lowercase(),
        form.password.get_untracked(),
    );
    let renew = form.renew.get_untracked();
    let wish = if form.new.get_untracked() {
        let invite = form.invite.get_untracked();
        Wish::Register {
            user,
            password,
            invite,
        }
    } else {
        let new_password = renew.then(|| form.new_password.get_untracked());
        let code = form.code.get_untracked().trim().to_owned();
        Wish::LogIn {
            user,
            password,
            new_password,
            code,
        }
    };
    let done = post::wish(wish).await;
    form.busy.set(false);
    match done {
        Ok(Done::Registered(code)) => state.code.set(Some(code)),
        Ok(_) => {}
        // It is asked for, and nothing has gone wrong yet.
        Err(trouble) if trouble.code == ErrorCode::PasswordChangeRequired && !renew => {
            form.renew.set(true);
            return;
        }
        Err(trouble) => {
            if trouble.code == ErrorCode::SecondFactorRequired {
                form.code_wanted.set(true);
            }
            if let Ok(Done::Login(login)) = post::wish(Wish::WaitingLogin).await {
                form.login.set(login);
            }
            form.code.set(String::new());
            // The one thing that a server refuses of a device that it knew is that it comes back after its removal.
            let was_here = state.own.with_untracked(Option::is_some);
            let sentence = match trouble.code {
                ErrorCode::BadRequest if was_here => REMOVED.to_owned(),
                _ => trouble.sentence,
            };
            form.trouble.set(Some(sentence));
            return;
        }
    }
    form.password.set(String::new());
    form.new_password.set(String::new());
    form.invite.set(None);
    form.code.set(String::new());
    browser::ask_to_persist();
}
