//! The page's template: `{{web.wasm}}` is the file's address, `{{web.wasm integrity}}` its hash.

use std::path::PathBuf;

use anyhow::{Result, bail};

use super::pack::Named;
use crate::workspace;

/// A file that is shipped as it is.
pub(super) fn source(name: &str) -> PathBuf {
    let directory = workspace::root().join("crates").join("web").join("static");
    directory.join(name)
}

/// Puts addresses and hashes where the template names them.
///
/// # Errors
/// The template names a file that there is not, or misses one: every file is to be under an integrity hash.
pub(super) fn fill(template: &str, files: &[Named]) -> Result<String> {
    let mut page = template.to_owned();
    for file in files {
        let (address, hash) = (
            format!("{{{{{}}}}}", file.plain),
            format!("{{{{{} integrity}}}}", file.plain),
        );
        let hashed = page.contains(&hash) || file.plain == "icon.svg";
        if !page.contains(&address) || !hashed {
            bail!("the page does not name {} with its hash", file.plain);
        }
        page = page.replace(&address, &file.address);
        page = page.replace(&hash, &file.integrity);
    }
    match page.split_once("{{") {
        Some((_, rest)) => bail!(
            "the page names {}, which is not there",
            rest.chars().take(30).collect::<String>()
        ),
        None => Ok(page),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named() -> Named {
        Named {
            plain: "a.js".to_owned(),
            address: "/assets/a.1.js".to_owned(),
            integrity: "sha384-x".to_owned(),
        }
    }

    #[test]
    fn every_file_is_named_with_its_hash() {
        let filled = fill("{{a.js}} {{a.js integrity}}", &[named()]);
        assert_eq!(filled.unwrap(), "/assets/a.1.js sha384-x");
        assert!(fill("{{a.js}}", &[named()]).is_err());
        assert!(fill("", &[named()]).is_err());
        assert!(fill("{{a.js}} {{a.js integrity}} {{b.js}}", &[named()]).is_err());
    }
}
