//! The operations of the writer, one verb a file.

mod accounts;
pub(super) mod admin;
mod blobs;
pub(super) mod classic;
mod commit;
mod credentials;
mod deletion;
mod devices;
mod effects;
mod inside;
mod links;
mod mail;
pub(super) mod passkeys;
mod proposal;
mod readmissions;
mod reset;
mod retention;
mod revoke;
mod rooms;
mod second_factor;
mod secrets;
mod sessions;
mod side;
pub(super) mod tokens;
mod vault;

pub(super) use accounts::Register;
pub(super) use blobs::{DropBlob, DropOldBlobs, FinishBlob, OpenBlob};
pub(super) use commit::AppendCommit;
pub(super) use credentials::{ChangeCode, ChangePassword};
pub(super) use deletion::DeleteAccount;
pub(super) use devices::{AddDeviceTo, Claim, UploadPackages};
pub(super) use links::{DeleteLink, PutLink};
pub(super) use mail::{AckMail, SendMail};
pub(super) use proposal::AppendProposal;
pub(super) use readmissions::{AskReadmission, DropReadmission};
pub(super) use reset::{AskReset, CancelReset, FinishReset};
pub(super) use retention::DropHandshakes;
pub(super) use revoke::Revoke;
pub(super) use rooms::{CreateRelay, CreateSealed, JoinRelay, LeaveRelay};
pub(super) use second_factor::{EnrolFactor, RemoveFactor, ReplaceCodes, UseUp};
pub(super) use secrets::{KeepSecret, Probe};
pub(super) use sessions::{EndOld, EndOthers, EndSession, StartSession, Sweep, TouchSession};
pub(super) use side::RepairSide;
pub(super) use vault::WriteVault;

/// The refusal of an operation that has no rules of its own.
pub(super) enum Never {}

impl From<crate::store::Failure<Never>> for crate::store::StoreError {
    fn from(failure: crate::store::Failure<Never>) -> Self {
        match failure {
            crate::store::Failure::Refused(never) => match never {},
            crate::store::Failure::Store(error) => error,
        }
    }
}
