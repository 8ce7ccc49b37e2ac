//! The key schedule of RFC 9420 section 8, as far as secrets lead from epoch to epoch and out of them.

use openmls_traits::{crypto::OpenMlsCrypto, types::HpkeCiphertext};

use super::{Key, Node};
use crate::{
    codec::{Reader, Writer},
    crypto::Crypto,
    ids::{GroupId, RoomId},
    labels::ExporterLabel,
    suite::Suite,
};

/// Longer than any field of a context.
const ANY: usize = 1 << 24;

/// A key pair of the suite's KEM.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyPair {
    /// The public half, which stands in trees and KeyPackages.
    pub public: Vec<u8>,
    /// The private half.
    pub private: Vec<u8>,
}

/// What an epoch leaves to the next one and to exporters.
#[derive(Clone, PartialEq, Eq)]
pub struct Epoch {
    init: Vec<u8>,
    exporter: Vec<u8>,
    external: Vec<u8>,
}

/// A GroupContext (section 8.1), which is public.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Context {
    /// The epoch.
    pub epoch: u64,
    bytes: Vec<u8>,
}

impl Context {
    pub(super) fn new(bytes: Vec<u8>) -> Option<Self> {
        let mut reader = Reader::new(&bytes);
        let (_version, _suite, _group) = (
            reader.u16().ok()?,
            reader.u16().ok()?,
            reader.vec(ANY).ok()?,
        );
        let epoch = reader.u64().ok()?;
        Some(Self { epoch, bytes })
    }

    /// This context with the transcript of the epoch before: what path secrets are sealed with (section 7.6).
    fn provisional(&self, before: &Self) -> Option<Vec<u8>> {
        let [mut own, mut old] = [self, before].map(|context| Reader::new(&context.bytes));
        let mut writer = Writer::new();
        writer.u16(own.u16().ok()?);
        writer.u16(own.u16().ok()?);
        writer.vec(own.vec(ANY).ok()?);
        writer.u64(own.u64().ok()?);
        writer.vec(own.vec(ANY).ok()?);
        let _transcript = own.vec(ANY).ok()?;
        let (_, _, _, _, _) = (
            old.u16().ok()?,
            old.u16().ok()?,
            old.vec(ANY).ok()?,
            old.u64().ok()?,
            old.vec(ANY).ok()?,
        );
        writer.vec(old.vec(ANY).ok()?);
        writer.vec(own.vec(ANY).ok()?);
        Some(writer.finish())
    }
}

impl Epoch {
    pub(super) fn read(row: &Node) -> Option<Self> {
        let secret = |name| row.field(name).and_then(Node::bytes);
        Some(Self {
            init: secret("init_secret")?,
            exporter: secret("exporter_secret")?,
            external: secret("external_secret")?,
        })
    }

    /// The epoch behind a joiner secret (section 8).
    pub(super) fn of_joiner(
        suite: Suite,
        joiner: &[u8],
        psk: Option<&[u8]>,
        context: &Context,
    ) -> Option<Self> {
        let zero = vec![0; length(suite)];
        let member = extract(suite, joiner, psk.unwrap_or(&zero))?;
        let epoch = expand(suite, &member, "epoch", &context.bytes, length(suite))?;
        Some(Self {
            init: derive(suite, &epoch, "init")?,
            exporter: derive(suite, &epoch, "exporter")?,
            external: derive(suite, &epoch, "external")?,
        })
    }

    /// The epoch that a commit secret leads to.
    pub(super) fn after(
        suite: Suite,
        init: &[u8],
        commit_secret: &[u8],
        psk: Option<&[u8]>,
        context: &Context,
    ) -> Option<Self> {
        let intermediate = extract(suite, init, commit_secret)?;
        let length = length(suite);
        let joiner = expand(suite, &intermediate, "joiner", &context.bytes, length)?;
        Self::of_joiner(suite, &joiner, psk, context)
    }

    pub(super) fn init(&self) -> &[u8] {
        &self.init
    }

    /// The init secret of a commit from outside (section 8.3).
    pub(super) fn external_init(&self, suite: Suite, kem_output: &[u8]) -> Option<Vec<u8>> {
        let crypto = Crypto::default();
        let config = suite.mls().hpke_config();
        let own = crypto.derive_hpke_keypair(config, &self.external).ok()?;
        let label = b"MLS 1.0 external init secret";
        let secret = crypto.hpke_setup_receiver_and_export(
            suite.mls().hpke_config(),
            kem_output,
            &own.private,
            &[],
            label,
            length(suite),
        );
        secret.ok().map(|secret| secret.to_vec())
    }

    /// All that this protocol exports from the epoch.
    #[must_use]
    pub fn exports(&self, suite: Suite, room: RoomId, group: GroupId) -> Vec<Key> {
        let mut context = Writer::new();
        context.u64(room.get());
        context.fixed(group.as_bytes());
        let context = Crypto::default().hash(suite.mls().hash_algorithm(), context.as_slice());
        let export = |label: &ExporterLabel| {
            let secret = derive(suite, &self.exporter, label.text())?;
            let key = expand(suite, &secret, "exported", context.as_ref().ok()?, 32)?;
            key.try_into().ok()
        };
        ExporterLabel::ALL.iter().filter_map(export).collect()
    }
}

/// The contexts before and after a commit, for opening its path.
pub(super) fn path_info(before: &Context, after: &Context) -> Option<Vec<u8>> {
    after.provisional(before)
}

/// Opens what was sealed with a label (section 5.1.3).
pub(super) fn open(
    suite: Suite,
    sealed: &HpkeCiphertext,
    private: &[u8],
    label: &str,
    context: &[u8],
) -> Option<Vec<u8>> {
    let mut info = Writer::new();
    info.vec(format!("MLS 1.0 {label}").as_bytes());
    info.vec(context);
    let config = suite.mls().hpke_config();
    Crypto::default()
        .hpke_open(config, sealed, private, info.as_slice(), &[])
        .ok()
}

/// The path secrets from one on upwards, `levels` of them, and the one behind the last.
pub(super) fn upwards(suite: Suite, first: &[u8], levels: usize) -> Option<Vec<Vec<u8>>> {
    let mut secrets = vec![first.to_vec()];
    for _ in 0..levels {
        let next = derive(suite, secrets.last()?, "path")?;
        secrets.push(next);
    }
    Some(secrets)
}

/// The key pair of a node (section 7.4).
pub(super) fn node_keys(suite: Suite, path_secret: &[u8]) -> Option<KeyPair> {
    let node = derive(suite, path_secret, "node")?;
    let config = suite.mls().hpke_config();
    let pair = Crypto::default().derive_hpke_keypair(config, &node).ok()?;
    Some(KeyPair {
        public: pair.public,
        private: pair.private.to_vec(),
    })
}

/// The PSK secret of one external PSK (section 8.4); `id` is its encoded PreSharedKeyID.
pub(super) fn psk_secret(suite: Suite, psk: &Key, id: &[u8]) -> Option<Vec<u8>> {
    let zero = vec![0; length(suite)];
    let extracted = extract(suite, &zero, psk)?;
    let mut label = Writer::new();
    label.fixed(id);
    label.u16(0);
    label.u16(1);
    let length = length(suite);
    let input = expand(suite, &extracted, "derived psk", label.as_slice(), length)?;
    extract(suite, &input, &zero)
}

fn length(suite: Suite) -> usize {
    suite.mls().hash_length()
}

fn extract(suite: Suite, salt: &[u8], ikm: &[u8]) -> Option<Vec<u8>> {
    let hash = suite.mls().hash_algorithm();
    let secret = Crypto::default().hkdf_extract(hash, salt, ikm).ok()?;
    Some(secret.as_slice().to_vec())
}

/// ExpandWithLabel (section 8).
pub(super) fn expand(
    suite: Suite,
    secret: &[u8],
    label: &str,
    context: &[u8],
    length: usize,
) -> Option<Vec<u8>> {
    let mut info = Writer::new();
    info.u16(u16::try_from(length).ok()?);
    info.vec(format!("MLS 1.0 {label}").as_bytes());
    info.vec(context);
    let hash = suite.mls().hash_algorithm();
    let key = Crypto::default().hkdf_expand(hash, secret, info.as_slice(), length);
    Some(key.ok()?.as_slice().to_vec())
}

/// DeriveSecret (section 8).
fn derive(suite: Suite, secret: &[u8], label: &str) -> Option<Vec<u8>> {
    expand(suite, secret, label, &[], length(suite))
}
