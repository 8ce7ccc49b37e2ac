//! What a person wants of the own account: what opens it, what guards it, and where it is logged in.

use protocol::ids::SessionId;
use serde::{Deserialize, Serialize};

/// It holds passwords and codes, so it has no `Debug`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum AccountWish {
    /// Another password.
    ChangePassword {
        /// Who may.
        proof: Proof,
        /// The new one.
        password: String,
        /// What becomes of the other sessions and devices.
        others: Others,
    },
    /// Another recovery code.
    ReplaceCode {
        /// Who may.
        proof: Proof,
    },
    /// The person has kept the new one.
    CodeKept,
    /// The password is forgotten: in by the recovery code, and another password takes its place at once.
    LogInByCode {
        /// Whose account.
        user: String,
        /// Who may: the recovery code.
        proof: Proof,
        /// The new password.
        password: String,
    },
    /// Where the account is logged in.
    Sessions,
    /// The end of one session, or of all but this one.
    EndSession {
        /// Which.
        session: Option<SessionId>,
    },
    /// Whether a login needs a code.
    SecondFactor,
    /// It is to need one: nothing counts yet.
    Enrol {
        /// The account's password.
        password: String,
    },
    /// From now on.
    ConfirmEnrolment {
        /// What the app shows.
        code: String,
    },
    /// It is to need none any more.
    RemoveSecondFactor {
        /// Who may.
        proof: Proof,
    },
    /// Other backup codes.
    NewBackupCodes {
        /// Who may.
        proof: Proof,
    },
    /// The reset that waits, if there is one.
    Reset,
    /// Password and recovery code are lost: this device asks to set others.
    AskReset {
        /// Of the second factor; empty where nobody asked for one.
        code: String,
    },
    /// Nobody is to.
    CancelReset,
    /// It has waited for long enough.
    FinishReset {
        /// The new password.
        password: String,
        /// As when it was asked for.
        code: String,
    },
    /// All that this browser can read, in one file.
    Copy {
        /// As JSON, and not as a page.
        for_machines: bool,
    },
    /// The end of the account.
    Delete {
        /// Who may.
        proof: Proof,
        /// Also where rooms have yet to let it go.
        at_once: bool,
    },
    /// This browser is to be let in by another device of the account.
    OpenDeviceLink,
    /// What comes of that: who has answered, and then that this browser is in.
    FollowDeviceLink,
    /// Nobody is to be let in any more, or this browser is not.
    EndDeviceLink,
    /// A new device is to be let in.
    AnswerDevice {
        /// Three words, or what stands in its picture.
        code: String,
        /// Who may.
        proof: Proof,
    },
    /// The number that the new device shows.
    ConfirmNumber {
        /// As it was typed.
        number: String,
    },
}

/// What a person types to prove that the account is theirs.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// The password, or the recovery code where that does too.
    pub secret: String,
    /// Of the second factor; empty where nobody asked for one.
    pub code: String,
}

/// What becomes of the others when a password is changed.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Others {
    /// They go on.
    Stay,
    /// All other sessions end.
    SignedOut,
    /// The other devices are removed.
    Removed,
}

impl AccountWish {
    /// Whether it only asks, or begins anew or ends what may be over already, so that it may be asked twice.
    pub const fn only_asks(&self) -> bool {
        matches!(
            self,
            Self::Sessions
                | Self::SecondFactor
                | Self::CodeKept
                | Self::Reset
                | Self::Copy { .. }
                | Self::OpenDeviceLink
                | Self::EndDeviceLink
        )
    }

    /// Whether somebody comes in by it.
    pub const fn logs_in(&self) -> bool {
        matches!(self, Self::LogInByCode { .. } | Self::FollowDeviceLink)
    }
}
