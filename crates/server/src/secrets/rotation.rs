//! From `SECRET_KEY_PREVIOUS` to `SECRET_KEY`: what was sealed under the one, under the other.

use rand_chacha::ChaCha20Rng;
use zeroize::Zeroizing;

use super::{
    kept::Secret,
    key::SecretKey,
    sealer::{NotOpened, Sealed, Sealer},
};
use crate::second_factor::BackupKeys;

/// Under which key the data is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Under {
    /// Nothing was sealed yet.
    Nothing,
    /// Under the key that counts.
    Current,
    /// Under the one before.
    Previous,
    /// Under neither.
    Neither,
}

/// Both keys of a server whose key changes.
pub(crate) struct Rotation {
    to: Sealer,
    from: Sealer,
    previous: SecretKey,
    rng: ChaCha20Rng,
}

impl Rotation {
    /// From the previous key to the one that counts.
    ///
    /// # Errors
    /// As [`Sealer::new`].
    pub(crate) fn new(
        previous: &SecretKey,
        current: &SecretKey,
        rng: ChaCha20Rng,
    ) -> Result<Self, NotOpened> {
        Ok(Self {
            to: Sealer::new(current)?,
            from: Sealer::new(previous)?,
            previous: previous.clone(),
            rng,
        })
    }

    /// Where the server's own secrets are.
    pub(crate) fn under(&self, kept: &[(Secret, Vec<u8>)]) -> Under {
        under(&self.to, Some(&self.from), kept)
    }

    /// The same under the key that counts; none of what the previous one does not open.
    pub(crate) fn turn(&mut self, what: Sealed<'_>, sealed: &[u8]) -> Option<Vec<u8>> {
        let opened = self.from.open(what, sealed).ok()?;
        self.to.seal(what, &opened, &mut self.rng).ok()
    }

    /// The keys of backup codes with a further one, and as they are kept now. Where none are kept, a server that knew no
    /// other way has hashed under one that it derived.
    ///
    /// # Errors
    /// They are not what was kept.
    pub(crate) fn backup_keys(
        &mut self,
        kept: Option<&[u8]>,
    ) -> Result<(BackupKeys, Vec<u8>), NotOpened> {
        let was = match kept {
            Some(sealed) => self.from.open(Sealed::BackupKeys, sealed)?,
            None => BackupKeys::derived(&self.previous)?,
        };
        let mut more = Zeroizing::new([0; BackupKeys::ONE]);
        rand_core::RngCore::fill_bytes(&mut self.rng, more.as_mut());
        let keys = Zeroizing::new([was.as_slice(), more.as_slice()].concat());
        let sealed = self.to.seal(Sealed::BackupKeys, &keys, &mut self.rng)?;
        Ok((BackupKeys::read(&keys).ok_or(NotOpened)?, sealed))
    }
}

/// Under which of two keys the server's own secrets are. All that is sealed comes under another key at once, so that the
/// first one that opens tells for everything.
pub(crate) fn under(
    current: &Sealer,
    previous: Option<&Sealer>,
    kept: &[(Secret, Vec<u8>)],
) -> Under {
    let opens = |sealer: &Sealer| {
        let mut kept = kept.iter();
        kept.any(|(secret, sealed)| sealer.open(secret.place(), sealed).is_ok())
    };
    if kept.is_empty() {
        Under::Nothing
    } else if opens(current) {
        Under::Current
    } else if previous.is_some_and(opens) {
        Under::Previous
    } else {
        Under::Neither
    }
}
