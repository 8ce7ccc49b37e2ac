//! A log that JavaScript keeps.

use client::store::{Log, StoreError};
use js_sys::{Array, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};

#[wasm_bindgen]
extern "C" {
    /// Where records go: `npm/log.js` has one for Node.
    pub type StoreLog;

    #[wasm_bindgen(method, catch)]
    async fn load(this: &StoreLog) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, catch)]
    async fn append(this: &StoreLog, record: Uint8Array) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, catch)]
    async fn replace(this: &StoreLog, records: Array) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, catch)]
    async fn close(this: &StoreLog) -> Result<JsValue, JsValue>;
}

/// The log, once its records were read.
pub(crate) struct JsLog(StoreLog);

impl JsLog {
    /// The log and its records.
    pub(crate) async fn read(log: StoreLog) -> Result<(Self, Vec<Vec<u8>>), StoreError> {
        let records = log.load().await.map_err(|thrown| failed(&thrown))?;
        let foreign = |_| StoreError::Failed("the log gives no list of records".to_owned());
        let records: Array = records.dyn_into().map_err(foreign)?;
        let record =
            |record: JsValue| Ok(record.dyn_into::<Uint8Array>().map_err(foreign)?.to_vec());
        let records = records.iter().map(record).collect::<Result<_, _>>()?;
        Ok((Self(log), records))
    }
}

impl Log for JsLog {
    async fn append(&mut self, record: Vec<u8>) -> Result<(), StoreError> {
        let record = Uint8Array::from(record.as_slice());
        let done = self.0.append(record).await;
        done.map(|_| ()).map_err(|thrown| failed(&thrown))
    }

    async fn replace(&mut self, records: Vec<Vec<u8>>) -> Result<(), StoreError> {
        let records = records.iter();
        let records = records.map(|record| Uint8Array::from(record.as_slice()));
        let done = self.0.replace(records.collect()).await;
        done.map(|_| ()).map_err(|thrown| failed(&thrown))
    }

    async fn close(self) -> Result<(), StoreError> {
        let done = self.0.close().await;
        done.map(|_| ()).map_err(|thrown| failed(&thrown))
    }
}

/// What was thrown: an error with a code of the closed list is that one.
fn failed(thrown: &JsValue) -> StoreError {
    let part = |name| {
        Reflect::get(thrown, &JsValue::from_str(name))
            .ok()?
            .as_string()
    };
    match part("code").as_deref() {
        Some("STORE_BUSY") => StoreError::Busy,
        Some("STORE_LOCKED") => StoreError::Locked,
        Some("STORE_CORRUPT") => StoreError::Corrupt("its log is not what was written"),
        _ => {
            StoreError::Failed(part("message").unwrap_or_else(|| "no reason was given".to_owned()))
        }
    }
}
