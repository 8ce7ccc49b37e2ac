//! Everything that is linked may be given away under terms compatible with ours.

use super::tree::{Tree, Violation};

const ALLOWED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "ISC",
    "MIT",
    "MIT-0",
    "MPL-2.0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Packages that state no expression, with what was read in their licence file.
const EXCEPTIONS: &[(&str, &str)] = &[];

/// What nothing links that is given away on the systems that the project is made for, with terms that are not on the list.
/// libFuzzer's own, NCSA, ask what those of BSD-3-Clause ask; Mozilla's list of authorities is data, whose terms ask for
/// their own text to be passed on, and is used where a system has no list of its own.
const TOOLS: &[(&str, &str)] = &[
    ("libfuzzer-sys", "(MIT OR Apache-2.0) AND NCSA"),
    ("webpki-root-certs", "CDLA-Permissive-2.0"),
];

pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for package in tree
        .packages
        .iter()
        .filter(|package| package.source.is_some())
    {
        let place = format!("{} {}", package.name, package.version);
        match package.license.as_deref() {
            Some(expression) if allowed(expression) => {}
            Some(expression) if TOOLS.contains(&(package.name.as_str(), expression)) => {}
            Some(expression) => found.push(Violation::new(
                place,
                format!("licence not on the list: {expression}"),
            )),
            None if EXCEPTIONS.iter().any(|(name, _)| *name == package.name) => {}
            None => found.push(Violation::new(place, "states no licence")),
        }
    }
    found
}

/// Whether an SPDX expression can be met with the licences of the list. `OR` binds less than `AND`; the old form with a
/// slash means `OR`.
fn allowed(expression: &str) -> bool {
    let spaced = expression
        .replace('(', " ( ")
        .replace(')', " ) ")
        .replace('/', " OR ");
    let mut words = spaced.split_whitespace().peekable();
    any(&mut words) && words.next().is_none()
}

type Words<'a> = std::iter::Peekable<std::str::SplitWhitespace<'a>>;

fn any(words: &mut Words<'_>) -> bool {
    let mut met = all(words);
    while words.next_if_eq(&"OR").is_some() {
        met |= all(words);
    }
    met
}

fn all(words: &mut Words<'_>) -> bool {
    let mut met = one(words);
    while words.next_if_eq(&"AND").is_some() {
        met &= one(words);
    }
    met
}

fn one(words: &mut Words<'_>) -> bool {
    let Some(word) = words.next() else {
        return false;
    };
    if word == "(" {
        return any(words) & (words.next() == Some(")"));
    }
    if words.next_if_eq(&"WITH").is_some() {
        // An exception only ever grants more.
        words.next();
    }
    ALLOWED.contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_read_as_spdx_does() {
        for good in [
            "MIT",
            "MIT/Apache-2.0",
            "(MIT OR Apache-2.0) AND Unicode-3.0",
            "Apache-2.0 WITH LLVM-exception OR Apache-2.0 OR MIT",
            "GPL-3.0-only OR MIT",
        ] {
            assert!(allowed(good), "{good}");
        }
        for bad in [
            "GPL-3.0-only",
            "MIT AND GPL-3.0-only",
            "(MIT OR ISC) AND SSPL-1.0",
            "",
            "(MIT",
            "MIT MIT",
            "MIT )",
        ] {
            assert!(!allowed(bad), "{bad}");
        }
    }
}
