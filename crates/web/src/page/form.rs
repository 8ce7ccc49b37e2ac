//! A form as data: what it says, what it asks for, and what is wished with that.
//!
//! Where the server wants a code of the second factor, the form asks for one too, and then goes on as before.

use leptos::{
    ev,
    html::{self, Button},
    prelude::*,
    task::spawn_local,
};
use protocol::error::ErrorCode;

use super::{
    browser,
    parts::{self, Field},
    passkeys, post,
};
use crate::wire::{Done, Trouble, Wish};

/// What it is made of.
pub(super) struct Form {
    pub(super) class: &'static str,
    /// What happens by it; may be empty.
    pub(super) text: String,
    pub(super) fields: Vec<Field>,
    /// What is chosen besides, under the fields.
    pub(super) choices: Option<AnyView>,
    /// On the button, and while it is done.
    pub(super) go: [String; 2],
    /// Something is lost by it.
    pub(super) loss: bool,
    /// The wish, made of what stands in the fields, and of a code if one was asked for; or what is wrong with them.
    pub(super) wish: Callback<(Vec<String>, String), Result<Wish, String>>,
    /// What follows when it was granted.
    pub(super) then: Callback<Done>,
    /// What follows when it was not, besides that the form says why.
    pub(super) fails: Option<Callback<Trouble>>,
    /// Another button, that leaves all as it is, and what it says.
    pub(super) leave: Option<(&'static str, Callback<()>)>,
}

impl Form {
    /// One with fields and a button.
    pub(super) fn new(
        fields: Vec<Field>,
        go: [&str; 2],
        wish: impl Fn(Vec<String>, String) -> Result<Wish, String> + Send + Sync + 'static,
        then: impl Fn(Done) + Send + Sync + 'static,
    ) -> Self {
        Self {
            class: "form",
            text: String::new(),
            fields,
            choices: None,
            go: go.map(str::to_owned),
            loss: false,
            wish: Callback::new(move |(typed, code)| wish(typed, code)),
            then: Callback::new(then),
            fails: None,
            leave: None,
        }
    }

    pub(super) fn says(self, text: &str) -> Self {
        let text = text.to_owned();
        Self { text, ..self }
    }

    /// Draws it.
    pub(super) fn view(self) -> AnyView {
        let values: Vec<RwSignal<String>> =
            self.fields.iter().map(|_| RwSignal::default()).collect();
        let running = Running {
            code: RwSignal::default(),
            code_wanted: RwSignal::new(false),
            busy: RwSignal::new(false),
            trouble: RwSignal::new(None),
            wish: self.wish,
            then: self.then,
            fails: self.fails,
        };
        let fields: Vec<AnyView> = self
            .fields
            .into_iter()
            .zip(&values)
            .map(|(field, value)| parts::field(field, *value))
            .collect();
        let go = Callback::new(move |()| {
            if !running.busy.get_untracked() {
                running.send(values.clone());
            }
        });
        let submit = move |event: ev::SubmitEvent| {
            event.prevent_default();
            go.run(());
        };
        let [label, meanwhile] = self.go;
        let class = if self.loss {
            "button loss"
        } else {
            "button primary"
        };
        let button = html::button()
            .attr("type", "submit")
            .class(class)
            .prop("disabled", move || running.busy.get())
            .child(move || {
                if running.busy.get() {
                    meanwhile.clone()
                } else {
                    label.clone()
                }
            });
        let loss = self.loss;
        let leave = self.leave.map(|(words, leave)| {
            let node = NodeRef::<Button>::new();
            Effect::new(move || {
                // The careful answer has the focus.
                if let Some(button) = node.get().filter(|_| loss) {
                    let _ = button.focus();
                }
            });
            html::button()
                .node_ref(node)
                .attr("type", "button")
                .class("button")
                .on(ev::click, move |_| leave.run(()))
                .child(words)
        });
        let text = (!self.text.is_empty()).then(|| html::p().child(self.text).into_any());
        html::form()
            .class(self.class)
            .on(ev::submit, submit)
            .child((
                text,
                fields,
                self.choices,
                move || running.code_wanted.get().then(|| running.code(go)),
                parts::complaint(running.trouble),
                html::div().class("row").child((button, leave)),
            ))
            .into_any()
    }
}

#[derive(Clone, Copy)]
struct Running {
    code: RwSignal<String>,
    code_wanted: RwSignal<bool>,
    busy: RwSignal<bool>,
    trouble: RwSignal<Option<String>>,
    wish: Callback<(Vec<String>, String), Result<Wish, String>>,
    then: Callback<Done>,
    fails: Option<Callback<Trouble>>,
}

impl Running {
    /// The field for a code, and another way to have one.
    fn code(self, go: Callback<()>) -> AnyView {
        request_animation_frame(|| browser::focus("form-code"));
        let field = Field {
            id: "form-code",
            label: "Code",
            kind: "text",
            autocomplete: "one-time-code",
            hint: "Of your authenticator app, or a backup code.",
        };
        let passkey = passkeys::instead(self.code, self.trouble, go);
        (parts::field(field, self.code), passkey).into_any()
    }

    fn send(self, values: Vec<RwSignal<String>>) {
        let typed = values.iter().map(RwSignal::get_untracked).collect();
        let code = self.code.get_untracked().trim().to_owned();
        self.trouble.set(None);
        let wish = match self.wish.run((typed, code)) {
            Ok(wish) => wish,
            Err(words) => return self.trouble.set(Some(words)),
        };
        self.busy.set(true);
        spawn_local(async move {
            let done = post::wish(wish).await;
            // The form may be gone by now.
            self.busy.try_set(false);
            self.code.try_set(String::new());
            match done {
                Ok(done) => {
                    for value in values {
                        value.try_set(String::new());
                    }
                    self.code_wanted.try_set(false);
                    self.then.try_run(done);
                }
                Err(why) => {
                    if why.code == ErrorCode::SecondFactorRequired {
                        self.code_wanted.try_set(true);
                    }
                    self.trouble.try_set(Some(why.sentence.clone()));
                    if let Some(fails) = self.fails {
                        fails.try_run(why);
                    }
                }
            }
        });
    }
}

/// The field for what proves that the account is one's own.
pub(super) const fn password(id: &'static str) -> Field {
    Field {
        id,
        label: "Your password",
        kind: "password",
        autocomplete: "current-password",
        hint: "So that nobody who borrows this browser can do it.",
    }
}

/// The same where the recovery code does too.
pub(super) const fn password_or_code(id: &'static str) -> Field {
    Field {
        label: "Your password, or your recovery code",
        ..password(id)
    }
}

/// A new password, twice.
pub(super) const fn new_password([first, second]: [&'static str; 2]) -> [Field; 2] {
    [
        Field {
            id: first,
            label: "New password",
            kind: "password",
            autocomplete: "new-password",
            hint: "At least 10 characters that nobody guesses. A password manager's is best.",
        },
        Field {
            id: second,
            label: "The same again",
            kind: "password",
            autocomplete: "new-password",
            hint: "",
        },
    ]
}

/// What is wrong where the two are not the same.
pub(super) fn same(first: &str, second: &str) -> Result<(), String> {
    if first == second {
        Ok(())
    } else {
        Err("The two new passwords are not the same.".to_owned())
    }
}

/// What is folded away until somebody wants it, and made then. `open` folds it again.
pub(super) fn fold(
    label: &'static str,
    open: RwSignal<bool>,
    make: impl Fn() -> AnyView + Send + Sync + 'static,
) -> AnyView {
    folded(label, open, Callback::new(move |()| make()))
}

/// The same for all of them: what is made is of one type here.
fn folded(label: &'static str, open: RwSignal<bool>, make: Callback<(), AnyView>) -> AnyView {
    html::details()
        .prop("open", move || open.get())
        .on(ev::toggle, move |event| {
            let details = event_target::<web_sys::Element>(&event);
            open.set(details.has_attribute("open"));
        })
        .child((html::summary().child(label), move || {
            open.get().then(|| make.run(()))
        }))
        .into_any()
}

/// A part of the settings: its heading, what was done last, and what can be done.
pub(super) fn section(title: &'static str, status: RwSignal<String>, body: AnyView) -> AnyView {
    html::section()
        .class("apart")
        .child((
            html::h3().child(title),
            html::p()
                .class("hint")
                .attr("role", "status")
                .child(move || status.get()),
            body,
        ))
        .into_any()
}
