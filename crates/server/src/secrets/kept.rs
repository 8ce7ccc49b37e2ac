//! The secrets of the server itself, one row each: drawn at the first start, and opened at every later one.

use zeroize::Zeroizing;

use super::sealer::{NotOpened, Sealed, Sealer};
use crate::{
    entropy::Entropy,
    store::{Store, StoreError},
};

/// A secret of the server's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Secret {
    /// The OPAQUE setup.
    OpaqueSetup,
    /// The seed of the key that signs for reports.
    ReportKey,
    /// The keys under which backup codes are hashed.
    BackupKeys,
}

impl Secret {
    /// All of them.
    pub(crate) const ALL: [Self; 3] = [Self::OpaqueSetup, Self::ReportKey, Self::BackupKeys];

    /// The name of its row.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::OpaqueSetup => "opaque-setup",
            Self::ReportKey => "report-key",
            Self::BackupKeys => "backup-keys",
        }
    }

    /// The place for which it is sealed.
    pub(crate) const fn place(self) -> Sealed<'static> {
        match self {
            Self::OpaqueSetup => Sealed::OpaqueSetup,
            Self::ReportKey => Sealed::ReportKey,
            Self::BackupKeys => Sealed::BackupKeys,
        }
    }
}

/// Why the server's OPAQUE setup, or another secret of its own, is not there.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SetupError {
    /// It was sealed under another key.
    #[error(
        "the data was sealed under another SECRET_KEY; start with the one that it was made with"
    )]
    OtherKey,
    /// What was opened is not what was kept.
    #[error("a stored secret of the server's own is damaged")]
    Damaged,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Opens the secret that is kept, or keeps what `draw` makes. Whoever draws at the same time gets the one that came first.
///
/// # Errors
/// Another `SECRET_KEY`, or the store.
pub(crate) async fn keep_or_draw(
    store: &impl Store,
    sealer: &Sealer,
    secret: Secret,
    entropy: &Entropy,
    draw: impl FnOnce() -> Zeroizing<Vec<u8>>,
) -> Result<Zeroizing<Vec<u8>>, SetupError> {
    if store.secret(secret.name()).await?.is_none() {
        let sealed = sealer
            .seal(secret.place(), &draw(), &mut entropy.fork())
            .map_err(|NotOpened| SetupError::Damaged)?;
        store.keep_secret(secret.name(), sealed).await?;
    }
    let sealed = store.secret(secret.name()).await?;
    sealer
        .open(secret.place(), &sealed.ok_or(SetupError::Damaged)?)
        .map_err(|NotOpened| SetupError::OtherKey)
}
