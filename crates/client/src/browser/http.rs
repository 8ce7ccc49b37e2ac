//! Requests by the browser's fetch.

use engine::api::CallError;
use js_sys::{Promise, Uint8Array};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, Headers, RequestInit, Response};

use crate::transport::{
    ConnectError, ServerUrl,
    http::{Answer, Body, Outgoing, TIMEOUT},
    plan::Method,
};

#[wasm_bindgen]
extern "C" {
    /// Pages, workers and Node all have it on the global object.
    #[wasm_bindgen(catch)]
    fn fetch(address: &str, init: &RequestInit) -> Result<Promise, JsValue>;
}

/// The browser's fetch. The browser decides about connections, proxies and redirects.
#[derive(Debug, Clone)]
pub(crate) struct HttpClient(());

impl HttpClient {
    #[expect(clippy::unnecessary_wraps, reason = "the native one may not start")]
    pub(crate) fn new(_url: &ServerUrl) -> Result<Self, ConnectError> {
        Ok(Self(()))
    }

    /// Sends a request and reads its answer up to `limit` bytes.
    ///
    /// # Errors
    /// [`CallError::Gone`] where nothing answers in time, [`CallError::Malformed`] where the answer is longer.
    pub(crate) async fn send(self, outgoing: Outgoing, limit: usize) -> Result<Answer, CallError> {
        let init = request(&outgoing).map_err(|_| CallError::Malformed)?;
        let fetched = fetch(&outgoing.address, &init).map_err(|_| CallError::Gone)?;
        let response: Response = settled(JsFuture::from(fetched).await)?;
        let announced = response.headers().get("content-length").ok().flatten();
        let announced = announced.and_then(|length| length.parse::<usize>().ok());
        if announced.is_some_and(|length| length > limit) {
            return Err(CallError::Malformed);
        }
        let body = response.array_buffer().map_err(|_| CallError::Gone)?;
        let body = JsFuture::from(body).await.map_err(|_| CallError::Gone)?;
        let body = Uint8Array::new(&body);
        if body.length() as usize > limit {
            return Err(CallError::Malformed);
        }
        Ok(Answer {
            status: response.status(),
            body: body.to_vec(),
        })
    }
}

fn request(outgoing: &Outgoing) -> Result<RequestInit, JsValue> {
    let headers = Headers::new()?;
    if let Some(token) = &outgoing.token {
        headers.set("authorization", &format!("Bearer {token}"))?;
    }
    let init = RequestInit::new();
    if let Some(kind) = outgoing.body.kind() {
        headers.set("content-type", kind)?;
    }
    match &outgoing.body {
        Body::Nothing => {}
        Body::Json(text) => init.set_body(&JsValue::from_str(text)),
        Body::Octets(bytes) => init.set_body(&Uint8Array::from(bytes.as_slice())),
    }
    init.set_method(name(outgoing.method));
    init.set_headers(&headers);
    let millis = u32::try_from(TIMEOUT.as_millis()).unwrap_or(u32::MAX);
    init.set_signal(Some(&AbortSignal::timeout_with_u32(millis)));
    Ok(init)
}

const fn name(method: Method) -> &'static str {
    match method {
        Method::Get => "GET",
        Method::Post => "POST",
        Method::Put => "PUT",
        Method::Delete => "DELETE",
    }
}

fn settled(fetched: Result<JsValue, JsValue>) -> Result<Response, CallError> {
    let response = fetched.map_err(|_| CallError::Gone)?;
    response.dyn_into().map_err(|_| CallError::Malformed)
}
