//! A store that keeps nothing: a public group that is followed once and thrown away needs no rows,
//! and writing a tree of a thousand leaves costs more than judging a commit on it.

use std::convert::Infallible;

use openmls_traits::{
    public_storage::PublicStorageProvider,
    storage::{CURRENT_VERSION as V, traits},
};

/// Writes nothing, reads nothing.
pub(super) struct Discard;

macro_rules! write_nothing {
    ($($name:ident: $entity:ident),*) => {$(
        fn $name<G: traits::GroupId<V>, E: traits::$entity<V>>(
            &self,
            _: &G,
            _: &E,
        ) -> Result<(), Infallible> {
            Ok(())
        }
    )*};
}

macro_rules! read_nothing {
    ($($name:ident: $entity:ident),*) => {$(
        fn $name<G: traits::GroupId<V>, E: traits::$entity<V>>(
            &self,
            _: &G,
        ) -> Result<Option<E>, Infallible> {
            Ok(None)
        }
    )*};
}

macro_rules! delete_nothing {
    ($($name:ident),*) => {$(
        fn $name<G: traits::GroupId<V>>(&self, _: &G) -> Result<(), Infallible> {
            Ok(())
        }
    )*};
}

impl PublicStorageProvider<V> for Discard {
    type PublicError = Infallible;

    write_nothing!(
        write_tree: TreeSync,
        write_interim_transcript_hash: InterimTranscriptHash,
        write_context: GroupContext,
        write_confirmation_tag: ConfirmationTag,
        remove_proposal: ProposalRef
    );

    read_nothing!(
        tree: TreeSync,
        group_context: GroupContext,
        interim_transcript_hash: InterimTranscriptHash,
        confirmation_tag: ConfirmationTag
    );

    delete_nothing!(
        delete_tree,
        delete_confirmation_tag,
        delete_context,
        delete_interim_transcript_hash
    );

    fn queue_proposal<
        G: traits::GroupId<V>,
        R: traits::ProposalRef<V>,
        P: traits::QueuedProposal<V>,
    >(
        &self,
        _: &G,
        _: &R,
        _: &P,
    ) -> Result<(), Infallible> {
        Ok(())
    }

    fn queued_proposals<
        G: traits::GroupId<V>,
        R: traits::ProposalRef<V>,
        P: traits::QueuedProposal<V>,
    >(
        &self,
        _: &G,
    ) -> Result<Vec<(R, P)>, Infallible> {
        Ok(Vec::new())
    }

    fn clear_proposal_queue<G: traits::GroupId<V>, R: traits::ProposalRef<V>>(
        &self,
        _: &G,
    ) -> Result<(), Infallible> {
        Ok(())
    }
}
