//! A member that turns bad: commits, messages and files beside the log, made past every check of ours. For tests only,
//! here and in the crates that have to live with such a member (PROTOCOL sections 1, 5 and 7).
//!
//! One rule to break is one value of [`BadCommit`], [`BadEntry`], [`BadMessage`] or [`BadFile`]; each list knows what all
//! honest devices make of it. All else is as an honest program would have made it.

mod commit;
mod context;
mod entry;
mod file;
mod message;
mod parts;
mod provider;
mod rules;

pub use commit::{Forgery, bad_commit, commit};
pub use entry::{BadEntry, enter, from_outside};
pub use file::{BadFile, bad_file, history_answer, history_request, roster_record};
pub use message::{BadMessage, Heard, bad_message, heard};
#[cfg(test)]
pub(crate) use parts::{
    capabilities_beyond_ours, credential, key_package, with_policy, with_policy_bytes,
};
pub(crate) use provider::EvilProvider;
pub use rules::BadCommit;

use crate::{device::Device, group::Group, signing::SigningKey};

/// Who breaks the rules: a device, its leaf's group, and the signing key that certifies devices of its account.
#[derive(Clone, Copy)]
pub struct Liar<'a> {
    /// The group as this device has it.
    pub group: &'a Group,
    /// The device.
    pub device: &'a Device,
    /// What certifies the account's devices.
    pub signing: &'a SigningKey,
}
