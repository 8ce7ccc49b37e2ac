//! Keys that somebody could guess: what stands in examples, and what a finger does without its head.

use super::key::SecretKey;

/// What examples are made of. A word counts for nothing; what stands around it may still be a key.
const WORDS: [&str; 24] = [
    "changeme",
    "change",
    "replace",
    "secret",
    "secure",
    "insecure",
    "password",
    "passphrase",
    "placeholder",
    "production",
    "development",
    "default",
    "example",
    "sample",
    "testing",
    "please",
    "random",
    "string",
    "value",
    "flask",
    "admin",
    "your",
    "chat",
    "this",
];
/// The same, where letters alone would be found by chance.
const SHORT_WORDS: [&str; 12] = [
    "dev", "key", "here", "test", "my", "the", "in", "me", "is", "it", "to", "a",
];
/// Fewer different characters than this are few.
const DIFFERENT: usize = 6;
/// Fewer characters than this that do not merely follow the one before are few.
const STEPS: usize = 6;

/// Why a secret key is no secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WeakKey {
    /// It is the text of an example.
    #[error("SECRET_KEY is a placeholder that everybody knows")]
    Placeholder,
    /// It is something short, over and over.
    #[error("SECRET_KEY repeats something short")]
    Repeats,
    /// It has few different characters, or they stand in a row.
    #[error("SECRET_KEY has too few different characters, or they follow each other")]
    Plain,
}

impl SecretKey {
    /// Whether somebody could guess it. What it finds is weak; what it does not find may be.
    ///
    /// # Errors
    /// Why.
    pub fn check_strength(&self) -> Result<(), WeakKey> {
        let text = String::from_utf8_lossy(self.as_bytes()).to_lowercase();
        let signs: Vec<char> = text.chars().collect();
        if period(&signs) < Self::MIN_CHARS {
            return Err(WeakKey::Repeats);
        }
        if !is_varied(&signs) {
            return Err(WeakKey::Plain);
        }
        // Without a word it is as long as it is.
        match without_words(&text) {
            Some(rest) if rest < Self::MIN_CHARS => Err(WeakKey::Placeholder),
            _ => Ok(()),
        }
    }
}

/// The length of what the text repeats from its beginning to its end; its own where it does not.
fn period(signs: &[char]) -> usize {
    let repeats = |period: &usize| {
        signs
            .iter()
            .zip(signs.iter().skip(*period))
            .all(|(a, b)| a == b)
    };
    (1..signs.len()).find(repeats).unwrap_or(signs.len())
}

fn is_varied(signs: &[char]) -> bool {
    let different: std::collections::BTreeSet<_> = signs.iter().collect();
    let follows =
        |(before, sign): &(&char, &char)| u32::from(**before).abs_diff(u32::from(**sign)) > 1;
    let steps = signs
        .iter()
        .zip(signs.iter().skip(1))
        .filter(follows)
        .count();
    different.len() >= DIFFERENT && steps >= STEPS
}

/// How many letters and digits are left without the words of examples; none where there is no such word.
fn without_words(text: &str) -> Option<usize> {
    let mut rest = text.to_owned();
    for word in WORDS {
        rest = rest.replace(word, " ");
    }
    if rest == text {
        return None;
    }
    let words = rest.split(|sign: char| !sign.is_alphanumeric());
    let words = words.filter(|word| !SHORT_WORDS.contains(word));
    Some(words.map(|word| word.chars().count()).sum())
}

#[cfg(test)]
mod tests {
    use rand_chacha::ChaCha20Rng;
    use rand_core::{RngCore as _, SeedableRng as _};

    use super::*;

    fn check(text: &str) -> Result<(), WeakKey> {
        SecretKey::from_text(text).unwrap().check_strength()
    }

    #[test]
    fn what_everybody_knows_is_no_key() {
        for text in [
            "your-secret-key-here",
            "dev-key-change-in-production",
            "changeme-changeme-please",
            "CHANGE_ME_IN_PRODUCTION",
            "secret_key_for_development",
            "this-is-a-secret-key",
            "my-super-secret-key-123",
            "replace-this-with-a-random-string",
        ] {
            assert_eq!(check(text), Err(WeakKey::Placeholder), "{text}");
        }
    }

    #[test]
    fn what_repeats_or_runs_is_no_key() {
        for text in [
            "aaaaaaaaaaaaaaaa",
            "0123456701234567012",
            "secretsecretsecret",
            "abcabcabcabcabcabcab",
        ] {
            assert_eq!(check(text), Err(WeakKey::Repeats), "{text}");
        }
        for text in [
            "0123456789abcdef0123456789abcdef",
            "abcdefghijklmnopqrstuvwxyz",
            "aaaaaaaaaaaaaaaab",
            "1122112211211212122",
        ] {
            assert_eq!(check(text), Err(WeakKey::Plain), "{text}");
        }
    }

    #[test]
    fn a_key_with_a_name_around_it_is_one() {
        for text in [
            "secret-9f1c7a4de0b85263",
            "correct horse battery staple",
            "marble tugboat whispers 42",
        ] {
            assert_eq!(check(text), Ok(()), "{text}");
        }
    }

    /// What `openssl rand` writes, in either form.
    #[test]
    fn what_a_machine_draws_is_a_key() {
        use base64::{Engine as _, engine::general_purpose::STANDARD};
        let mut rng = ChaCha20Rng::from_seed([1; 32]);
        let mut bytes = [0; 32];
        for _ in 0..20_000 {
            rng.fill_bytes(&mut bytes);
            for text in [hex::encode(bytes), STANDARD.encode(bytes)] {
                assert_eq!(check(&text), Ok(()), "{text}");
            }
        }
    }
}
