//! What the compiler made for the browser becomes a module that JavaScript can load. The library that does it and the
//! one that the code was compiled with must be of one version: `Cargo.lock` sees to that.

use std::path::Path;

use anyhow::Result;
use wasm_bindgen_cli_support::Bindgen;

/// Makes a module for node.
///
/// # Errors
/// The input was not compiled for the browser, or cannot be read.
pub(crate) fn for_node(input: &str, directory: &str) -> Result<()> {
    let mut bindgen = Bindgen::new();
    bindgen.input_path(Path::new(input)).nodejs(true)?;
    bindgen.generate(Path::new(directory))
}
