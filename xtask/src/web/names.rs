//! Short names for what the wasm and its script have of each other. Those that `wasm-bindgen` gives end in hashes, which
//! no packer makes smaller, and each stands in both files.

use std::collections::{HashMap, HashSet};

use anyhow::{Context, Result, bail};

const HEADER: usize = 8;
const IMPORTS: u8 = 2;
const EXPORTS: u8 = 7;
const FUNCTION: u8 = 0;

/// Gives short names to the functions that the script has for the wasm, and to those that `wasm-bindgen` calls in it.
///
/// # Errors
/// The wasm is none, or has of others what is no function, or the script does not know one of them.
pub(super) fn shorten(wasm: &[u8], script: &str) -> Result<(Vec<u8>, String)> {
    let mut names = Names::of(script);
    let (header, sections) = wasm.split_at_checked(HEADER).context("no wasm")?;
    let mut out = header.to_vec();
    let mut rest = Reader(sections);
    while !rest.0.is_empty() {
        let section = rest.byte()?;
        let len = usize::try_from(rest.number()?)?;
        let content = rest.take(len)?;
        let content = match section {
            IMPORTS => names.in_imports(Reader(content))?,
            EXPORTS => names.in_exports(Reader(content))?,
            _ => content.to_vec(),
        };
        out.push(section);
        write(&mut out, content.len())?;
        out.extend(content);
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

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, len: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self
            .0
            .split_at_checked(len)
            .context("the wasm is cut off")?;
        self.0 = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8> {
        self.take(1)?
            .first()
            .copied()
            .context("the wasm is cut off")
    }

    /// Seven bits in each byte, the lowest first.
    fn number(&mut self) -> Result<u32> {
        let mut number = 0;
        for shift in (0..32).step_by(7) {
            let byte = self.byte()?;
            number |= u32::from(byte & 127) << shift;
            if byte < 128 {
                return Ok(number);
            }
        }
        bail!("a number of the wasm is too long")
    }

    fn name(&mut self) -> Result<&'a str> {
        let len = usize::try_from(self.number()?)?;
        Ok(std::str::from_utf8(self.take(len)?)?)
    }
}

fn write(out: &mut Vec<u8>, number: usize) -> Result<()> {
    let mut number = u32::try_from(number)?;
    while number > 127 {
        out.push(u8::try_from(number & 127)? | 128);
        number >>= 7;
    }
    out.push(u8::try_from(number)?);
    Ok(())
}

fn write_name(out: &mut Vec<u8>, name: &str) -> Result<()> {
    write(out, name.len())?;
    out.extend(name.as_bytes());
    Ok(())
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
