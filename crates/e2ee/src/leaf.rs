//! What every leaf of our groups looks like: credential, capabilities, signing key.

use openmls::prelude::{
    BasicCredential, Capabilities, Credential, CredentialType, CredentialWithKey, ExtensionType,
    Extensions, LeafNode, Lifetime, ProposalType, ProtocolVersion, SignatureScheme,
};
use openmls_traits::signatures::{Signer, SignerError};
use thiserror::Error;
use tls_codec::Serialize as _;

use crate::{
    certificate::{CertificateError, DeviceCertificate},
    codec::Reader,
    crypto::public_key,
    device::Device,
    policy,
    suite::Suite,
};

/// The policy's extension type.
pub(crate) const POLICY: ExtensionType = ExtensionType::Unknown(policy::EXTENSION_TYPE);

/// The capabilities of every leaf: exactly these, so that no member can block what the others use.
pub(crate) fn capabilities(suite: Suite) -> Capabilities {
    Capabilities::builder()
        .versions(vec![ProtocolVersion::Mls10])
        .ciphersuites(vec![suite.mls()])
        // A KeyPackage of last resort says so in an extension, which the leaf must then support.
        .extensions(vec![ExtensionType::LastResort, POLICY])
        .proposals(vec![ProposalType::SelfRemove])
        .credentials(vec![CredentialType::Basic])
        .build()
}

/// The lifetime of every KeyPackage: with any other, members whose clocks differ would judge
/// differently (PROTOCOL section 1).
pub(crate) fn lifetime() -> Lifetime {
    Lifetime::init(0, u64::MAX)
}

/// Whether a leaf has our capabilities and no extensions.
pub(crate) fn is_plain(leaf: &LeafNode, suite: Suite) -> bool {
    *leaf.capabilities() == capabilities(suite) && *leaf.extensions() == Extensions::empty()
}

/// Whether a leaf's key is a public key of the suite's KEM. The library shows it only as it is encoded.
pub(crate) fn has_sound_key(leaf: &LeafNode, suite: Suite) -> bool {
    let encoded = leaf.encryption_key().tls_serialize_detached();
    encoded.is_ok_and(|encoded| {
        let key = Reader::new(&encoded).vec(encoded.len());
        key.is_ok_and(|key| public_key::is_sound(key, suite))
    })
}

/// A leaf's credential is no certificate for it.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum LeafError {
    /// Another type of credential.
    #[error("the credential is of another type")]
    CredentialType,
    /// The certificate is refused.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// The certificate is of another key than the leaf.
    #[error("the certificate does not belong to the leaf's key")]
    Key,
}

/// The validated certificate of a leaf, whose device key is the leaf's signature key.
pub(crate) fn certificate(leaf: &LeafNode) -> Result<DeviceCertificate, LeafError> {
    let certificate = credential_certificate(leaf.credential())?;
    if certificate.device_key().as_bytes() != leaf.signature_key().as_slice() {
        return Err(LeafError::Key);
    }
    Ok(certificate)
}

pub(crate) fn credential_certificate(
    credential: &Credential,
) -> Result<DeviceCertificate, LeafError> {
    if credential.credential_type() != CredentialType::Basic {
        return Err(LeafError::CredentialType);
    }
    Ok(DeviceCertificate::validate(
        credential.serialized_content(),
    )?)
}

/// The credential of a device, for a new leaf.
pub(crate) fn credential(device: &Device) -> CredentialWithKey {
    CredentialWithKey {
        credential: BasicCredential::new(device.certificate().as_bytes().to_vec()).into(),
        signature_key: device.key().public().as_bytes().as_slice().into(),
    }
}

/// The device key as the signer that OpenMLS asks for.
pub(crate) struct LeafSigner<'a>(pub(crate) &'a Device);

impl Signer for LeafSigner<'_> {
    fn sign(&self, payload: &[u8]) -> Result<Vec<u8>, SignerError> {
        Ok(self.0.key().sign_raw(payload).to_vec())
    }

    fn signature_scheme(&self) -> SignatureScheme {
        SignatureScheme::ED25519
    }
}
