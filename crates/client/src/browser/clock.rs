//! The browser's clock, timers and tasks.

use std::future::Future;

use futures_util::future::LocalBoxFuture;
use js_sys::{Function, Promise, Reflect};
use protocol::time::Timestamp;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use crate::clock::Clock;

/// The browser's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the edge of a program: everything below takes the time as an argument"
    )]
    fn now(&self) -> Timestamp {
        let millis = js_sys::Date::now();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "casts of floats saturate, and a clock before 1970 reads as 1970"
        )]
        Timestamp::from_millis(millis as u64)
    }

    fn sleep(&self, millis: u64) -> LocalBoxFuture<'static, ()> {
        Box::pin(sleep(millis))
    }
}

/// `setTimeout` as a future: windows and workers both have it on the global object.
pub(crate) async fn sleep(millis: u64) {
    let millis = u32::try_from(millis)
        .unwrap_or(u32::MAX)
        .min(i32::MAX as u32);
    let promise = Promise::new(&mut |resolve, _| {
        let global = js_sys::global();
        let timeout = Reflect::get(&global, &JsValue::from_str("setTimeout"));
        if let Ok(Ok(timeout)) = timeout.map(JsCast::dyn_into::<Function>) {
            // Without timers nothing in a browser works; the promise then never ends.
            let _ = timeout.call2(&global, &resolve, &JsValue::from_f64(f64::from(millis)));
        }
    });
    let _ = JsFuture::from(promise).await;
}

pub(crate) fn spawn(task: impl Future<Output = ()> + 'static) {
    wasm_bindgen_futures::spawn_local(task);
}
