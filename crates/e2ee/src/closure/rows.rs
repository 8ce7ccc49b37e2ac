//! What lies in the rows of a group and of KeyPackages.

use super::{Context, Epoch, Key, KeyPair, Node, bytes::holds};
use crate::{
    codec::Reader,
    group::Group,
    ids::DeviceId,
    message::MessageKey,
    rows::{Row, Rows, Slot, decode},
};
use openmls::prelude::{GroupContext, KeyPackageBundle};
use tls_codec::Serialize as _;

/// The secrets of single rows, of whatever time.
#[derive(Default)]
pub struct Held {
    /// Keys of the room: J, H, P_e, and candidates for H.
    pub keys: Vec<Key>,
    /// Content keys of own messages, with the hashes of the messages.
    pub content_keys: Vec<(Key, Key)>,
    /// Key pairs of leaves and nodes.
    pub pairs: Vec<KeyPair>,
    /// Key pairs that Welcomes are sealed to.
    pub init_pairs: Vec<KeyPair>,
    /// Seeds of requests for history keys.
    pub seeds: Vec<Key>,
    /// What own commits lead to, of which it was not known yet whether the log would take them.
    pub staged: Vec<Epoch>,
}

impl Held {
    /// Adds what a row holds.
    pub fn take(&mut self, name: &[u8], value: &[u8]) {
        let (Some((slot, _)), Some(node)) = (name.split_first(), Node::read(value)) else {
            return;
        };
        let is = |one: Slot| *slot == one as u8;
        if is(Slot::DoorKey) || is(Slot::HistoryKey) || is(Slot::Psk) || is(Slot::Candidate) {
            self.keys.extend(key(&node));
        } else if is(Slot::EchoKey) {
            let message = node
                .bytes()
                .and_then(|bytes| MessageKey::decode(&bytes))
                .map(|message| (message.hash, *message.key.expose()));
            self.content_keys.extend(message);
        } else if is(Slot::HistoryAsked) {
            self.seeds.extend(node.field("seed").and_then(key));
        } else if is(Slot::GroupState) {
            let secrets = node.find("group_epoch_secrets").into_iter();
            self.staged.extend(secrets.filter_map(Epoch::read));
            let pairs = node.find("new_keypairs").into_iter().flat_map(Node::items);
            self.pairs.extend(pairs.filter_map(pair));
        } else if is(Slot::EpochKeyPairs) {
            self.pairs.extend(node.items().iter().filter_map(pair));
        } else if is(Slot::EncryptionKeyPair) {
            self.pairs.extend(pair(&node));
        } else if is(Slot::KeyPackage) {
            self.init_pairs
                .extend(package_pair(&node, "private_init_key", Vec::new()));
            let leaf = decode::<KeyPackageBundle>(value)
                .ok()
                .and_then(|bundle| leaf_key(&bundle));
            let pair =
                leaf.and_then(|public| package_pair(&node, "private_encryption_key", public));
            self.pairs.extend(pair);
        }
    }
}

/// A state that a device was in.
pub struct Seen {
    /// The context, which is public.
    pub context: Context,
    /// The ratchet tree, which is public.
    tree: Vec<u8>,
    /// The secrets.
    pub epoch: Epoch,
}

impl Seen {
    /// The context alone, from the row of its slot.
    #[must_use]
    pub fn context(name: &[u8], value: &[u8]) -> Option<Context> {
        if name != [Slot::Context as u8] {
            return None;
        }
        let context: GroupContext = decode(value).ok()?;
        Context::new(context.tls_serialize_detached().ok()?)
    }

    /// The secrets alone, from the row of their slot.
    #[must_use]
    pub fn epoch(name: &[u8], value: &[u8]) -> Option<Epoch> {
        let row = (name == [Slot::EpochSecrets as u8]).then(|| Node::read(value));
        Epoch::read(&row.flatten()?)
    }

    /// The rotation that a row of a door key begins.
    #[must_use]
    pub fn rotation(name: &[u8]) -> Option<u64> {
        let (slot, epoch) = name.split_first()?;
        let epoch = (*slot == Slot::DoorKey as u8).then_some(epoch)?;
        epoch.try_into().ok().map(u64::from_be_bytes)
    }

    /// All of it, from the rows of a group.
    #[must_use]
    pub fn load(rows: Vec<Row>) -> Option<Self> {
        let rows = Rows::load(rows);
        let secrets: Node = rows.fetch(Slot::EpochSecrets, &[]).ok()??;
        let context: GroupContext = rows.fetch(Slot::Context, &[]).ok()??;
        Some(Self {
            context: Context::new(context.tls_serialize_detached().ok()?)?,
            epoch: Epoch::read(&secrets)?,
            tree: Group::tree_of(rows)?,
        })
    }

    /// Whether a device has a leaf: its id, which is random, stands in its certificate and nowhere else.
    #[must_use]
    pub fn seats(&self, device: DeviceId) -> bool {
        holds(&self.tree, device.as_bytes())
    }

    /// Whether a public key is that of a leaf or node.
    #[must_use]
    pub fn has_node(&self, public: &[u8]) -> bool {
        holds(&self.tree, public)
    }
}

fn key(node: &Node) -> Option<Key> {
    node.bytes()?.try_into().ok()
}

/// OpenMLS's EncryptionKeyPair.
fn pair(node: &Node) -> Option<KeyPair> {
    Some(KeyPair {
        public: node.field("public_key")?.bytes()?,
        private: node.field("private_key")?.bytes()?,
    })
}

/// The public key of the leaf in a KeyPackage.
fn leaf_key(bundle: &KeyPackageBundle) -> Option<Vec<u8>> {
    let leaf = bundle.key_package().leaf_node();
    let encoded = leaf.encryption_key().tls_serialize_detached().ok()?;
    let key = Reader::new(&encoded).vec(encoded.len()).ok()?;
    Some(key.to_vec())
}

/// A private key of OpenMLS's KeyPackageBundle. An init key is found by trying it, whatever its public half is.
fn package_pair(bundle: &Node, field: &str, public: Vec<u8>) -> Option<KeyPair> {
    let private = bundle.field(field)?.bytes()?;
    Some(KeyPair { public, private })
}
