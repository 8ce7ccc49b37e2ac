//! Files for the wire: named by their content, compressed once, so that a server only hands them out.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use flate2::{Compression, write::GzEncoder};
use sha2::{Digest, Sha256, Sha384};

use super::{module, names, order, page};
use crate::{
    command::{command, run},
    workspace,
};

/// Hexadecimal digits of a file's hash in its name.
const NAME_DIGITS: usize = 16;

/// A file that the page names.
pub(super) struct Named {
    /// As in the template: `web.wasm`.
    pub(super) plain: String,
    /// From the root of the server.
    pub(super) address: String,
    /// What the browser holds the bytes against.
    pub(super) integrity: String,
}

/// Makes the bundle: wasm in, files out. `wasm_opt` makes the wasm smaller, where there is one.
///
/// # Errors
/// A file cannot be read or written, or a tool fails.
pub(crate) fn pack(compiled: &str, work: &str, bundle: &str, wasm_opt: Option<&str>) -> Result<()> {
    let (work, bundle) = (Path::new(work), Path::new(bundle));
    module::for_browser(Path::new(compiled), work)?;
    let wasm = smaller(&work.join("web_bg.wasm"), wasm_opt)?;
    let wasm = match wasm_opt {
        Some(tool) => ordered(&wasm, tool)?,
        None => wasm,
    };
    let (wasm, script) = with_short_names(&wasm, &work.join("web.js"))?;
    let sources = [
        ("web.wasm", wasm),
        ("web.js", script),
        ("worker.js", page::source("worker.js")),
        ("boot.js", page::source("boot.js")),
        ("style.css", page::source("style.css")),
        ("icon.svg", page::source("icon.svg")),
    ];
    if bundle.exists() {
        fs::remove_dir_all(bundle).context("the old bundle")?;
    }
    let assets = bundle.join("assets");
    fs::create_dir_all(&assets)?;
    let mut named = Vec::new();
    for (plain, source) in sources {
        let bytes = fs::read(&source).with_context(|| source.display().to_string())?;
        let bytes = for_machines(plain, bytes)?;
        let name = hashed_name(plain, &bytes)?;
        write(&assets.join(&name), &bytes)?;
        named.push(Named {
            plain: plain.to_owned(),
            address: format!("/assets/{name}"),
            integrity: integrity(&bytes),
        });
    }
    let template = fs::read_to_string(page::source("index.html")).context("the page")?;
    let page = page::fill(&template, &named)?;
    write(&bundle.join("index.html"), page.as_bytes())
}

/// What the compiler uses by default, and every browser of the last years knows.
const FEATURES: [&str; 8] = [
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-call-indirect-overlong",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// The same wasm made smaller, in a file beside it; itself without the tool.
pub(super) fn smaller(wasm: &Path, wasm_opt: Option<&str>) -> Result<PathBuf> {
    let Some(wasm_opt) = wasm_opt else {
        return Ok(wasm.to_owned());
    };
    let out = wasm.with_file_name("web_opt.wasm");
    let mut optimise = command(wasm_opt);
    optimise.args(FEATURES).args([
        "-Oz",
        // A function that is called from one place is not put there unless it is short: the file becomes 2 % longer by
        // that and its Brotli form a tenth shorter, because long functions have little in common.
        "--one-caller-inline-max-function-size=20",
        // The compiler puts the stack at the bottom of the memory, so nothing that has an address is below 1,024.
        "--low-memory-unused",
        "--strip-debug",
        "--strip-producers",
        "--strip-target-features",
    ]);
    run(optimise.arg(wasm).arg("-o").arg(&out))?;
    Ok(out)
}

/// The same functions, in the order that packs best.
fn ordered(wasm: &Path, wasm_opt: &str) -> Result<PathBuf> {
    let (named, out) = (
        wasm.with_file_name("web_named.wasm"),
        wasm.with_file_name("web_ordered.wasm"),
    );
    fs::write(&named, order::named_by_order(&fs::read(wasm)?)?)?;
    let mut reorder = command(wasm_opt);
    reorder.args(FEATURES);
    reorder.args(["--reorder-functions-by-name", "--strip-debug"]);
    run(reorder.arg(&named).arg("-o").arg(&out))?;
    Ok(out)
}

/// Both files anew, beside what they were made of.
fn with_short_names(wasm: &Path, script: &Path) -> Result<(PathBuf, PathBuf)> {
    let text = fs::read_to_string(script).context("the script of the wasm")?;
    let (wasm_bytes, text) = names::shorten(&fs::read(wasm)?, &text)?;
    let (wasm, script) = (
        wasm.with_file_name("web_short.wasm"),
        script.with_file_name("web_short.js"),
    );
    fs::write(&wasm, wasm_bytes)?;
    fs::write(&script, text)?;
    Ok((wasm, script))
}

/// What nobody reads on the wire goes.
fn for_machines(plain: &str, bytes: Vec<u8>) -> Result<Vec<u8>> {
    let shorten = match plain.rsplit_once('.') {
        Some((_, "js")) => without_comments,
        Some((_, "css")) => without_notes,
        _ => return Ok(bytes),
    };
    Ok(shorten(&String::from_utf8(bytes)?).into_bytes())
}

/// A style without its comments of one line and without its indentation.
fn without_notes(style: &str) -> String {
    let lines = style.lines().map(str::trim_start);
    let rules = lines.filter(|line| !(line.starts_with("/*") && line.ends_with("*/")));
    rules.collect::<Vec<_>>().join("\n")
}

/// A script without its comments, which stand on lines of their own, and without its indentation.
fn without_comments(script: &str) -> String {
    let lines = script.lines().map(str::trim_start);
    let code = lines.filter(|line| {
        let comment = ["/**", "* ", "*/", "//"];
        *line != "*" && !comment.iter().any(|begin| line.starts_with(begin))
    });
    code.collect::<Vec<_>>().join("\n")
}

/// `web.wasm` becomes `web.0123456789abcdef.wasm`.
fn hashed_name(plain: &str, bytes: &[u8]) -> Result<String> {
    let Some((stem, extension)) = plain.rsplit_once('.') else {
        bail!("{plain} has no extension");
    };
    let hash: String = Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let hash: String = hash.chars().take(NAME_DIGITS).collect();
    Ok(format!("{stem}.{hash}.{extension}"))
}

fn integrity(bytes: &[u8]) -> String {
    format!("sha384-{}", BASE64_STANDARD.encode(Sha384::digest(bytes)))
}

/// Writes a file and its compressed forms beside it.
fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let beside = |ending: &str| workspace::root().join(format!("{}.{ending}", path.display()));
    fs::write(path, bytes)?;
    fs::write(beside("gz"), gzip(bytes)?)?;
    fs::write(beside("br"), brotli(bytes)?)?;
    Ok(())
}

fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}

fn brotli(bytes: &[u8]) -> Result<Vec<u8>> {
    let parameters = brotli::enc::BrotliEncoderParams {
        quality: 11,
        lgwin: 22,
        size_hint: bytes.len(),
        ..Default::default()
    };
    let mut out = Vec::new();
    brotli::BrotliCompress(&mut &*bytes, &mut out, &parameters)?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_go() {
        let script = "let a = 1;\n/**\n * What it is.\n *\n */\nfunction f() {\n    // why\n    return a * 2;\n}";
        let wanted = "let a = 1;\nfunction f() {\nreturn a * 2;\n}";
        assert_eq!(without_comments(script), wanted);
    }

    #[test]
    fn notes_go() {
        let style = "/* All */\n* { margin: 0; }\n@media print {\n  p { color: red; }\n}";
        let wanted = "* { margin: 0; }\n@media print {\np { color: red; }\n}";
        assert_eq!(without_notes(style), wanted);
    }

    #[test]
    fn a_name_follows_the_content() {
        let name = |bytes| hashed_name("web.wasm", bytes).unwrap();
        assert_eq!(name(b"a"), "web.ca978112ca1bbdca.wasm");
        assert_ne!(name(b"a"), name(b"b"));
        assert!(hashed_name("wasm", b"a").is_err());
    }
}
