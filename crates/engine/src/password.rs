//! Passwords: whoever steals the server's database can guess at Argon2id cost, so easy ones are refused here,
//! before anything is sent, and a good one is offered.

use protocol::{error::ErrorCode, names::UserName};
use rand_core::CryptoRngCore;
use zeroize::Zeroizing;

use crate::api::{Failure, Password};

/// The shortest password, in characters.
pub const MIN_CHARS: usize = 10;
/// The longest password, in bytes.
pub const MAX_BYTES: usize = 1024;
/// Syllables of a generated password: 18 of 6.6 bits each are 118 bits.
const SYLLABLES: usize = 18;
const SYLLABLES_PER_WORD: usize = 3;
const CONSONANTS: &[u8; 20] = b"bcdfghjklmnpqrstvwxz";
const VOWELS: &[u8; 5] = b"aeiou";

/// Beginnings of the passwords that guessers try first. Digits and signs around them do not help.
const COMMON: &[&str] = &[
    "password",
    "passwort",
    "motdepasse",
    "contrasena",
    "qwerty",
    "qwertz",
    "azerty",
    "asdfgh",
    "zxcvbn",
    "letmein",
    "welcome",
    "iloveyou",
    "admin",
    "administrator",
    "monkey",
    "dragon",
    "football",
    "baseball",
    "sunshine",
    "princess",
    "superman",
    "batman",
    "trustno",
    "master",
    "login",
    "secret",
    "changeme",
    "default",
    "securechat",
    "whatever",
    "starwars",
    "computer",
    "internet",
    "michael",
    "jennifer",
    "charlie",
    "hunter",
    "shadow",
    "freedom",
    "liverpool",
    "chelsea",
    "arsenal",
    "pokemon",
    "naruto",
    "samsung",
    "google",
    "facebook",
    "hello",
    "correcthorsebatterystaple",
];

/// Why a password is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Weakness {
    /// Fewer than [`MIN_CHARS`] characters.
    #[error("A password has at least 10 characters.")]
    Short,
    /// More than [`MAX_BYTES`] bytes.
    #[error("That password is too long.")]
    Long,
    /// One of those that are tried first, with or without decoration.
    #[error("That password is one of the first that a guesser tries.")]
    Common,
    /// Mostly one character, a sequence, or a short piece repeated.
    #[error("That password is a simple pattern.")]
    Pattern,
    /// It contains the user name.
    #[error("A password must not contain the user name.")]
    ContainsName,
}

/// Which passwords a new account may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Rule {
    /// Those that [`check`] passes.
    #[default]
    Strong,
    /// The one that a development server on loopback makes its first account with, for that account, and no other. Whoever
    /// asks for it has made sure of development and loopback; the server demands another password at the first login.
    FirstRun,
}

/// Name and password of the account that a development server on loopback begins with.
pub const FIRST_RUN: (&str, &str) = ("admin", "admin123");

/// Whether the rule lets a new account of this name have this password. Its one exception is here.
pub(crate) fn check_of(rule: Rule, password: &Password, user: &UserName) -> Result<(), Weakness> {
    if rule == Rule::FirstRun && (user.as_str(), password.expose()) == FIRST_RUN {
        return Ok(());
    }
    check(password, user)
}

/// Whether a password is good enough for an account of this name.
///
/// # Errors
/// [`Weakness`] says what is wrong with it.
pub fn check(password: &Password, user: &UserName) -> Result<(), Weakness> {
    let text = password.expose();
    if text.chars().count() < MIN_CHARS {
        return Err(Weakness::Short);
    }
    if text.len() > MAX_BYTES {
        return Err(Weakness::Long);
    }
    let lower = Zeroizing::new(text.to_lowercase());
    if user.as_str().len() >= 3 && lower.contains(user.as_str()) {
        return Err(Weakness::ContainsName);
    }
    if is_common(&lower) {
        return Err(Weakness::Common);
    }
    if is_pattern(&lower) {
        return Err(Weakness::Pattern);
    }
    Ok(())
}

/// The refusal as a command's failure, with a generated password to take instead.
pub(crate) fn refusal(weakness: Weakness, rng: &mut dyn CryptoRngCore) -> Failure {
    Failure {
        code: ErrorCode::WeakPassword,
        sentence: format!("{weakness} A good one: {}", generate(rng).as_str()),
    }
}

/// A fresh password of 118 random bits, made to be read aloud and typed.
pub fn generate(rng: &mut dyn CryptoRngCore) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(SYLLABLES * 3));
    for syllable in 0..SYLLABLES {
        if syllable > 0 && syllable % SYLLABLES_PER_WORD == 0 {
            text.push('-');
        }
        text.push(pick(CONSONANTS, rng));
        text.push(pick(VOWELS, rng));
    }
    text
}

/// One of the letters, each equally likely.
fn pick<const N: usize>(letters: &[u8; N], rng: &mut dyn CryptoRngCore) -> char {
    let count = N as u64;
    let fair = u64::MAX - u64::MAX % count;
    loop {
        let drawn = rng.next_u64();
        if drawn < fair
            && let Some(letter) = letters.get((drawn % count) as usize)
        {
            return char::from(*letter);
        }
    }
}

/// A common password and little else: at most six characters beside it.
fn is_common(lower: &str) -> bool {
    let letters: Zeroizing<String> = Zeroizing::new(lower.chars().filter_map(unleet).collect());
    COMMON.iter().any(|common| {
        letters.contains(common) && letters.len() < common.len() + 4
            || lower.contains(common) && lower.chars().count() < common.len() + 7
    })
}

/// Letters as they are, digits that stand for letters as those, nothing else.
fn unleet(c: char) -> Option<char> {
    match c {
        '0' => Some('o'),
        '1' | '!' => Some('i'),
        '3' => Some('e'),
        '4' | '@' => Some('a'),
        '5' | '$' => Some('s'),
        '7' => Some('t'),
        c if c.is_alphabetic() => Some(c),
        _ => None,
    }
}

/// Few different characters, or mostly steps of one size (`aaaa`, `abcd`, `9876`), or a short piece repeated.
fn is_pattern(lower: &str) -> bool {
    let chars: Zeroizing<Vec<u32>> = Zeroizing::new(lower.chars().map(u32::from).collect());
    let mut different: Zeroizing<Vec<u32>> = chars.clone();
    different.sort_unstable();
    different.dedup();
    if different.len() < 5 {
        return true;
    }
    let steps: Vec<i64> = chars
        .windows(2)
        .filter_map(|pair| match pair {
            [a, b] => Some(i64::from(*b) - i64::from(*a)),
            _ => None,
        })
        .collect();
    let simple = steps.iter().filter(|step| step.abs() <= 1).count();
    if simple * 3 >= steps.len() * 2 {
        return true;
    }
    (1..=chars.len() / 3).any(|period| {
        chars
            .iter()
            .zip(chars.iter().skip(period))
            .all(|(a, b)| a == b)
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng as _};

    use super::*;

    fn judge(password: &str) -> Result<(), Weakness> {
        check(
            &Password::new(password.to_owned()),
            &UserName::parse("alice").unwrap(),
        )
    }

    #[test]
    fn weak_passwords_are_refused_by_name_of_their_weakness() {
        let cases = [
            ("short", Weakness::Short),
            ("aaaaaaaaaaaaaaa", Weakness::Pattern),
            ("abcdefghijklmnop", Weakness::Pattern),
            ("98765432109876", Weakness::Pattern),
            ("xkcxkcxkcxkcxkc", Weakness::Pattern),
            ("tuvxtuvwtuvxtuvw1234abcdijkl", Weakness::Pattern),
            ("password1234", Weakness::Common),
            ("P4ssw0rd!2026", Weakness::Common),
            ("qwertyuiop12", Weakness::Common),
            ("my-alice-password-xyz", Weakness::ContainsName),
        ];
        for (password, weakness) in cases {
            assert_eq!(judge(password), Err(weakness), "{password}");
        }
        assert_eq!(judge(&"ab3$Z".repeat(300)), Err(Weakness::Long));
    }

    #[test]
    fn the_first_run_has_one_exception() {
        let judge = |rule, user, password: &str| {
            let user = UserName::parse(user).unwrap();
            check_of(rule, &Password::new(password.to_owned()), &user)
        };
        let (user, password) = FIRST_RUN;
        assert_eq!(judge(Rule::FirstRun, user, password), Ok(()));
        assert!(judge(Rule::Strong, user, password).is_err());
        assert!(judge(Rule::FirstRun, "alice", password).is_err());
        assert!(judge(Rule::FirstRun, user, "admin124").is_err());
        assert!(judge(Rule::FirstRun, user, "short").is_err());
    }

    #[test]
    fn good_passwords_pass_and_generated_ones_are_good() {
        assert_eq!(judge("tarnish gopher velvet oxide"), Ok(()));
        assert_eq!(judge("vR8#qLm2zT"), Ok(()));
        let mut rng = ChaCha20Rng::from_seed([1; 32]);
        for _ in 0..100 {
            let password = generate(&mut rng);
            assert_eq!(password.len(), 41);
            assert_eq!(judge(&password), Ok(()), "{}", password.as_str());
        }
    }
}
