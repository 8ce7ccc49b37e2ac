//! The browser's own way to authenticators, and requests that the page makes itself. All of it is looked up by name: what a
//! browser may lack is asked for before it is used.

use js_sys::{Array, Function, JSON, Object, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

type Said = Result<JsValue, String>;

const NOT_SHOWN: &str = "No passkey was used: it was stopped, took too long, or does not belong here. Use a code instead.";
const GONE: &str = "The server can't be reached.";

/// What a thing has under a name.
pub(super) fn get(of: &JsValue, name: &str) -> JsValue {
    Reflect::get(of, &name.into()).unwrap_or(JsValue::UNDEFINED)
}

/// The same, of text.
pub(super) fn text(of: &JsValue, name: &str) -> String {
    get(of, name).as_string().unwrap_or_default()
}

/// A text as JSON has it.
pub(super) fn quoted(text: &str) -> String {
    let quoted = JSON::stringify(&text.into());
    quoted.map_or_else(|_| "\"\"".to_owned(), String::from)
}

/// Base64 as browsers spell it for authenticators.
pub(super) fn url_safe(text: &str) -> String {
    text.trim_end_matches('=')
        .replace('+', "-")
        .replace('/', "_")
}

/// Base64 as the wire has it.
pub(super) fn standard(text: &str) -> String {
    let padding = "=".repeat((4 - text.len() % 4) % 4);
    text.replace('-', "+").replace('_', "/") + &padding
}

fn window() -> JsValue {
    web_sys::window().map_or(JsValue::UNDEFINED, JsValue::from)
}

async fn call(of: &JsValue, name: &str, arguments: &[JsValue]) -> Result<JsValue, JsValue> {
    let function: Function = get(of, name).dyn_into()?;
    let arguments: Array = arguments.iter().collect();
    let result = function.apply(of, &arguments)?;
    JsFuture::from(Promise::resolve(&result)).await
}

/// Whether this browser does passkeys on this page.
pub(super) fn offered() -> bool {
    get(&get(&window(), "PublicKeyCredential"), PARSE_GET).is_function()
}

const PARSE_GET: &str = "parseRequestOptionsFromJSON";
const PARSE_CREATE: &str = "parseCreationOptionsFromJSON";

/// Has a passkey made.
pub(super) async fn create(wanted: &str) -> Said {
    let made = ceremony("create", PARSE_CREATE, wanted).await;
    made.map_err(|_| NOT_SHOWN.to_owned())
}

/// Has one shown.
pub(super) async fn get_one(wanted: &str) -> Said {
    let shown = ceremony("get", PARSE_GET, wanted).await;
    shown.map_err(|_| NOT_SHOWN.to_owned())
}

async fn ceremony(what: &str, parse: &str, wanted: &str) -> Result<JsValue, JsValue> {
    let window = window();
    let class = get(&window, "PublicKeyCredential");
    let options = call(&class, parse, &[JSON::parse(wanted)?]).await?;
    let holder = Object::new();
    Reflect::set(&holder, &"publicKey".into(), &options)?;
    let credentials = get(&get(&window, "navigator"), "credentials");
    let credential = call(&credentials, what, &[holder.into()]).await?;
    call(&credential, "toJSON", &[]).await
}

/// Asks the server; with a body it is a `POST`.
pub(super) async fn ask(path: &str, token: Option<&str>, body: Option<String>) -> Said {
    let token = token.map_or_else(String::new, |token| {
        format!(r#","authorization":{}"#, quoted(&format!("Bearer {token}")))
    });
    let body = body.map_or_else(String::new, |body| {
        format!(r#","method":"POST","body":{}"#, quoted(&body))
    });
    let init = format!(r#"{{"headers":{{"content-type":"application/json"{token}}}{body}}}"#);
    let asked = asked(path, &init).await;
    let (ok, said) = asked.map_err(|_| GONE.to_owned())?;
    if ok {
        Ok(said)
    } else {
        Err(text(&said, "error"))
    }
}

async fn asked(path: &str, init: &str) -> Result<(bool, JsValue), JsValue> {
    let answer = call(&window(), "fetch", &[path.into(), JSON::parse(init)?]).await?;
    let said = call(&answer, "json", &[]).await?;
    Ok((get(&answer, "ok").is_truthy(), said))
}
