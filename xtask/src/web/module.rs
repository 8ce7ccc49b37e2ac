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

/// Makes a plain script and its wasm for a page and for its worker, without names of functions.
///
/// A plain script, because the integrity of a module's imports cannot be stated in every browser.
///
/// # Errors
/// As [`for_node`].
pub(crate) fn for_browser(input: &Path, directory: &Path) -> Result<()> {
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(input)
        .no_modules(true)?
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true);
    bindgen.generate(directory)
}

/// Makes a module and its wasm for Node and for browsers, without names of functions.
///
/// # Errors
/// As [`for_node`].
pub(crate) fn for_everywhere(input: &Path, directory: &Path, name: &str) -> Result<()> {
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(input)
        .out_name(name)
        .web(true)?
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true);
    bindgen.generate(directory)
}
