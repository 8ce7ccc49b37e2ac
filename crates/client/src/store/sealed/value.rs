//! Sealed values: IV (12 bytes), then AES-256-GCM of {length of the own name, own name, value}. The associated
//! data is the row's place, so that no value opens anywhere else.

use aes_gcm::{
    Aes256Gcm, Nonce,
    aead::{Aead, KeyInit, Payload},
};
use rand_core::CryptoRngCore;
use zeroize::Zeroizing;

use super::{Name, StoreError, StoreKey, Tag};
use crate::labels;

const IV_BYTES: usize = 12;

pub(super) fn seal(
    key: &StoreKey,
    tag: &Tag,
    name: &Name,
    own: &[u8],
    value: &[u8],
    rng: &mut impl CryptoRngCore,
) -> Result<Vec<u8>, StoreError> {
    let mut plain = Zeroizing::new(Vec::with_capacity(8 + own.len() + value.len()));
    plain.extend((own.len() as u64).to_be_bytes());
    plain.extend(own);
    plain.extend(value);
    let mut iv = [0; IV_BYTES];
    rng.fill_bytes(&mut iv);
    let payload = Payload {
        msg: &plain,
        aad: &place(tag, name),
    };
    let sealed = cipher(key, tag)?
        .encrypt(Nonce::from_slice(&iv), payload)
        .map_err(|_| StoreError::Failed("a row is too large to seal".to_owned()))?;
    Ok([iv.as_slice(), &sealed].concat())
}

pub(super) fn open(
    key: &StoreKey,
    tag: &Tag,
    name: &Name,
    sealed: &[u8],
) -> Result<(Vec<u8>, Vec<u8>), StoreError> {
    let damaged = || StoreError::Corrupt("a row does not open");
    let (iv, sealed) = sealed.split_at_checked(IV_BYTES).ok_or_else(damaged)?;
    let payload = Payload {
        msg: sealed,
        aad: &place(tag, name),
    };
    let plain = cipher(key, tag)?
        .decrypt(Nonce::from_slice(iv), payload)
        .map_err(|_| damaged())?;
    let plain = Zeroizing::new(plain);
    let (length, rest) = plain.split_first_chunk::<8>().ok_or_else(damaged)?;
    let length = usize::try_from(u64::from_be_bytes(*length)).map_err(|_| damaged())?;
    let (own, value) = rest.split_at_checked(length).ok_or_else(damaged)?;
    Ok((own.to_vec(), value.to_vec()))
}

fn cipher(key: &StoreKey, tag: &Tag) -> Result<Aes256Gcm, StoreError> {
    Ok(Aes256Gcm::new(key.for_values(tag)?.as_slice().into()))
}

fn place(tag: &Tag, name: &Name) -> Vec<u8> {
    let mut out = labels::STORE_ROW.to_vec();
    out.extend((tag.0.len() as u64).to_be_bytes());
    out.extend(&tag.0);
    match name {
        Name::Bytes(bytes) => {
            out.push(1);
            out.extend(bytes);
        }
        Name::Number(number) => {
            out.push(2);
            out.extend(number.to_be_bytes());
        }
    }
    out
}
