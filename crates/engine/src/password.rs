//! Passwords: whoever steals the server's database can guess at Argon2id cost, so easy ones are refused here,
//! before anything is sent, and a good one is offered.

pub use protocol::password::Weakness;
use protocol::{error::ErrorCode, names::UserName, password};
use rand_core::CryptoRngCore;
use zeroize::Zeroizing;

use crate::api::{Failure, Password};

/// Syllables of a generated password: 18 of 6.6 bits each are 118 bits.
const SYLLABLES: usize = 18;
const SYLLABLES_PER_WORD: usize = 3;
const CONSONANTS: &[u8; 20] = b"bcdfghjklmnpqrstvwxz";
const VOWELS: &[u8; 5] = b"aeiou";

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
    password::check(password.expose(), user)
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
