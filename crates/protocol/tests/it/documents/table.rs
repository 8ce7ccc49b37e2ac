//! The tables and sections of `docs/WIRE.md`.

use crate::page::WIRE;

/// A row: what stands in code in its first cell, and the other cells.
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) cells: Vec<&'static str>,
}

/// The rows of the table below a heading.
pub(super) fn rows(heading: &str) -> Vec<Row> {
    let (_, below) = WIRE.split_once(heading).unwrap();
    let lines = below.lines().skip_while(|line| !line.starts_with('|'));
    let rows = lines.take_while(|line| line.starts_with('|')).skip(2);
    rows.map(|line| {
        let mut cells = line.trim_matches('|').split('|').map(str::trim);
        let first = cells.next().unwrap();
        let name = first.strip_prefix("[`").unwrap();
        let (name, _) = name.split_once('`').unwrap();
        Row {
            name,
            cells: cells.collect(),
        }
    })
    .collect()
}

/// What stands in code in a cell: names of types.
pub(super) fn types(cell: &'static str) -> Vec<&'static str> {
    cell.split('`').skip(1).step_by(2).collect()
}

/// The words of the section of that name: what stands there and is no example.
pub(super) fn words(name: &str) -> String {
    let (_, below) = WIRE
        .split_once(&format!("\n### `{name}`\n"))
        .unwrap_or_else(|| panic!("{name} has no section"));
    let mut words = Vec::new();
    let mut in_example = false;
    for line in below.lines().take_while(|line| !line.starts_with("##")) {
        if line.starts_with("```") {
            in_example = !in_example;
        } else if !in_example {
            words.push(line.trim_end());
        }
    }
    let text = words.join("\n");
    let paragraphs = text.split("\n\n").map(|it| it.trim().replace('\n', " "));
    let paragraphs: Vec<_> = paragraphs.filter(|it| !it.is_empty()).collect();
    paragraphs.join("\n\n")
}

/// The first sentence.
pub(super) fn summary(words: &str) -> String {
    let first = words.split("\n\n").next().unwrap_or_default();
    let end = first.find(". ").map_or(first.len(), |end| end + 1);
    first[..end].trim_end_matches([':', '.']).to_owned()
}
