//! Which passwords are refused, by whoever sees one: the client, and the server where an account is a classic one.
//!
//! Whoever steals a server's database can guess at the cost of Argon2id, so easy ones are refused before they protect anything.

use zeroize::Zeroizing;

use crate::names::UserName;

/// The shortest password, in characters.
pub const MIN_CHARS: usize = 10;
/// The longest password, in bytes.
pub const MAX_BYTES: usize = 1024;

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

/// Whether a password is good enough for an account of this name.
///
/// # Errors
/// [`Weakness`] says what is wrong with it.
pub fn check(text: &str, user: &UserName) -> Result<(), Weakness> {
    if text.chars().count() < MIN_CHARS {
        return Err(Weakness::Short);
    }
    if text.len() > MAX_BYTES {
        return Err(Weakness::Long);
    }
    let mut lower = Zeroizing::new(String::with_capacity(text.len()));
    lower.extend(text.chars().map(small));
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

/// Small letters for capitals of Latin, Greek and Cyrillic. What all of Unicode knows of them is 6 kB of what a browser
/// downloads, and no common password or user name has more than these.
fn small(c: char) -> char {
    let later = |steps| char::from_u32(u32::from(c) + steps).unwrap_or(c);
    match c {
        'A'..='Z' | 'À'..='Ö' | 'Ø'..='Þ' | 'Α'..='Ρ' | 'Σ'..='Ϋ' | 'А'..='Я' => {
            later(32)
        }
        'Ѐ'..='Џ' => later(80),
        // The other two that Unicode makes a letter of user names of.
        'İ' => 'i',
        '\u{212a}' => 'k',
        _ => c,
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
    use super::*;

    fn judge(password: &str) -> Result<(), Weakness> {
        check(password, &UserName::parse("alice").unwrap())
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
            ("my-ALİCE-passphrase-xyz", Weakness::ContainsName),
            ("АбВгДеЖзИй", Weakness::Pattern),
        ];
        for (password, weakness) in cases {
            assert_eq!(judge(password), Err(weakness), "{password}");
        }
        assert_eq!(judge(&"ab3$Z".repeat(300)), Err(Weakness::Long));
    }

    #[test]
    fn capitals_are_those_of_unicode() {
        for capital in char::MIN..=char::MAX {
            let wanted = capital.to_lowercase().next().unwrap();
            let made = small(capital);
            assert!(made == wanted || made == capital, "{capital}");
            assert!(made == wanted || !wanted.is_ascii(), "{capital}");
        }
    }
}
