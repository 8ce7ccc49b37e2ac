//! The messages of the worker's own scope.

use tokio::sync::mpsc;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{Blob, DedicatedWorkerGlobalScope, MessageEvent};

use super::transfer;
use crate::{
    posted,
    wire::{Ask, Tell},
    words,
};
use protocol::error::ErrorCode;

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

/// Passes on what the page asks.
pub(super) fn listen(asks: mpsc::UnboundedSender<Ask>) {
    let heard = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        match posted::read(&event) {
            Some(Ask::Transfer(number, transfer)) => {
                transfer::begin(number, transfer, posted::file(&event));
            }
            Some(Ask::Stop(number)) => transfer::stop(number),
            // The receiver lives as long as the worker.
            Some(ask) => drop(asks.send(ask)),
            None => {}
        }
    });
    scope().set_onmessage(Some(heard.into_js_value().unchecked_ref()));
}

/// Says something to the page.
pub(super) fn tell(tell: &Tell) {
    if let Some(form) = posted::form(tell) {
        // Bytes can always be posted.
        let _ = scope().post_message(&form);
    }
}

/// The same with a file beside it.
pub(super) fn tell_with(tell: &Tell, file: &Blob) {
    if let Some(form) = posted::form_with(tell, file) {
        // Files can always be posted.
        let _ = scope().post_message(&form);
    }
}

/// A worker that broke says so; its memory is not used any more.
pub(super) fn report_panics() {
    std::panic::set_hook(Box::new(|info| {
        let console = js_sys::Reflect::get(&js_sys::global(), &JsValue::from_str("console"));
        let error =
            console.and_then(|console| js_sys::Reflect::get(&console, &JsValue::from_str("error")));
        if let Ok(Ok(error)) = error.map(JsCast::dyn_into::<js_sys::Function>) {
            // Where it happened, and nothing of what was in memory.
            let place = info.location().map(ToString::to_string).unwrap_or_default();
            let _ = error.call1(
                &JsValue::NULL,
                &JsValue::from_str(&format!("stopped at {place}")),
            );
        }
        let mut trouble = words::trouble(ErrorCode::ProgramFailed);
        trouble.sentence.push_str(" Reload the page.");
        tell(&Tell::Closed(trouble));
    }));
}
