//! What happened, for a person who has to find out why.

use std::{cell::RefCell, rc::Rc};

/// Lines of a run; none are kept until a seed has failed and runs again. Clones share the lines, so that they
/// outlive a run that panics.
#[derive(Clone, Default)]
pub(crate) struct Trace(Option<Rc<RefCell<Vec<String>>>>);

impl Trace {
    /// Keeps every line.
    pub(crate) fn on() -> Self {
        Self(Some(Rc::default()))
    }

    /// Adds a line, made only if it is kept.
    pub(crate) fn line(&self, now: u64, who: &str, what: impl FnOnce() -> String) {
        if let Some(lines) = &self.0 {
            let what: String = what().chars().take(400).collect();
            lines
                .borrow_mut()
                .push(format!("{now:>10} {who:<6} {what}"));
        }
    }

    /// The last lines.
    pub(crate) fn tail(&self, most: usize) -> String {
        let Some(lines) = &self.0 else {
            return String::new();
        };
        let lines = lines.borrow();
        lines[lines.len().saturating_sub(most)..].join("\n")
    }
}
