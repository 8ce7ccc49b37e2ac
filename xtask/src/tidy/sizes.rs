//! A file is one noun or one verb: at 500 lines it is split.

use super::tree::{Tree, Violation};

const LIMIT: usize = 500;

/// Files that may be longer, each with the reason.
const EXCEPTIONS: &[(&str, &str)] = &[];

pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    check_with(tree, EXCEPTIONS)
}

fn check_with(tree: &Tree, exceptions: &[(&str, &str)]) -> Vec<Violation> {
    let mut found = Vec::new();
    for file in tree.rust() {
        let lines = file.text.lines().count();
        let excepted = exceptions.iter().any(|(path, _)| *path == file.path);
        if lines > LIMIT && !excepted {
            found.push(Violation::new(
                &file.path,
                format!("{lines} lines, the limit is {LIMIT}: split it by noun"),
            ));
        }
        if lines <= LIMIT && excepted {
            found.push(Violation::new(&file.path, "no longer needs its exception"));
        }
    }
    for (path, _) in exceptions
        .iter()
        .filter(|(path, _)| tree.file(path).is_none())
    {
        found.push(Violation::new(
            *path,
            "an exception for a file that does not exist",
        ));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{super::tree::with_file, *};

    const PATH: &str = "crates/engine/src/timeline.rs";

    #[test]
    fn long_files_are_found_unless_excepted() {
        let long = with_file(PATH, &"//\n".repeat(LIMIT + 1));
        assert_eq!(check_with(&long, &[]).len(), 1);
        assert!(check_with(&long, &[(PATH, "one table")]).is_empty());
    }

    #[test]
    fn stale_exceptions_are_found() {
        let short = with_file(PATH, &"//\n".repeat(LIMIT));
        assert!(check_with(&short, &[]).is_empty());
        assert_eq!(check_with(&short, &[(PATH, "one table")]).len(), 1);
        assert_eq!(
            check_with(&short, &[("crates/gone.rs", "one table")]).len(),
            1
        );
    }
}
