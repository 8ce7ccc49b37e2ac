//! Chunks of files by the processor's AES.

use aes_gcm::{Aes256Gcm, KeyInit as _, Nonce, aead::AeadInPlace as _};
use engine::api::Failure;
use protocol::{error::ErrorCode, limits::FILE_TAG_BYTES};
use zeroize::Zeroizing;

/// A chunk has gone its way: here its memory went with it.
pub(crate) const fn carried(_index: u32) {}

/// Seals a chunk under the key that is its own.
pub(crate) async fn seal_chunk(key: &[u8; 32], plain: &[u8]) -> Result<Vec<u8>, Failure> {
    let mut sealed = Vec::with_capacity(plain.len() + FILE_TAG_BYTES);
    sealed.extend_from_slice(plain);
    Aes256Gcm::new(key.into())
        .encrypt_in_place(&Nonce::default(), b"", &mut sealed)
        .map_err(|_| Failure::from(ErrorCode::TooLarge))?;
    Ok(sealed)
}

/// Opens a chunk.
pub(crate) async fn open_chunk(
    key: &[u8; 32],
    sealed: Vec<u8>,
) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let mut opened = Zeroizing::new(sealed);
    Aes256Gcm::new(key.into())
        .decrypt_in_place(&Nonce::default(), b"", &mut *opened)
        .map_err(|_| Failure::from(ErrorCode::FileDamaged))?;
    Ok(opened)
}
