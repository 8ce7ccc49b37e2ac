//! `cargo xtask npm`: the client as a package for JavaScript, in target/npm/secure-chat. What people wrote lies in
//! crates/sdk/npm; the rest is made of the crate `sdk`.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use crate::{command::run, wasm, web, workspace};

/// Where the package is put.
pub(crate) fn directory() -> PathBuf {
    workspace::target().join("npm").join("secure-chat")
}

/// Makes the package.
///
/// # Errors
/// Something does not compile, or a file cannot be written.
pub(crate) fn build() -> Result<()> {
    let package = directory();
    let work = workspace::target().join("npm").join("work");
    fs::create_dir_all(&work)?;
    let mut make = web::with_libraries();
    make.arg("package").arg(compile()?).arg(&work);
    if let Some(optimiser) = web::optimiser("The package") {
        make.arg(optimiser);
    }
    run(&mut make).context("the package could not be made")?;
    if package.exists() {
        fs::remove_dir_all(&package).context("the old package")?;
    }
    fs::create_dir_all(&package)?;
    copy(&work, &package, &["secure_chat.js", "secure_chat_bg.wasm"])?;
    let written = workspace::root().join("crates/sdk/npm");
    let mut names = vec!["package.json".to_owned(), "README.md".to_owned()];
    for entry in fs::read_dir(&written)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".js") || name.ends_with(".d.ts") {
            names.push(name);
        }
    }
    copy(&written, &package, &names)?;
    copy(&workspace::root(), &package, &["LICENSE"])?;
    println!("The package is in {}.", package.display());
    Ok(())
}

/// The same where it is not there yet.
///
/// # Errors
/// As [`build`].
pub(crate) fn ensure() -> Result<()> {
    if directory().exists() {
        Ok(())
    } else {
        build()
    }
}

fn copy(from: &Path, to: &Path, names: &[impl AsRef<str>]) -> Result<()> {
    for name in names.iter().map(AsRef::as_ref) {
        fs::copy(from.join(name), to.join(name)).with_context(|| name.to_owned())?;
    }
    Ok(())
}

/// The crate compiled for the browser's machine.
///
/// # Errors
/// It does not compile, or no toolchain for the browser can be had.
pub(crate) fn compile() -> Result<PathBuf> {
    let mut build = wasm::cargo("build")?;
    // Both packages, so that everything below them is built once.
    build.args(["--profile", "web", "--package", "web", "--package", "sdk"]);
    build.args(["--features", "web/browser,sdk/browser"]);
    run(&mut build)?;
    Ok(wasm::output(&build).join("web").join("sdk.wasm"))
}
