//! Puts the web client into the program: `SECURE_CHAT_WEB_BUNDLE` names the directory that `cargo xtask web` made.
//! Without the variable the program has no web client, and says so on its page.

use std::{
    env,
    error::Error,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

const BUNDLE: &str = "SECURE_CHAT_WEB_BUNDLE";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed={BUNDLE}");
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?);
    let text = match env::var_os(BUNDLE) {
        Some(directory) => site(Path::new(&directory), &out.join("bundle"))?,
        None => {
            "/// None in this program.\npub(crate) const SITE: Option<Site> = None;\n".to_owned()
        }
    };
    fs::write(out.join("bundle.rs"), text)?;
    Ok(())
}

/// The files as Rust. They are copied first, so that a bundle that is made anew meanwhile does no harm.
fn site(bundle: &Path, copy: &Path) -> Result<String, Box<dyn Error>> {
    if copy.exists() {
        fs::remove_dir_all(copy)?;
    }
    fs::create_dir_all(copy)?;
    let page = bundle.join("index.html");
    let mut text =
        "/// The web client.\npub(crate) const SITE: Option<Site> = Some(Site {\n    page: "
            .to_owned();
    write!(text, "{},\n    assets: &[\n", asset(&page, copy)?)?;
    let mut paths = Vec::new();
    for entry in fs::read_dir(bundle.join("assets"))? {
        paths.push(entry?.path());
    }
    paths.sort();
    let plain = |path: &&PathBuf| {
        let ending = path.extension().and_then(|ending| ending.to_str());
        !matches!(ending, Some("br" | "gz"))
    };
    for path in paths.iter().filter(plain) {
        writeln!(text, "        {},", asset(path, copy)?)?;
    }
    text.push_str("    ],\n});\n");
    Ok(text)
}

/// One file in its three forms.
fn asset(path: &Path, copy: &Path) -> Result<String, Box<dyn Error>> {
    let name = path.file_name().and_then(|name| name.to_str());
    let name = name.ok_or("a file of the bundle has no name")?;
    let mut forms = Vec::new();
    for ending in ["", ".gz", ".br"] {
        let name = format!("{name}{ending}");
        let source = path.with_file_name(&name);
        println!("cargo::rerun-if-changed={}", source.display());
        fs::copy(&source, copy.join(&name))?;
        forms.push(format!(
            "include_bytes!(concat!(env!(\"OUT_DIR\"), \"/bundle/{name}\"))"
        ));
    }
    Ok(format!(
        "Asset {{ name: {name:?}, media_type: {:?}, identity: {}, gzip: {}, brotli: {} }}",
        media_type(name)?,
        forms.first().ok_or("no form")?,
        forms.get(1).ok_or("no form")?,
        forms.get(2).ok_or("no form")?,
    ))
}

fn media_type(name: &str) -> Result<&'static str, Box<dyn Error>> {
    match name.rsplit('.').next() {
        Some("html") => Ok("text/html; charset=utf-8"),
        Some("js") => Ok("text/javascript; charset=utf-8"),
        Some("css") => Ok("text/css; charset=utf-8"),
        Some("svg") => Ok("image/svg+xml"),
        Some("wasm") => Ok("application/wasm"),
        _ => Err(format!("no media type for {name}").into()),
    }
}
