//! Why a report is not made.

use protocol::error::ErrorCode;

use crate::api::Failure;

/// Why a line cannot be reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReportRefusal {
    /// Nothing is shown there, or something that nobody said.
    #[error("There is no message at that place, so there is nothing to report.")]
    NoMessage,
    /// It stands there as not shown.
    #[error("That message is not shown here, so it can't be reported from here.")]
    Tombstone,
    /// The server has it no more.
    #[error("That message was deleted on the server, so it can no longer be reported.")]
    Deleted,
    /// An earlier version of this program did not keep the key, and no history key opens it.
    #[error(
        "The key of that message was not kept on this device, so it can't be reported from here."
    )]
    NoKey,
    /// This device is out of the room, since before certificates were kept.
    #[error("This device is no longer in that room, and has not kept who wrote that message.")]
    NoRoom,
    /// The server shows another entry in this place than it did before.
    #[error("The server shows something else at that place than before. It may be lying.")]
    OtherEntry,
    /// The server's word is not what it should be, or is not under the key that it shows.
    #[error("The server does not confirm that message in a way that holds.")]
    NotConfirmed,
}

impl From<ReportRefusal> for Failure {
    fn from(refusal: ReportRefusal) -> Self {
        let code = match refusal {
            ReportRefusal::OtherEntry | ReportRefusal::NotConfirmed => ErrorCode::BadAnswer,
            _ => ErrorCode::NoReport,
        };
        Self {
            code,
            sentence: refusal.to_string(),
        }
    }
}
