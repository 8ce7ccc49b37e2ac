//! The root box: the identity's private key and the root secret R, sealed once under the password's OPAQUE export key
//! and once under the recovery code. It is open only while one of the two is typed (PROTOCOL section 2).

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
    identity: Identity,
    root: RootSecret,
}

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
        Self {
            identity: Identity::generate(rng),
            root: RootSecret(Secret::random(rng)),
        }
    }

    /// The identity.
    #[must_use]
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The root secret.
    #[must_use]
    pub const fn root(&self) -> &RootSecret {
        &self.root
    }

    /// Seals the box for the server to keep.
    ///
    /// # Errors
    /// [`SealError`] never in practice: the box is 64 bytes.
    pub fn seal(
        &self,
        lock: &Lock<'_>,
        rng: &mut impl CryptoRngCore,
    ) -> Result<Vec<u8>, SealError> {
        let mut plaintext = Zeroizing::new([0; 64]);
        let (seed, root) = plaintext.split_at_mut(32);
        seed.copy_from_slice(self.identity.seed().expose());
        root.copy_from_slice(self.root.0.expose());
        let account = self.identity.account_id();
        seal::seal(&lock.key(account), &aad(account), plaintext.as_slice(), rng)
    }

    /// Opens a box of `account`.
    ///
    /// # Errors
    /// [`SealError`], the same for a wrong password or code, changed bytes, another account's box, and a box whose
    /// identity is not that of the account.
    pub fn open(sealed: &[u8], lock: &Lock<'_>, account: AccountId) -> Result<Self, SealError> {
        let plaintext = seal::open(&lock.key(account), &aad(account), sealed)?;
        let (seed, root) = plaintext.split_first_chunk::<32>().ok_or(SealError)?;
        let identity = Identity::from_seed(&Secret::from_bytes(seed));
        if identity.account_id() != account {
            return Err(SealError);
        }
        Ok(Self {
            identity,
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

fn aad(account: AccountId) -> Aad {
    Aad::new(SealLabel::RootBox).bytes(account.as_bytes())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::testing::{flipped, rng};

    #[test]
    fn password_and_code_open_the_same_box() {
        let rng = &mut rng(1);
        let (root_box, export_key, code) = (
            RootBox::create(rng),
            Secret::random(rng),
            RecoveryCode::generate(rng),
        );
        let account = root_box.identity().account_id();
        for lock in [Lock::Password(&export_key), Lock::Code(&code)] {
            let sealed = root_box.seal(&lock, rng).unwrap();
            let opened = RootBox::open(&sealed, &lock, account).unwrap();
            assert!(
                opened
                    .identity()
                    .seed()
                    .same_as(&root_box.identity().seed())
            );
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
        let (account, other) = (
            root_box.identity().account_id(),
            RootBox::create(rng).identity().account_id(),
        );
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
        let (lock, victim) = (
            Lock::Password(&export_key),
            RootBox::create(rng).identity().account_id(),
        );
        let sealed = seal::seal(
            &lock.key(victim),
            &aad(victim),
            &[root_box.identity().seed().expose().as_slice(), &[0; 32]].concat(),
            rng,
        );
        assert_eq!(
            RootBox::open(&sealed.unwrap(), &lock, victim).err(),
            Some(SealError)
        );
    }
}
