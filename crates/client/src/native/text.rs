//! Unicode.

use icu_normalizer::ComposingNormalizerBorrowed;

/// The text in NFKC: what is typed in different ways and means the same is the same.
pub(crate) fn nfkc(text: &str) -> String {
    ComposingNormalizerBorrowed::new_nfkc()
        .normalize(text)
        .into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_passphrase_is_one_text_on_every_keyboard() {
        assert_eq!(
            nfkc("Stra\u{df}e u\u{308}ber \u{fb01}"),
            "Stra\u{df}e \u{fc}ber fi"
        );
    }
}
