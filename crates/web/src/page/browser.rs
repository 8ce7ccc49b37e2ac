//! What the page asks of the browser itself.

use std::time::Duration;

use leptos::prelude::set_timeout;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Blob, HtmlElement, Storage, Url, Window};

/// Under this name the browser keeps whose page this was. It is no secret; it tells a loss from a beginning.
const KNOWN: &str = "secure-chat-account";

/// Under this one, whose page it was before its store was lost: a help for logging in again.
const LAST: &str = "secure-chat-last-name";

/// Under this one, how the page looks; where nothing is kept, as the system does.
const THEME: &str = "secure-chat-theme";

/// Under these, after how many minutes without use the page locks itself, and when it was last used in any tab.
const LOCK_AFTER: &str = "secure-chat-lock-after";
const USED: &str = "secure-chat-used";

/// Under this one, what a page says first that has begun anew.
const WORDS: &str = "secure-chat-words";

/// How the page looks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Theme {
    System,
    Light,
    Dark,
}

fn window() -> Option<Window> {
    web_sys::window()
}

fn storage() -> Option<Storage> {
    window()?.local_storage().ok().flatten()
}

/// Scheme, host and port.
pub(super) fn origin() -> String {
    let origin = window().and_then(|window| window.location().origin().ok());
    origin.unwrap_or_default()
}

/// Which page this is: its code lies under a name that follows from its content.
pub(super) fn version() -> String {
    let document = window().and_then(|window| window.document());
    let code = document.and_then(|document| document.get_element_by_id("wasm"));
    code.and_then(|code| code.get_attribute("href"))
        .unwrap_or_default()
}

/// What the browser writes on the tab.
pub(super) fn set_title(title: &str) {
    if let Some(document) = window().and_then(|window| window.document()) {
        document.set_title(title);
    }
}

/// Whether a person can see the page.
pub(super) fn is_seen() -> bool {
    let document = window().and_then(|window| window.document());
    document.is_some_and(|document| !document.hidden())
}

/// Asks for a printer.
pub(super) fn print() {
    if let Some(window) = window() {
        // A browser without one does nothing.
        let _ = window.print();
    }
}

pub(super) fn reload() {
    if let Some(window) = window() {
        // A page that cannot be reloaded stays as it is.
        let _ = window.location().reload();
    }
}

/// The account that this browser had.
pub(super) fn known_account() -> Option<String> {
    storage()?.get_item(KNOWN).ok().flatten()
}

pub(super) fn know_account(user: &str) {
    if let Some(storage) = storage() {
        // Without it a later loss of the store looks like a beginning; nothing else depends on it.
        let _ = storage.set_item(KNOWN, user);
    }
}

/// From now on an empty store is a beginning; the name stays as a help.
pub(super) fn forget_account() {
    let Some(storage) = storage() else {
        return;
    };
    if let Some(user) = known_account() {
        let _ = storage.set_item(LAST, &user);
    }
    let _ = storage.remove_item(KNOWN);
}

/// Nor is the name suggested any more, and nothing is left of the lock.
pub(super) fn forget_name() {
    if let Some(storage) = storage() {
        for name in [LAST, LOCK_AFTER, USED] {
            let _ = storage.remove_item(name);
        }
    }
}

fn of_tab() -> Option<Storage> {
    window()?.session_storage().ok().flatten()
}

/// What this tab says when it has begun anew.
pub(super) fn leave_words(words: &str) {
    if let Some(storage) = of_tab().filter(|_| !words.is_empty()) {
        // Where nothing can be kept, it is not said.
        let _ = storage.set_item(WORDS, words);
    }
}

/// What was left to be said here; said once.
pub(super) fn words_left() -> Option<String> {
    let storage = of_tab()?;
    let words = storage.get_item(WORDS).ok().flatten();
    let _ = storage.remove_item(WORDS);
    words
}

fn number(name: &str) -> u64 {
    let kept = storage().and_then(|storage| storage.get_item(name).ok().flatten());
    kept.and_then(|kept| kept.parse().ok()).unwrap_or_default()
}

fn set_number(name: &str, number: u64) {
    if let Some(storage) = storage() {
        // Where nothing can be kept, the choice lasts as long as the lock: not at all.
        let _ = storage.set_item(name, &number.to_string());
    }
}

/// Minutes without use after which the page locks itself; none for never.
pub(super) fn lock_after() -> u64 {
    number(LOCK_AFTER)
}

pub(super) fn set_lock_after(minutes: u64) {
    set_number(LOCK_AFTER, minutes);
}

/// When any tab was last used, in milliseconds since 1970, as far as the tabs have told.
pub(super) fn used() -> u64 {
    number(USED)
}

pub(super) fn set_used(at: u64) {
    set_number(USED, at);
}

/// What the person has chosen.
pub(super) fn theme() -> Theme {
    let kept = storage().and_then(|storage| storage.get_item(THEME).ok().flatten());
    match kept.as_deref() {
        Some("light") => Theme::Light,
        Some("dark") => Theme::Dark,
        _ => Theme::System,
    }
}

/// From now on; `boot.js` does the same when the page is opened.
pub(super) fn set_theme(theme: Theme) {
    let document = window().and_then(|window| window.document());
    let root = document.and_then(|document| document.document_element());
    let (Some(root), Some(storage)) = (root, storage()) else {
        return;
    };
    let name = match theme {
        Theme::System => {
            let _ = root.remove_attribute("data-theme");
            let _ = storage.remove_item(THEME);
            return;
        }
        Theme::Light => "light",
        Theme::Dark => "dark",
    };
    // Where nothing can be kept, the page has it until it is closed.
    let _ = root.set_attribute("data-theme", name);
    let _ = storage.set_item(THEME, name);
}

/// Who was last logged in here.
pub(super) fn last_name() -> Option<String> {
    known_account().or_else(|| storage()?.get_item(LAST).ok().flatten())
}

/// What stands behind the `#`, if the page was opened at this path; it goes out of the address at once.
pub(super) fn fragment_of(path: &str) -> Option<String> {
    let location = window()?.location();
    let link = location.hash().ok()?.strip_prefix('#')?.to_owned();
    if location.pathname().ok()? != path || link.is_empty() {
        return None;
    }
    forget_fragment();
    Some(link)
}

/// The invite to this server with which the page was opened; it goes out of the address at once.
pub(super) fn invite_of_page() -> Option<String> {
    let hash = window()?.location().hash().ok()?;
    let invite = hash.strip_prefix("#invite=")?.to_owned();
    forget_fragment();
    Some(invite)
}

fn forget_fragment() {
    if let Some(Ok(history)) = window().map(|window| window.history()) {
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some("/"));
    }
}

/// Asks the browser not to clear what this page keeps. Browsers decide by themselves; some ask the person.
pub(super) fn ask_to_persist() {
    let Some(promise) = window().and_then(|window| window.navigator().storage().persist().ok())
    else {
        return;
    };
    spawn_local(async move {
        let _ = JsFuture::from(promise).await;
    });
}

/// Puts the focus on the element with this id, if it is there.
pub(super) fn focus(id: &str) {
    let element = window()
        .and_then(|window| window.document())
        .and_then(|document| document.get_element_by_id(id));
    if let Some(element) = element.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        // What cannot have the focus leaves it where it is.
        let _ = element.focus();
    }
}

/// Has whatever has the focus take it once more. A browser that gives it back where it was, because a dialog was closed, may
/// leave the place where one types in the dialog: then nothing that is typed arrives.
pub(super) fn focus_again() {
    let element = window().and_then(|window| window.document()?.active_element());
    if let Some(element) = element.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        // What cannot lose the focus has no such place.
        let _ = element.blur().and_then(|()| element.focus());
    }
}

/// Scrolls until the element with this id can be seen.
pub(super) fn bring_into_view(id: &str) {
    let document = window().and_then(|window| window.document());
    if let Some(element) = document.and_then(|document| document.get_element_by_id(id)) {
        element.scroll_into_view_with_bool(false);
    }
}

/// Whether the person is in the field with this id now, and not in another window or tab.
pub(super) fn is_in(id: &str) -> bool {
    let document = window().and_then(|window| window.document());
    document.is_some_and(|document| {
        let element = document.active_element();
        document.has_focus().unwrap_or(false) && element.is_some_and(|element| element.id() == id)
    })
}

/// Puts text on the clipboard; says whether it is there.
pub(super) async fn copy(text: String) -> bool {
    let Some(window) = window() else {
        return false;
    };
    let promise = window.navigator().clipboard().write_text(&text);
    JsFuture::from(promise).await.is_ok()
}

/// An address under which this page, and no other, finds a file. It keeps the file until it is given up.
pub(super) fn address(file: &Blob) -> Option<String> {
    Url::create_object_url_with_blob(file).ok()
}

/// Gives an address up.
pub(super) fn forget_address(address: &str) {
    // One that is not known is given up already.
    let _ = Url::revoke_object_url(address);
}

/// Has the browser save a file, as one that it neither shows nor runs.
pub(super) fn save(file: &Blob, name: &str) {
    let plain =
        file.slice_with_f64_and_f64_and_content_type(0.0, file.size(), "application/octet-stream");
    let Some(address) = plain.ok().and_then(|plain| address(&plain)) else {
        return;
    };
    let document = window().and_then(|window| window.document());
    let link = document.and_then(|document| document.create_element("a").ok());
    if let Some(link) = link.and_then(|link| link.dyn_into::<HtmlElement>().ok()) {
        let _ = link.set_attribute("href", &address);
        let _ = link.set_attribute("download", name);
        link.click();
    }
    // The browser reads it for a while after the click.
    set_timeout(move || forget_address(&address), Duration::from_secs(60));
}
