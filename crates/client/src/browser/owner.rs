//! Whose the store is, in the store itself. The browser's lock says it first; but a worker from which the lock was taken
//! hears of it a moment late, and one that slept, much later. So whoever opens the store leaves a mark in it, and every
//! write looks in the same transaction whether its own mark still stands.

use rand_core::{CryptoRngCore, OsRng};
use wasm_bindgen::JsValue;

use super::indexed_db::{Database, HEADER, ROWS, Writing, failed, outcome};
use crate::store::StoreError;

/// Its key beside the header.
const KEY: &str = "owner";

/// The mark of one opening.
pub(super) struct Owner(String);

impl Owner {
    /// Leaves a new mark: from now on nobody else writes.
    pub(super) async fn mark(database: &Database) -> Result<Self, StoreError> {
        let owner = Self(drawn(&mut OsRng));
        let writing = database.write(&[HEADER])?;
        let mark = JsValue::from_str(&owner.0);
        let put = writing
            .store(HEADER)?
            .put_with_key(&mark, &JsValue::from_str(KEY));
        put.map_err(failed)?;
        writing.durable().await?;
        Ok(owner)
    }

    /// A transaction over the rows of the one who left this mark.
    ///
    /// # Errors
    /// [`StoreError::Busy`] if somebody has opened the store since.
    pub(super) async fn write(&self, database: &Database) -> Result<Writing, StoreError> {
        let writing = database.write(&[ROWS, HEADER])?;
        let asked = writing.store(HEADER)?.get(&JsValue::from_str(KEY));
        let found = outcome(&asked.map_err(failed)?).await?;
        if found.as_string().as_deref() == Some(&self.0) {
            Ok(writing)
        } else {
            Err(StoreError::Busy)
        }
    }
}

fn drawn(rng: &mut impl CryptoRngCore) -> String {
    let mut bytes = [0; 16];
    rng.fill_bytes(&mut bytes);
    hex::encode(bytes)
}
