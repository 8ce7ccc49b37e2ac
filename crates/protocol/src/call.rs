//! Everything that a client asks a server, and what comes back, whichever road carries it.

use crate::{
    events::{Ephemeral, History, JoinRoom, JoinedRoom, RoomHistory, SendMessage},
    ids::{AccountId, ApiTokenId, LinkId, MailId, MeetingId, RoomId, Seq, SessionId},
    log::Entry,
    names::UserName,
    rest::{
        Account, AddDevice, ApiTokens, AskReset, Attestation, BackupCodes, ClaimedKeyPackages,
        CommitRequest, CreateRoom, DeleteAccount, DeviceTicket, Devices, DrawTicket, EndMeeting,
        EnrolFinish, EnrolStart, EnrolStarted, Enrolled, EnterRoom, Entrance, FinishReset,
        FollowHandshakes, Handshakes, HearMeeting, Heard, KeyPackageCount, KeyPackageUpload, Links,
        LoginCode, LoginFinish, LoginFinished, LoginStart, LoginStarted, MadeApiToken, MailAck,
        Mailbox, MakeApiToken, MeetingJoined, MeetingMessage, MeetingOpened, Members, OpenMeeting,
        Passkeys, PasswordFinish, PasswordStart, ProposalRequest, PutLink, PutRecovery,
        Readmission, Readmissions, Receipt, RecoveryLogin, RegisterFinish, RegisterStart,
        RegisterStarted, RemovePasskey, Reset, RevokeDevices, Room, Rooms, RootBoxes, SecondFactor,
        SecondFactorWanted, SendMail, ServerInfo, Session, Sessions, SideFiles, SideRepair, StepUp,
        TicketLogin, VaultItem, VaultListing, VaultWrite,
    },
};

/// One question to the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Call {
    /// `GET /api/server`.
    ServerInfo,
    /// `POST /register`, first leg.
    RegisterStart(RegisterStart),
    /// `POST /register`, second leg.
    RegisterFinish(Box<RegisterFinish>),
    /// `POST /login`, first leg.
    LoginStart(LoginStart),
    /// `POST /login`, second leg.
    LoginFinish(LoginFinish),
    /// `POST /login`, by the recovery code.
    RecoveryLogin(RecoveryLogin),
    /// `POST /login`, third leg.
    LoginCode(LoginCode),
    /// `POST /login/ticket`.
    TicketLogin(TicketLogin),
    /// `POST /logout`.
    Logout,
    /// `GET /api/sessions`.
    Sessions,
    /// `DELETE /api/sessions/{id}`.
    EndSession(SessionId),
    /// `DELETE /api/sessions`.
    EndOtherSessions,
    /// `GET /api/second_factor`.
    SecondFactor,
    /// `POST /api/second_factor`, first leg.
    EnrolStart(EnrolStart),
    /// `POST /api/second_factor`, second leg.
    EnrolFinish(EnrolFinish),
    /// `POST /api/second_factor/remove`.
    RemoveSecondFactor(StepUp),
    /// `POST /api/second_factor/backup_codes`.
    NewBackupCodes(StepUp),
    /// `GET /api/passkeys`.
    Passkeys,
    /// `POST /api/passkeys/remove`.
    RemovePasskey(RemovePasskey),
    /// `GET /api/tokens`.
    ApiTokens,
    /// `POST /api/tokens`.
    MakeApiToken(MakeApiToken),
    /// `DELETE /api/tokens/{token_id}`.
    EndApiToken(ApiTokenId),
    /// `POST /api/devices`.
    AddDevice(Box<AddDevice>),
    /// `POST /api/devices/ticket`.
    DrawTicket(DrawTicket),
    /// `POST /api/meetings`.
    OpenMeeting(OpenMeeting),
    /// `POST /api/meetings/{meeting_id}/join`.
    JoinMeeting(MeetingId),
    /// `POST /api/meetings/{meeting_id}/say`.
    SayInMeeting(MeetingId, MeetingMessage),
    /// `POST /api/meetings/{meeting_id}/hear`.
    HearInMeeting(MeetingId, HearMeeting),
    /// `POST /api/meetings/{meeting_id}/end`.
    EndMeeting(MeetingId, EndMeeting),
    /// `GET /api/devices`.
    Devices,
    /// `POST /api/devices/revoke`.
    RevokeDevices(Box<RevokeDevices>),
    /// `GET /api/accounts/{name}`.
    Account(UserName),
    /// `GET /api/recovery`.
    RootBoxes,
    /// `PUT /api/recovery`.
    PutRecovery(PutRecovery),
    /// `POST /api/password`, first leg.
    PasswordStart(PasswordStart),
    /// `POST /api/password`, second leg.
    PasswordFinish(Box<PasswordFinish>),
    /// `GET /api/reset`.
    Reset,
    /// `PUT /api/reset`.
    AskReset(AskReset),
    /// `DELETE /api/reset`.
    CancelReset,
    /// `POST /api/reset`.
    FinishReset(Box<FinishReset>),
    /// `POST /api/account/delete`.
    DeleteAccount(Box<DeleteAccount>),
    /// `GET /api/key_packages`.
    KeyPackageCount,
    /// `POST /api/key_packages`.
    UploadKeyPackages(KeyPackageUpload),
    /// `POST /api/accounts/{account_id}/key_packages`.
    ClaimKeyPackages(AccountId),
    /// `GET /api/mailbox?after=ID`.
    Mailbox {
        /// After this mail; none for all.
        after: Option<MailId>,
    },
    /// `POST /api/mailbox/ack`.
    AckMail(MailAck),
    /// `POST /api/mail`.
    SendMail(SendMail),
    /// `GET /api/vault`.
    VaultListing,
    /// `GET /api/vault/item?name=NAME`.
    VaultItem(String),
    /// `PUT /api/vault`.
    WriteVault(VaultWrite),
    /// `GET /api/rooms`.
    Rooms,
    /// `POST /api/rooms`.
    CreateRoom(CreateRoom),
    /// `GET /api/rooms/{room_id}/members`.
    Members(RoomId),
    /// `POST /api/rooms/{room_id}/leave`.
    LeaveRoom(RoomId),
    /// `GET /api/rooms/{room_id}/side`.
    SideFiles(RoomId),
    /// `PUT /api/rooms/{room_id}/side`.
    RepairSide(RoomId, Box<SideRepair>),
    /// `PUT /api/rooms/{room_id}/links/{link_id}`.
    PutLink(RoomId, LinkId, PutLink),
    /// `GET /api/rooms/{room_id}/links`.
    Links(RoomId),
    /// `DELETE /api/rooms/{room_id}/links/{link_id}`.
    DeleteLink(RoomId, LinkId),
    /// `POST /api/rooms/{room_id}/enter`.
    EnterRoom(RoomId, EnterRoom),
    /// `POST /api/rooms/{room_id}/handshakes`.
    FollowHandshakes(RoomId, FollowHandshakes),
    /// `PUT /api/rooms/{room_id}/readmission`.
    AskReadmission(RoomId, Readmission),
    /// `DELETE /api/rooms/{room_id}/readmission`.
    DropReadmission(RoomId),
    /// `GET /api/rooms/{room_id}/readmissions`.
    Readmissions(RoomId),
    /// `POST /api/rooms/{room_id}/commits`.
    Commit(RoomId, Box<CommitRequest>),
    /// `POST /api/rooms/{room_id}/proposals`.
    Propose(RoomId, ProposalRequest),
    /// `GET /api/rooms/{room_id}/entries/{seq}`.
    Entry(RoomId, Seq),
    /// `GET /api/rooms/{room_id}/entries/{seq}/attestation`.
    Attestation(RoomId, Seq),
    /// Socket event `join_room`.
    JoinRoom(JoinRoom),
    /// Socket event `send_message`.
    SendMessage(Box<SendMessage>),
    /// Socket event `room_history`.
    RoomHistory(RoomHistory),
    /// Socket event `ephemeral`.
    Ephemeral(Ephemeral),
}

/// The server's answer to a [`Call`] that succeeded.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(
    missing_docs,
    reason = "each variant answers the call of the same name"
)]
pub enum Reply {
    ServerInfo(ServerInfo),
    RegisterStarted(RegisterStarted),
    Session(Session),
    LoginStarted(LoginStarted),
    LoginFinished(Box<LoginFinished>),
    SecondFactorWanted(SecondFactorWanted),
    Sessions(Sessions),
    SecondFactor(SecondFactor),
    EnrolStarted(EnrolStarted),
    Enrolled(Enrolled),
    BackupCodes(BackupCodes),
    Passkeys(Passkeys),
    ApiTokens(ApiTokens),
    MadeApiToken(MadeApiToken),
    DeviceTicket(DeviceTicket),
    MeetingOpened(MeetingOpened),
    MeetingJoined(MeetingJoined),
    Heard(Heard),
    Devices(Devices),
    Account(Account),
    RootBoxes(RootBoxes),
    Reset(Reset),
    KeyPackageCount(KeyPackageCount),
    ClaimedKeyPackages(ClaimedKeyPackages),
    Mailbox(Mailbox),
    VaultListing(VaultListing),
    VaultItem(VaultItem),
    Rooms(Rooms),
    Room(Room),
    Members(Members),
    SideFiles(Box<SideFiles>),
    Links(Links),
    Entrance(Box<Entrance>),
    Handshakes(Handshakes),
    Readmissions(Readmissions),
    Receipt(Receipt),
    Entry(Box<Entry>),
    Attestation(Box<Attestation>),
    JoinedRoom(JoinedRoom),
    History(History),
    Done,
}

impl Call {
    /// Whether it travels as a Socket.IO event instead of an HTTP request.
    pub const fn is_event(&self) -> bool {
        matches!(
            self,
            Self::JoinRoom(_) | Self::SendMessage(_) | Self::RoomHistory(_) | Self::Ephemeral(_)
        )
    }
}
