//! The recovery code: 128 random bits that a person keeps on paper. It opens the root box where the password does not.
//!
//! Written as 7 groups of 4 characters of Crockford's base 32: 128 bits of code, then 12 bits of checksum against
//! slips of the pen. `K4QD-0PXW-…`

use rand_core::CryptoRngCore;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::{
    kdf,
    labels::{HashLabel, KdfLabel},
    secret::Secret,
};

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const CODE_BITS: u32 = 128;
const CHECK_BITS: u32 = 12;
const CHARACTERS: u32 = (CODE_BITS + CHECK_BITS) / 5;
const GROUP: u32 = 4;

/// A recovery code.
pub struct RecoveryCode(Secret<16>);

/// A text is no recovery code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RecoveryCodeError {
    /// It has more or fewer than 28 characters, spaces and hyphens aside.
    #[error("a recovery code has 28 letters and digits")]
    Length,
    /// It has a character that no code has.
    #[error("{0:?} does not occur in recovery codes")]
    Character(char),
    /// The checksum does not fit: a character was misread or two were swapped.
    #[error("a character of the recovery code is wrong")]
    Checksum,
}

impl RecoveryCode {
    /// A fresh code.
    #[must_use]
    pub fn generate(rng: &mut impl CryptoRngCore) -> Self {
        Self(Secret::random(rng))
    }

    /// The form that a person writes down.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        let code = u128::from_be_bytes(*self.0.expose());
        let check = u128::from(checksum(&self.0));
        let mut text = Zeroizing::new(String::with_capacity(40));
        for position in 0..CHARACTERS {
            if position > 0 && position % GROUP == 0 {
                text.push('-');
            }
            let digit = (position * 5..position * 5 + 5)
                .fold(0, |digit, bit| digit << 1 | bit_of(code, check, bit));
            text.push(ALPHABET.get(digit).copied().map_or('?', char::from));
        }
        text
    }

    /// Reads what a person types: in any case, with or without spaces and hyphens, with O for 0 and I or L for 1.
    ///
    /// # Errors
    /// [`RecoveryCodeError`] says what does not fit.
    pub fn parse(text: &str) -> Result<Self, RecoveryCodeError> {
        let (mut code, mut check, mut bits) = (Zeroizing::new(0_u128), 0_u16, 0);
        for c in text.chars().filter(|c| !c.is_whitespace() && *c != '-') {
            let digit = digit_of(c)?;
            for shift in (0..5).rev() {
                let bit = digit >> shift & 1;
                match bits {
                    0..CODE_BITS => *code = *code << 1 | u128::from(bit),
                    _ => check = check << 1 & 0xFFF | u16::from(bit),
                }
                bits += 1;
            }
            if bits > CODE_BITS + CHECK_BITS {
                return Err(RecoveryCodeError::Length);
            }
        }
        let secret = Secret::from_bytes(&code.to_be_bytes());
        if bits != CODE_BITS + CHECK_BITS {
            return Err(RecoveryCodeError::Length);
        }
        if check != checksum(&secret) {
            return Err(RecoveryCodeError::Checksum);
        }
        Ok(Self(secret))
    }

    /// The token K(code, "recovery token"): shown to the server in place of a password. It opens nothing.
    #[must_use]
    pub fn token(&self) -> Secret<32> {
        kdf::derive(&self.0, KdfLabel::RecoveryToken, &[])
    }

    /// SHA-256 of the token: what the server keeps. The code has 128 random bits, so nobody guesses it from that.
    #[must_use]
    pub fn token_hash(&self) -> [u8; 32] {
        Sha256::digest(self.token().expose()).into()
    }

    /// The 128 bits, for key derivation.
    pub(crate) const fn secret(&self) -> &Secret<16> {
        &self.0
    }
}

/// Bit `bit` of code and checksum in a row, most significant first.
const fn bit_of(code: u128, check: u128, bit: u32) -> usize {
    let set = if bit < CODE_BITS {
        code >> (CODE_BITS - 1 - bit) & 1 == 1
    } else {
        check >> (CODE_BITS + CHECK_BITS - 1 - bit) & 1 == 1
    };
    set as usize
}

fn digit_of(c: char) -> Result<u8, RecoveryCodeError> {
    let canonical = match c.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    (0..32)
        .zip(ALPHABET)
        .find_map(|(digit, letter)| (char::from(*letter) == canonical).then_some(digit))
        .ok_or(RecoveryCodeError::Character(c))
}

fn checksum(code: &Secret<16>) -> u16 {
    let hash: [u8; 32] = Sha256::new()
        .chain_update(HashLabel::RecoveryCode.bytes())
        .chain_update(code.expose())
        .finalize()
        .into();
    let [first, second, ..] = hash;
    u16::from_be_bytes([first, second]) >> 4
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    const TOKEN: [u8; 8] = [0x03, 0x23, 0x66, 0x59, 0xfa, 0xcc, 0xf0, 0x79];

    fn code(bytes: [u8; 16]) -> RecoveryCode {
        RecoveryCode(Secret::from_bytes(&bytes))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn what_is_written_can_be_read(bytes: [u8; 16]) {
            let code = code(bytes);
            let text = code.to_text();
            prop_assert_eq!(text.len(), 34);
            let sloppy = text.replace('-', " ").replace('0', "o").replace('1', "l").to_lowercase();
            for read in [RecoveryCode::parse(&text), RecoveryCode::parse(&sloppy)] {
                prop_assert!(read.unwrap().0.same_as(&code.0));
            }
        }

        #[test]
        fn slips_are_noticed(bytes: [u8; 16], position in 0usize..34, replacement in 0usize..32) {
            let text = code(bytes).to_text();
            let mut typed: Vec<char> = text.chars().collect();
            let new = char::from(ALPHABET[replacement]);
            prop_assume!(typed[position] != '-' && typed[position] != new);
            typed[position] = new;
            let typed: String = typed.into_iter().collect();
            // 12 bits let one slip in 4,096 pass; the box would not open then.
            if let Ok(read) = RecoveryCode::parse(&typed) {
                prop_assert!(!read.0.same_as(&code(bytes).0));
            }
        }
    }

    /// HKDF-SHA-384 of 16 bytes of 7 with the label of the table, computed apart from this program.
    #[test]
    fn the_token_is_of_this_code_and_is_not_the_key_of_the_box() {
        let one = code([7; 16]);
        assert!(one.token().same_as(&code([7; 16]).token()));
        assert!(!one.token().same_as(&code([8; 16]).token()));
        let key = kdf::derive(&one.0, KdfLabel::RootByCode, &[]);
        assert!(!one.token().same_as(&key));
        assert_eq!(one.token().expose()[..8], TOKEN);
        let hash: [u8; 32] = Sha256::digest(one.token().expose()).into();
        assert_eq!(one.token_hash(), hash);
    }

    #[test]
    fn the_checksum_catches_a_swap() {
        let text = code([0x5A; 16]).to_text();
        let mut typed: Vec<char> = text.chars().collect();
        let at = (0..3).find(|at| typed[*at] != typed[at + 1]).unwrap();
        typed.swap(at, at + 1);
        let typed: String = typed.into_iter().collect();
        assert_eq!(
            RecoveryCode::parse(&typed).err(),
            Some(RecoveryCodeError::Checksum)
        );
    }

    #[test]
    fn other_texts_are_refused_with_their_reason() {
        let good = code([7; 16]).to_text();
        let (short, long) = (good[..33].to_owned(), format!("{}0", *good));
        for (text, error) in [
            ("", RecoveryCodeError::Length),
            (&short, RecoveryCodeError::Length),
            (&long, RecoveryCodeError::Length),
            ("UUUU", RecoveryCodeError::Character('U')),
            ("é", RecoveryCodeError::Character('é')),
        ] {
            assert_eq!(RecoveryCode::parse(text).err(), Some(error), "{text}");
        }
        assert_eq!(
            RecoveryCode::parse(&"0".repeat(100_000)).err(),
            Some(RecoveryCodeError::Length)
        );
    }
}
