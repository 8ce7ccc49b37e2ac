//! Every error code of the closed list is described in docs/WIRE.md.

use super::tree::{Tree, Violation};

const LIST: &str = "crates/protocol/src/error.rs";
const PAPER: &str = "docs/WIRE.md";

pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let Some(list) = tree.file(LIST) else {
        return vec![Violation::new(
            LIST,
            "the list of error codes has moved: tell this rule where",
        )];
    };
    let Some(paper) = tree.file(PAPER) else {
        return vec![Violation::new(
            PAPER,
            "missing; it describes the error codes",
        )];
    };
    codes(&list.text)
        .filter(|code| {
            !paper.text.contains(&format!("`{code}`"))
                && !paper.text.contains(&format!("\"{code}\""))
        })
        .map(|code| Violation::new(PAPER, format!("does not describe `{code}`")))
        .collect()
}

/// The string literals that look like a code: capitals and underscores, nothing else.
fn codes(text: &str) -> impl Iterator<Item = &str> {
    let is_code = |word: &&str| {
        word.len() >= 3
            && word.starts_with(|first: char| first.is_ascii_uppercase())
            && word
                .chars()
                .all(|character| character.is_ascii_uppercase() || character == '_')
    };
    text.split('"').skip(1).step_by(2).filter(is_code)
}

#[cfg(test)]
mod tests {
    use super::{super::tree::File, *};

    fn tree(paper: &str) -> Tree {
        let file = |path: &str, text: &str| File {
            path: path.to_owned(),
            text: text.to_owned(),
        };
        let list = "BadJson = \"BAD_JSON\", 400, \"Not JSON.\";\nNameTaken = \"NAME_TAKEN\", 409, \"Taken.\";";
        Tree {
            files: vec![file(LIST, list), file(PAPER, paper)],
            ..Tree::default()
        }
    }

    #[test]
    fn a_code_that_the_paper_leaves_out_is_found() {
        let found = check(&tree("| `BAD_JSON` | 400 |"));
        assert_eq!(
            found,
            [Violation::new(PAPER, "does not describe `NAME_TAKEN`")]
        );
        assert!(check(&tree("`BAD_JSON` {\"code\": \"NAME_TAKEN\"}")).is_empty());
    }
}
