//! What lies in the store about one line, for a command that goes back to it.

use zeroize::Zeroizing;

/// Rows of one place in a room's log. The engine holds no lines in memory: whoever gives such a command reads them first.
#[derive(Clone, Default)]
pub struct KeptLine {
    /// Its row of [`Space::Timeline`](super::Space::Timeline).
    pub line: Option<Vec<u8>>,
    /// Its row of [`Space::LineKeys`](super::Space::LineKeys).
    pub key: Option<Zeroizing<Vec<u8>>>,
    /// The row with the room's [`CERTIFICATES`](super::CERTIFICATES), which is there when this device is out.
    pub certificates: Option<Vec<u8>>,
    /// The row of [`Space::Heads`](super::Space::Heads) before it.
    pub before: Option<Vec<u8>>,
    /// The row of [`Space::Heads`](super::Space::Heads) of its place.
    pub at: Option<Vec<u8>>,
}

// What was said and what opens it.
impl std::fmt::Debug for KeptLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("KeptLine")
    }
}
