//! The symmetric algorithms of the one suite: SHA-384 with HMAC (RFC 2104) and HKDF (RFC 5869), and AES-256-GCM.

use aes_gcm::{
    Aes256Gcm, KeyInit, Nonce,
    aead::{Aead, Payload},
};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha384};

/// Bytes of a nonce of AES-GCM.
const NONCE_LEN: usize = 12;

/// A ciphertext does not open: key, nonce, additional data or the ciphertext are not those of the sealing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AeadError {
    /// Key or nonce have another length.
    Length,
    /// The tag does not fit.
    Tag,
}

pub(super) fn hash(data: &[u8]) -> Vec<u8> {
    Sha384::digest(data).to_vec()
}

/// `None` never comes: HMAC takes keys of every length.
pub(super) fn hmac(key: &[u8], message: &[u8]) -> Option<Vec<u8>> {
    let mut mac = <Hmac<Sha384> as Mac>::new_from_slice(key).ok()?;
    mac.update(message);
    Some(mac.finalize().into_bytes().to_vec())
}

pub(super) fn hkdf_extract(salt: &[u8], ikm: &[u8]) -> Vec<u8> {
    Hkdf::<Sha384>::extract(Some(salt), ikm).0.to_vec()
}

/// `None` if the key is shorter than a hash, or the output longer than 255 hashes.
pub(super) fn hkdf_expand(prk: &[u8], info: &[u8], len: usize) -> Option<Vec<u8>> {
    let mut out = vec![0; len];
    let hkdf = Hkdf::<Sha384>::from_prk(prk).ok()?;
    hkdf.expand(info, &mut out).ok()?;
    Some(out)
}

/// `None` if key or nonce have another length, or the message is beyond what the algorithm takes.
pub(super) fn aead_encrypt(key: &[u8], msg: &[u8], nonce: &[u8], aad: &[u8]) -> Option<Vec<u8>> {
    let nonce: [u8; NONCE_LEN] = nonce.try_into().ok()?;
    let aes = Aes256Gcm::new_from_slice(key).ok()?;
    aes.encrypt(&Nonce::from(nonce), Payload { msg, aad }).ok()
}

/// # Errors
/// [`AeadError`] says whether it was the form or the content.
pub(super) fn aead_decrypt(
    key: &[u8],
    msg: &[u8],
    nonce: &[u8],
    aad: &[u8],
) -> Result<Vec<u8>, AeadError> {
    let nonce: [u8; NONCE_LEN] = nonce.try_into().map_err(|_| AeadError::Length)?;
    let aes = Aes256Gcm::new_from_slice(key).map_err(|_| AeadError::Length)?;
    aes.decrypt(&Nonce::from(nonce), Payload { msg, aad })
        .map_err(|_| AeadError::Tag)
}
