//! Whether bytes stand in others.

/// Whether `part` stands anywhere in `whole`.
pub(super) fn holds(whole: &[u8], part: &[u8]) -> bool {
    !part.is_empty() && whole.windows(part.len()).any(|window| window == part)
}
