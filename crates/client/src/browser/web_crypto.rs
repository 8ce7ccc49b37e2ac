//! A key that the browser keeps and does not show: AES-256-GCM by Web Crypto.

use js_sys::{Array, Object, Reflect, Uint8Array};
use rand_core::{OsRng, RngCore};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Crypto, CryptoKey, SubtleCrypto};
use zeroize::Zeroizing;

use super::indexed_db::failed;
use crate::{labels, store::StoreError};

const IV_BYTES: usize = 12;

/// It may encrypt and decrypt; its bytes cannot be exported.
pub(super) struct BrowserKey(CryptoKey);

impl BrowserKey {
    pub(super) async fn generate() -> Result<Self, StoreError> {
        let parameters = object(&[("name", "AES-GCM".into()), ("length", 256.into())])?;
        let uses = Array::of2(&"encrypt".into(), &"decrypt".into());
        let promise = subtle()?.generate_key_with_object(&parameters, false, &uses);
        let key = JsFuture::from(promise.map_err(failed)?)
            .await
            .map_err(failed)?;
        Ok(Self(key.dyn_into().map_err(failed)?))
    }

    /// The key as IndexedDB gave it back.
    pub(super) fn read(stored: JsValue) -> Option<Self> {
        let key: CryptoKey = stored.dyn_into().ok()?;
        // One that can be shown is not ours.
        (!key.extractable()).then_some(Self(key))
    }

    pub(super) fn to_js(&self) -> JsValue {
        self.0.clone().into()
    }

    /// IV and ciphertext.
    pub(super) async fn seal(&self, secret: &[u8]) -> Result<Vec<u8>, StoreError> {
        let mut iv = [0; IV_BYTES];
        OsRng.fill_bytes(&mut iv);
        let promise = subtle()?.encrypt_with_object_and_u8_array(&gcm(&iv)?, &self.0, secret);
        let sealed = JsFuture::from(promise.map_err(failed)?)
            .await
            .map_err(failed)?;
        Ok([iv.as_slice(), &Uint8Array::new(&sealed).to_vec()].concat())
    }

    /// The inverse of [`seal`](Self::seal).
    pub(super) async fn open(&self, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, StoreError> {
        let damaged = StoreError::Corrupt("the store's key does not open");
        let Some((iv, sealed)) = sealed.split_at_checked(IV_BYTES) else {
            return Err(damaged);
        };
        let promise = subtle()?.decrypt_with_object_and_u8_array(&gcm(iv)?, &self.0, sealed);
        let opened = JsFuture::from(promise.map_err(failed)?).await;
        let opened = Uint8Array::new(&opened.map_err(|_| damaged)?);
        let bytes = Zeroizing::new(opened.to_vec());
        // The browser's own copy is wiped too.
        opened.fill(0, 0, opened.length());
        Ok(bytes)
    }
}

fn gcm(iv: &[u8]) -> Result<Object, StoreError> {
    object(&[
        ("name", "AES-GCM".into()),
        ("iv", Uint8Array::from(iv).into()),
        ("additionalData", Uint8Array::from(labels::STORE_KEY).into()),
    ])
}

pub(super) fn object(fields: &[(&str, JsValue)]) -> Result<Object, StoreError> {
    let object = Object::new();
    for (name, value) in fields {
        Reflect::set(&object, &JsValue::from_str(name), value).map_err(failed)?;
    }
    Ok(object)
}

/// Windows and workers both have it on the global object; pages without a secure context do not.
pub(super) fn subtle() -> Result<SubtleCrypto, StoreError> {
    let crypto = Reflect::get(&js_sys::global(), &JsValue::from_str("crypto"));
    let crypto = crypto
        .ok()
        .and_then(|found| found.dyn_into::<Crypto>().ok());
    let missing = || StoreError::Failed("this page has no cryptography: it needs https".to_owned());
    let subtle = crypto.ok_or_else(missing)?.subtle();
    if subtle.is_undefined() {
        return Err(missing());
    }
    Ok(subtle)
}
