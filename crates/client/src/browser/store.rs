//! The store of this origin: rows in IndexedDB, sealed under a key that is itself sealed under a key of Web Crypto which
//! no script can read.
//!
//! The header holds both: the browser's key, by which the browser can decrypt and which it never shows, and the store's
//! key encrypted under it. Rows without a header are damage, never a new store. Where the person has set a passphrase, the
//! store's key is sealed under that first, so that what lies on the disk does not open by itself.

use rand_core::OsRng;
use wasm_bindgen::JsValue;

use super::{
    header::Header,
    indexed_db::{Database, HEADER, IndexedDb, ROWS, failed, outcome},
    owner::Owner,
};
use crate::store::{Sealed, StoreError, StoreKey, Stretched};

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
/// [`StoreError::Gone`] if something was expected and nothing is there; [`StoreError::Locked`] if this is not the passphrase
/// and there is one; [`StoreError::Corrupt`] if what is there is damaged or incomplete; [`StoreError::Failed`] if the browser
/// refuses.
pub async fn open_store(
    name: &str,
    expect: Expect,
    passphrase: Option<&Stretched>,
) -> Result<BrowserStore, StoreError> {
    let database = Database::open(name).await?;
    let owner = Owner::mark(&database).await?;
    let is_empty = count(&database).await? == 0;
    let key = match (Header::read(&database).await?, expect) {
        (Some(_), Expect::Account) if is_empty => return Err(StoreError::Gone),
        (Some(header), _) => header.open(passphrase).await?,
        (None, _) if !is_empty => return Err(StoreError::Corrupt("the header is gone")),
        (None, Expect::Account) => return Err(StoreError::Gone),
        (None, Expect::Nothing) => create(&database).await?,
    };
    Ok(Sealed::new(IndexedDb::new(database, owner), key, OsRng))
}

/// Tries a passphrase on the store of this name; some 0.5 s of work.
///
/// # Errors
/// [`StoreError::Locked`] if it is another one; the rest as [`open_store`].
pub async fn unlock_store(name: &str, passphrase: &str) -> Result<Stretched, StoreError> {
    let database = Database::open(name).await?;
    header(&database).await?.unlock(passphrase).await
}

/// From now on the store of this name opens with this passphrase only, or with none. `old` is the passphrase until now. The
/// header gets a new key of the browser; what the browser's database may still hold of the one before is not in our hands.
///
/// # Errors
/// [`StoreError::Locked`] if `old` is another one; the rest as [`open_store`].
pub async fn change_passphrase(
    name: &str,
    old: Option<&str>,
    new: Option<&str>,
) -> Result<Option<Stretched>, StoreError> {
    let database = Database::open(name).await?;
    let header = header(&database).await?;
    let old = match old {
        Some(old) if header.is_locked() => Some(header.unlock(old).await?),
        _ => None,
    };
    let key = header.open(old.as_ref()).await?;
    let stretch = |new| Stretched::new(new, &mut OsRng);
    let new = new.map(stretch).transpose();
    let new = new.map_err(|error| StoreError::Failed(error.to_string()))?;
    let changed = Header::seal(&key, new.as_ref()).await?;
    changed.replace(&header, &database).await?;
    Ok(new)
}

async fn header(database: &Database) -> Result<Header, StoreError> {
    let gone = StoreError::Corrupt("the header is gone");
    Header::read(database).await?.ok_or(gone)
}

/// Removes the store of this name: the person has agreed to begin anew.
///
/// # Errors
/// The browser refuses.
pub async fn erase_store(name: &str) -> Result<(), StoreError> {
    Database::erase(name).await
}

async fn create(database: &Database) -> Result<StoreKey, StoreError> {
    let key = StoreKey::generate(&mut OsRng);
    Header::seal(&key, None).await?.write(database).await?;
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
