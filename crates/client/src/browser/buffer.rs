//! Bytes out of the browser's buffers.

use js_sys::{ArrayBuffer, Function, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};

/// A copy of what is in a buffer, which is given back at once: else the buffers of a large file would pile up until the
/// browser looks for garbage.
pub(crate) fn taken(buffer: &ArrayBuffer) -> Vec<u8> {
    let bytes = Uint8Array::new(buffer).to_vec();
    give_back(buffer);
    bytes
}

/// Gives back a buffer that nobody reads any more.
pub(crate) fn give_back(buffer: &ArrayBuffer) {
    let transfer = Reflect::get(buffer, &JsValue::from_str("transfer"));
    if let Ok(Ok(transfer)) = transfer.map(JsCast::dyn_into::<Function>) {
        // An older browser, or one that still reads it, gives it back by itself.
        let _ = transfer.call1(buffer, &JsValue::from_f64(0.0));
    }
}
