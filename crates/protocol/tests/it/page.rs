//! `docs/WIRE.md` as data.

/// The whole page.
pub(crate) const WIRE: &str = include_str!("../../../../docs/WIRE.md");

/// A fenced block whose info string names a type.
pub(crate) struct Example {
    /// The type that the info string names.
    pub(crate) of: &'static str,
    /// The line of the opening fence, from 1.
    pub(crate) line: usize,
    /// The JSON.
    pub(crate) json: String,
}

/// All examples in the order of the page.
pub(crate) fn examples() -> Vec<Example> {
    let mut examples = Vec::new();
    let mut open: Option<Example> = None;
    for (index, text) in WIRE.lines().enumerate() {
        match &mut open {
            None => {
                if let Some(info) = text.strip_prefix("```") {
                    let of = info.strip_prefix("json ").unwrap_or_else(|| {
                        panic!("line {}: a block must be `json TYPE`", index + 1)
                    });
                    let (line, json) = (index + 1, String::new());
                    open = Some(Example { of, line, json });
                }
            }
            Some(_) if text == "```" => examples.extend(open.take()),
            Some(example) => {
                example.json.push_str(text);
                example.json.push('\n');
            }
        }
    }
    assert!(open.is_none(), "the last block is not closed");
    examples
}
