//! The rows as the storage that OpenMLS writes to. One map holds one group (or one KeyPackage), so
//! the group id is no part of a key.

use openmls_traits::storage::{CURRENT_VERSION as V, StorageProvider, traits};
use serde::{Serialize, de::DeserializeOwned};

use super::{RowError, Rows, Slot, encode};

/// A value that exists once per group: write, read, delete.
macro_rules! one_per_group {
    ($slot:ident: $write:ident, $read:ident, $delete:ident, $entity:ident) => {
        fn $write<G: traits::GroupId<V>, E: traits::$entity<V>>(
            &self,
            _: &G,
            value: &E,
        ) -> Result<(), RowError> {
            self.store(Slot::$slot, &[], value)
        }

        fn $read<G: traits::GroupId<V>, E: traits::$entity<V>>(
            &self,
            _: &G,
        ) -> Result<Option<E>, RowError> {
            self.fetch(Slot::$slot, &[])
        }

        fn $delete<G: traits::GroupId<V>>(&self, _: &G) -> Result<(), RowError> {
            self.erase(Slot::$slot, &[]);
            Ok(())
        }
    };
}

/// A value under a key of its own.
macro_rules! one_per_key {
    ($slot:ident: $write:ident, $delete:ident, $key:ident, $entity:ident) => {
        fn $write<K: traits::$key<V>, E: traits::$entity<V>>(
            &self,
            key: &K,
            value: &E,
        ) -> Result<(), RowError> {
            self.store(Slot::$slot, &encode(key)?, value)
        }

        fn $delete<K: traits::$key<V>>(&self, key: &K) -> Result<(), RowError> {
            self.erase(Slot::$slot, &encode(key)?);
            Ok(())
        }
    };
}

impl Rows {
    fn keyed<K: Serialize, E: DeserializeOwned>(
        &self,
        slot: Slot,
        key: &K,
    ) -> Result<Option<E>, RowError> {
        self.fetch(slot, &encode(key)?)
    }

    fn list<E: DeserializeOwned>(&self, slot: Slot) -> Result<Vec<E>, RowError> {
        Ok(self.fetch(slot, &[])?.unwrap_or_default())
    }

    fn proposal_refs<R: DeserializeOwned>(&self) -> Result<Vec<R>, RowError> {
        self.list(Slot::ProposalRefs)
    }
}

/// One row per epoch and leaf.
fn epoch_key<E: Serialize>(epoch: &E, leaf_index: u32) -> Result<Vec<u8>, RowError> {
    Ok(encode(&(epoch, leaf_index))?.to_vec())
}

impl StorageProvider<V> for Rows {
    type Error = RowError;

    one_per_group!(JoinConfig: write_mls_join_config, mls_group_join_config, delete_group_config, MlsGroupJoinConfig);
    one_per_group!(Tree: write_tree, tree, delete_tree, TreeSync);
    one_per_group!(InterimTranscriptHash: write_interim_transcript_hash, interim_transcript_hash, delete_interim_transcript_hash, InterimTranscriptHash);
    one_per_group!(Context: write_context, group_context, delete_context, GroupContext);
    one_per_group!(ConfirmationTag: write_confirmation_tag, confirmation_tag, delete_confirmation_tag, ConfirmationTag);
    one_per_group!(MessageSecrets: write_message_secrets, message_secrets, delete_message_secrets, MessageSecrets);
    one_per_group!(ResumptionPsks: write_resumption_psk_store, resumption_psk_store, delete_all_resumption_psk_secrets, ResumptionPskStore);
    one_per_group!(OwnLeafIndex: write_own_leaf_index, own_leaf_index, delete_own_leaf_index, LeafNodeIndex);
    one_per_group!(EpochSecrets: write_group_epoch_secrets, group_epoch_secrets, delete_group_epoch_secrets, GroupEpochSecrets);

    one_per_key!(SignatureKeyPair: write_signature_key_pair, delete_signature_key_pair, SignaturePublicKey, SignatureKeyPair);
    one_per_key!(EncryptionKeyPair: write_encryption_key_pair, delete_encryption_key_pair, EncryptionKey, HpkeKeyPair);
    one_per_key!(KeyPackage: write_key_package, delete_key_package, HashReference, KeyPackage);
    one_per_key!(Psk: write_psk, delete_psk, PskId, PskBundle);

    fn write_group_state<E: traits::GroupState<V>, G: traits::GroupId<V>>(
        &self,
        _: &G,
        value: &E,
    ) -> Result<(), RowError> {
        self.store(Slot::GroupState, &[], value)
    }

    fn group_state<E: traits::GroupState<V>, G: traits::GroupId<V>>(
        &self,
        _: &G,
    ) -> Result<Option<E>, RowError> {
        self.fetch(Slot::GroupState, &[])
    }

    fn delete_group_state<G: traits::GroupId<V>>(&self, _: &G) -> Result<(), RowError> {
        self.erase(Slot::GroupState, &[]);
        Ok(())
    }

    fn append_own_leaf_node<G: traits::GroupId<V>, L: traits::LeafNode<V>>(
        &self,
        group_id: &G,
        leaf_node: &L,
    ) -> Result<(), RowError> {
        let mut bytes: Vec<serde_bytes::ByteBuf> = self.list(Slot::OwnLeafNodes)?;
        let _ = group_id;
        bytes.push(serde_bytes::ByteBuf::from(encode(leaf_node)?.to_vec()));
        self.store(Slot::OwnLeafNodes, &[], &bytes)
    }

    fn own_leaf_nodes<G: traits::GroupId<V>, L: traits::LeafNode<V>>(
        &self,
        _: &G,
    ) -> Result<Vec<L>, RowError> {
        let bytes: Vec<serde_bytes::ByteBuf> = self.list(Slot::OwnLeafNodes)?;
        bytes.iter().map(|leaf| super::decode(leaf)).collect()
    }

    fn delete_own_leaf_nodes<G: traits::GroupId<V>>(&self, _: &G) -> Result<(), RowError> {
        self.erase(Slot::OwnLeafNodes, &[]);
        Ok(())
    }

    fn queue_proposal<
        G: traits::GroupId<V>,
        R: traits::ProposalRef<V>,
        P: traits::QueuedProposal<V>,
    >(
        &self,
        _: &G,
        proposal_ref: &R,
        proposal: &P,
    ) -> Result<(), RowError> {
        let key = encode(proposal_ref)?;
        let mut refs: Vec<serde_bytes::ByteBuf> = self.proposal_refs()?;
        if !refs.iter().any(|known| **known == **key) {
            refs.push(serde_bytes::ByteBuf::from(key.to_vec()));
        }
        self.store(Slot::QueuedProposal, &key, proposal)?;
        self.store(Slot::ProposalRefs, &[], &refs)
    }

    fn queued_proposal_refs<G: traits::GroupId<V>, R: traits::ProposalRef<V>>(
        &self,
        _: &G,
    ) -> Result<Vec<R>, RowError> {
        let refs: Vec<serde_bytes::ByteBuf> = self.proposal_refs()?;
        refs.iter().map(|key| super::decode(key)).collect()
    }

    fn queued_proposals<
        G: traits::GroupId<V>,
        R: traits::ProposalRef<V>,
        P: traits::QueuedProposal<V>,
    >(
        &self,
        _: &G,
    ) -> Result<Vec<(R, P)>, RowError> {
        let refs: Vec<serde_bytes::ByteBuf> = self.proposal_refs()?;
        refs.iter()
            .map(|key| {
                let proposal = self
                    .fetch(Slot::QueuedProposal, key)?
                    .ok_or(RowError::Damaged)?;
                Ok((super::decode(key)?, proposal))
            })
            .collect()
    }

    fn remove_proposal<G: traits::GroupId<V>, R: traits::ProposalRef<V>>(
        &self,
        _: &G,
        proposal_ref: &R,
    ) -> Result<(), RowError> {
        let key = encode(proposal_ref)?;
        let mut refs: Vec<serde_bytes::ByteBuf> = self.proposal_refs()?;
        refs.retain(|known| **known != **key);
        self.erase(Slot::QueuedProposal, &key);
        self.store(Slot::ProposalRefs, &[], &refs)
    }

    fn clear_proposal_queue<G: traits::GroupId<V>, R: traits::ProposalRef<V>>(
        &self,
        _: &G,
    ) -> Result<(), RowError> {
        self.clear(Slot::QueuedProposal);
        self.erase(Slot::ProposalRefs, &[]);
        Ok(())
    }

    fn write_encryption_epoch_key_pairs<
        G: traits::GroupId<V>,
        E: traits::EpochKey<V>,
        P: traits::HpkeKeyPair<V>,
    >(
        &self,
        _: &G,
        epoch: &E,
        leaf_index: u32,
        key_pairs: &[P],
    ) -> Result<(), RowError> {
        self.store(
            Slot::EpochKeyPairs,
            &epoch_key(epoch, leaf_index)?,
            &key_pairs,
        )
    }

    fn encryption_epoch_key_pairs<
        G: traits::GroupId<V>,
        E: traits::EpochKey<V>,
        P: traits::HpkeKeyPair<V>,
    >(
        &self,
        _: &G,
        epoch: &E,
        leaf_index: u32,
    ) -> Result<Vec<P>, RowError> {
        let pairs = self.fetch(Slot::EpochKeyPairs, &epoch_key(epoch, leaf_index)?)?;
        Ok(pairs.unwrap_or_default())
    }

    fn delete_encryption_epoch_key_pairs<G: traits::GroupId<V>, E: traits::EpochKey<V>>(
        &self,
        _: &G,
        epoch: &E,
        leaf_index: u32,
    ) -> Result<(), RowError> {
        self.erase(Slot::EpochKeyPairs, &epoch_key(epoch, leaf_index)?);
        Ok(())
    }

    fn signature_key_pair<K: traits::SignaturePublicKey<V>, E: traits::SignatureKeyPair<V>>(
        &self,
        key: &K,
    ) -> Result<Option<E>, RowError> {
        self.keyed(Slot::SignatureKeyPair, key)
    }

    fn encryption_key_pair<E: traits::HpkeKeyPair<V>, K: traits::EncryptionKey<V>>(
        &self,
        key: &K,
    ) -> Result<Option<E>, RowError> {
        self.keyed(Slot::EncryptionKeyPair, key)
    }

    fn key_package<K: traits::HashReference<V>, E: traits::KeyPackage<V>>(
        &self,
        key: &K,
    ) -> Result<Option<E>, RowError> {
        self.keyed(Slot::KeyPackage, key)
    }

    fn psk<E: traits::PskBundle<V>, K: traits::PskId<V>>(
        &self,
        key: &K,
    ) -> Result<Option<E>, RowError> {
        self.keyed(Slot::Psk, key)
    }
}
