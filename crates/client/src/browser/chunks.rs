//! Chunks of files by the browser's own AES, off this thread.

use engine::api::Failure;
use js_sys::{Array, Function, Object, Reflect, Uint8Array};
use protocol::error::ErrorCode;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::CryptoKey;
use zeroize::Zeroizing;

use super::web_crypto::{object, subtle};

/// After so many chunks the browser is made to look for garbage.
const LOOK_EVERY: u32 = 2;
/// What makes it look: as much as it lets pile up.
const PILE_BYTES: u32 = 64 * 1024 * 1024;

/// A chunk has gone its way. Each leaves some megabytes of garbage, of which a browser counts a part only, so that a large
/// file would pile up a hundred and more. A buffer that is asked for, and never touched, has no memory; but it counts.
pub(crate) fn carried(index: u32) {
    if index % LOOK_EVERY == LOOK_EVERY - 1 {
        let buffer = Reflect::get(&js_sys::global(), &JsValue::from_str("ArrayBuffer"));
        if let Ok(Ok(buffer)) = buffer.map(JsCast::dyn_into::<Function>) {
            // Where there is no room for it the browser has looked already.
            let length = JsValue::from_f64(f64::from(PILE_BYTES));
            let _: Result<JsValue, JsValue> = Reflect::construct(&buffer, &Array::of1(&length));
        }
    }
}

/// Seals a chunk under the key that is its own.
pub(crate) async fn seal_chunk(key: &[u8; 32], plain: &[u8]) -> Result<Vec<u8>, Failure> {
    let failed = |_| Failure::from(ErrorCode::FileFailed);
    let key = import(key, "encrypt").await.map_err(failed)?;
    let sealing = subtle()
        .map_err(|_| Failure::from(ErrorCode::FileFailed))?
        .encrypt_with_object_and_u8_array(&gcm().map_err(failed)?, &key, plain);
    let sealed = JsFuture::from(sealing.map_err(failed)?).await;
    Ok(Uint8Array::new(&sealed.map_err(failed)?).to_vec())
}

/// Opens a chunk.
pub(crate) async fn open_chunk(
    key: &[u8; 32],
    sealed: Vec<u8>,
) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let failed = |_| Failure::from(ErrorCode::FileFailed);
    let key = import(key, "decrypt").await.map_err(failed)?;
    let opening = subtle()
        .map_err(|_| Failure::from(ErrorCode::FileFailed))?
        .decrypt_with_object_and_u8_array(&gcm().map_err(failed)?, &key, &sealed);
    let opened = JsFuture::from(opening.map_err(failed)?).await;
    let opened = opened.map_err(|_| Failure::from(ErrorCode::FileDamaged))?;
    Ok(Zeroizing::new(Uint8Array::new(&opened).to_vec()))
}

async fn import(key: &[u8; 32], purpose: &str) -> Result<CryptoKey, JsValue> {
    let failed = |error: crate::store::StoreError| JsValue::from_str(&error.to_string());
    let bytes: Object = Uint8Array::from(key.as_slice()).into();
    let uses = Array::of1(&JsValue::from_str(purpose));
    let subtle = subtle().map_err(failed)?;
    let importing = subtle.import_key_with_str("raw", &bytes, "AES-GCM", false, &uses)?;
    JsFuture::from(importing).await?.dyn_into()
}

/// An IV of zeros: the key seals nothing else.
fn gcm() -> Result<Object, JsValue> {
    let fields = [
        ("name", "AES-GCM".into()),
        ("iv", Uint8Array::new_with_length(12).into()),
    ];
    object(&fields).map_err(|error| JsValue::from_str(&error.to_string()))
}
