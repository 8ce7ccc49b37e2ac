//! The GroupInfo of an epoch: what a door and a snapshot carry of a group, without its tree.

use openmls::{
    group::{MlsGroup, PublicGroup},
    messages::group_info::{GroupInfo, VerifiableGroupInfo},
    prelude::{
        Extension, Extensions, LeafNodeIndex, MlsMessageBodyIn, MlsMessageIn,
        OpenMlsSignaturePublicKey, Verifiable as _,
    },
};
use openmls_traits::{
    OpenMlsProvider,
    crypto::OpenMlsCrypto,
    signatures::{Signer, SignerError},
    types::SignatureScheme,
};
use tls_codec::{Deserialize as _, Serialize as _};

use crate::{ed25519::SIGNATURE_LEN, said::said};

/// What stands behind the index of the signer: the length of the signature and the signature.
const TAIL: usize = 2 + SIGNATURE_LEN;

/// The GroupInfo of the group's epoch, as an MLS message.
pub(crate) fn group_info(
    mls: &MlsGroup,
    provider: &impl OpenMlsProvider,
    signer: &impl Signer,
) -> Result<Vec<u8>, String> {
    mls.export_group_info(provider.crypto(), signer, false)
        .map_err(|error| said(&error))?
        .tls_serialize_detached()
        .map_err(|error| said(&error))
}

/// Reads a GroupInfo. Nothing in it has been verified.
pub(crate) fn parse(bytes: &[u8]) -> Option<VerifiableGroupInfo> {
    match MlsMessageIn::tls_deserialize_exact(bytes).ok()?.extract() {
        MlsMessageBodyIn::GroupInfo(info) => Some(info),
        _ => None,
    }
}

/// Whether a GroupInfo says of this state nothing but what is so, signed by one of its leaves; its
/// only extension is the key for external commits, which outsiders cannot check.
pub(crate) fn describes(
    info: &VerifiableGroupInfo,
    state: &PublicGroup,
    crypto: &impl OpenMlsCrypto,
) -> bool {
    let mut extensions = info.extensions().iter();
    let only_key = matches!(
        (extensions.next(), extensions.next()),
        (Some(Extension::ExternalPub(_)), None)
    );
    only_key && is_signed(info, info.extensions(), state, crypto)
}

/// Whether a GroupInfo is one of this member's epoch, key for external commits included.
pub(crate) fn is_of(mls: &MlsGroup, provider: &impl OpenMlsProvider, bytes: &[u8]) -> bool {
    let own = group_info(mls, provider, &Unsigned);
    let own = own.ok().and_then(|own| parse(&own));
    let (Some(own), Some(info)) = (own, parse(bytes)) else {
        return false;
    };
    is_signed(
        &info,
        own.extensions(),
        mls.public_group(),
        provider.crypto(),
    )
}

fn is_signed(
    info: &VerifiableGroupInfo,
    extensions: &Extensions<GroupInfo>,
    state: &PublicGroup,
    crypto: &impl OpenMlsCrypto,
) -> bool {
    let Some(signer) = signer(info) else {
        return false;
    };
    let expected = VerifiableGroupInfo::new(
        state.group_context().clone(),
        extensions.clone(),
        state.confirmation_tag().clone(),
        signer,
        info.signature().clone(),
    );
    let Some(leaf) = state.leaf(signer) else {
        return false;
    };
    let key = OpenMlsSignaturePublicKey::from_signature_key(
        leaf.signature_key().clone(),
        state.ciphersuite().signature_algorithm(),
    );
    expected == *info && info.verify_no_out(crypto, &key).is_ok()
}

/// The index of the leaf that claims to have signed, which the library keeps to itself.
fn signer(info: &VerifiableGroupInfo) -> Option<LeafNodeIndex> {
    let bytes = info.tls_serialize_detached().ok()?;
    let (head, _) = bytes.split_at_checked(bytes.len().checked_sub(TAIL)?)?;
    let index = head.last_chunk().copied().map(u32::from_be_bytes)?;
    Some(LeafNodeIndex::new(index))
}

/// Signs nothing: for a GroupInfo that is only compared.
struct Unsigned;

impl Signer for Unsigned {
    fn sign(&self, _: &[u8]) -> Result<Vec<u8>, SignerError> {
        Ok(vec![0; SIGNATURE_LEN])
    }

    fn signature_scheme(&self) -> SignatureScheme {
        SignatureScheme::ED25519
    }
}
