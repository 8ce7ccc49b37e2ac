//! What the store says of itself in the clear: its form, the browser's key, and the store's key sealed under that; under
//! a passphrase before, if there is one.

use js_sys::{Object, Reflect, Uint8Array};
use rand_core::OsRng;
use wasm_bindgen::{JsCast, JsValue};
use zeroize::Zeroizing;

use super::{
    indexed_db::{Database, HEADER, Writing, failed, outcome},
    store::header_key,
    web_crypto::BrowserKey,
};
use crate::store::{KeyError, SealedKey, StoreError, StoreKey, Stretched};

/// The form of the header and of the rows. Any other is refused.
const FORMAT: f64 = 1.0;
/// The same with a passphrase, which a page that knows of none does not take for damage of its own.
const FORMAT_WITH_PASSPHRASE: f64 = 2.0;

pub(super) struct Header {
    browser_key: BrowserKey,
    /// IV and ciphertext.
    sealed: Vec<u8>,
    /// Of the passphrase, if there is one.
    salt: Option<Vec<u8>>,
}

impl Header {
    /// A header under a new key of the browser.
    pub(super) async fn seal(
        key: &StoreKey,
        passphrase: Option<&Stretched>,
    ) -> Result<Self, StoreError> {
        let browser_key = BrowserKey::generate().await?;
        let (sealed, salt) = match passphrase {
            None => (browser_key.seal(key.expose()).await?, None),
            Some(passphrase) => {
                let inner = key.seal_under_stretched(passphrase, &mut OsRng);
                let inner = inner.map_err(unlocked_badly)?;
                (browser_key.seal(&inner.sealed).await?, Some(inner.salt))
            }
        };
        Ok(Self {
            browser_key,
            sealed,
            salt,
        })
    }

    /// Whether there is a passphrase.
    pub(super) const fn is_locked(&self) -> bool {
        self.salt.is_some()
    }

    /// The store's key.
    ///
    /// # Errors
    /// [`StoreError::Locked`] without the passphrase, or with another one; [`StoreError::Corrupt`] if it is damaged.
    pub(super) async fn open(
        &self,
        passphrase: Option<&Stretched>,
    ) -> Result<StoreKey, StoreError> {
        let Some(sealed) = self.under_passphrase().await? else {
            let opened = self.browser_key.open(&self.sealed).await?;
            let opened: &[u8; 32] = opened
                .as_slice()
                .try_into()
                .map_err(|_| StoreError::Corrupt("the store's key has another length"))?;
            return Ok(StoreKey::restore(Zeroizing::new(*opened)));
        };
        let opened = sealed.open_with_stretched(passphrase.ok_or(StoreError::Locked)?);
        opened.map_err(unlocked_badly)
    }

    /// Stretches the passphrase, and tries it.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub(super) async fn unlock(&self, passphrase: &str) -> Result<Stretched, StoreError> {
        let none = StoreError::Failed("this store has no passphrase".to_owned());
        let sealed = self.under_passphrase().await?.ok_or(none)?;
        let stretched = sealed.stretch(passphrase).map_err(unlocked_badly)?;
        sealed
            .open_with_stretched(&stretched)
            .map_err(unlocked_badly)?;
        Ok(stretched)
    }

    /// What is left when the browser's seal is open, if there is a passphrase.
    async fn under_passphrase(&self) -> Result<Option<SealedKey>, StoreError> {
        let Some(salt) = &self.salt else {
            return Ok(None);
        };
        let sealed = self.browser_key.open(&self.sealed).await?;
        Ok(Some(SealedKey {
            salt: salt.clone(),
            sealed: sealed.to_vec(),
        }))
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
        let damaged = || StoreError::Corrupt("the header is damaged");
        let bytes = |name| field(name).dyn_into::<Uint8Array>().map_err(|_| damaged());
        let salt = match field("format").as_f64() {
            Some(FORMAT) => None,
            Some(FORMAT_WITH_PASSPHRASE) => Some(bytes("salt")?.to_vec()),
            _ => return Err(StoreError::Corrupt("the header has another form")),
        };
        Ok(Some(Self {
            browser_key: BrowserKey::read(field("key")).ok_or_else(damaged)?,
            sealed: bytes("sealed")?.to_vec(),
            salt,
        }))
    }

    /// Writes it durably where there is none.
    pub(super) async fn write(&self, database: &Database) -> Result<(), StoreError> {
        let writing = database.write(&[HEADER])?;
        self.put(writing).await
    }

    /// Writes it durably in the place of another one.
    ///
    /// # Errors
    /// [`StoreError::Busy`] if that one is not there any more: the store is somebody else's by now.
    pub(super) async fn replace(&self, old: &Self, database: &Database) -> Result<(), StoreError> {
        let writing = database.write(&[HEADER])?;
        let asked = writing.store(HEADER)?.get(&header_key());
        let found = outcome(&asked.map_err(failed)?).await?;
        let sealed = Reflect::get(&found, &JsValue::from_str("sealed")).unwrap_or_default();
        if Uint8Array::new(&sealed).to_vec() != old.sealed {
            return Err(StoreError::Busy);
        }
        self.put(writing).await
    }

    async fn put(&self, writing: Writing) -> Result<(), StoreError> {
        let header = Object::new();
        let bytes = |bytes: &[u8]| JsValue::from(Uint8Array::from(bytes));
        let format = if self.is_locked() {
            FORMAT_WITH_PASSPHRASE
        } else {
            FORMAT
        };
        let fields = [
            ("format", JsValue::from_f64(format)),
            ("key", self.browser_key.to_js()),
            ("sealed", bytes(&self.sealed)),
            ("salt", self.salt.as_deref().map(bytes).unwrap_or_default()),
        ];
        for (name, value) in fields {
            Reflect::set(&header, &JsValue::from_str(name), &value).map_err(failed)?;
        }
        let put = writing.store(HEADER)?.put_with_key(&header, &header_key());
        put.map_err(failed)?;
        writing.durable().await
    }
}

/// The browser's own seal has told damage before: what is wrong here is the passphrase.
fn unlocked_badly(error: KeyError) -> StoreError {
    match error {
        KeyError::WrongKey | KeyError::ShortSecret => StoreError::Locked,
        KeyError::NoMemory => StoreError::Failed(error.to_string()),
    }
}
