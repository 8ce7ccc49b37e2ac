//! What an authenticator app does (RFC 6238), written down once more.

use hmac::{Hmac, Mac};
use sha1::Sha1;

/// The code of a seed so many milliseconds after 1970.
pub fn code_at(seed: &[u8], millis: u64) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(seed).unwrap();
    mac.update(&(millis / 30_000).to_be_bytes());
    let hash = mac.finalize().into_bytes();
    let at = usize::from(hash[19] & 0xf);
    let number = u32::from_be_bytes(hash[at..at + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}
