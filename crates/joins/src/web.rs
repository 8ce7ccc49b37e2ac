//! What JavaScript calls.

use wasm_bindgen::prelude::{JsError, wasm_bindgen};

use crate::{Fixture, times};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance)]
    fn now() -> f64;
}

/// The cells of the table's lines, one for each way in.
///
/// # Errors
/// An operation fails.
#[wasm_bindgen]
pub fn lines(fixture: &[u8], rounds: usize) -> Result<Vec<String>, JsError> {
    let text = |error: anyhow::Error| JsError::new(&format!("{error:#}"));
    let fixture = Fixture::decode(fixture).map_err(text)?;
    let times = times(&fixture, rounds, &now).map_err(text)?;
    Ok(times.iter().map(ToString::to_string).collect())
}
