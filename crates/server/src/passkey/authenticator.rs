//! What an authenticator says (WebAuthn section 6.1), and the wrapping that it comes in when a passkey is made (section 6.5).

use ciborium::Value;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::{NotShown, PublicKey, key::field};
use crate::public_url::PublicUrl;

/// Somebody was there.
const PRESENT: u8 = 1;
/// The authenticator knows who: by a PIN, a finger or a face.
const VERIFIED: u8 = 1 << 2;
/// A key follows.
const HAS_CREDENTIAL: u8 = 1 << 6;
/// Extensions follow.
const HAS_EXTENSIONS: u8 = 1 << 7;
/// Longest id of a credential (section 4).
const CREDENTIAL_BYTES: usize = 1_023;

/// What it says.
pub(super) struct AuthenticatorData {
    rp_id_hash: [u8; 32],
    flags: u8,
    pub(super) counter: u32,
    /// The id and the public key of a passkey that was made.
    pub(super) credential: Option<(Vec<u8>, PublicKey)>,
}

impl AuthenticatorData {
    /// Reads all of it; a byte too many is one that nobody vouches for.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, NotShown> {
        let (rp_id_hash, rest) = bytes.split_first_chunk::<32>().ok_or(NotShown)?;
        let (flags, rest) = rest.split_first().ok_or(NotShown)?;
        let (counter, mut rest) = rest.split_first_chunk::<4>().ok_or(NotShown)?;
        let credential = if flags & HAS_CREDENTIAL == 0 {
            None
        } else {
            Some(credential(&mut rest)?)
        };
        if flags & HAS_EXTENSIONS != 0 {
            cbor(&mut rest)?.into_map().map_err(|_| NotShown)?;
        }
        if !rest.is_empty() {
            return Err(NotShown);
        }
        Ok(Self {
            rp_id_hash: *rp_id_hash,
            flags: *flags,
            counter: u32::from_be_bytes(*counter),
            credential,
        })
    }

    /// It is for this server, and for somebody whom the authenticator knows and who is there.
    pub(super) fn check(&self, at: &PublicUrl) -> Result<(), NotShown> {
        let wanted: [u8; 32] = Sha256::digest(at.host().as_bytes()).into();
        let here = bool::from(self.rp_id_hash.ct_eq(&wanted));
        let known = self.flags & (PRESENT | VERIFIED) == PRESENT | VERIFIED;
        if here && known { Ok(()) } else { Err(NotShown) }
    }
}

/// Id and key; the model of the authenticator before them says nothing here.
fn credential(rest: &mut &[u8]) -> Result<(Vec<u8>, PublicKey), NotShown> {
    let (_model, after) = rest.split_first_chunk::<16>().ok_or(NotShown)?;
    let (length, after) = after.split_first_chunk::<2>().ok_or(NotShown)?;
    let length = usize::from(u16::from_be_bytes(*length));
    if length == 0 || length > CREDENTIAL_BYTES {
        return Err(NotShown);
    }
    let (id, after) = after.split_at_checked(length).ok_or(NotShown)?;
    *rest = after;
    let key = PublicKey::of_cose(cbor(rest)?)?;
    Ok((id.to_vec(), key))
}

/// One item of CBOR from the front.
fn cbor(rest: &mut &[u8]) -> Result<Value, NotShown> {
    ciborium::from_reader(rest).map_err(|_| NotShown)
}

/// What is within an attestation that attests nothing.
pub(super) fn attested(mut bytes: &[u8]) -> Result<AuthenticatorData, NotShown> {
    let object = cbor(&mut bytes)?.into_map().map_err(|_| NotShown)?;
    let text = |name: &str| field(&object, &Value::Text(name.to_owned()));
    let nothing = text("fmt").and_then(Value::as_text) == Some("none")
        && text("attStmt")
            .and_then(Value::as_map)
            .is_some_and(Vec::is_empty);
    if !nothing || !bytes.is_empty() {
        return Err(NotShown);
    }
    let data = text("authData").and_then(Value::as_bytes);
    AuthenticatorData::read(data.ok_or(NotShown)?)
}
