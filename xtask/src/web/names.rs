//! Short names for what the wasm and its script have of each other. Those that `wasm-bindgen` gives end in hashes, which
//! no packer makes smaller, and each stands in both files.

use std::collections::{HashMap, HashSet};

use anyhow::{Result, bail};

use super::binary::{
    EXPORTS, FUNCTION, IMPORTS, Reader, sections, write, write_name, write_section,
};

/// Gives short names to the functions that the script has for the wasm, and to those that `wasm-bindgen` calls in it.
///
/// # Errors
/// The wasm is none, or has of others what is no function, or the script does not know one of them.
pub(super) fn shorten(wasm: &[u8], script: &str) -> Result<(Vec<u8>, String)> {
    let mut names = Names::of(script);
    let (mut out, sections) = sections(wasm)?;
    for (section, content) in sections {
        let content = match section {
            IMPORTS => names.in_imports(Reader(content))?,
            EXPORTS => names.in_exports(Reader(content))?,
            _ => content.to_vec(),
        };
        write_section(&mut out, section, &content)?;
    }
    Ok((out, names.in_script(script)))
}

struct Names<'a> {
    /// All identifiers of the script.
    known: HashSet<&'a str>,
    short: HashMap<String, String>,
    count: usize,
}

impl<'a> Names<'a> {
    fn of(script: &'a str) -> Self {
        Self {
            known: script.split(|it| !is_of_name(it)).collect(),
            short: HashMap::new(),
            count: 0,
        }
    }

    fn short(&mut self, name: &str) -> Result<String> {
        if !self.known.contains(name) {
            bail!("the script does not know {name}");
        }
        if let Some(short) = self.short.get(name) {
            return Ok(short.clone());
        }
        loop {
            let short = format!("n{}", self.count);
            self.count += 1;
            if !self.known.contains(short.as_str()) {
                self.short.insert(name.to_owned(), short.clone());
                return Ok(short);
            }
        }
    }

    fn in_imports(&mut self, mut from: Reader<'_>) -> Result<Vec<u8>> {
        let mut out = Vec::new();
        let count = from.number()?;
        write(&mut out, usize::try_from(count)?)?;
        for _ in 0..count {
            write_name(&mut out, from.name()?)?;
            write_name(&mut out, &self.short(from.name()?)?)?;
            if from.byte()? != FUNCTION {
                bail!("the wasm has of the script what is no function");
            }
            out.push(FUNCTION);
            write(&mut out, usize::try_from(from.number()?)?)?;
        }
        Ok(out)
    }

    fn in_exports(&mut self, mut from: Reader<'_>) -> Result<Vec<u8>> {
        let mut out = Vec::new();
        let count = from.number()?;
        write(&mut out, usize::try_from(count)?)?;
        for _ in 0..count {
            let name = from.name()?;
            let is_inner = ["__wb", "wasm_bindgen__"]
                .iter()
                .any(|it| name.starts_with(it));
            if is_inner && self.known.contains(name) {
                write_name(&mut out, &self.short(name)?)?;
            } else {
                write_name(&mut out, name)?;
            }
            out.push(from.byte()?);
            write(&mut out, usize::try_from(from.number()?)?)?;
        }
        Ok(out)
    }

    fn in_script(&self, script: &str) -> String {
        let mut out = String::with_capacity(script.len());
        let mut rest = script;
        while !rest.is_empty() {
            let end = rest.find(|it| !is_of_name(it)).unwrap_or(rest.len());
            let (name, after) = rest.split_at(end);
            out.push_str(self.short.get(name).map_or(name, String::as_str));
            let next = after.find(is_of_name).unwrap_or(after.len());
            let (between, after) = after.split_at(next);
            out.push_str(between);
            rest = after;
        }
        out
    }
}

fn is_of_name(sign: char) -> bool {
    sign.is_ascii_alphanumeric() || matches!(sign, '_' | '$')
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// One import and two exports of functions, and a section of its own.
    fn module(import: &str, exports: [&str; 2]) -> Vec<u8> {
        let mut imports = vec![1, 1, b'm'];
        write_name(&mut imports, import).unwrap();
        imports.extend([FUNCTION, 3]);
        let mut given = vec![2];
        for (name, index) in exports.into_iter().zip([[200, 1], [201, 1]]) {
            write_name(&mut given, name).unwrap();
            given.push(FUNCTION);
            given.extend(index);
        }
        let mut module = b"\0asm\x01\0\0\0".to_vec();
        for (section, content) in [(IMPORTS, imports), (EXPORTS, given), (10, vec![1, 2, 3])] {
            module.push(section);
            write(&mut module, content.len()).unwrap();
            module.extend(content);
        }
        module
    }

    #[test]
    fn both_files_get_the_same_names() {
        let wasm = module("__wbg_now_0123", ["__wbindgen_start", "page"]);
        let script =
            "__wbg_now_0123: () => n0(), wasm.__wbindgen_start(__wbg_now_01234, wasm.page)";
        let (wasm, script) = shorten(&wasm, script).unwrap();
        assert_eq!(wasm, module("n1", ["n2", "page"]));
        assert_eq!(
            script,
            "n1: () => n0(), wasm.n2(__wbg_now_01234, wasm.page)"
        );
    }

    #[test]
    fn what_the_script_does_not_know_is_an_error() {
        let wasm = module("__wbg_now_0123", ["a", "b"]);
        assert!(shorten(&wasm, "__wbg_other").is_err());
        assert!(shorten(wasm.get(..20).unwrap(), "__wbg_now_0123").is_err());
        assert!(shorten(b"", "").is_err());
    }
}
