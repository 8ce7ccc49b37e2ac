//! Numbers that two people compare: the safety number of two identities, and the code of a room's state.
//!
//! Both are 60 digits, made of one SHA-512 chain of 5,200 rounds (as much work for each guess of whoever looks for two
//! inputs with one number) whose first 60 bytes give 12 groups of 5 digits, each a 40-bit number modulo 100,000.

use core::fmt;

use sha2::{Digest, Sha512};

use crate::{codec::Writer, identity::IdentityKey, labels::HashLabel, log_head::LogHead};

const ROUNDS: u32 = 5_200;
const GROUPS: usize = 12;

/// 60 digits. `Display` writes them in groups of 5.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Digits([u32; GROUPS]);

impl fmt::Display for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, group) in self.0.iter().enumerate() {
            let gap = if index == 0 { "" } else { " " };
            write!(f, "{gap}{group:05}")?;
        }
        Ok(())
    }
}

/// The safety number of two identities, the same on both sides. If it is equal on both screens, no third party stands
/// between the two: each has the other's identity key.
#[must_use]
pub fn safety_number(one: &IdentityKey, other: &IdentityKey) -> Digits {
    let (low, high) = if one.as_bytes() <= other.as_bytes() {
        (one, other)
    } else {
        (other, one)
    };
    digits(HashLabel::SafetyNumber, &[low.as_bytes(), high.as_bytes()])
}

/// The room code: two members that read out the same code share the group's epoch and every entry of its log so far
/// (PROTOCOL section 6). `authenticator` is MLS's epoch authenticator.
#[must_use]
pub fn room_code(authenticator: &[u8], log: &LogHead) -> Digits {
    digits(
        HashLabel::RoomCode,
        &[authenticator, &log.seq.to_be_bytes(), &log.head],
    )
}

fn digits(label: HashLabel, parts: &[&[u8]]) -> Digits {
    let mut input = Writer::new();
    input.vec(label.bytes());
    parts.iter().for_each(|part| input.vec(part));
    let mut hash = Sha512::digest(input.as_slice());
    for _ in 1..ROUNDS {
        hash = Sha512::new()
            .chain_update(hash)
            .chain_update(input.as_slice())
            .finalize();
    }
    let mut groups = [0; GROUPS];
    for (group, bytes) in groups.iter_mut().zip(hash.chunks_exact(5)) {
        let number = bytes
            .iter()
            .fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        *group = u32::try_from(number % 100_000).unwrap_or_default();
    }
    Digits(groups)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{ids::RoomId, testing::person};

    #[test]
    fn both_sides_see_one_number_and_nobody_else_does() {
        let [alice, bob, carol] = [1, 2, 3].map(|seed| person("someone", seed).identity.public());
        let number = safety_number(&alice, &bob);
        assert_eq!(number, safety_number(&bob, &alice));
        assert_ne!(number, safety_number(&alice, &carol));
        assert_ne!(number, safety_number(&alice, &alice));
    }

    #[test]
    fn it_is_twelve_groups_of_five_digits() {
        let [alice, bob] = [1, 2].map(|seed| person("someone", seed).identity.public());
        let text = safety_number(&alice, &bob).to_string();
        let groups: Vec<&str> = text.split(' ').collect();
        assert_eq!(groups.len(), 12);
        assert!(
            groups
                .iter()
                .all(|group| group.len() == 5 && group.bytes().all(|byte| byte.is_ascii_digit()))
        );
        assert!(groups.iter().any(|group| *group != groups[0]));
    }

    #[test]
    fn a_room_code_covers_epoch_and_log() {
        let log = LogHead::start(RoomId::new(1).unwrap(), [2; 16].into());
        let code = room_code(&[1; 48], &log);
        assert_eq!(code, room_code(&[1; 48], &log));
        assert_ne!(code, room_code(&[2; 48], &log));
        assert_ne!(code, room_code(&[1; 48], &log.advance(&[0; 32])));
        assert_ne!(code, room_code(&[1; 48], &LogHead { seq: 1, ..log }));
    }
}
