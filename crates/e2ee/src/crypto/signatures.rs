//! Signatures that were found good, remembered, so that a tree that is walked and then entered is not verified twice.
//!
//! What is remembered is a SHA-384 of algorithm, key, message and signature together: only the very same call is
//! answered, and a signature that failed is verified again.

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

use openmls_traits::types::SignatureScheme;
use sha2::{Digest, Sha384};

/// So many are remembered: those of the largest tree, and of the commits behind it.
const MAX: usize = 4096;

type Call = [u8; 48];

/// What is remembered. All of it is public.
#[derive(Default)]
pub(super) struct Signatures(Mutex<BTreeSet<Call>>);

impl Signatures {
    /// Whether the signature is good: what is remembered, or what `verify` says.
    pub(super) fn check<E>(
        &self,
        scheme: SignatureScheme,
        [key, message, signature]: [&[u8]; 3],
        verify: impl FnOnce() -> Result<(), E>,
    ) -> Result<(), E> {
        let call = call(scheme, [key, message, signature]);
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.contains(&call) {
            return Ok(());
        }
        verify()?;
        if known.len() < MAX {
            known.insert(call);
        }
        Ok(())
    }
}

fn call(scheme: SignatureScheme, parts: [&[u8]; 3]) -> Call {
    let mut hash = Sha384::new();
    hash.update((scheme as u16).to_be_bytes());
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ED25519: SignatureScheme = SignatureScheme::ED25519;

    /// The answer where verifying says `good`; whether that was asked for.
    fn ask(known: &Signatures, parts: [&[u8]; 3], good: bool) -> (bool, bool) {
        let mut asked = false;
        let answer = known.check(ED25519, parts, || {
            asked = true;
            good.then_some(()).ok_or(())
        });
        (answer.is_ok(), asked)
    }

    #[test]
    fn only_the_very_same_call_is_answered_and_only_if_it_was_good() {
        let known = Signatures::default();
        let parts: [&[u8]; 3] = [b"key", b"message", b"signature"];
        assert_eq!(ask(&known, parts, false), (false, true));
        assert_eq!(ask(&known, parts, true), (true, true));
        assert_eq!(ask(&known, parts, false), (true, false));
        let others: [[&[u8]; 3]; 4] = [
            [b"kez", b"message", b"signature"],
            [b"key", b"massage", b"signature"],
            [b"key", b"message", b"signaturf"],
            [b"keym", b"essage", b"signature"],
        ];
        for other in others {
            assert_eq!(ask(&known, other, false), (false, true));
        }
        let other = known.check(SignatureScheme::ED448, parts, || Err(()));
        assert_eq!(other, Err(()));
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let known = Signatures::default();
        let number = |number: usize| number.to_be_bytes();
        for each in 0..=MAX {
            assert_eq!(ask(&known, [b"", &number(each), b""], true), (true, true));
        }
        assert_eq!(ask(&known, [b"", &number(0), b""], false), (true, false));
        assert_eq!(ask(&known, [b"", &number(MAX), b""], false), (false, true));
    }
}
