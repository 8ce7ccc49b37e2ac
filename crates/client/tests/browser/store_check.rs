//! The store of the browser, checked in one: the suite of all stores, and what it must notice.

#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::pin::pin;

use client::{
    browser::{BrowserStore, Expect, OriginLock, erase_store, open_store},
    engine::api::{Batch, Key, Space},
    store::{Store, StoreError, conformance},
};
use futures_util::FutureExt as _;
use js_sys::{Array, Function, Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;

const NAME: &str = "check";
const MARKER: &[u8] = b"a plain marker of some length";

/// Runs everything and names what passed.
#[wasm_bindgen]
pub async fn check() -> String {
    std::panic::set_hook(Box::new(|info| {
        let text = JsValue::from_str(&info.to_string());
        Reflect::set(&js_sys::global(), &"panicked".into(), &text).unwrap();
    }));
    let mut passed = Vec::new();
    conformance::check(fresh().await).await;
    passed.push("conforms");
    rows_survive().await;
    passed.push("rows survive");
    erase_store(NAME).await.unwrap();
    refused(Expect::Account, |error| *error == StoreError::Gone).await;
    passed.push("an empty store is a loss");
    for (damage, is_it, name) in damages() {
        drop(filled().await);
        tamper(damage).await;
        refused(Expect::Account, is_it).await;
        passed.push(name);
    }
    shown_keys_are_refused().await;
    passed.push("a read-back key stays hidden");
    nothing_readable_is_kept().await;
    passed.push("nothing readable is kept");
    who_opened_last_writes().await;
    passed.push("who opened last writes");
    a_lock_is_waited_for().await;
    passed.push("a lock is waited for");
    a_lock_that_is_taken_away_is_missed().await;
    passed.push("a lock that is taken away is missed");
    a_lock_has_one_owner().await;
    passed.push("a lock has one owner");
    passed.join(", ")
}

async fn fresh() -> BrowserStore {
    erase_store(NAME).await.unwrap();
    open_store(NAME, Expect::Nothing, None).await.unwrap()
}

/// A store with two rows.
async fn filled() -> BrowserStore {
    let mut store = fresh().await;
    let mut batch = Batch::default();
    for name in ["me", "you"] {
        let value = [MARKER, name.as_bytes()].concat();
        batch.put(Key::Named(Space::Account, name.into()), value);
    }
    store.commit(batch).await.unwrap();
    store
}

/// Opening or reading fails as it should.
async fn refused(expect: Expect, is_it: fn(&StoreError) -> bool) {
    let error = match open_store(NAME, expect, None).await {
        Err(error) => error,
        Ok(mut store) => store.rows(Space::Account).await.expect_err("it is damaged"),
    };
    assert!(is_it(&error), "{error:?}");
}

async fn rows_survive() {
    filled().await.close().await.unwrap();
    let mut again = open_store(NAME, Expect::Account, None).await.unwrap();
    let rows = again.rows(Space::Account).await.unwrap();
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0].1, [MARKER, b"me"].concat());
}

type Damage = (&'static str, fn(&StoreError) -> bool, &'static str);

/// Scripts over the open database, and how each shows.
fn damages() -> [Damage; 5] {
    let gone: fn(&StoreError) -> bool = |error| *error == StoreError::Gone;
    let corrupt: fn(&StoreError) -> bool = |error| matches!(error, StoreError::Corrupt(_));
    [
        ("rows.clear()", gone, "cleared rows are a loss"),
        ("header.clear()", corrupt, "a missing header is damage"),
        (
            "header.put({ ...head, key: other }, 'header')",
            corrupt,
            "another key is damage",
        ),
        (
            "values[0][20] ^= 1, rows.put(values[0], keys[0])",
            corrupt,
            "a changed row is damage",
        ),
        (
            "rows.put(values[0], keys[1]), rows.delete(keys[0])",
            corrupt,
            "a moved row is damage",
        ),
    ]
}

/// Runs a script on what lies in the database.
async fn tamper(script: &str) {
    let body = format!(
        "const ended = (request) => new Promise((good, bad) => {{ request.onsuccess = () => good(request.result); request.onerror = bad; }});
         return (async () => {{
             const database = await ended(indexedDB.open('{NAME}', 1));
             const other = await crypto.subtle.generateKey({{ name: 'AES-GCM', length: 256 }}, false, ['encrypt', 'decrypt']);
             const all = database.transaction(['rows', 'header'], 'readwrite');
             const [rows, header] = [all.objectStore('rows'), all.objectStore('header')];
             const values = await ended(rows.getAll());
             const keys = await ended(rows.getAllKeys());
             const head = await ended(header.get('header'));
             const result = ({script});
             await new Promise((good) => {{ all.oncomplete = good; }});
             database.close();
             return [values, head, result];
         }})()"
    );
    run(&body).await;
}

async fn run(body: &str) -> JsValue {
    let function = Function::new_no_args(body);
    let promise: Promise = function.call0(&JsValue::NULL).unwrap().unchecked_into();
    JsFuture::from(promise).await.unwrap()
}

/// The key of Web Crypto comes back from the disk and cannot be exported.
async fn shown_keys_are_refused() {
    drop(filled().await);
    let body = format!(
        "return new Promise((good) => {{
             indexedDB.open('{NAME}', 1).onsuccess = ({{ target }}) => {{
                 const database = target.result;
                 database.transaction('header').objectStore('header').get('header').onsuccess = ({{ target }}) => {{
                     database.close();
                     crypto.subtle.exportKey('raw', target.result.key).then(() => good('shown'), () => good('hidden'));
                 }};
             }};
         }})"
    );
    assert_eq!(run(&body).await.as_string().as_deref(), Some("hidden"));
    let shown = "header.put({ ...head, key: head.key }, 'header'), head.key.extractable";
    tamper(shown).await;
    assert!(open_store(NAME, Expect::Account, None).await.is_ok());
}

/// Neither values nor names lie there in the clear.
async fn nothing_readable_is_kept() {
    drop(filled().await);
    let body = format!(
        "return new Promise((good) => {{
             indexedDB.open('{NAME}', 1).onsuccess = ({{ target }}) => {{
                 const database = target.result;
                 database.transaction('rows').objectStore('rows').getAll().onsuccess = ({{ target }}) => {{
                     database.close();
                     good(target.result);
                 }};
             }};
         }})"
    );
    let parts: Array = run(&body).await.unchecked_into();
    assert_eq!(parts.length(), 2);
    for part in parts.iter() {
        let bytes = Uint8Array::new(&part).to_vec();
        assert!(!bytes.windows(14).any(|window| window == &MARKER[..14]));
    }
}

/// A worker from which the lock was taken writes nothing, also if it does not know yet.
async fn who_opened_last_writes() {
    let mut former = filled().await;
    let mut owner = open_store(NAME, Expect::Account, None).await.unwrap();
    let row = |value: &[u8]| {
        let mut batch = Batch::default();
        batch.put(Key::Named(Space::Account, b"me".to_vec()), value.to_owned());
        batch
    };
    assert_eq!(former.commit(row(b"old")).await, Err(StoreError::Busy));
    owner.commit(row(b"new")).await.unwrap();
    assert_eq!(former.commit(row(b"old")).await, Err(StoreError::Busy));
    let rows = owner.rows(Space::Account).await.unwrap();
    assert_eq!(rows[0].1, b"new");
}

async fn a_lock_is_waited_for() {
    let first = OriginLock::take(NAME).await.unwrap();
    let mut second = pin!(OriginLock::wait(NAME));
    assert!((&mut second).now_or_never().is_none());
    drop(first);
    drop(second.await.unwrap());
}

async fn a_lock_that_is_taken_away_is_missed() {
    let lock = OriginLock::wait(NAME).await.unwrap();
    let mut lost = pin!(lock.lost());
    assert!((&mut lost).now_or_never().is_none());
    run(&format!(
        "return navigator.locks.request('{NAME}', {{ steal: true }}, () => null)"
    ))
    .await;
    lost.await;
}

async fn a_lock_has_one_owner() {
    let first = OriginLock::take(NAME).await.unwrap();
    let second = OriginLock::take(NAME).await;
    assert_eq!(second.err(), Some(StoreError::Busy));
    drop(first);
    // The browser gives it back a moment later.
    for _ in 0..100 {
        if OriginLock::take(NAME).await.is_ok() {
            return;
        }
    }
    panic!("the lock is not given back");
}
