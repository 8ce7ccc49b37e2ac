//! What another server kept of a password, as an import reads it.

use super::Kept;

/// A line behind its name. What is read is kept as it is; whether it is of a password takes too long to ask each time.
pub(crate) fn kept(bytes: &[u8]) -> bool {
    let text = std::str::from_utf8(bytes).ok();
    let kept = text.and_then(|text| Some((text, Kept::parse(text).ok()?)));
    if let Some((text, kept)) = &kept {
        assert_eq!(kept.text(), *text, "it is kept otherwise");
    }
    kept.is_some()
}
