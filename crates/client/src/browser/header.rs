//! What the store says of itself in the clear: its form, the browser's key, and the store's key sealed under that.

use js_sys::{Object, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use zeroize::Zeroizing;

use super::{
    indexed_db::{Database, HEADER, failed, outcome},
    store::header_key,
    web_crypto::BrowserKey,
};
use crate::store::{StoreError, StoreKey};

/// The form of the header and of the rows. Another one is refused.
const FORMAT: f64 = 1.0;

pub(super) struct Header {
    browser_key: BrowserKey,
    /// IV and ciphertext.
    sealed: Vec<u8>,
}

impl Header {
    pub(super) async fn seal(browser_key: BrowserKey, key: &StoreKey) -> Result<Self, StoreError> {
        let sealed = browser_key.seal(key.expose()).await?;
        Ok(Self {
            browser_key,
            sealed,
        })
    }

    pub(super) async fn open(&self) -> Result<StoreKey, StoreError> {
        let opened = self.browser_key.open(&self.sealed).await?;
        let opened: &[u8; 32] = opened
            .as_slice()
            .try_into()
            .map_err(|_| StoreError::Corrupt("the store's key has another length"))?;
        Ok(StoreKey::restore(Zeroizing::new(*opened)))
    }

    /// The header, if there is one.
    pub(super) async fn read(database: &Database) -> Result<Option<Self>, StoreError> {
        let store = database.read(HEADER)?.object_store(HEADER);
        let asked = store.and_then(|store| store.get(&header_key()));
        let found = outcome(&asked.map_err(failed)?).await?;
        if found.is_undefined() {
            return Ok(None);
        }
        let field = |name| Reflect::get(&found, &JsValue::from_str(name)).unwrap_or_default();
        if field("format").as_f64() != Some(FORMAT) {
            return Err(StoreError::Corrupt("the header has another form"));
        }
        let damaged = || StoreError::Corrupt("the header is damaged");
        let sealed: Uint8Array = field("sealed").dyn_into().map_err(|_| damaged())?;
        Ok(Some(Self {
            browser_key: BrowserKey::read(field("key")).ok_or_else(damaged)?,
            sealed: sealed.to_vec(),
        }))
    }

    /// Writes it durably.
    pub(super) async fn write(&self, database: &Database) -> Result<(), StoreError> {
        let header = Object::new();
        let sealed = Uint8Array::from(self.sealed.as_slice());
        let fields = [
            ("format", JsValue::from_f64(FORMAT)),
            ("key", self.browser_key.to_js()),
            ("sealed", sealed.into()),
        ];
        for (name, value) in fields {
            Reflect::set(&header, &JsValue::from_str(name), &value).map_err(failed)?;
        }
        let writing = database.write(&[HEADER])?;
        let put = writing.store(HEADER)?.put_with_key(&header, &header_key());
        put.map_err(failed)?;
        writing.durable().await
    }
}
