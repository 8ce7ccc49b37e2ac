//! Reads, on the pool of read-only connections.

mod accounts;
pub(super) mod admin;
mod blobs;
pub(super) mod classic;
mod devices;
mod entrance;
mod log;
mod mail;
pub(super) mod passkeys;
mod reset;
mod retention;
mod rooms;
mod sessions;
mod side;
pub(super) mod tokens;

pub(super) use accounts::{
    account, credentials, key_package_count, login_record, secret, vault, vault_item,
};
pub(super) use blobs::{blob, blobs};
pub(super) use devices::{devices, readmissions};
#[cfg(test)]
pub(super) use entrance::HANDSHAKES_AFTER;
pub(super) use entrance::{entrance, handshakes, links};
pub(super) use log::{entry, history, posted_at};
pub(super) use mail::mailbox;
pub(super) use reset::pending_reset;
#[cfg(test)]
pub(super) use retention::OLD_HANDSHAKES;
pub(super) use retention::{OldHandshake, old_handshakes};
pub(super) use rooms::{members, rooms, view};
pub(super) use sessions::{second_factor, session, sessions};
pub(super) use side::side_files;
