//! One owner per origin and account: a lock of the browser, which it gives back when the owner is gone, however.

use js_sys::{Object, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue, closure::Closure, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;

use super::indexed_db::failed;
use crate::store::StoreError;

#[wasm_bindgen]
extern "C" {
    type LockManager;

    #[wasm_bindgen(method, catch)]
    fn request(
        this: &LockManager,
        name: &str,
        options: &JsValue,
        granted: &JsValue,
    ) -> Result<Promise, JsValue>;
}

/// Held as long as this value lives, or its worker.
pub struct OriginLock {
    release: js_sys::Function,
    /// Ends when the lock is given back, and fails when it is taken away.
    held: Promise,
}

impl OriginLock {
    /// Takes the lock of this name.
    ///
    /// # Errors
    /// [`StoreError::Busy`] if another tab holds it; [`StoreError::Failed`] if the browser has no locks.
    pub async fn take(name: &str) -> Result<Self, StoreError> {
        let options = Object::new();
        Reflect::set(&options, &"ifAvailable".into(), &JsValue::TRUE).map_err(failed)?;
        Self::request(name, &options).await
    }

    /// Waits until the lock of this name is free, behind all who wait already.
    ///
    /// # Errors
    /// [`StoreError::Failed`] if the browser has no locks.
    pub async fn wait(name: &str) -> Result<Self, StoreError> {
        Self::request(name, &Object::new()).await
    }

    /// Takes the lock of this name from whoever holds it: a person says that the holder does not answer.
    ///
    /// # Errors
    /// [`StoreError::Failed`] if the browser has no locks.
    pub async fn steal(name: &str) -> Result<Self, StoreError> {
        let options = Object::new();
        Reflect::set(&options, &"steal".into(), &JsValue::TRUE).map_err(failed)?;
        Self::request(name, &options).await
    }

    /// Ends when the lock was taken away. Whoever held it is to write nothing more; the store refuses it too.
    pub async fn lost(&self) {
        if JsFuture::from(self.held.clone()).await.is_ok() {
            std::future::pending().await
        }
    }

    async fn request(name: &str, options: &Object) -> Result<Self, StoreError> {
        let locks = manager()?;
        let mut asked = Ok(JsValue::NULL.unchecked_into());
        // Answers with the function that gives the lock back, or with null.
        let answer = Promise::new(&mut |resolve, _| {
            let granted = Closure::once_into_js(move |lock: JsValue| {
                let mut release = JsValue::NULL;
                let held = Promise::new(&mut |end, _| release = end.into());
                let given = if lock.is_null() {
                    JsValue::NULL
                } else {
                    release
                };
                // Resolving a promise does not fail.
                let _ = resolve.call1(&JsValue::NULL, &given);
                if lock.is_null() {
                    JsValue::UNDEFINED
                } else {
                    held.into()
                }
            });
            asked = locks.request(name, options, &granted);
        });
        let held = asked.map_err(failed)?;
        let release = JsFuture::from(answer).await.map_err(failed)?;
        let release = release.dyn_into().map_err(|_| StoreError::Busy)?;
        Ok(Self { release, held })
    }
}

impl Drop for OriginLock {
    fn drop(&mut self) {
        // Resolving a promise does not fail.
        let _ = self.release.call0(&JsValue::NULL);
    }
}

fn manager() -> Result<LockManager, StoreError> {
    let step = |from: &JsValue, name: &str| {
        let found = Reflect::get(from, &JsValue::from_str(name)).ok();
        found.filter(JsValue::is_object)
    };
    let locks = step(&js_sys::global(), "navigator").and_then(|it| step(&it, "locks"));
    let locks = locks.ok_or_else(|| StoreError::Failed("this browser has no locks".to_owned()))?;
    Ok(locks.unchecked_into())
}
