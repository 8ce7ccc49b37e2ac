//! Commits that pass every public rule and are bad for some: they make a device suspect, and move
//! nothing.

use openmls_traits::OpenMlsProvider;
use tls_codec::Serialize as _;

use super::room::{Room, Seat};
use crate::{
    group::{PrivateReason, Verdict},
    hostile::{self, EvilProvider, Forgery},
    ids::AccountId,
    leaf::LeafSigner,
};

/// A commit whose path is spoilt for all of its readers, and more of the same behind it: what its
/// maker does alone in the epoch that nobody else is in.
pub(super) fn lonely_chain(
    seat: &Seat,
    len: usize,
    rng: &mut rand_chacha::ChaCha20Rng,
) -> Vec<Vec<u8>> {
    let rows = seat.group.provider.rows().clone();
    let mut twin = seat.group.twin(rows.clone()).unwrap();
    let provider = EvilProvider::new(rows, |_| true, rng);
    let mut commit = || {
        let staged = twin
            .mls
            .commit_builder()
            .force_self_update(true)
            .load_psks(provider.storage())
            .unwrap()
            .build(
                provider.rand(),
                provider.crypto(),
                &LeafSigner(&seat.device),
                |_| true,
            )
            .unwrap()
            .stage_commit(&provider)
            .unwrap();
        let commit = staged.into_messages().0.tls_serialize_detached().unwrap();
        twin.mls.merge_pending_commit(&provider).unwrap();
        commit
    };
    (0..len).map(|_| commit()).collect()
}

/// A commit whose path is spoilt for some of its readers.
fn spoilt_commit(
    seat: &Seat,
    remove: &[AccountId],
    spoil: fn(usize) -> bool,
    rng: &mut rand_chacha::ChaCha20Rng,
) -> Vec<u8> {
    let forgery = Forgery {
        remove: remove.to_vec(),
        spoil,
        ..Forgery::default()
    };
    hostile::commit(&seat.group, &seat.device, &forgery, rng).unwrap()
}

#[test]
fn one_garbage_path_secret_makes_its_reader_suspect_and_nobody_else() {
    let mut room = Room::new();
    let before = room.bob.group.authenticator().to_vec();
    let mut suspects = 0;
    let commit = spoilt_commit(&room.alice, &[], |count| count == 0, &mut room.rng);
    for seat in [&mut room.bob, &mut room.carol, &mut room.dave] {
        seat.group.take_changes();
        match seat.group.judge(&commit).unwrap() {
            Verdict::Merged(_) => assert_ne!(seat.group.authenticator(), before),
            Verdict::Suspect(PrivateReason::Path | PrivateReason::ConfirmationTag) => {
                suspects += 1;
                assert_eq!(seat.group.authenticator(), before);
                assert!(seat.group.take_changes().is_empty());
            }
            other => panic!("{other:?}"),
        }
    }
    assert!((1..3).contains(&suspects), "{suspects}");
}

#[test]
fn a_commit_that_is_bad_for_all_leaves_everybody_where_they_were() {
    let mut room = Room::new();
    let commit = spoilt_commit(&room.alice, &[], |_| true, &mut room.rng);
    let before = room.bob.group.authenticator().to_vec();
    for seat in [&mut room.bob, &mut room.carol, &mut room.dave] {
        assert!(matches!(
            seat.group.judge(&commit).unwrap(),
            Verdict::Suspect(_)
        ));
        assert_eq!(seat.group.authenticator(), before);
    }
    // They go on: the next honest commit is merged by all.
    let next = room
        .carol
        .commit(&crate::group::Intent::housekeeping(), &mut room.rng);
    room.follow(&next);
}

#[test]
fn a_garbage_removal_is_believed_by_its_victim_only_as_far_as_the_policy_allows() {
    let mut room = Room::new();
    let bob = room.bob.account();
    // Dave may not remove bob: his victim skips it like everybody.
    let commit = spoilt_commit(&room.dave, &[bob], |_| true, &mut room.rng);
    let role = crate::check::PublicReason::RemoveRole;
    room.all_skip("not allowed", &commit, role);
    // Alice may: the victim cannot see that the path is garbage, and nothing of it is lost.
    let commit = spoilt_commit(&room.alice, &[bob], |_| true, &mut room.rng);
    room.bob.group.take_changes();
    let before = room.bob.group.authenticator().to_vec();
    assert!(matches!(
        room.bob.group.judge(&commit).unwrap(),
        Verdict::Removed { asked: false, .. }
    ));
    assert_eq!(room.bob.group.authenticator(), before);
    assert!(room.bob.group.take_changes().is_empty());
    assert!(matches!(
        room.carol.group.judge(&commit).unwrap(),
        Verdict::Suspect(_)
    ));
}

#[test]
fn a_commit_of_the_own_leaf_that_this_device_did_not_make_is_suspect() {
    let mut room = Room::new();
    let commit = super::forge::commit(&room.bob, &mut room.rng, |builder| builder);
    let own = Verdict::Suspect(PrivateReason::OwnLeaf);
    assert_eq!(room.bob.group.judge(&commit).unwrap(), own);
}
