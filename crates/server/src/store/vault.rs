//! The vault as stored.

/// Why vault items were not written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum VaultRefusal {
    /// One item is not at the version that the writer expects.
    VersionConflict,
    /// More items than an account may have.
    TooMany,
}
