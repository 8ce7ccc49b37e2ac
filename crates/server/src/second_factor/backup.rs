//! Backup codes: 60 random bits each, kept as hashes under keys of the server's.

use protocol::{limits::BACKUP_CODES, rest::FactorCode};
use zeroize::Zeroizing;

use crate::entropy::Entropy;

/// Five bits each; those that are taken for each other are left out (Crockford's Base32, in small letters).
const SIGNS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const CHARS: usize = 12;
const GROUP: usize = 4;

/// Fresh ones, as a person gets them.
pub(super) fn draw(entropy: &Entropy) -> Vec<FactorCode> {
    (0..BACKUP_CODES).map(|_| draw_one(entropy)).collect()
}

fn draw_one(entropy: &Entropy) -> FactorCode {
    let bytes = Zeroizing::new(entropy.bytes::<CHARS>());
    let mut text = String::with_capacity(CHARS + CHARS / GROUP);
    for (place, byte) in bytes.iter().enumerate() {
        if place > 0 && place % GROUP == 0 {
            text.push('-');
        }
        let sign = SIGNS.get(usize::from(byte & 31));
        text.extend(sign.map(|sign| char::from(*sign)));
    }
    FactorCode(text)
}

/// A code as it is compared: small letters and digits, without what a person puts between them, and with the letters that are
/// no signs read as what they look like.
pub(super) fn plain(text: &str) -> String {
    text.chars()
        .filter(|sign| !matches!(sign, '-' | ' ' | '\t'))
        .map(|sign| match sign.to_ascii_lowercase() {
            'o' => '0',
            'i' | 'l' => '1',
            other => other,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn codes_are_sixty_bits_and_differ() {
        let entropy = Entropy::from_seed([3; 32]);
        let codes: BTreeSet<String> = draw(&entropy).into_iter().map(|code| code.0).collect();
        assert_eq!(codes.len(), 10);
        for code in &codes {
            let signs = plain(code);
            assert_eq!((code.len(), signs.len()), (14, 12), "{code}");
            assert!(signs.bytes().all(|sign| SIGNS.contains(&sign)), "{code}");
        }
    }

    #[test]
    fn a_code_is_read_as_people_write_it() {
        assert_eq!(plain("Q7RD 0mz4-xk2n"), "q7rd0mz4xk2n");
        assert_eq!(plain("oOiIlL"), "001111");
        assert_eq!(plain(" 287 082"), "287082");
    }
}
