//! The store of this origin: rows in IndexedDB, sealed under a key that is itself sealed under a key of Web Crypto which
//! no script can read.
//!
//! The header holds both: the browser's key, by which the browser can decrypt and which it never shows, and the store's
//! key encrypted under it. Rows without a header are damage, never a new store.

use rand_core::OsRng;
use wasm_bindgen::JsValue;

use super::{
    header::Header,
    indexed_db::{Database, HEADER, IndexedDb, ROWS, failed, outcome},
    owner::Owner,
    web_crypto::BrowserKey,
};
use crate::store::{Sealed, StoreError, StoreKey};

/// The store of a web client.
pub type BrowserStore = Sealed<IndexedDb, OsRng>;

/// Whether there has to be something already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expect {
    /// Nothing is known of an account here: an empty store is made.
    Nothing,
    /// This browser had an account: an empty store is a loss.
    Account,
}

/// Opens the store of this name in this origin. Whoever opened it before writes nothing from now on: it gets
/// [`StoreError::Busy`].
///
/// # Errors
/// [`StoreError::Gone`] if something was expected and nothing is there; [`StoreError::Corrupt`] if what is there is
/// damaged or incomplete; [`StoreError::Failed`] if the browser refuses.
pub async fn open_store(name: &str, expect: Expect) -> Result<BrowserStore, StoreError> {
    let database = Database::open(name).await?;
    let owner = Owner::mark(&database).await?;
    let is_empty = count(&database).await? == 0;
    let key = match (Header::read(&database).await?, expect) {
        (Some(_), Expect::Account) if is_empty => return Err(StoreError::Gone),
        (Some(header), _) => header.open().await?,
        (None, _) if !is_empty => return Err(StoreError::Corrupt("the header is gone")),
        (None, Expect::Account) => return Err(StoreError::Gone),
        (None, Expect::Nothing) => create(&database).await?,
    };
    Ok(Sealed::new(IndexedDb::new(database, owner), key, OsRng))
}

/// Removes the store of this name: the person has agreed to begin anew.
///
/// # Errors
/// The browser refuses.
pub async fn erase_store(name: &str) -> Result<(), StoreError> {
    Database::erase(name).await
}

async fn create(database: &Database) -> Result<StoreKey, StoreError> {
    let browser_key = BrowserKey::generate().await?;
    let key = StoreKey::generate(&mut OsRng);
    let header = Header::seal(browser_key, &key).await?;
    header.write(database).await?;
    Ok(key)
}

async fn count(database: &Database) -> Result<u32, StoreError> {
    let rows = database.read(ROWS)?.object_store(ROWS).map_err(failed)?;
    let counted = outcome(&rows.count().map_err(failed)?).await?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "casts of floats saturate, and only zero matters"
    )]
    Ok(counted.as_f64().unwrap_or_default() as u32)
}

/// The key of the one header.
pub(super) fn header_key() -> JsValue {
    JsValue::from_str(HEADER)
}
