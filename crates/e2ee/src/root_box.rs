//! The root box: the identity's private key and the root secret R, sealed once under the password's OPAQUE export key
//! and once under the recovery code. It is open only while one of the two is typed (PROTOCOL section 2).
//!
//! After a reset from a device alone it is a reduced one: another root secret, and no identity, for nobody can open the box
//! of before. It has a label of its own, so that neither is ever taken for the other.

use rand_core::CryptoRngCore;
use zeroize::Zeroizing;

use crate::{
    identity::Identity,
    ids::AccountId,
    kdf,
    labels::{KdfLabel, SealLabel},
    recovery_code::RecoveryCode,
    seal::{self, Aad, SealError},
    secret::Secret,
};

/// The root secret R: it opens the account keys on the server.
pub struct RootSecret(Secret<32>);

impl RootSecret {
    pub(crate) const fn secret(&self) -> &Secret<32> {
        &self.0
    }
}

/// What the box holds.
pub struct RootBox {
    account: AccountId,
    /// None in a reduced box.
    identity: Option<Identity>,
    root: RootSecret,
}

/// Seed and root secret, or the root secret alone.
const FULL: usize = 64;
const REDUCED: usize = 32;

/// What the box is locked with.
pub enum Lock<'a> {
    /// The 64-byte export key of an OPAQUE login or registration (RFC 9807).
    Password(&'a Secret<64>),
    /// The recovery code.
    Code(&'a RecoveryCode),
}

impl RootBox {
    /// A new identity with a new root secret: a new account.
    #[must_use]
    pub fn create(rng: &mut impl CryptoRngCore) -> Self {
        let identity = Identity::generate(rng);
        Self {
            account: identity.account_id(),
            identity: Some(identity),
            root: RootSecret(Secret::random(rng)),
        }
    }

    /// A box without the identity, with a new root secret: what a device makes that has the account's keys and nothing
    /// that opens the former box.
    #[must_use]
    pub fn reduced(account: AccountId, rng: &mut impl CryptoRngCore) -> Self {
        Self {
            account,
            identity: None,
            root: RootSecret(Secret::random(rng)),
        }
    }

    /// Whose box it is.
    #[must_use]
    pub const fn account(&self) -> AccountId {
        self.account
    }

    /// The identity; none in a reduced box.
    #[must_use]
    pub const fn identity(&self) -> Option<&Identity> {
        self.identity.as_ref()
    }

    /// The root secret.
    #[must_use]
    pub const fn root(&self) -> &RootSecret {
        &self.root
    }

    /// Seals the box for the server to keep.
    ///
    /// # Errors
    /// [`SealError`] never in practice: the box is 64 bytes, or 32.
    pub fn seal(
        &self,
        lock: &Lock<'_>,
        rng: &mut impl CryptoRngCore,
    ) -> Result<Vec<u8>, SealError> {
        let (account, root) = (self.account, self.root.0.expose());
        let Some(identity) = &self.identity else {
            let aad = aad(SealLabel::ReducedBox, account);
            return seal::seal(&lock.key(account), &aad, root, rng);
        };
        let mut plaintext = Zeroizing::new([0; FULL]);
        let (seed, rest) = plaintext.split_at_mut(32);
        seed.copy_from_slice(identity.seed().expose());
        rest.copy_from_slice(root);
        let aad = aad(SealLabel::RootBox, account);
        seal::seal(&lock.key(account), &aad, plaintext.as_slice(), rng)
    }

    /// Opens a box of `account`.
    ///
    /// # Errors
    /// [`SealError`], the same for a wrong password or code, changed bytes, another account's box, and a box whose
    /// identity is not that of the account.
    pub fn open(sealed: &[u8], lock: &Lock<'_>, account: AccountId) -> Result<Self, SealError> {
        if sealed.len() == REDUCED + seal::OVERHEAD {
            let aad = aad(SealLabel::ReducedBox, account);
            let root = seal::open(&lock.key(account), &aad, sealed)?;
            return Ok(Self {
                account,
                identity: None,
                root: RootSecret(Secret::from_slice(&root).ok_or(SealError)?),
            });
        }
        let plaintext = seal::open(
            &lock.key(account),
            &aad(SealLabel::RootBox, account),
            sealed,
        )?;
        let (seed, root) = plaintext.split_first_chunk::<32>().ok_or(SealError)?;
        let identity = Identity::from_seed(&Secret::from_bytes(seed));
        if identity.account_id() != account {
            return Err(SealError);
        }
        Ok(Self {
            account,
            identity: Some(identity),
            root: RootSecret(Secret::from_slice(root).ok_or(SealError)?),
        })
    }
}

impl Lock<'_> {
    fn key(&self, account: AccountId) -> Secret<32> {
        match self {
            Self::Password(export_key) => {
                kdf::derive(export_key, KdfLabel::RootByPassword, account.as_bytes())
            }
            Self::Code(code) => {
                kdf::derive(code.secret(), KdfLabel::RootByCode, account.as_bytes())
            }
        }
    }
}

fn aad(label: SealLabel, account: AccountId) -> Aad {
    Aad::new(label).bytes(account.as_bytes())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::testing::{flipped, rng};

    fn seed(root_box: &RootBox) -> Secret<32> {
        root_box.identity().unwrap().seed()
    }

    #[test]
    fn a_reduced_box_holds_another_root_secret_and_no_identity() {
        let rng = &mut rng(1);
        let (whole, export_key, code) = (
            RootBox::create(rng),
            Secret::random(rng),
            RecoveryCode::generate(rng),
        );
        let account = whole.account();
        let reduced = RootBox::reduced(account, rng);
        assert!(!reduced.root().secret().same_as(whole.root().secret()));
        for lock in [Lock::Password(&export_key), Lock::Code(&code)] {
            let sealed = reduced.seal(&lock, rng).unwrap();
            let opened = RootBox::open(&sealed, &lock, account).unwrap();
            assert!(opened.identity().is_none() && opened.account() == account);
            assert!(opened.root().secret().same_as(reduced.root().secret()));
            let other = RootBox::create(rng).account();
            assert_eq!(RootBox::open(&sealed, &lock, other).err(), Some(SealError));
            for sealed in flipped(&sealed) {
                assert_eq!(
                    RootBox::open(&sealed, &lock, account).err(),
                    Some(SealError)
                );
            }
        }
    }

    #[test]
    fn neither_box_is_taken_for_the_other() {
        let rng = &mut rng(1);
        let (whole, export_key) = (RootBox::create(rng), Secret::random(rng));
        let (lock, account) = (Lock::Password(&export_key), whole.account());
        // The right key and length, and the label of the other.
        for (label, length) in [(SealLabel::RootBox, 32), (SealLabel::ReducedBox, 64)] {
            let plaintext = [seed(&whole).expose().as_slice(), &[0; 32]].concat();
            let sealed = seal::seal(
                &lock.key(account),
                &aad(label, account),
                &plaintext[..length],
                rng,
            );
            assert_eq!(
                RootBox::open(&sealed.unwrap(), &lock, account).err(),
                Some(SealError)
            );
        }
    }

    #[test]
    fn password_and_code_open_the_same_box() {
        let rng = &mut rng(1);
        let (root_box, export_key, code) = (
            RootBox::create(rng),
            Secret::random(rng),
            RecoveryCode::generate(rng),
        );
        let account = root_box.account();
        for lock in [Lock::Password(&export_key), Lock::Code(&code)] {
            let sealed = root_box.seal(&lock, rng).unwrap();
            let opened = RootBox::open(&sealed, &lock, account).unwrap();
            assert!(seed(&opened).same_as(&seed(&root_box)));
            assert!(opened.root().secret().same_as(root_box.root().secret()));
        }
    }

    #[test]
    fn whatever_is_wrong_the_error_is_the_same() {
        let rng = &mut rng(1);
        let (root_box, export_key, code) = (
            RootBox::create(rng),
            Secret::random(rng),
            RecoveryCode::generate(rng),
        );
        let (other_key, other_code) = (Secret::random(rng), RecoveryCode::generate(rng));
        let (account, other) = (root_box.account(), RootBox::create(rng).account());
        let by_password = root_box.seal(&Lock::Password(&export_key), rng).unwrap();
        let by_code = root_box.seal(&Lock::Code(&code), rng).unwrap();
        for (name, sealed, lock, account) in [
            (
                "wrong password",
                &by_password,
                Lock::Password(&other_key),
                account,
            ),
            ("wrong code", &by_code, Lock::Code(&other_code), account),
            (
                "code on the password's box",
                &by_password,
                Lock::Code(&code),
                account,
            ),
            (
                "password on the code's box",
                &by_code,
                Lock::Password(&export_key),
                account,
            ),
            (
                "another account's box",
                &by_password,
                Lock::Password(&export_key),
                other,
            ),
        ] {
            assert_eq!(
                RootBox::open(sealed, &lock, account).err(),
                Some(SealError),
                "{name}"
            );
        }
        for sealed in flipped(&by_code) {
            assert_eq!(
                RootBox::open(&sealed, &Lock::Code(&code), account).err(),
                Some(SealError)
            );
        }
    }

    #[test]
    fn a_box_with_another_identity_is_refused_even_if_it_opens() {
        let rng = &mut rng(1);
        let (root_box, export_key) = (RootBox::create(rng), Secret::random(rng));
        let (lock, victim) = (Lock::Password(&export_key), RootBox::create(rng).account());
        let sealed = seal::seal(
            &lock.key(victim),
            &aad(SealLabel::RootBox, victim),
            &[seed(&root_box).expose().as_slice(), &[0; 32]].concat(),
            rng,
        );
        assert_eq!(
            RootBox::open(&sealed.unwrap(), &lock, victim).err(),
            Some(SealError)
        );
    }
}
