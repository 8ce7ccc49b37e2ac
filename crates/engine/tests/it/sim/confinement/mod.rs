//! Confinement (PROTOCOL section 8, invariant 3): what a coalition can compute from every byte that the server was ever
//! given and from every row that one of its devices ever had, compared with the key table of section 3.
//!
//! [`blobs`] are the server's, [`holdings`] a coalition's own; [`closure`] computes what follows, and knows no rule of the
//! protocol but how things are sealed; [`expected`] says what the key table allows, and knows no key, but who was in a room
//! when. [`verdict`] compares the two: an epoch, a door, a room's state, its roster log and a message each open for whom
//! they should, and for nobody else.
//!
//! What an epoch's secrets open counts as open: the messages of that epoch are not decrypted one by one from its secret
//! tree, for RFC 9420 section 9 leaves no doubt that they could be. All else is opened here as an attacker would. Three
//! things are not computed: a password or recovery code is never guessed, so root boxes stay closed; nobody enters a room
//! by a commit, which everybody would see (what a door lets its opener know in silence is the epoch's entry PSK, and that
//! is among the keys); and where a room fell apart for a while, epochs of one number are told apart by their contexts, and
//! messages not at all, so lives with liars are not judged.

mod blobs;
mod closure;
mod coalition;
mod expected;
mod holdings;
mod keys;
mod past;
mod stays;
mod verdict;

pub(super) use coalition::Coalition;
pub(super) use verdict::{Evidence, shown_by};
