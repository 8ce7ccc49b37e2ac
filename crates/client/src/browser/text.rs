//! Unicode.

use js_sys::JsString;

/// The text in NFKC: what is typed in different ways and means the same is the same.
pub(crate) fn nfkc(text: &str) -> String {
    JsString::from(text).normalize("NFKC").into()
}
