//! What a forger puts together with the library alone: KeyPackages, credentials and extensions of its own choice.

use openmls::prelude::{
    BasicCredential, Capabilities, CredentialWithKey, Extension, ExtensionType, Extensions,
    GroupContext, KeyPackage, Lifetime, UnknownExtension,
};
use rand_core::CryptoRngCore;

use crate::{
    device::{Device, Validity},
    group::Group,
    identity::Identity,
    leaf::{self, LeafSigner},
    policy::{EXTENSION_TYPE, Policy},
    provider::Provider,
    rows::Rows,
    signing::SigningKey,
    suite::Suite,
    user_name::UserName,
};

/// A KeyPackage made with other choices than ours.
pub(crate) fn key_package(
    device: &Device,
    credential: CredentialWithKey,
    capabilities: Capabilities,
    lifetime: Lifetime,
    suite: Suite,
    rng: &mut impl CryptoRngCore,
) -> Option<KeyPackage> {
    let provider = Provider::with_rng(Rows::default(), rng);
    let builder = KeyPackage::builder()
        .leaf_node_capabilities(capabilities)
        .key_package_lifetime(lifetime);
    let made = builder.build(suite.mls(), &provider, &LeafSigner(device), credential);
    Some(made.ok()?.into_key_package())
}

/// A KeyPackage like ours.
pub(super) fn plain_key_package(
    device: &Device,
    suite: Suite,
    rng: &mut impl CryptoRngCore,
) -> Option<KeyPackage> {
    let credential = leaf::credential(device);
    let capabilities = leaf::capabilities(suite);
    key_package(
        device,
        credential,
        capabilities,
        leaf::lifetime(),
        suite,
        rng,
    )
}

/// Our capabilities and one extension more.
pub(crate) fn capabilities_beyond_ours(suite: Suite) -> Capabilities {
    let ours = leaf::capabilities(suite);
    Capabilities::builder()
        .versions(ours.versions().to_vec())
        .ciphersuites(vec![suite.mls()])
        .extensions([ours.extensions(), &[ExtensionType::Unknown(0xF0F0)]].concat())
        .proposals(ours.proposals().to_vec())
        .credentials(ours.credentials().to_vec())
        .build()
}

/// A credential of the device's key with other content.
pub(crate) fn credential(device: &Device, content: &[u8]) -> CredentialWithKey {
    CredentialWithKey {
        credential: BasicCredential::new(content.to_vec()).into(),
        signature_key: device.key().public().as_bytes().as_slice().into(),
    }
}

/// The room's extensions with a changed policy.
pub(crate) fn with_policy(
    group: &Group,
    change: impl FnOnce(&mut Policy),
) -> Option<Extensions<GroupContext>> {
    let mut policy = group.policy().clone();
    change(&mut policy);
    with_policy_bytes(group, policy.encode().ok()?)
}

/// The room's extensions with other bytes in place of the policy.
pub(crate) fn with_policy_bytes(group: &Group, bytes: Vec<u8>) -> Option<Extensions<GroupContext>> {
    let mut extensions = group.mls.extensions().clone();
    let policy = Extension::Unknown(EXTENSION_TYPE, UnknownExtension(bytes));
    extensions.add_or_replace(policy).ok()?;
    Some(extensions)
}

/// Somebody who is in no room, with a certificate of as long as this device's.
pub(super) fn stranger(like: &Device, rng: &mut impl CryptoRngCore) -> Option<Device> {
    let signing = SigningKey::generate(&Identity::generate(rng), 0, rng);
    further(like, &signing, rng)
}

/// One more device under a signing key.
pub(super) fn further(
    like: &Device,
    signing: &SigningKey,
    rng: &mut impl CryptoRngCore,
) -> Option<Device> {
    let fields = like.certificate().fields();
    let validity = Validity::days(fields.created_ms, 90);
    let name = UserName::new("mallory").ok()?;
    Some(Device::create(name, signing, validity, rng))
}
