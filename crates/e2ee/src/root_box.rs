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
