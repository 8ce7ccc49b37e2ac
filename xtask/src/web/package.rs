//! The wasm of the package for JavaScript, and the module that loads it.

use std::{fs, path::Path};

use anyhow::{Context, Result};

use super::{module, pack};

/// What stands before the module. What it calls `WebSocket` is then this variable, because older versions of Node have none.
const PREFACE: &str = "let WebSocket = globalThis.WebSocket;\n\
    export function useWebSocket(made) { WebSocket = made; }\n";

/// Makes `secure_chat.js` and `secure_chat_bg.wasm`. `wasm_opt` makes the wasm smaller, where there is one.
///
/// # Errors
/// A file cannot be read or written, or a tool fails.
pub(crate) fn package(compiled: &str, work: &str, wasm_opt: Option<&str>) -> Result<()> {
    let work = Path::new(work);
    module::for_everywhere(Path::new(compiled), work, "secure_chat")?;
    let wasm = work.join("secure_chat_bg.wasm");
    let smaller = pack::smaller(&wasm, wasm_opt)?;
    if smaller != wasm {
        fs::rename(smaller, &wasm).context("the smaller wasm")?;
    }
    let script = work.join("secure_chat.js");
    let text = fs::read_to_string(&script).context("the module of the wasm")?;
    fs::write(&script, format!("{PREFACE}{text}")).context("the module of the wasm")
}
