//! What is told of a run.

use anyhow::Result;

/// One line of the table.
pub(super) struct Row {
    pub(super) name: String,
    seconds: u32,
    pub(super) executions: u64,
    /// Edges of the code that some input passed.
    pub(super) coverage: u64,
    /// In the corpus that is committed.
    pub(super) files: usize,
    /// Inputs that lie in `fuzz/artifacts`, of this run or of one before.
    pub(super) findings: usize,
    pub(super) outcome: Result<()>,
}

impl Row {
    pub(super) fn new(name: String, seconds: u32) -> Self {
        Self {
            name,
            seconds,
            executions: 0,
            coverage: 0,
            files: 0,
            findings: 0,
            outcome: Ok(()),
        }
    }
}

const HEAD: &str = "target                        executions  seconds  coverage  corpus  findings";

/// The lines under their head.
pub(super) fn table(rows: &[Row]) -> String {
    let lines: Vec<String> = rows.iter().map(line).collect();
    format!("{HEAD}\n{}", lines.join("\n"))
}

/// One line.
pub(super) fn line(row: &Row) -> String {
    let note = match &row.outcome {
        Ok(()) => String::new(),
        Err(error) => format!("  {error:#}"),
    };
    format!(
        "{:<28}{:>12}{:>9}{:>10}{:>8}{:>10}{note}",
        row.name, row.executions, row.seconds, row.coverage, row.files, row.findings
    )
}

/// `123` of `stat::number_of_executed_units: 123`.
pub(super) fn executions(log: &str) -> u64 {
    let told = log
        .lines()
        .find_map(|line| line.strip_prefix("stat::number_of_executed_units:"));
    told.and_then(|number| number.trim().parse().ok())
        .unwrap_or(0)
}

/// The last `123` of `cov: 123`.
pub(super) fn coverage(log: &str) -> u64 {
    let told = log.lines().rev().find_map(|line| {
        let (_, rest) = line.strip_prefix('#')?.split_once(" cov: ")?;
        rest.split(' ').next()?.parse().ok()
    });
    told.unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_libfuzzer_says_is_read() {
        let log = "#2\tINITED cov: 8 ft: 8 corp: 1/1b exec/s: 0 rss: 27Mb\n\
            #900\tDONE   cov: 12 ft: 12 corp: 5/21b lim: 4096 exec/s: 200000 rss: 27Mb\n\
            Done 900 runs in 1 second(s)\n\
            stat::number_of_executed_units: 900\n\
            stat::peak_rss_mb:              27\n";
        assert_eq!((executions(log), coverage(log)), (900, 12));
        assert_eq!((executions(""), coverage("nothing")), (0, 0));
    }

    #[test]
    fn a_line_stands_under_its_head() {
        let row = Row {
            executions: 123_456_789,
            coverage: 1_234,
            files: 40,
            ..Row::new("e2ee/signing_certificate".to_owned(), 600)
        };
        assert_eq!(line(&row).len(), HEAD.len());
        assert!(line(&row).ends_with("123456789      600      1234      40         0"));
    }
}
