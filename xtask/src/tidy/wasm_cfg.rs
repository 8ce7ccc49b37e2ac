//! The browser differs from the native client in one place, the adapters of `client`; everywhere else there is one code.

use super::tree::{Tree, Violation};

const MARKS: [&str; 3] = [
    "target_family=\"wasm\"",
    "target_arch=\"wasm32\"",
    "target_os=\"unknown\"",
];

/// Where a platform may be asked for.
const ROOMS: [&str; 5] = [
    "crates/client/src/browser",
    "crates/client/src/native",
    "crates/client/src/lib.rs",
    "crates/web/",
    "crates/sdk/",
];

pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    let outside = |path: &str| {
        path.starts_with("crates/") && !ROOMS.iter().any(|room| path.starts_with(room))
    };
    for file in tree.rust().filter(|file| outside(&file.path)) {
        for (number, line) in file.lines() {
            let line: String = line.split_whitespace().collect();
            if MARKS.iter().any(|mark| line.contains(mark)) {
                let what = "asks for the platform outside the client's adapters";
                found.push(Violation::new(format!("{}:{number}", file.path), what));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{super::tree::with_file, *};

    #[test]
    fn a_platform_switch_outside_the_adapters_is_found() {
        let text = "#[cfg(target_family = \"wasm\")]\nfn now() {}\n";
        let found = check(&with_file("crates/engine/src/clock.rs", text));
        assert_eq!(
            found.first().map(|violation| violation.place.as_str()),
            Some("crates/engine/src/clock.rs:1")
        );
        assert!(check(&with_file("crates/client/src/browser/clock.rs", text)).is_empty());
    }
}
