//! What keys and seals of a store at rest are for. The labels of everything that leaves the device are in `e2ee`.

/// Salt of the extraction from the store's key.
pub(crate) const STORE: &[u8] = b"secure-chat/1 store";
/// Starts the `info` of each key that is expanded from it; what it is for and a zero follow.
pub(crate) const STORE_EXPANDED: &[u8] = b"secure-chat/1 store ";
/// `info` of the key that wraps the store's key, from a secret of the keyring or of a file.
pub(crate) const STORE_WRAPPING: &[u8] = b"secure-chat/1 store wrapping";
/// Associated data of the wrapped store key, in a native header and in the browser alike.
pub(crate) const STORE_KEY: &[u8] = b"secure-chat/1 store key";
/// Starts the associated data of a row.
pub(crate) const STORE_ROW: &[u8] = b"secure-chat/1 store row";
