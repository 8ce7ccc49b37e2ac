//! Labels of keys, seals, signatures and hashes stand in `labels.rs` of their crate and nowhere else, so that it can be
//! seen that no two coincide. What is made for one purpose is then taken for no other.

use std::collections::BTreeMap;

use super::tree::{File, Tree, Violation};

/// In front of every label.
const PREFIX: &str = "secure-chat/1 ";
/// The same on both sides: the server computes an account's id as the client does, and signs what the client verifies.
const SHARED: [&str; 2] = ["account", "sign report time"];

pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut known: BTreeMap<&str, String> = BTreeMap::new();
    for file in tree.rust().filter(|file| is_source(&file.path)) {
        let registry = file.path.ends_with("/src/labels.rs");
        for (line, label) in labels(file, registry) {
            let place = format!("{}:{line}", file.path);
            if !registry {
                let what = format!("the label {label:?} belongs into labels.rs");
                found.push(Violation::new(place, what));
                continue;
            }
            if let Some(first) = known
                .insert(label, place.clone())
                .filter(|_| !SHARED.contains(&label))
            {
                let what = format!("the label {label:?} is that of {first}");
                found.push(Violation::new(place, what));
            }
        }
    }
    found
}

/// Code that is linked into what ships.
fn is_source(path: &str) -> bool {
    let tests = path.contains("/tests/") || path.ends_with("/tests.rs");
    path.starts_with("crates/") && !path.starts_with("crates/bench/") && !tests
}

/// Every label in front of a file's tests, with its line: a whole one in a literal, or the end of one in the table of
/// `e2ee`.
fn labels(file: &File, registry: bool) -> impl Iterator<Item = (usize, &str)> {
    let code = file
        .lines()
        .take_while(|(_, line)| !line.starts_with("#[cfg(test)]"));
    code.filter(|(_, line)| !line.trim_start().starts_with("//"))
        .filter_map(move |(number, line)| {
            let whole = quoted(line).and_then(|text| text.strip_prefix(PREFIX));
            let label = whole.or_else(|| registry.then(|| entry(line)).flatten())?;
            (!label.is_empty()).then_some((number, label))
        })
}

/// What stands between the first quotation marks of a line.
fn quoted(line: &str) -> Option<&str> {
    line.split('"').nth(1)
}

/// `Name = "the end of a label",`
fn entry(line: &str) -> Option<&str> {
    let (name, _) = line.trim().split_once(" = \"")?;
    let plain = name.chars().all(char::is_alphanumeric);
    quoted(line).filter(|_| plain)
}

#[cfg(test)]
mod tests {
    use super::{super::tree::with_file, *};

    fn found(path: &str, text: &str) -> Vec<String> {
        let violations = check(&with_file(path, text)).into_iter();
        violations.map(|violation| violation.what).collect()
    }

    #[test]
    fn a_label_outside_the_table_is_found() {
        let text = "fn aad() -> &'static [u8] {\n    b\"secure-chat/1 mine\"\n}\n";
        let what = "the label \"mine\" belongs into labels.rs";
        assert_eq!(found("crates/client/src/store.rs", text), [what]);
        assert!(found("crates/client/tests/it/store.rs", text).is_empty());
        let tests = format!("#[cfg(test)]\nmod tests {{\n{text}}}\n");
        assert!(found("crates/client/src/store.rs", &tests).is_empty());
    }

    #[test]
    fn two_labels_of_one_text_are_found() {
        let table = "    Door = \"door\",\n    Gate = \"door\",\n";
        let path = "crates/e2ee/src/labels.rs";
        let what = format!("the label \"door\" is that of {path}:1");
        assert_eq!(found(path, table), [what]);
        let mixed = "    Door = \"door\",\nconst GATE: &[u8] = b\"secure-chat/1 door\";\n";
        assert_eq!(found(path, mixed).len(), 1);
        assert!(found(path, "    Door = \"door\",\n    Gate = \"gate\",\n").is_empty());
    }
}
