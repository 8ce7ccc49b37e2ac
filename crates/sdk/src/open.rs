//! Opening a client, by where its device is kept.

use client::{
    browser::{self, Expect, OriginLock, SystemClock},
    driver::{self, Parts},
    engine::{Config, Engine, api::Failure},
    store::{Memory, Opener, Sealed, Store, StoreError, StoreKey, open_logged},
    transport::{Network, ServerUrl},
};
use protocol::error::ErrorCode;
use rand_core::OsRng;
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use zeroize::Zeroizing;

use crate::{
    chat::{Chat, refusal},
    log::{JsLog, StoreLog},
};

/// On a log that JavaScript keeps, opened by a passphrase or by a key of 32 bytes or more.
///
/// # Errors
/// A line as a command that fails is answered with.
#[wasm_bindgen]
pub async fn open_on_log(
    server: String,
    log: StoreLog,
    passphrase: Option<String>,
    key: Option<Vec<u8>>,
) -> Result<Chat, JsValue> {
    let opener = match (passphrase, key) {
        (Some(passphrase), None) => Opener::Passphrase(Zeroizing::new(passphrase)),
        (None, Some(key)) => Opener::Secret(Zeroizing::new(key)),
        _ => return Err(thrown(&StoreError::Locked)),
    };
    let read = JsLog::read(log).await;
    let (log, records) = read.map_err(|error| thrown(&error))?;
    let store = open_logged(log, records, &opener, OsRng).await;
    start(&server, store.map_err(|error| thrown(&error))?, None).await
}

/// In memory: the device is lost at the end.
///
/// # Errors
/// As [`open_on_log`].
#[wasm_bindgen]
pub async fn open_in_memory(server: String) -> Result<Chat, JsValue> {
    let key = StoreKey::generate(&mut OsRng);
    start(&server, Sealed::new(Memory::new(), key, OsRng), None).await
}

/// In the database of this name in this origin.
///
/// # Errors
/// As [`open_on_log`].
#[wasm_bindgen]
pub async fn open_in_browser(server: String, name: String) -> Result<Chat, JsValue> {
    let lock = OriginLock::take(&name).await;
    let lock = lock.map_err(|error| thrown(&error))?;
    let store = browser::open_store(&name, Expect::Nothing, None).await;
    let store = store.map_err(|error| thrown(&error))?;
    start(&server, store, Some(lock)).await
}

async fn start<S: Store>(
    server: &str,
    store: S,
    lock: Option<OriginLock>,
) -> Result<Chat, JsValue> {
    report_panics();
    let server = ServerUrl::parse(server).map_err(|error| {
        let (code, sentence) = (ErrorCode::BadRequest, error.to_string());
        JsValue::from_str(&refusal(&Failure { code, sentence }))
    })?;
    let transport = Network::new(server.clone());
    let parts = Parts {
        store,
        transport: transport
            .map_err(|_| JsValue::from_str(&refusal(&ErrorCode::ServerGone.into())))?,
        clock: SystemClock,
        rng: OsRng,
    };
    let client = driver::start::<Engine, _, _, _, _>(Config::default(), parts).await;
    let client = client.map_err(|error| thrown(&error))?;
    Ok(Chat::new(client, server, lock))
}

fn thrown(error: &StoreError) -> JsValue {
    let code = error.code();
    let sentence = match error {
        StoreError::Failed(reason) => format!("{} ({reason})", code.sentence()),
        StoreError::Corrupt(reason) => format!("{} It says: {reason}.", code.sentence()),
        StoreError::Busy | StoreError::Locked | StoreError::Gone => code.sentence().to_owned(),
    };
    JsValue::from_str(&refusal(&Failure { code, sentence }))
}

/// Where the program broke, and nothing of what was in memory.
fn report_panics() {
    std::panic::set_hook(Box::new(|info| {
        let console = js_sys::Reflect::get(&js_sys::global(), &JsValue::from_str("console"));
        let error =
            console.and_then(|console| js_sys::Reflect::get(&console, &JsValue::from_str("error")));
        if let Ok(Ok(error)) = error.map(JsCast::dyn_into::<js_sys::Function>) {
            let place = info.location().map(ToString::to_string).unwrap_or_default();
            let words = JsValue::from_str(&format!("secure-chat stopped at {place}"));
            let _ = error.call1(&JsValue::NULL, &words);
        }
    }));
}
