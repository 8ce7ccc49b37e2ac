//! Links between the papers, and from them to the code, lead somewhere.

use super::tree::{Tree, Violation};

pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for file in tree.files.iter().filter(|file| file.path.ends_with(".md")) {
        for (number, line) in file.lines() {
            for link in targets(line).filter(|link| !leads_somewhere(tree, &file.path, link)) {
                let place = format!("{}:{number}", file.path);
                found.push(Violation::new(
                    place,
                    format!("links to {link}, which is not there"),
                ));
            }
        }
    }
    found
}

/// The addresses of `[text](address)` on a line.
fn targets(line: &str) -> impl Iterator<Item = &str> {
    line.split("](")
        .skip(1)
        .filter_map(|rest| rest.split_once(')').map(|(link, _)| link))
}

/// Whether a relative link names a file or directory of the tree. Links out of it and within a page are not checked.
fn leads_somewhere(tree: &Tree, from: &str, link: &str) -> bool {
    let path = link.split('#').next().unwrap_or_default();
    if path.is_empty() || link.contains("://") || link.starts_with("mailto:") {
        return true;
    }
    let directory = from.rsplit_once('/').map_or("", |(directory, _)| directory);
    let mut parts: Vec<&str> = directory
        .split('/')
        .filter(|part| !part.is_empty())
        .collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            name => parts.push(name),
        }
    }
    let wanted = parts.join("/");
    let inside = format!("{wanted}/");
    tree.files
        .iter()
        .any(|file| file.path == wanted || file.path.starts_with(&inside))
}

#[cfg(test)]
mod tests {
    use super::{super::tree::File, *};

    #[test]
    fn a_link_to_nowhere_is_found() {
        let file = |path: &str, text: &str| File {
            path: path.to_owned(),
            text: text.to_owned(),
        };
        let text = "[a](WIRE.md#1-x) [b](../README.md) [c](decisions) [d](#here) [e](https://example.org) [f](GONE.md)";
        let files = vec![
            file("docs/PROTOCOL.md", text),
            file("docs/WIRE.md", ""),
            file("docs/decisions/0001-mls.md", ""),
            file("README.md", ""),
        ];
        let found = check(&Tree {
            files,
            ..Tree::default()
        });
        assert_eq!(
            found,
            [Violation::new(
                "docs/PROTOCOL.md:1",
                "links to GONE.md, which is not there"
            )]
        );
    }
}
