//! A link that is said instead of sent: six made-up words like `lusab` (PROTOCOL section 4).
//!
//! The words are proquints (Wilkerson, arXiv:0901.4016): consonant, vowel, consonant, vowel,
//! consonant, 16 bits each, which people can say and spell in many languages; they need no list.
//! Five of the six words hold 80 random bits, the sixth is a checksum against slips of the ear.
//! Stretched by PBKDF2 with the room as salt they give the link's secret, and from that its id: with
//! room and server known, the words are enough.

use rand_core::CryptoRngCore;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::{
    codec::Writer,
    ids::{LinkId, RoomId},
    kdf,
    labels::{HashLabel, KdfLabel},
    link::LinkSecret,
    secret::Secret,
};

/// Rounds of PBKDF2-HMAC-SHA-256. A constant of the client.
const ITERATIONS: u32 = 600_000;
const WORDS: usize = 6;
const CONSONANTS: &[u8; 16] = b"bdfghjklmnprstvz";
const VOWELS: &[u8; 4] = b"aiou";

/// What six words say.
pub struct SpokenLink(Secret<10>);

/// A text is no spoken link. The words are a secret: errors count them and do not repeat them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SpokenLinkError {
    /// It has more or fewer than six words.
    #[error("a spoken link has six words")]
    Count,
    /// The word at this place, counted from 1, is none that a spoken link has.
    #[error("word {0} does not occur in spoken links")]
    Word(usize),
    /// The checksum does not fit: a word was misheard or two were swapped.
    #[error("a word of the spoken link is wrong")]
    Checksum,
}

impl SpokenLink {
    /// A fresh one: 80 random bits.
    #[must_use]
    pub fn generate(rng: &mut impl CryptoRngCore) -> Self {
        Self(Secret::random(rng))
    }

    /// The one with these bytes, for the vault and for a store.
    #[must_use]
    pub const fn from_secret(secret: Secret<10>) -> Self {
        Self(secret)
    }

    /// The bytes that the words say.
    #[must_use]
    pub const fn as_secret(&self) -> &Secret<10> {
        &self.0
    }

    /// A second copy, made knowingly.
    #[must_use]
    pub fn duplicate(&self) -> Self {
        Self(self.0.duplicate())
    }

    /// The six words, with a space between them.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        let check = checksum(&self.0);
        let mut text = Zeroizing::new(String::with_capacity(WORDS * 6));
        let (words, _) = self.0.expose().as_chunks::<2>();
        for word in words.iter().chain([&check]) {
            if !text.is_empty() {
                text.push(' ');
            }
            say(u16::from_be_bytes(*word), &mut text);
        }
        text
    }

    /// Reads what a person types: in any case, with spaces or hyphens between the words.
    ///
    /// # Errors
    /// [`SpokenLinkError`] says what does not fit.
    pub fn parse(text: &str) -> Result<Self, SpokenLinkError> {
        let mut bytes = Zeroizing::new([0; WORDS * 2]);
        let mut places = bytes.as_chunks_mut::<2>().0.iter_mut();
        let words = text.split(|c: char| c.is_whitespace() || c == '-');
        for (word, at) in words.filter(|word| !word.is_empty()).zip(1..) {
            let place = places.next().ok_or(SpokenLinkError::Count)?;
            let number = hear(word).ok_or(SpokenLinkError::Word(at))?;
            *place = number.to_be_bytes();
        }
        if places.next().is_some() {
            return Err(SpokenLinkError::Count);
        }
        let (said, check) = bytes.split_at(WORDS * 2 - 2);
        let secret = Secret::from_slice(said).ok_or(SpokenLinkError::Count)?;
        if check != checksum(&secret) {
            return Err(SpokenLinkError::Checksum);
        }
        Ok(Self(secret))
    }

    /// The link that the words mean in a room. It takes as long as checking a guess: some 80 ms.
    #[must_use]
    pub fn stretch(&self, room: RoomId) -> (LinkId, LinkSecret) {
        let mut salt = Writer::new();
        salt.vec(HashLabel::SpokenSalt.bytes());
        salt.u64(room.get());
        let (words, salt) = (self.0.expose(), salt.as_slice());
        let secret = Secret::<32>::fill(|secret| {
            pbkdf2::pbkdf2_hmac::<Sha256>(words, salt, ITERATIONS, secret);
        });
        let id = kdf::derive(&secret, KdfLabel::LinkId, &[]);
        let id = id.expose().first_chunk::<16>().copied();
        let id = LinkId::from(id.unwrap_or_default());
        (id, LinkSecret::from_secret(secret))
    }
}

fn checksum(said: &Secret<10>) -> [u8; 2] {
    let hash: [u8; 32] = Sha256::new()
        .chain_update(HashLabel::SpokenLink.bytes())
        .chain_update(said.expose())
        .finalize()
        .into();
    let [first, second, ..] = hash;
    [first, second]
}

/// Which letters a word has, and where their bits stand.
const LETTERS: [(&[u8], u32); 5] = [
    (CONSONANTS, 12),
    (VOWELS, 10),
    (CONSONANTS, 6),
    (VOWELS, 4),
    (CONSONANTS, 0),
];

pub(crate) fn say(number: u16, text: &mut String) {
    for (letters, shift) in LETTERS {
        // Both alphabets have a power of two of letters.
        let digit = usize::from(number >> shift) % letters.len();
        text.extend(letters.get(digit).copied().map(char::from));
    }
}

pub(crate) fn hear(word: &str) -> Option<u16> {
    if word.len() != LETTERS.len() {
        return None;
    }
    let mut number = 0;
    for (byte, (letters, shift)) in word.bytes().zip(LETTERS) {
        let byte = byte.to_ascii_lowercase();
        let digit = (0_u16..)
            .zip(letters)
            .find(|(_, letter)| **letter == byte)?
            .0;
        number |= digit << shift;
    }
    Some(number)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;
    use crate::testing::rng;

    fn spoken(seed: u64) -> SpokenLink {
        SpokenLink::generate(&mut rng(seed))
    }

    #[test]
    fn words_are_those_of_the_paper() {
        for (number, word) in [(0x7F00, "lusab"), (0x0001, "babad"), (0x3F54, "gutih")] {
            let mut text = String::new();
            say(number, &mut text);
            assert_eq!(text, word);
            assert_eq!(hear(word), Some(number));
        }
    }

    #[test]
    fn six_words_are_said_and_heard() {
        let text = spoken(1).to_text();
        assert_eq!(text.split(' ').count(), WORDS);
        let typed = text.to_uppercase().replace(' ', " - ");
        for text in [&*text, &typed, &format!("  {}\n", *text)] {
            assert!(SpokenLink::parse(text).unwrap().0.same_as(&spoken(1).0));
        }
    }

    #[test]
    fn what_is_misheard_has_its_error() {
        let text = spoken(1).to_text();
        let words: Vec<&str> = text.split(' ').collect();
        let with = |at: usize, word: &str| {
            let mut words = words.clone();
            words[at] = word;
            words.join(" ")
        };
        let mut swapped = words.clone();
        swapped.swap(0, 1);
        for (name, text, error) in [
            ("nothing", String::new(), SpokenLinkError::Count),
            ("five words", words[..5].join(" "), SpokenLinkError::Count),
            (
                "seven words",
                format!("{} lusab", *text),
                SpokenLinkError::Count,
            ),
            ("a letter", with(2, "lusac"), SpokenLinkError::Word(3)),
            ("a short word", with(5, "lusa"), SpokenLinkError::Word(6)),
            ("no ASCII", with(0, "l\u{fc}sa"), SpokenLinkError::Word(1)),
            ("another word", with(0, "lusab"), SpokenLinkError::Checksum),
            (
                "another checksum",
                with(5, "lusab"),
                SpokenLinkError::Checksum,
            ),
            ("swapped", swapped.join(" "), SpokenLinkError::Checksum),
        ] {
            assert_eq!(SpokenLink::parse(&text).err(), Some(error), "{name}");
        }
    }

    #[test]
    fn words_and_room_make_the_link() {
        let room = |id| RoomId::new(id).unwrap();
        let (id, secret) = spoken(1).stretch(room(7));
        let (again, same) = SpokenLink::parse(&spoken(1).to_text())
            .unwrap()
            .stretch(room(7));
        assert_eq!(id, again);
        assert!(secret.as_secret().same_as(same.as_secret()));
        for (other, room) in [(spoken(1), room(8)), (spoken(2), room(7))] {
            let (other, secret_of_other) = other.stretch(room);
            assert_ne!(id, other);
            assert!(!secret.as_secret().same_as(secret_of_other.as_secret()));
        }
        // PBKDF2 as RFC 8018 writes it out, of one block.
        assert!(secret.as_secret().same_as(&by_hand(&spoken(1), 7)));
    }

    fn by_hand(spoken: &SpokenLink, room: u64) -> Secret<32> {
        use hmac::{Hmac, Mac};
        let mac = |input: &[u8]| -> [u8; 32] {
            let mut mac = Hmac::<Sha256>::new_from_slice(spoken.0.expose()).unwrap();
            mac.update(input);
            mac.finalize().into_bytes().into()
        };
        let salt = [
            b"\x19secure-chat/1 spoken link".as_slice(),
            &room.to_be_bytes(),
            &[0, 0, 0, 1],
        ];
        let mut block = mac(&salt.concat());
        let mut result = block;
        for _ in 1..600_000 {
            block = mac(&block);
            result
                .iter_mut()
                .zip(block)
                .for_each(|(to, from)| *to ^= from);
        }
        Secret::from_bytes(&result)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn every_word_is_heard_as_it_was_said(number: u16) {
            let mut text = String::new();
            say(number, &mut text);
            prop_assert_eq!(hear(&text), Some(number));
        }

        #[test]
        fn no_text_breaks_the_parser(text in "\\PC{0,80}") {
            if let Ok(spoken) = SpokenLink::parse(&text) {
                let said = spoken.to_text();
                prop_assert!(SpokenLink::parse(&said).is_ok());
            }
        }
    }
}
