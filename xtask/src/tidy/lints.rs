//! Every crate stands under the workspace's lints, and those forbid `unsafe`.

use super::tree::{File, Tree, Violation};

pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for file in tree
        .files
        .iter()
        .filter(|file| file.path.ends_with("Cargo.toml"))
    {
        let member = file.path.starts_with("crates/") || file.path.starts_with("xtask/");
        if member && !has(file, "[lints]", "workspace = true") {
            found.push(Violation::new(
                &file.path,
                "lacks `[lints] workspace = true`",
            ));
        }
        if file.path == "Cargo.toml"
            && !has(file, "[workspace.lints.rust]", "unsafe_code = \"forbid\"")
        {
            found.push(Violation::new(
                &file.path,
                "the workspace's lints must forbid unsafe code",
            ));
        }
    }
    found
}

/// Whether the line stands in the section of that header.
fn has(file: &File, header: &str, line: &str) -> bool {
    let mut lines = file
        .text
        .lines()
        .map(str::trim)
        .skip_while(|text| *text != header)
        .skip(1);
    lines
        .by_ref()
        .take_while(|text| !text.starts_with('['))
        .any(|text| text == line)
}

#[cfg(test)]
mod tests {
    use super::{super::tree::with_file, *};

    #[test]
    fn a_crate_without_the_workspace_lints_is_found() {
        let good = "[package]\nname = \"e2ee\"\n\n[lints]\nworkspace = true\n";
        assert!(check(&with_file("crates/e2ee/Cargo.toml", good)).is_empty());
        let elsewhere = "[lints]\n[dependencies.serde]\nworkspace = true\n";
        assert_eq!(
            check(&with_file("crates/e2ee/Cargo.toml", elsewhere)).len(),
            1
        );
    }

    #[test]
    fn allowing_unsafe_code_is_found() {
        assert_eq!(
            check(&with_file(
                "Cargo.toml",
                "[workspace.lints.rust]\nunsafe_code = \"warn\"\n"
            ))
            .len(),
            1
        );
    }
}
