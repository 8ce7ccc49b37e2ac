//! Whether the recovery code that was kept is still there, and the right one; and another one in its place.

use leptos::prelude::*;

use super::{
    form::{self, Form},
    parts::Field,
    state::State,
};
use crate::wire::{AccountWish, Done, Proof, Wish};

pub(super) fn view(state: State) -> AnyView {
    let status = RwSignal::default();
    let another = form::fold("Replace it", RwSignal::new(false), move || replace(state));
    form::section("Recovery code", status, (test(status), another).into_any())
}

fn test(status: RwSignal<String>) -> AnyView {
    let field = Field {
        id: "kept-code",
        label: "Do you still have it?",
        kind: "text",
        autocomplete: "off",
        hint: "Type in the code that you kept to see whether it works. Nothing changes by it.",
    };
    let wish = move |typed: Vec<String>, _| {
        status.set(String::new());
        let code = typed.into_iter().next().unwrap_or_default();
        Ok(Wish::TestCode { code })
    };
    let then = move |_| {
        status.set("That is your recovery code, and it opens your account.".to_owned());
    };
    Form::new(vec![field], ["Test it", "Testing…"], wish, then).view()
}

fn replace(state: State) -> AnyView {
    let wish = |typed: Vec<String>, code| {
        let secret = typed.into_iter().next().unwrap_or_default();
        let proof = Proof { secret, code };
        Ok(Wish::Account(AccountWish::ReplaceCode { proof }))
    };
    let then = move |done| {
        if let Done::Code(code) = done {
            // It takes the place of the whole page until somebody has kept it.
            state.code.set(Some(code));
        }
    };
    let fields = vec![form::password_or_code("replace-secret")];
    Form::new(fields, ["Make another one", "One moment…"], wish, then)
        .says("You get another code to keep. The one that you have opens nothing any more.")
        .view()
}
