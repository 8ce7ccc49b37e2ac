//! Why a request is refused: one shape for HTTP answers and Socket.IO acknowledgements.

use protocol::{
    error::{ErrorBody, ErrorCode},
    ids::Ticket,
    time::Timestamp,
};

use crate::{
    login::opaque::OpaqueRefusal,
    secrets::NotOpened,
    store::{
        Failure, StoreError,
        account::RegisterRefusal,
        admin::ActRefusal,
        blob::BlobRefusal,
        credentials::ChangeRefusal,
        deletion::DeleteRefusal,
        device::{AddDeviceRefusal, ClaimRefusal, RevokeRefusal, UploadRefusal},
        link::{EntranceRefusal, LinkRefusal},
        log::{CommitRefusal, MessageRefusal},
        mail::MailRefusal,
        passkey::PasskeyRefusal,
        reset::ResetRefusal,
        room::{
            CreateRefusal, JoinRefusal, LeaveRefusal, NotInside, ReadmissionRefusal, RepairRefusal,
        },
        second_factor::FactorRefusal,
        session::LoginRefusal,
        token::TokenRefusal,
        vault::VaultRefusal,
    },
};

/// A refused request: a code of the closed list and what goes with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refusal {
    code: ErrorCode,
    ticket: Option<Ticket>,
    retry_after_ms: Option<u64>,
}

impl Refusal {
    /// The plain refusal with a code.
    pub(crate) const fn of(code: ErrorCode) -> Self {
        Self {
            code,
            ticket: None,
            retry_after_ms: None,
        }
    }

    /// `RATE_LIMITED`, for so many milliseconds.
    pub(crate) const fn rate_limited(retry_after_ms: u64) -> Self {
        Self {
            code: ErrorCode::RateLimited,
            ticket: None,
            retry_after_ms: Some(retry_after_ms),
        }
    }

    /// The code.
    pub(crate) const fn code(&self) -> ErrorCode {
        self.code
    }

    /// The body of the answer.
    pub(crate) fn body(&self, now: Timestamp) -> ErrorBody {
        ErrorBody {
            ticket: self.ticket,
            retry_after_ms: self.retry_after_ms,
            ..ErrorBody::new(self.code, now)
        }
    }

    /// Sorts out why JSON did not become a request: our own types say what they miss in words of their own, all else is
    /// a matter of JSON and its form.
    pub(crate) fn of_json(error: &str) -> Self {
        let code = if error.contains("not standard padded base64") {
            ErrorCode::BadBase64
        } else if error.contains("a name has 2 to 32") {
            ErrorCode::NameInvalid
        } else if error.contains("an id is ") {
            ErrorCode::BadRequest
        } else {
            ErrorCode::BadJson
        };
        Self::of(code)
    }
}

impl From<ErrorCode> for Refusal {
    fn from(code: ErrorCode) -> Self {
        Self::of(code)
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::of(match error {
            StoreError::Full => ErrorCode::StorageFull,
            StoreError::Closed => ErrorCode::ShuttingDown,
            StoreError::Damaged(_) | StoreError::Database(_) => {
                tracing::error!(%error, "the store failed");
                ErrorCode::ServerError
            }
        })
    }
}

impl<R: Into<Self>> From<Failure<R>> for Refusal {
    fn from(failure: Failure<R>) -> Self {
        match failure {
            Failure::Refused(refusal) => refusal.into(),
            Failure::Store(error) => error.into(),
        }
    }
}

impl From<OpaqueRefusal> for Refusal {
    fn from(refusal: OpaqueRefusal) -> Self {
        Self::of(match refusal {
            OpaqueRefusal::Malformed => ErrorCode::BadRequest,
            OpaqueRefusal::Failed => ErrorCode::LoginFailed,
        })
    }
}

impl From<RegisterRefusal> for Refusal {
    fn from(refusal: RegisterRefusal) -> Self {
        Self::of(match refusal {
            RegisterRefusal::NameTaken => ErrorCode::NameTaken,
            RegisterRefusal::IdTaken => ErrorCode::BadRequest,
            RegisterRefusal::Invite => ErrorCode::InviteInvalid,
        })
    }
}

impl From<LoginRefusal> for Refusal {
    fn from(refusal: LoginRefusal) -> Self {
        Self::of(match refusal {
            LoginRefusal::Unproven | LoginRefusal::Gone => ErrorCode::LoginFailed,
            LoginRefusal::Disabled => ErrorCode::AccountDisabled,
            LoginRefusal::DefaultPassword => ErrorCode::DefaultPassword,
        })
    }
}

impl From<ActRefusal> for Refusal {
    fn from(refusal: ActRefusal) -> Self {
        Self::of(match refusal {
            ActRefusal::NotAdmin => ErrorCode::Forbidden,
            ActRefusal::LastAdmin => ErrorCode::LastAdmin,
            ActRefusal::NoAccount => ErrorCode::AccountNotFound,
            ActRefusal::NoInvite => ErrorCode::NotFound,
            ActRefusal::Classic => ErrorCode::ClassicAccount,
        })
    }
}

impl From<ChangeRefusal> for Refusal {
    fn from(refusal: ChangeRefusal) -> Self {
        Self::of(match refusal {
            ChangeRefusal::Unproven => ErrorCode::LoginFailed,
            ChangeRefusal::Ended => ErrorCode::SessionExpired,
            ChangeRefusal::TokenTaken => ErrorCode::BadRequest,
        })
    }
}

impl From<DeleteRefusal> for Refusal {
    fn from(refusal: DeleteRefusal) -> Self {
        Self::of(match refusal {
            DeleteRefusal::Unproven => ErrorCode::LoginFailed,
            DeleteRefusal::LastAdmin => ErrorCode::LastAdmin,
        })
    }
}

impl From<ResetRefusal> for Refusal {
    fn from(refusal: ResetRefusal) -> Self {
        match refusal {
            ResetRefusal::None => Self::of(ErrorCode::NoReset),
            ResetRefusal::Waits(millis) => Self {
                retry_after_ms: Some(millis),
                ..Self::of(ErrorCode::ResetWaits)
            },
            ResetRefusal::Ended => Self::of(ErrorCode::SessionExpired),
            ResetRefusal::TokenTaken => Self::of(ErrorCode::BadRequest),
            ResetRefusal::Vault(refusal) => refusal.into(),
        }
    }
}

impl From<AddDeviceRefusal> for Refusal {
    fn from(refusal: AddDeviceRefusal) -> Self {
        Self::of(match refusal {
            AddDeviceRefusal::Limit => ErrorCode::DeviceLimit,
            AddDeviceRefusal::IdTaken => ErrorCode::BadRequest,
            AddDeviceRefusal::OtherKey => ErrorCode::VersionConflict,
            AddDeviceRefusal::SessionOver => ErrorCode::SessionExpired,
        })
    }
}

impl From<FactorRefusal> for Refusal {
    fn from(refusal: FactorRefusal) -> Self {
        Self::of(match refusal {
            FactorRefusal::Exists => ErrorCode::SecondFactorExists,
            FactorRefusal::None => ErrorCode::NoSecondFactor,
            FactorRefusal::SessionOver => ErrorCode::SessionExpired,
            FactorRefusal::Unproven => ErrorCode::LoginFailed,
        })
    }
}

impl From<TokenRefusal> for Refusal {
    fn from(refusal: TokenRefusal) -> Self {
        Self::of(match refusal {
            TokenRefusal::Unproven => ErrorCode::LoginFailed,
            TokenRefusal::SessionOver => ErrorCode::SessionExpired,
            TokenRefusal::TooMany => ErrorCode::TooLarge,
        })
    }
}

impl From<PasskeyRefusal> for Refusal {
    fn from(refusal: PasskeyRefusal) -> Self {
        Self::of(match refusal {
            PasskeyRefusal::Unproven => ErrorCode::LoginFailed,
            PasskeyRefusal::NoSecondFactor => ErrorCode::NoSecondFactor,
            PasskeyRefusal::Exists => ErrorCode::PasskeyRefused,
            PasskeyRefusal::TooMany => ErrorCode::TooLarge,
            PasskeyRefusal::None => ErrorCode::NotFound,
        })
    }
}

impl From<NotOpened> for Refusal {
    fn from(error: NotOpened) -> Self {
        tracing::error!(%error, "what is kept of a second factor does not open");
        Self::of(ErrorCode::ServerError)
    }
}

impl From<UploadRefusal> for Refusal {
    fn from(refusal: UploadRefusal) -> Self {
        Self::of(match refusal {
            UploadRefusal::TooMany => ErrorCode::TooLarge,
            UploadRefusal::Revoked => ErrorCode::SessionExpired,
        })
    }
}

impl From<RevokeRefusal> for Refusal {
    fn from(refusal: RevokeRefusal) -> Self {
        match refusal {
            RevokeRefusal::Revoked => Self::of(ErrorCode::SessionExpired),
            RevokeRefusal::Vault(refusal) => refusal.into(),
            RevokeRefusal::BadMail => Self::of(ErrorCode::BadRequest),
            RevokeRefusal::OtherDevices => Self::of(ErrorCode::VersionConflict),
        }
    }
}

impl From<MailRefusal> for Refusal {
    fn from(refusal: MailRefusal) -> Self {
        match refusal {
            MailRefusal::NotInside(refusal) => refusal.into(),
            MailRefusal::BadMail => Self::of(ErrorCode::BadRequest),
        }
    }
}

impl From<ReadmissionRefusal> for Refusal {
    fn from(refusal: ReadmissionRefusal) -> Self {
        match refusal {
            ReadmissionRefusal::NotInside(refusal) => refusal.into(),
            ReadmissionRefusal::Revoked => Self::of(ErrorCode::SessionExpired),
        }
    }
}

impl From<ClaimRefusal> for Refusal {
    fn from(refusal: ClaimRefusal) -> Self {
        Self::of(match refusal {
            ClaimRefusal::AccountNotFound => ErrorCode::AccountNotFound,
            ClaimRefusal::NoDevices => ErrorCode::NoKeyPackages,
        })
    }
}

impl From<VaultRefusal> for Refusal {
    fn from(refusal: VaultRefusal) -> Self {
        Self::of(match refusal {
            VaultRefusal::VersionConflict => ErrorCode::VersionConflict,
            VaultRefusal::TooMany => ErrorCode::TooLarge,
        })
    }
}

impl From<CreateRefusal> for Refusal {
    fn from(CreateRefusal::RoomIdTaken: CreateRefusal) -> Self {
        Self::of(ErrorCode::RoomIdTaken)
    }
}

impl From<LeaveRefusal> for Refusal {
    fn from(refusal: LeaveRefusal) -> Self {
        Self::of(match refusal {
            LeaveRefusal::RoomNotFound => ErrorCode::RoomNotFound,
            LeaveRefusal::Sealed => ErrorCode::WrongRoomKind,
        })
    }
}

impl From<JoinRefusal> for Refusal {
    fn from(refusal: JoinRefusal) -> Self {
        Self::of(match refusal {
            JoinRefusal::RoomNotFound => ErrorCode::RoomNotFound,
            JoinRefusal::Full => ErrorCode::TooLarge,
        })
    }
}

impl From<RepairRefusal> for Refusal {
    fn from(refusal: RepairRefusal) -> Self {
        match refusal {
            RepairRefusal::NotInside(refusal) => refusal.into(),
            RepairRefusal::TreePlace => Self::of(ErrorCode::BadRequest),
            RepairRefusal::TooLarge => Self::of(ErrorCode::TooLarge),
        }
    }
}

impl From<NotInside> for Refusal {
    fn from(refusal: NotInside) -> Self {
        Self::of(match refusal {
            NotInside::RoomNotFound => ErrorCode::RoomNotFound,
            NotInside::NotAMember => ErrorCode::NotAMember,
            NotInside::WrongRoomKind => ErrorCode::WrongRoomKind,
        })
    }
}

impl From<LinkRefusal> for Refusal {
    fn from(refusal: LinkRefusal) -> Self {
        match refusal {
            LinkRefusal::NotInside(refusal) => refusal.into(),
            LinkRefusal::NotTheSame | LinkRefusal::Past => Self::of(ErrorCode::BadRequest),
            LinkRefusal::Ended => Self::of(ErrorCode::LinkEnded),
            LinkRefusal::TooMany => Self::of(ErrorCode::TooLarge),
            LinkRefusal::RoleTooLow => Self::of(ErrorCode::RoleTooLow),
        }
    }
}

impl From<BlobRefusal> for Refusal {
    fn from(refusal: BlobRefusal) -> Self {
        match refusal {
            BlobRefusal::NotInside(refusal) => refusal.into(),
            BlobRefusal::IdTaken => Self::of(ErrorCode::BadRequest),
            BlobRefusal::Quota => Self::of(ErrorCode::FileQuota),
            BlobRefusal::NotFound => Self::of(ErrorCode::FileGone),
            BlobRefusal::RoleTooLow => Self::of(ErrorCode::RoleTooLow),
        }
    }
}

impl From<EntranceRefusal> for Refusal {
    fn from(refusal: EntranceRefusal) -> Self {
        match refusal {
            EntranceRefusal::NotInside(refusal) => refusal.into(),
            EntranceRefusal::LinkEnded => Self::of(ErrorCode::LinkEnded),
        }
    }
}

impl From<MessageRefusal> for Refusal {
    fn from(refusal: MessageRefusal) -> Self {
        Self::of(match refusal {
            MessageRefusal::RoomNotFound => ErrorCode::RoomNotFound,
            MessageRefusal::NotAMember => ErrorCode::NotAMember,
            MessageRefusal::WrongRoomKind => ErrorCode::WrongRoomKind,
            MessageRefusal::Incomplete => ErrorCode::BadRequest,
            MessageRefusal::Stale => ErrorCode::StaleMessage,
            MessageRefusal::IdTaken => ErrorCode::BadRequest,
        })
    }
}

impl From<CommitRefusal> for Refusal {
    fn from(refusal: CommitRefusal) -> Self {
        match refusal {
            CommitRefusal::Stale(ticket) => Self {
                ticket,
                ..Self::of(ErrorCode::StaleCommit)
            },
            CommitRefusal::Reserved(millis) => Self {
                retry_after_ms: Some(millis),
                ..Self::of(ErrorCode::CommitReserved)
            },
            CommitRefusal::RoomNotFound => Self::of(ErrorCode::RoomNotFound),
            CommitRefusal::NotAMember => Self::of(ErrorCode::NotAMember),
            CommitRefusal::WrongRoomKind => Self::of(ErrorCode::WrongRoomKind),
            CommitRefusal::RoleTooLow => Self::of(ErrorCode::RoleTooLow),
            CommitRefusal::LinkEnded => Self::of(ErrorCode::LinkEnded),
            CommitRefusal::MoreThanJoining | CommitRefusal::BadEffects | CommitRefusal::BadMail => {
                Self::of(ErrorCode::BadRequest)
            }
            CommitRefusal::AccountNotFound => Self::of(ErrorCode::AccountNotFound),
            CommitRefusal::TooLarge => Self::of(ErrorCode::TooLarge),
        }
    }
}
