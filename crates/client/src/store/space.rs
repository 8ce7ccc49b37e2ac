//! Spaces as bytes.

use engine::api::Space;

/// One spelling per space; no two spaces share one.
pub(super) fn bytes(space: Space) -> Vec<u8> {
    let (kind, room) = match space {
        Space::Account => (1, None),
        Space::KeyPackages => (2, None),
        Space::Rooms => (3, None),
        Space::Group(room) => (4, Some(room)),
        Space::Outbox(room) => (5, Some(room)),
        Space::Timeline(room) => (6, Some(room)),
        Space::Heads(room) => (7, Some(room)),
        Space::History(room) => (8, Some(room)),
        Space::LineKeys(room) => (9, Some(room)),
    };
    let mut out = vec![kind];
    out.extend(room.into_iter().flat_map(|room| room.get().to_be_bytes()));
    out
}

/// Whether the numbers of a space are places in an order, which a shelf must know to answer ranges. Elsewhere a
/// number is a name (a room's id) and is hidden like one.
pub(super) const fn is_ordered(space: Space) -> bool {
    matches!(
        space,
        Space::Outbox(_) | Space::Timeline(_) | Space::Heads(_) | Space::LineKeys(_)
    )
}
