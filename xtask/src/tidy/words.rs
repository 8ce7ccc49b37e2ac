//! Nothing unfinished lands: what is not built yet answers with an error, not with a mark in the code.

use super::tree::{Tree, Violation};

const WORDS: [&str; 5] = ["TODO", "FIXME", "XXX", "HACK", "WIP"];
const MACROS: [&str; 3] = ["todo!", "unimplemented!", "dbg!"];

pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for file in tree.rust().filter(|file| file.path.starts_with("crates/")) {
        for (number, line) in file.lines() {
            if let Some(mark) = unfinished(line) {
                found.push(Violation::new(
                    format!("{}:{number}", file.path),
                    format!("{mark} in the code"),
                ));
            }
        }
    }
    found
}

fn unfinished(line: &str) -> Option<&'static str> {
    let mut words = line.split(|character: char| {
        !character.is_alphanumeric() && character != '_' && character != '!'
    });
    words.find_map(|word| {
        let is = |mark: &&&str| word == **mark || word.strip_suffix('!') == Some(**mark);
        WORDS
            .iter()
            .find(is)
            .or_else(|| MACROS.iter().find(|mark| word == **mark))
            .copied()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_found_as_whole_words_only() {
        assert_eq!(unfinished("    // TODO: check the tag"), Some("TODO"));
        assert_eq!(unfinished("    dbg!(epoch);"), Some("dbg!"));
        assert_eq!(
            unfinished("let code = \"XXXX-1234\"; // TODOS and mastodon"),
            None
        );
    }
}
