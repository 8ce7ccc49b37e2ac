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
