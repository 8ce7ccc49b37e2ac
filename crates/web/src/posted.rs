//! How a message looks between page, worker and tabs: a byte array with CBOR.

use client::engine::cbor;
use js_sys::{Array, Uint8Array};
use serde::{Serialize, de::DeserializeOwned};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, MessageEvent};

/// What to post. `None` never comes: the types of `wire` and `channel` all have such a form.
pub(crate) fn form(message: &impl Serialize) -> Option<Uint8Array> {
    Some(Uint8Array::from(bytes(message)?.as_slice()))
}

/// The same, to be put into another message.
pub(crate) fn bytes(message: &impl Serialize) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    cbor::write(message, &mut bytes).ok()?;
    Some(bytes)
}

/// The same with a file beside it.
pub(crate) fn form_with(message: &impl Serialize, file: &Blob) -> Option<JsValue> {
    Some(Array::of2(form(message)?.as_ref(), file).into())
}

/// What was posted, if it was such a message.
pub(crate) fn read<T: DeserializeOwned>(event: &MessageEvent) -> Option<T> {
    let data = event.data();
    let first = data.dyn_ref::<Array>().map(|both| both.get(0));
    let bytes: Uint8Array = first.unwrap_or(data).dyn_into().ok()?;
    cbor::read(&bytes.to_vec()).ok()
}

/// The file beside it.
pub(crate) fn file(event: &MessageEvent) -> Option<Blob> {
    event.data().dyn_ref::<Array>()?.get(1).dyn_into().ok()
}
