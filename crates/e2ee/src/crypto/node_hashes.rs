//! Hashes of the nodes of ratchet trees, remembered by what was hashed.
//!
//! OpenMLS hashes a whole tree some three times for each commit, of which a commit changes one path. Nothing here
//! decides anything: a hash is given back only where each byte of the input is the same, so every check sees what it
//! would have computed.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use openmls_traits::types::HashType;

/// With these bytes the input of a tree hash begins (RFC 9420 section 7.8): a leaf, a parent.
const NODES: [u8; 2] = [1, 2];
/// So much of an input finds the one that is remembered: a leaf's index, or the beginning of a parent's key or of its
/// left child's hash. Of several inputs that begin alike, the last is remembered.
const HEAD: usize = 48;
/// So many bytes are remembered, then all are forgotten: what two states of the largest tree hold.
const MAX_BYTES: usize = 2 * crate::tree::MAX_LEN;

/// What is remembered. All of it is public.
#[derive(Default)]
pub(super) struct NodeHashes(Mutex<Known>);

#[derive(Default)]
struct Known {
    /// Ordered, for heads differ in their first bytes: to compare a few is less than to hash one.
    by_head: BTreeMap<[u8; HEAD], Hashed>,
    bytes: usize,
}

struct Hashed {
    hash: HashType,
    input: Vec<u8>,
    output: Vec<u8>,
}

impl NodeHashes {
    /// The hash of an input: the one that is remembered, or what `compute` says.
    pub(super) fn get_or<E>(
        &self,
        hash: HashType,
        input: &[u8],
        compute: impl FnOnce() -> Result<Vec<u8>, E>,
    ) -> Result<Vec<u8>, E> {
        if !input.first().is_some_and(|first| NODES.contains(first)) {
            return compute();
        }
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let head = head(input);
        if let Some(hashed) = known.by_head.get(&head)
            && hashed.hash == hash
            && same(&hashed.input, input)
        {
            return Ok(hashed.output.clone());
        }
        let output = compute()?;
        known.keep(
            head,
            Hashed {
                hash,
                input: input.to_vec(),
                output: output.clone(),
            },
        );
        Ok(output)
    }
}

impl Known {
    fn keep(&mut self, head: [u8; HEAD], hashed: Hashed) {
        let len = hashed.input.len();
        if self.bytes.saturating_add(len) > MAX_BYTES {
            *self = Self::default();
        }
        self.bytes = self.bytes.saturating_add(len);
        if let Some(former) = self.by_head.insert(head, hashed) {
            self.bytes = self.bytes.saturating_sub(former.input.len());
        }
    }
}

/// Whether two inputs are the same, by words: `==` goes byte by byte in a browser, where what is compared for one large
/// tree are hundreds of megabytes.
fn same(one: &[u8], other: &[u8]) -> bool {
    let ((words, rest), (others, other_rest)) = (one.as_chunks(), other.as_chunks());
    let equal = |(word, other): (&[u8; 8], &[u8; 8])| {
        u64::from_ne_bytes(*word) == u64::from_ne_bytes(*other)
    };
    one.len() == other.len() && rest == other_rest && words.iter().zip(others).all(equal)
}

/// The beginning of an input, filled up with zeros.
fn head(input: &[u8]) -> [u8; HEAD] {
    let mut head = [0; HEAD];
    head.iter_mut()
        .zip(input)
        .for_each(|(to, from)| *to = *from);
    head
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::convert::Infallible;

    use super::*;

    /// Hashes by `said`; whether that was asked for.
    fn ask(known: &NodeHashes, hash: HashType, input: &[u8], said: u8) -> (Vec<u8>, bool) {
        let mut asked = false;
        let output = known.get_or(hash, input, || {
            asked = true;
            Ok::<_, Infallible>(vec![said])
        });
        (output.unwrap(), asked)
    }

    #[test]
    fn a_hash_is_given_back_for_the_same_bytes_and_no_others() {
        let known = NodeHashes::default();
        let sha = HashType::Sha2_384;
        for (input, said) in [(vec![1; 200], 1), (vec![2; 200], 2), (vec![1; 20], 3)] {
            assert_eq!(ask(&known, sha, &input, said), (vec![said], true));
            assert_eq!(ask(&known, sha, &input, 9), (vec![said], false));
        }
        // Alike at the beginning, by another function, longer by zeros: each is another input.
        let mut other = vec![1; 200];
        other[199] = 0;
        assert_eq!(ask(&known, sha, &other, 4), (vec![4], true));
        assert_eq!(ask(&known, HashType::Sha2_256, &other, 5), (vec![5], true));
        let mut longer = vec![1; 20];
        longer.extend([0; 5]);
        assert_eq!(ask(&known, sha, &longer, 6), (vec![6], true));
        // What is no node is always hashed.
        assert_eq!(ask(&known, sha, &[3; 200], 7), (vec![7], true));
        assert_eq!(ask(&known, sha, &[3; 200], 8), (vec![8], true));
        assert_eq!(ask(&known, sha, &[], 8), (vec![8], true));
    }

    #[test]
    fn what_failed_is_not_remembered_and_what_is_remembered_is_bounded() {
        let known = NodeHashes::default();
        let sha = HashType::Sha2_384;
        assert_eq!(known.get_or(sha, &[1; 9], || Err(())), Err(()));
        assert_eq!(ask(&known, sha, &[1; 9], 1), (vec![1], true));
        let large = |number: u8| {
            let mut input = vec![number; MAX_BYTES / 4];
            input[0] = 1;
            input
        };
        for number in 0..20 {
            let _ = ask(&known, sha, &large(number), number);
            assert!(known.0.lock().unwrap().bytes <= MAX_BYTES);
        }
        assert_eq!(ask(&known, sha, &large(19), 0), (vec![19], false));
        assert_eq!(ask(&known, sha, &[1; 9], 2), (vec![2], true));
    }
}
