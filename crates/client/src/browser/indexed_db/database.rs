//! One database of the origin, and its transactions.

use js_sys::{Array, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue, closure::Closure, prelude::wasm_bindgen};
use web_sys::{
    Event, IdbDatabase, IdbFactory, IdbObjectStore, IdbOpenDbRequest, IdbTransaction,
    IdbTransactionMode,
};

use super::request::{failed, first_of, outcome};
use crate::store::StoreError;

/// The object store of the rows.
pub(in crate::browser) const ROWS: &str = "rows";
/// The object store of the one header.
pub(in crate::browser) const HEADER: &str = "header";
/// The form of the database. A newer one is refused, never guessed at.
const VERSION: u32 = 1;

#[wasm_bindgen]
extern "C" {
    /// A database whose transactions take options.
    #[wasm_bindgen(extends = IdbDatabase)]
    type WithOptions;

    #[wasm_bindgen(method, catch)]
    fn transaction(
        this: &WithOptions,
        stores: &JsValue,
        mode: &str,
        options: &JsValue,
    ) -> Result<IdbTransaction, JsValue>;
}

/// An open database.
pub(in crate::browser) struct Database(IdbDatabase);

impl Database {
    /// Opens the database of this name, made if it is not there.
    pub(in crate::browser) async fn open(name: &str) -> Result<Self, StoreError> {
        let request = factory()?.open_with_u32(name, VERSION).map_err(failed)?;
        let making = request.clone();
        let make = Closure::once(move |_: Event| {
            let database = making.result().map(JsCast::unchecked_into::<IdbDatabase>);
            for store in [ROWS, HEADER] {
                // If one cannot be made, opening a transaction on it fails later.
                let _ = database
                    .as_ref()
                    .map(|made| made.create_object_store(store));
            }
        });
        request.set_onupgradeneeded(Some(make.as_ref().unchecked_ref()));
        let database: IdbDatabase = outcome(&request).await?.unchecked_into();
        request.set_onupgradeneeded(None);
        // Whoever erases this database is not to wait for this connection.
        let closing = database.clone();
        let close = Closure::once_into_js(move || closing.close());
        database.set_onversionchange(Some(close.unchecked_ref()));
        Ok(Self(database))
    }

    /// Removes the database of this name and all that is in it.
    pub(in crate::browser) async fn erase(name: &str) -> Result<(), StoreError> {
        let request: IdbOpenDbRequest = factory()?.delete_database(name).map_err(failed)?;
        outcome(&request).await.map(|_| ())
    }

    pub(in crate::browser) fn read(&self, store: &str) -> Result<IdbTransaction, StoreError> {
        let mode = IdbTransactionMode::Readonly;
        self.0
            .transaction_with_str_and_mode(store, mode)
            .map_err(failed)
    }

    /// A transaction that has ended only when it is on the disk.
    pub(in crate::browser) fn write(&self, stores: &[&str]) -> Result<Writing, StoreError> {
        let options = Object::new();
        Reflect::set(&options, &"durability".into(), &"strict".into()).map_err(failed)?;
        let database: &WithOptions = self.0.unchecked_ref();
        let stores: Array = stores.iter().map(|name| JsValue::from_str(name)).collect();
        let transaction = database.transaction(&stores, "readwrite", &options);
        Ok(Writing {
            transaction: transaction.map_err(failed)?,
            ends: false,
        })
    }

    pub(in crate::browser) fn close(&self) {
        self.0.close();
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// A transaction that writes. Dropped before its end, it is taken back.
pub(in crate::browser) struct Writing {
    transaction: IdbTransaction,
    ends: bool,
}

impl Writing {
    pub(in crate::browser) fn store(&self, name: &str) -> Result<IdbObjectStore, StoreError> {
        self.transaction.object_store(name).map_err(failed)
    }

    /// Waits until all of it is on the disk.
    pub(in crate::browser) async fn durable(mut self) -> Result<(), StoreError> {
        self.ends = true;
        if first_of(&self.transaction, "complete", &["abort"]).await? {
            return Ok(());
        }
        Err(match self.transaction.error() {
            Some(error) => failed(error),
            None => StoreError::Failed("the browser took a write back".to_owned()),
        })
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        if !self.ends {
            // It may have ended by itself.
            let _ = self.transaction.abort();
        }
    }
}

/// Windows and workers both have it on the global object.
fn factory() -> Result<IdbFactory, StoreError> {
    let found = Reflect::get(&js_sys::global(), &JsValue::from_str("indexedDB"));
    let found = found.ok().and_then(|found| found.dyn_into().ok());
    found.ok_or_else(|| StoreError::Failed("this browser keeps nothing on the disk".to_owned()))
}
