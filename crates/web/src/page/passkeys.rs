//! Passkeys: added and removed in the settings, and shown in place of a code. The page asks the server itself: no engine knows
//! what an authenticator says, and nobody else could ask one.

use leptos::{ev, html, prelude::*, task::spawn_local};
use protocol::{bytes::Bytes, ids::LoginId, rest::PasswordProof, time::Timestamp};
use wasm_bindgen::JsValue;

use super::{
    credential::{self, get, quoted, standard, text, url_safe},
    parts::{self, Field},
    post,
    state::State,
    times,
};
use crate::wire::{Done, Wish};

type Said<T> = Result<T, String>;

#[derive(Clone)]
struct Row {
    id: String,
    name: String,
    note: String,
}

#[derive(Clone, Copy)]
struct Form {
    rows: RwSignal<Vec<Row>>,
    /// The one to remove; none to add one.
    chosen: RwSignal<Option<Row>>,
    name: RwSignal<String>,
    password: RwSignal<String>,
    code: RwSignal<String>,
    busy: RwSignal<bool>,
    trouble: RwSignal<Option<String>>,
    status: RwSignal<&'static str>,
}

pub(super) fn view(state: State) -> AnyView {
    let form = Form {
        rows: RwSignal::default(),
        chosen: RwSignal::new(None),
        name: RwSignal::default(),
        password: RwSignal::default(),
        code: RwSignal::default(),
        busy: RwSignal::new(false),
        trouble: RwSignal::new(None),
        status: RwSignal::new(""),
    };
    spawn_local(async move {
        // The dialog may be closed before the answer comes.
        if let Ok(list) = ask_in_session("/api/passkeys", None).await {
            form.rows.try_set(rows(&list));
        }
    });
    let list = move || {
        let rows: Vec<AnyView> = form
            .rows
            .get()
            .into_iter()
            .map(|it| row(form, it))
            .collect();
        (!rows.is_empty()).then(|| html::ul().class("things").child(rows))
    };
    let words = "A passkey does wherever a code is asked for: a key to plug in, a phone, or this computer. It stands beside the \
                 codes of an authenticator app; turn those on first.";
    html::section()
        .class("apart")
        .child((
            html::h3().child("Passkeys"),
            html::p().class("hint").child(words),
            html::p()
                .class("hint")
                .attr("role", "status")
                .child(move || form.status.get()),
            list,
            move || fields(state, form, form.chosen.get()),
        ))
        .into_any()
}

fn row(form: Form, row: Row) -> AnyView {
    let (name, note) = (row.name.clone(), row.note.clone());
    let remove = parts::button_for("Remove", &row.name.clone(), move || {
        form.chosen.set(Some(row.clone()));
    });
    html::li()
        .child((
            html::span().class("words").child((
                html::span().class("name").child(name),
                html::span().class("hint").child(note),
            )),
            remove,
        ))
        .into_any()
}

const NAME: Field = Field {
    id: "passkey-name",
    label: "Name",
    kind: "text",
    autocomplete: "off",
    hint: "What you call it, such as “blue key”.",
};
const PASSWORD: Field = Field {
    id: "passkey-password",
    label: "Your password",
    kind: "password",
    autocomplete: "current-password",
    hint: "So that nobody who borrows this browser can do it.",
};
const CODE: Field = Field {
    id: "passkey-code",
    label: "Code",
    kind: "text",
    autocomplete: "one-time-code",
    hint: "Of your authenticator app, or a backup code.",
};

fn fields(state: State, form: Form, chosen: Option<Row>) -> AnyView {
    let adds = chosen.is_none();
    if adds && !credential::offered() {
        let words = "This browser, or the address of this page, can't do passkeys.";
        return html::p().class("hint").child(words).into_any();
    }
    let question = chosen.as_ref().map(|row| {
        let words = format!("Remove “{}”? It counts no more at a login.", row.name);
        html::p().child(words)
    });
    let keep = (!adds).then(|| parts::button("button", "Keep it", move || form.chosen.set(None)));
    let labels = if adds {
        ["Add a passkey", "Look at your passkey…"]
    } else {
        ["Remove the passkey", "Removing…"]
    };
    let go = Callback::new(move |()| {
        form.busy.set(true);
        form.trouble.set(None);
        form.status.set("");
        let chosen = chosen.clone();
        spawn_local(async move {
            match change(state, form, chosen).await {
                Ok((list, status)) => {
                    form.rows.try_set(rows(&list));
                    form.chosen.try_set(None);
                    form.status.try_set(status);
                    for field in [form.name, form.password, form.code] {
                        field.try_set(String::new());
                    }
                }
                Err(sentence) => drop(form.trouble.try_set(Some(sentence))),
            }
            form.busy.try_set(false);
        });
    });
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        go.run(());
    };
    let shows = move || (!form.rows.get().is_empty()).then(|| show(form.code, form.trouble, go));
    html::form()
        .class("question")
        .on(ev::submit, submit)
        .child((
            question,
            adds.then(|| parts::field(NAME, form.name)),
            parts::field(PASSWORD, form.password),
            parts::field(CODE, form.code),
            shows,
            parts::complaint(form.trouble),
            html::div()
                .class("row")
                .child((parts::submit("button", form.busy, labels), keep)),
        ))
        .into_any()
}

/// Adds one, or removes the one that was chosen; all that there are then, and what to say.
async fn change(state: State, form: Form, chosen: Option<Row>) -> Said<(JsValue, &'static str)> {
    let password = form.password.get_untracked();
    let proof = match post::wish(Wish::Prove { password }).await {
        Ok(Done::Proof(proof)) => proof_text(&proof),
        Ok(_) => String::new(),
        Err(why) => return Err(why.sentence),
    };
    let code = quoted(form.code.get_untracked().trim());
    if let Some(row) = chosen {
        let body = format!(
            r#"{{"passkey_id":{},"proof":{proof},"code":{code}}}"#,
            quoted(&row.id)
        );
        let list = ask_in_session("/api/passkeys/remove", Some(body)).await?;
        return Ok((list, "Removed."));
    }
    let body = format!(r#"{{"proof":{proof},"code":{code}}}"#);
    let asked = ask_in_session("/api/passkeys", Some(body)).await?;
    let made = credential::create(&wanted(state, &asked)).await?;
    let said = get(&made, "response");
    let body = format!(
        r#"{{"name":{},"client_data":{},"attestation":{}}}"#,
        quoted(form.name.get_untracked().trim()),
        quoted(&standard(&text(&said, "clientDataJSON"))),
        quoted(&standard(&text(&said, "attestationObject"))),
    );
    let list = ask_in_session("/api/passkeys", Some(body)).await?;
    Ok((list, "Added. It does in place of a code from now on."))
}

fn proof_text(proof: &PasswordProof) -> String {
    let (id, finish) = (proof.login_id, proof.finish.to_base64());
    format!(r#"{{"login_id":"{id}","finish":"{finish}"}}"#)
}

/// What the browser is to have made.
fn wanted(state: State, asked: &JsValue) -> String {
    let own = state.own.with_untracked(|own| {
        let id = |own: &crate::wire::Own| Bytes::from(&own.account.as_bytes()[..]).to_base64();
        own.as_ref().map(|own| (id(own), own.user.clone()))
    });
    let (id, user) = own.unwrap_or_default();
    let (id, user) = (quoted(&url_safe(&id)), quoted(&user));
    format!(
        r#"{{"challenge":{},"rp":{{"id":{},"name":"Secure Chat"}},"user":{{"id":{id},"name":{user},"displayName":{user}}},"pubKeyCredParams":[{{"type":"public-key","alg":-7}},{{"type":"public-key","alg":-8}}],"excludeCredentials":[{}],"authenticatorSelection":{{"userVerification":"required"}},"attestation":"none"}}"#,
        quoted(&url_safe(&text(asked, "challenge"))),
        quoted(&text(asked, "rp_id")),
        known(asked),
    )
}

/// The passkeys that the account has, as the browser wants them named.
fn known(asked: &JsValue) -> String {
    let ids = js_sys::Array::from(&get(asked, "credentials"));
    let one = |id: JsValue| {
        let id = url_safe(&id.as_string().unwrap_or_default());
        format!(r#"{{"type":"public-key","id":{}}}"#, quoted(&id))
    };
    ids.iter().map(one).collect::<Vec<_>>().join(",")
}

/// A button by which a passkey is shown in place of the code that a form asks for, which then goes on. It is there where
/// the account has one.
pub(super) fn instead(
    code: RwSignal<String>,
    trouble: RwSignal<Option<String>>,
    go: Callback<()>,
) -> AnyView {
    let there = RwSignal::new(false);
    if credential::offered() {
        spawn_local(async move {
            if let Ok(list) = ask_in_session("/api/passkeys", None).await {
                there.try_set(!rows(&list).is_empty());
            }
        });
    }
    (move || there.get().then(|| show(code, trouble, go))).into_any()
}

fn show(code: RwSignal<String>, trouble: RwSignal<Option<String>>, go: Callback<()>) -> AnyView {
    parts::button("button", "Use a passkey", move || {
        spawn_local(async move {
            match shown(None).await {
                Ok(words) => {
                    code.try_set(words);
                    go.try_run(());
                }
                Err(sentence) => drop(trouble.try_set(Some(sentence))),
            }
        });
    })
}

/// A code in whose place a passkey is shown, for a login that waits, or for whoever is in.
pub(super) async fn shown(login: Option<LoginId>) -> Said<String> {
    const ASK: &str = "/api/passkeys/ask";
    let asked = match login {
        Some(login) => {
            let body = format!(r#"{{"login_id":"{login}"}}"#);
            credential::ask(ASK, None, Some(body)).await?
        }
        None => ask_in_session(ASK, Some("{}".to_owned())).await?,
    };
    let shown = credential::get_one(&format!(
        r#"{{"challenge":{},"rpId":{},"allowCredentials":[{}],"userVerification":"required"}}"#,
        quoted(&url_safe(&text(&asked, "challenge"))),
        quoted(&text(&asked, "rp_id")),
        known(&asked),
    ))
    .await?;
    let said = get(&shown, "response");
    let field = |of: &JsValue, name| quoted(&standard(&text(of, name)));
    let body = format!(
        r#"{{"credential":{},"client_data":{},"authenticator_data":{},"signature":{}}}"#,
        field(&shown, "rawId"),
        field(&said, "clientDataJSON"),
        field(&said, "authenticatorData"),
        field(&said, "signature"),
    );
    let answer = credential::ask("/api/passkeys/code", None, Some(body)).await?;
    Ok(text(&answer, "code"))
}

async fn ask_in_session(path: &str, body: Option<String>) -> Said<JsValue> {
    match post::wish(Wish::Token).await {
        Ok(Done::Token(token)) => credential::ask(path, Some(&token), body).await,
        Ok(_) => Err(String::new()),
        Err(why) => Err(why.sentence),
    }
}

fn rows(list: &JsValue) -> Vec<Row> {
    let all = js_sys::Array::from(&get(list, "passkeys"));
    let day = |of: &JsValue, name| {
        let time = text(of, name).parse::<Timestamp>().ok();
        time.map(|time| times::calendar(time.millis()))
    };
    let row = |one: JsValue| {
        let note = match (day(&one, "cloned"), day(&one, "last_used")) {
            (Some(when), _) => {
                format!(
                    "Shut out {when}: there is a copy of it. Remove it, and look at your account’s sessions."
                )
            }
            (None, Some(when)) => format!("Last used {when}"),
            (None, None) => "Never used yet".to_owned(),
        };
        Row {
            id: text(&one, "passkey_id"),
            name: text(&one, "name"),
            note,
        }
    };
    all.iter().map(row).collect()
}
