//! How a message looks between page, worker and tabs: a byte array with CBOR.

use client::engine::cbor;
use js_sys::Uint8Array;
use serde::{Serialize, de::DeserializeOwned};
use wasm_bindgen::JsCast;
use web_sys::MessageEvent;

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

/// What was posted, if it was such a message.
pub(crate) fn read<T: DeserializeOwned>(event: &MessageEvent) -> Option<T> {
    let bytes: Uint8Array = event.data().dyn_into().ok()?;
    cbor::read(&bytes.to_vec()).ok()
}
