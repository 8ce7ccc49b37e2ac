//! Chunks of files by the browser's own AES, off this thread.

use engine::api::Failure;
use js_sys::{Array, Object, Uint8Array};
use protocol::error::ErrorCode;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::CryptoKey;
use zeroize::Zeroizing;

use super::{
    buffer::taken,
    web_crypto::{object, subtle},
};

/// Seals a chunk under the key that is its own.
pub(crate) async fn seal_chunk(key: &[u8; 32], plain: &[u8]) -> Result<Vec<u8>, Failure> {
    let failed = |_| Failure::from(ErrorCode::FileFailed);
    let key = import(key, "encrypt").await.map_err(failed)?;
    let sealing = subtle()
        .map_err(|_| Failure::from(ErrorCode::FileFailed))?
        .encrypt_with_object_and_u8_array(&gcm().map_err(failed)?, &key, plain);
    let sealed = JsFuture::from(sealing.map_err(failed)?).await;
    Ok(taken(sealed.map_err(failed)?.unchecked_ref()))
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
    Ok(Zeroizing::new(taken(opened.unchecked_ref())))
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
