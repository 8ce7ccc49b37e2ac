//! Requests as futures, and what JavaScript throws as errors of the store.

use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Event, EventTarget, IdbRequest};

use crate::store::StoreError;

/// What was thrown, in words.
pub(in crate::browser) fn failed(thrown: impl Into<JsValue>) -> StoreError {
    let thrown = thrown.into();
    let part = |name| {
        Reflect::get(&thrown, &JsValue::from_str(name))
            .ok()?
            .as_string()
    };
    let words: Vec<String> = ["name", "message"].into_iter().filter_map(part).collect();
    StoreError::Failed(if words.is_empty() {
        "the browser gave no reason".to_owned()
    } else {
        words.join(": ")
    })
}

/// The result of a request.
pub(in crate::browser) async fn outcome(request: &IdbRequest) -> Result<JsValue, StoreError> {
    first_of(request, "success", &["error"]).await?;
    match request.error() {
        Ok(Some(error)) => Err(failed(error)),
        _ => request.result().map_err(failed),
    }
}

/// Waits for the first of some events: `good` is `Ok`, and so is any of `bad`, whose reason the caller reads.
pub(super) async fn first_of(
    target: &EventTarget,
    good: &str,
    bad: &[&str],
) -> Result<bool, StoreError> {
    let names: Vec<&str> = std::iter::once(good).chain(bad.iter().copied()).collect();
    let mut listener = None;
    let promise = Promise::new(&mut |resolve: Function, _| {
        let report = Closure::<dyn FnMut(Event)>::new(move |event: Event| {
            // A promise takes the first answer and ignores the others.
            let _ = resolve.call1(&JsValue::NULL, &JsValue::from_str(&event.type_()));
        });
        for name in &names {
            // Fails for what is no function only.
            let _ = target.add_event_listener_with_callback(name, report.as_ref().unchecked_ref());
        }
        listener = Some(report);
    });
    let happened = JsFuture::from(promise).await;
    if let Some(report) = listener {
        for name in &names {
            let _ =
                target.remove_event_listener_with_callback(name, report.as_ref().unchecked_ref());
        }
    }
    Ok(happened.map_err(failed)?.as_string().as_deref() == Some(good))
}
