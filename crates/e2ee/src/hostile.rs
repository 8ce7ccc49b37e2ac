//! A member that turns bad: commits that pass every public rule, made past every check of ours. For tests only, here
//! and in the crates that have to live with such a member (PROTOCOL section 1).

use std::sync::atomic::{AtomicUsize, Ordering};

use openmls::prelude::{Extension, LeafNodeIndex, UnknownExtension};
use openmls_traits::{
    OpenMlsProvider,
    crypto::OpenMlsCrypto,
    types::{
        AeadType, Ciphersuite, CryptoError, ExporterSecret, HashType, HpkeCiphertext, HpkeConfig,
        HpkeKeyPair, KemOutput, SignatureScheme,
    },
};
use rand_core::CryptoRngCore;
use tls_codec::{SecretVLBytes, Serialize as _};

use crate::{
    crypto::Crypto,
    device::Device,
    group::Group,
    history_answer,
    history_request::SignedRequest,
    ids::AccountId,
    leaf::LeafSigner,
    policy,
    provider::{Provider, Rand},
    roster_log::{self, RosterRecord},
    rows::Rows,
    secret::Secret,
};

/// A record for the roster log of something that never was: a device in an epoch.
pub fn roster_record(
    group: &Group,
    device: &Device,
    epoch: u64,
    rng: &mut impl CryptoRngCore,
) -> Option<Vec<u8>> {
    let (rotation, key) = group.door_key().ok()??;
    let certificate = Box::new(device.certificate().clone());
    let record = RosterRecord::Seated { epoch, certificate };
    roster_log::seal_records(&[record], &key, group.scope, rotation, rng).ok()
}

/// A request for the history keys of all epochs.
pub fn history_request(
    group: &Group,
    device: &Device,
    rng: &mut impl CryptoRngCore,
) -> Option<Vec<u8>> {
    let mut twin = group.twin(group.provider.rows().clone())?;
    twin.ask_history(vec![0..=group.epoch()], device, rng).ok()
}

/// An answer to somebody's history request, with a key of this device's own making for each epoch that it asks for.
pub fn history_answer(
    group: &Group,
    device: &Device,
    request: &[u8],
    rng: &mut impl CryptoRngCore,
) -> Option<Vec<u8>> {
    let asked = SignedRequest::read(request).ok()?.request;
    let epochs = asked.epochs.iter().cloned().flatten();
    let keys = epochs.map(|epoch| (epoch, Secret::random(rng))).collect();
    history_answer::seal(&keys, &asked, device, group.policy().suite).ok()
}

/// What a bad commit does.
pub struct Forgery {
    /// Accounts to remove.
    pub remove: Vec<AccountId>,
    /// Which of the path secrets are garbage, counted from 0 in the order of sealing.
    pub spoil: fn(usize) -> bool,
    /// Whether the policy becomes one of the next version, which nobody here knows.
    pub newer_policy: bool,
}

impl Default for Forgery {
    fn default() -> Self {
        Self {
            remove: Vec::new(),
            spoil: |_| false,
            newer_policy: false,
        }
    }
}

/// A commit by this device, of which its own rows know nothing. `None` where the library refuses.
pub fn commit(
    group: &Group,
    device: &Device,
    forgery: &Forgery,
    rng: &mut impl CryptoRngCore,
) -> Option<Vec<u8>> {
    let rows = group.provider.rows().clone();
    let mut twin = group.twin(rows.clone())?;
    let leaves = group.leaves();
    let removals: Vec<LeafNodeIndex> = leaves
        .filter(|leaf| forgery.remove.contains(&leaf.account()))
        .map(|leaf| LeafNodeIndex::new(leaf.index))
        .collect();
    let mut extensions = twin.mls.extensions().clone();
    let provider = EvilProvider::new(rows, forgery.spoil, rng);
    let mut builder = twin
        .mls
        .commit_builder()
        .force_self_update(true)
        .propose_removals(removals);
    if forgery.newer_policy {
        let newer = UnknownExtension(newer_policy(group)?);
        let newer = Extension::Unknown(policy::EXTENSION_TYPE, newer);
        extensions.add_or_replace(newer).ok()?;
        builder = builder.propose_group_context_extensions(extensions).ok()?;
    }
    let staged = builder
        .load_psks(provider.storage())
        .ok()?
        .build(
            provider.rand(),
            provider.crypto(),
            &LeafSigner(device),
            |_| true,
        )
        .ok()?
        .stage_commit(&provider)
        .ok()?;
    staged.into_messages().0.tls_serialize_detached().ok()
}

/// The room's policy under the next version.
fn newer_policy(group: &Group) -> Option<Vec<u8>> {
    let mut bytes = (policy::VERSION + 1).to_be_bytes().to_vec();
    let encoded = group.policy().encode().ok()?;
    bytes.extend(encoded.get(2..)?);
    Some(bytes)
}

/// Cryptography that spoils chosen HPKE seals: a committer's path secrets.
pub(crate) struct Evil {
    honest: Crypto,
    sealed: AtomicUsize,
    /// The seals to spoil, counted from 0.
    spoil: fn(usize) -> bool,
    derived: AtomicUsize,
    /// Which of the key pairs, counted from 0, gets which public key.
    other_key: Option<(usize, Vec<u8>)>,
    /// What an external commit says that it was encapsulated in.
    other_kem_output: Option<Vec<u8>>,
    /// Whether a key that is none gets a seal that nobody opens.
    seals_to_anything: bool,
}

/// A provider with such cryptography.
pub(crate) struct EvilProvider {
    crypto: Evil,
    honest: Provider,
}

impl EvilProvider {
    pub(crate) fn new(rows: Rows, spoil: fn(usize) -> bool, rng: &mut impl CryptoRngCore) -> Self {
        Self {
            crypto: Evil {
                honest: Crypto::default(),
                sealed: AtomicUsize::new(0),
                spoil,
                derived: AtomicUsize::new(0),
                other_key: None,
                other_kem_output: None,
                seals_to_anything: false,
            },
            honest: Provider::with_rng(rows, rng),
        }
    }

    /// One that shows `key` as the public key of the pair that it derives as number `at`, counted from 0.
    #[cfg(test)]
    pub(crate) fn with_key(mut self, at: usize, key: Vec<u8>) -> Self {
        self.crypto.other_key = Some((at, key));
        self
    }

    /// One that enters by an encapsulation that is none.
    #[cfg(test)]
    pub(crate) fn with_kem_output(mut self, kem_output: Vec<u8>) -> Self {
        self.crypto.other_kem_output = Some(kem_output);
        self
    }

    /// One whose seals never fail.
    #[cfg(test)]
    pub(crate) fn sealing_to_anything(mut self) -> Self {
        self.crypto.seals_to_anything = true;
        self
    }

    /// How many key pairs it has derived.
    #[cfg(test)]
    pub(crate) fn derived(&self) -> usize {
        self.crypto.derived.load(Ordering::SeqCst)
    }
}

impl OpenMlsProvider for EvilProvider {
    type CryptoProvider = Evil;
    type RandProvider = Rand;
    type StorageProvider = Rows;

    fn storage(&self) -> &Rows {
        self.honest.storage()
    }

    fn crypto(&self) -> &Evil {
        &self.crypto
    }

    fn rand(&self) -> &Rand {
        self.honest.rand()
    }
}

impl OpenMlsCrypto for Evil {
    fn supports(&self, suite: Ciphersuite) -> Result<(), CryptoError> {
        self.honest.supports(suite)
    }

    fn supported_ciphersuites(&self) -> Vec<Ciphersuite> {
        self.honest.supported_ciphersuites()
    }

    fn hkdf_extract(
        &self,
        hash: HashType,
        salt: &[u8],
        ikm: &[u8],
    ) -> Result<SecretVLBytes, CryptoError> {
        self.honest.hkdf_extract(hash, salt, ikm)
    }

    fn hmac(&self, hash: HashType, key: &[u8], m: &[u8]) -> Result<SecretVLBytes, CryptoError> {
        self.honest.hmac(hash, key, m)
    }

    fn hkdf_expand(
        &self,
        hash: HashType,
        prk: &[u8],
        info: &[u8],
        len: usize,
    ) -> Result<SecretVLBytes, CryptoError> {
        self.honest.hkdf_expand(hash, prk, info, len)
    }

    fn hash(&self, hash: HashType, data: &[u8]) -> Result<Vec<u8>, CryptoError> {
        self.honest.hash(hash, data)
    }

    fn aead_encrypt(
        &self,
        alg: AeadType,
        key: &[u8],
        data: &[u8],
        nonce: &[u8],
        aad: &[u8],
    ) -> Result<Vec<u8>, CryptoError> {
        self.honest.aead_encrypt(alg, key, data, nonce, aad)
    }

    fn aead_decrypt(
        &self,
        alg: AeadType,
        key: &[u8],
        data: &[u8],
        nonce: &[u8],
        aad: &[u8],
    ) -> Result<Vec<u8>, CryptoError> {
        self.honest.aead_decrypt(alg, key, data, nonce, aad)
    }

    fn signature_key_gen(&self, alg: SignatureScheme) -> Result<(Vec<u8>, Vec<u8>), CryptoError> {
        self.honest.signature_key_gen(alg)
    }

    fn verify_signature(
        &self,
        alg: SignatureScheme,
        data: &[u8],
        key: &[u8],
        signature: &[u8],
    ) -> Result<(), CryptoError> {
        self.honest.verify_signature(alg, data, key, signature)
    }

    fn sign(&self, alg: SignatureScheme, data: &[u8], key: &[u8]) -> Result<Vec<u8>, CryptoError> {
        self.honest.sign(alg, data, key)
    }

    fn hpke_seal(
        &self,
        config: HpkeConfig,
        key: &[u8],
        info: &[u8],
        aad: &[u8],
        plain: &[u8],
    ) -> Result<HpkeCiphertext, CryptoError> {
        let count = self.sealed.fetch_add(1, Ordering::SeqCst);
        let mut plain = plain.to_vec();
        if (self.spoil)(count) {
            plain.iter_mut().take(1).for_each(|byte| *byte ^= 1);
        }
        let sealed = self.honest.hpke_seal(config, key, info, aad, &plain);
        sealed.or_else(|error| {
            let nothing = || HpkeCiphertext {
                kem_output: vec![0; 32].into(),
                ciphertext: vec![0; 32].into(),
            };
            self.seals_to_anything.then(nothing).ok_or(error)
        })
    }

    fn hpke_open(
        &self,
        config: HpkeConfig,
        input: &HpkeCiphertext,
        key: &[u8],
        info: &[u8],
        aad: &[u8],
    ) -> Result<Vec<u8>, CryptoError> {
        self.honest.hpke_open(config, input, key, info, aad)
    }

    fn hpke_setup_sender_and_export(
        &self,
        config: HpkeConfig,
        key: &[u8],
        info: &[u8],
        context: &[u8],
        len: usize,
    ) -> Result<(KemOutput, ExporterSecret), CryptoError> {
        let honest = self
            .honest
            .hpke_setup_sender_and_export(config, key, info, context, len);
        let (kem_output, secret) = honest?;
        Ok((self.other_kem_output.clone().unwrap_or(kem_output), secret))
    }

    fn hpke_setup_receiver_and_export(
        &self,
        config: HpkeConfig,
        enc: &[u8],
        key: &[u8],
        info: &[u8],
        context: &[u8],
        len: usize,
    ) -> Result<ExporterSecret, CryptoError> {
        self.honest
            .hpke_setup_receiver_and_export(config, enc, key, info, context, len)
    }

    fn derive_hpke_keypair(
        &self,
        config: HpkeConfig,
        ikm: &[u8],
    ) -> Result<HpkeKeyPair, CryptoError> {
        let mut pair = self.honest.derive_hpke_keypair(config, ikm)?;
        let count = self.derived.fetch_add(1, Ordering::SeqCst);
        if let Some((_, key)) = self.other_key.as_ref().filter(|(at, _)| *at == count) {
            pair.public.clone_from(key);
        }
        Ok(pair)
    }
}
