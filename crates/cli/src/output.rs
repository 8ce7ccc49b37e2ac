//! Printing: lines for people, objects for scripts, and nothing that a stranger's text could do to a terminal.

use std::io::{self, Write};

use serde_json::{Value, json};

use crate::exit::Problem;

/// Where lines go, and in which form.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    pub(crate) json: bool,
}

impl Output {
    /// A line for people, or an object for scripts.
    pub(crate) fn line(self, text: &str, object: impl FnOnce() -> Value) -> Result<(), Problem> {
        if self.json {
            write_line(&object().to_string())
        } else {
            write_line(text)
        }
    }

    /// A word on success, for people only.
    pub(crate) fn say(self, text: &str) -> Result<(), Problem> {
        self.line(text, || json!({ "ok": true }))
    }

    /// The sentence and code of a failure, on standard error.
    pub(crate) fn problem(self, problem: &Problem) {
        if problem.is_silent() {
            return;
        }
        let text = if self.json {
            json!({ "error": problem.sentence, "code": problem.code.as_str() }).to_string()
        } else {
            format!(
                "secure-chat: {} ({})",
                clean(&problem.sentence),
                problem.code
            )
        };
        note(&text);
    }
}

/// One line on standard output, at once. A reader that has gone away ends the program quietly.
pub(crate) fn write_line(text: &str) -> Result<(), Problem> {
    let mut out = io::stdout().lock();
    let written = out
        .write_all(text.as_bytes())
        .and_then(|()| out.write_all(b"\n"))
        .and_then(|()| out.flush());
    written.map_err(|error| match error.kind() {
        io::ErrorKind::BrokenPipe => Problem::unread(),
        _ => error.into(),
    })
}

/// One line on standard error; if that is closed there is nobody to tell.
pub(crate) fn note(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Rows with their columns under each other; the last column ends where it ends.
pub(crate) fn aligned(rows: &[Vec<String>]) -> Vec<String> {
    let mut widths: Vec<usize> = Vec::new();
    for row in rows {
        for (place, cell) in row.iter().enumerate() {
            let width = cell.chars().count();
            match widths.get_mut(place) {
                Some(known) => *known = width.max(*known),
                None => widths.push(width),
            }
        }
    }
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths);
        let cells: Vec<String> = cells
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        cells.join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

/// Text of others made harmless for a terminal: control characters and those that reorder text become marks, line
/// breaks are kept.
pub(crate) fn clean(text: &str) -> String {
    let harmful = |character: char| {
        (character.is_control() && character != '\n')
            || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')
    };
    text.replace(harmful, "\u{fffd}")
}

/// The same on one line.
pub(crate) fn clean_line(text: &str) -> String {
    clean(text).replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_under_each_other() {
        let row = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect();
        let rows = [
            row(&["name", "bytes"]),
            row(&["a", "1"]),
            row(&["Grüße", ""]),
        ];
        assert_eq!(aligned(&rows), ["name   bytes", "a      1", "Grüße"]);
    }

    #[test]
    fn a_strangers_text_cannot_drive_the_terminal() {
        assert_eq!(clean("a\u{1b}[2Jb\r\u{7}"), "a\u{fffd}[2Jb\u{fffd}\u{fffd}");
        assert_eq!(clean("two\nlines"), "two\nlines");
        assert_eq!(clean("\u{202e}gpj.exe"), "\u{fffd}gpj.exe");
        assert_eq!(clean_line("two\nlines"), "two lines");
        assert_eq!(clean("Grüße, 你好 🙂"), "Grüße, 你好 🙂");
    }
}
