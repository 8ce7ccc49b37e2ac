//! A type that zeroizes its bytes does not show them: it derives neither `Debug` nor `Serialize`, and no type that holds
//! a `Zeroizing` value derives `Debug`, because that prints what is inside.

use super::tree::{Tree, Violation};

pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for file in tree.rust().filter(|file| file.path.starts_with("crates/")) {
        for item in items(&file.text) {
            if let Some(what) = item.shows_a_secret() {
                found.push(Violation::new(format!("{}:{}", file.path, item.line), what));
            }
        }
    }
    found
}

/// A struct or enum with its derives.
struct Item<'a> {
    line: usize,
    derives: Vec<&'a str>,
    body: &'a str,
}

impl Item<'_> {
    fn shows_a_secret(&self) -> Option<&'static str> {
        let derives = |name: &str| self.derives.contains(&name);
        let zeroizes = derives("Zeroize") || derives("ZeroizeOnDrop");
        if zeroizes && derives("Debug") {
            return Some("zeroizes its bytes and derives Debug");
        }
        if zeroizes && derives("Serialize") {
            return Some("zeroizes its bytes and derives Serialize");
        }
        (derives("Debug") && self.body.contains("Zeroizing<"))
            .then_some("holds Zeroizing bytes and derives Debug")
    }
}

/// Every item of a file that starts with a derive attribute. The body ends where the braces or parentheses close, or at
/// a semicolon.
fn items(text: &str) -> impl Iterator<Item = Item<'_>> {
    text.match_indices("#[derive(")
        .filter_map(move |(at, mark)| {
            let line = text.get(..at)?.matches('\n').count() + 1;
            let (list, mut rest) = text.get(at + mark.len()..)?.split_once(")]")?;
            let mut derives = names(list);
            while let Some(attribute) = rest.trim_start().strip_prefix("#[") {
                let (inside, after) = attribute.split_once("]\n")?;
                if let Some(list) = inside.strip_prefix("derive(") {
                    derives.extend(names(list.trim_end_matches(')')));
                }
                rest = after;
            }
            Some(Item {
                line,
                derives,
                body: body(rest),
            })
        })
}

/// The last segment of each path in a derive list.
fn names(list: &str) -> Vec<&str> {
    list.split(',')
        .filter_map(|path| path.trim().rsplit("::").next())
        .collect()
}

fn body(text: &str) -> &str {
    let mut depth = 0_usize;
    for (at, character) in text.char_indices() {
        match character {
            '{' | '(' => depth += 1,
            '}' | ')' => depth = depth.saturating_sub(1),
            ';' if depth == 0 => return text.get(..at).unwrap_or(text),
            _ => continue,
        }
        if depth == 0 && character == '}' {
            return text.get(..at).unwrap_or(text);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{super::tree::with_file, *};

    fn check_one(text: &str) -> Vec<String> {
        check(&with_file("crates/e2ee/src/secret.rs", text))
            .into_iter()
            .map(|violation| violation.what)
            .collect()
    }

    #[test]
    fn a_secret_that_shows_itself_is_found() {
        assert_eq!(
            check_one("#[derive(Clone, Debug, zeroize::ZeroizeOnDrop)]\nstruct Seed([u8; 32]);\n"),
            ["zeroizes its bytes and derives Debug"]
        );
        assert_eq!(
            check_one(
                "#[derive(Debug)]\n#[must_use]\nstruct Box {\n    inner: Zeroizing<Vec<u8>>,\n}\n"
            ),
            ["holds Zeroizing bytes and derives Debug"]
        );
    }

    #[test]
    fn the_next_item_is_not_taken_for_this_one() {
        let text = "#[derive(Debug)]\npub struct Epoch(pub u64);\n\npub struct Key(Zeroizing<[u8; 32]>);\n";
        assert!(check_one(text).is_empty());
    }
}
