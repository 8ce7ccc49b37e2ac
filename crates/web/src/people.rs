//! How a person is shown without a picture: initials, on a hue that follows from the account.

use protocol::ids::AccountId;

/// Hues that differ to the eye.
const HUES: u8 = 12;

/// A number below [`HUES`](self), the same on every client.
pub fn hue(account: AccountId) -> u8 {
    let text = account.to_string();
    let sum = text.bytes().fold(0_u32, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(u32::from(byte))
    });
    u8::try_from(sum % u32::from(HUES)).unwrap_or(0)
}

/// One or two letters, which the style makes capitals: the tables for all languages are in the browser already.
pub fn initials(name: &str) -> String {
    let words = name.split(|character: char| !character.is_alphanumeric());
    let first = words.filter_map(|word| word.chars().next()).take(2);
    let letters: String = first.collect();
    if letters.is_empty() {
        "?".to_owned()
    } else {
        letters
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_the_beginnings_of_words() {
        let rows = [
            ("alice", "a"),
            ("night desk", "nd"),
            ("a.b-c", "ab"),
            ("", "?"),
            ("…", "?"),
            ("élan vital", "év"),
        ];
        for (name, wanted) in rows {
            assert_eq!(initials(name), wanted, "{name}");
        }
    }

    #[test]
    fn a_hue_belongs_to_an_account() {
        let one = AccountId::from_bytes([1; 16]);
        assert_eq!(hue(one), hue(one));
        assert!(hue(one) < HUES);
    }
}
