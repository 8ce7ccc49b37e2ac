//! `K(s, l)`: HKDF-SHA-384 (RFC 5869) from a secret, with a label from the table and a context.

use hkdf::Hkdf;
use sha2::Sha384;

use crate::{codec::Writer, labels::KdfLabel, secret::Secret};

/// Derives the 32-byte key that `label` names.
///
/// `context` tells apart keys of one label (a vault item's name, for instance); it is empty where there is only one.
/// Label and context are length-prefixed in the `info` input, so no two pairs collide.
#[must_use]
pub fn derive<const N: usize>(secret: &Secret<N>, label: KdfLabel, context: &[u8]) -> Secret<32> {
    expand(secret.expose(), label, context)
}

#[expect(
    clippy::expect_used,
    reason = "HKDF-SHA-384 gives up to 255 * 48 bytes; 32 are asked for"
)]
fn expand(secret: &[u8], label: KdfLabel, context: &[u8]) -> Secret<32> {
    let mut info = Writer::new();
    info.vec(label.bytes());
    info.vec(context);
    let info = info.finish();
    Secret::fill(|key| {
        Hkdf::<Sha384>::new(None, secret)
            .expand(&info, key)
            .expect("32 bytes fit")
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use hmac::{Hmac, Mac};

    use super::*;

    fn hmac(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
        let mut mac = Hmac::<Sha384>::new_from_slice(key).unwrap();
        parts.iter().for_each(|part| mac.update(part));
        mac.finalize().into_bytes().to_vec()
    }

    #[test]
    fn it_is_hkdf_as_rfc_5869_writes_it_out() {
        let extracted = hmac(&[0; 48], &[&[3; 32]]);
        let info = [b"\x12secure-chat/1 wrap".as_slice(), b"\x02me"].concat();
        let expanded = hmac(&extracted, &[&info, &[1]]);
        let derived = derive(&Secret::<32>::from_bytes(&[3; 32]), KdfLabel::Wrap, b"me");
        assert_eq!(derived.expose().as_slice(), &expanded[..32]);
    }

    #[test]
    fn labels_and_contexts_lead_to_different_keys() {
        let secret = Secret::<32>::from_bytes(&[3; 32]);
        let key = |label, context: &[u8]| derive(&secret, label, context);
        assert!(key(KdfLabel::Wrap, b"").same_as(&key(KdfLabel::Wrap, b"")));
        assert!(!key(KdfLabel::Wrap, b"").same_as(&key(KdfLabel::Door, b"")));
        assert!(!key(KdfLabel::Wrap, b"").same_as(&key(KdfLabel::Wrap, b"\0")));
    }
}
