//! A server in memory that answers every call as the real one must: one room, one gapless log; known client ids
//! first; stale things refused; a commit with all that belongs to it or nothing (PROTOCOL sections 5 and 6).
//!
//! It is its own reading of the protocol, sharing only the wire types with the real server.

mod accounts;
mod commits;
mod credentials;
mod deletion;
mod devices;
mod given;
mod key_packages;
mod links;
mod log;
mod mailbox;
mod meetings;
mod passwords;
mod readmissions;
mod reports;
mod reset;
mod retention;
mod rooms;
mod second_factor;
mod sessions;
mod sockets;
mod tables;
#[cfg(test)]
mod tests;
mod vault;

use std::collections::{BTreeMap, BTreeSet};

use protocol::{
    PROTOCOL_VERSION,
    call::{Call, Reply},
    error::{ErrorBody, ErrorCode},
    events::Ephemeral,
    ids::{AccountId, DeviceId, LoginId, RoomId, Seq},
    limits,
    names::UserName,
    rest::{Mail, PendingReset, Registration, ServerInfo},
    time::Timestamp,
};
use rand_chacha::ChaCha20Rng;
use rand_core::{RngCore, SeedableRng};

pub(crate) use given::Given;
pub(crate) use rooms::RoomRecord;
pub(crate) use second_factor::code_at;
pub(crate) use sockets::{ConnectionId, Outgoing};

use self::{accounts::AccountRecord, passwords::Passwords, sockets::Socket};

/// What the operator may choose, and what a run varies.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Most entries of one history answer.
    pub(crate) history_page: usize,
    /// Most entries of one answer of commits and proposals.
    pub(crate) handshake_page: usize,
    /// Most mails of one answer.
    pub(crate) mail_page: usize,
    /// Entries above this size are pushed by their size only.
    pub(crate) push_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            history_page: limits::HISTORY_PAGE as usize,
            handshake_page: limits::HANDSHAKES_PAGE as usize,
            mail_page: limits::MAIL_PAGE as usize,
            push_bytes: limits::PUSH_BYTES,
        }
    }
}

/// Where a call comes from: the bearer token that it shows, and the socket if it is an event.
#[derive(Clone, Debug, Default)]
pub(crate) struct Origin {
    pub(crate) token: Option<String>,
    pub(crate) connection: Option<ConnectionId>,
}

/// Whom a session belongs to.
#[derive(Clone, Debug)]
struct SessionRecord {
    account: AccountId,
    device: Option<DeviceId>,
    started: Timestamp,
    ended: bool,
}

/// A session with a device: what most calls need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Caller {
    account: AccountId,
    device: DeviceId,
}

/// An answer to one call.
pub(crate) type Answer = Result<Reply, ErrorBody>;

/// A refusal before it has a time.
#[derive(Debug)]
enum Refusal {
    Code(ErrorCode),
    Body(Box<ErrorBody>),
}

impl From<ErrorCode> for Refusal {
    fn from(code: ErrorCode) -> Self {
        Self::Code(code)
    }
}

/// The server.
#[derive(Clone)]
pub(crate) struct ModelServer {
    pub(crate) limits: Limits,
    /// Every bundle that it delivers is damaged.
    pub(crate) spoils_bundles: bool,
    /// A reset counts at once.
    pub(crate) hastens_resets: bool,
    /// Devices that are revoked keep their sessions and all that a device may do.
    pub(crate) keeps_revoked: bool,
    /// It answers everything but the question what it is with this.
    pub(crate) refuses: Option<ErrorCode>,
    /// The oldest version of clients that it takes.
    pub(crate) min_protocol: u32,
    rng: ChaCha20Rng,
    now: Timestamp,
    passwords: Passwords,
    accounts: BTreeMap<AccountId, AccountRecord>,
    names: BTreeMap<UserName, AccountId>,
    sessions: BTreeMap<String, SessionRecord>,
    logins: BTreeMap<LoginId, passwords::PendingLogin>,
    factors: second_factor::Factors,
    /// Accounts that are no more.
    deleted: BTreeSet<AccountId>,
    /// Resets that wait.
    resets: BTreeMap<AccountId, PendingReset>,
    meetings: meetings::Meetings,
    rooms: BTreeMap<RoomId, RoomRecord>,
    /// Devices that were revoked: their ids never come back.
    revoked: BTreeSet<DeviceId>,
    sockets: BTreeMap<ConnectionId, Socket>,
    outgoing: Vec<Outgoing>,
    /// Account keys reach nobody.
    pub(crate) withholds_account_keys: bool,
    /// Where it says that the commits stand that came with mail.
    pub(crate) misplaces: Option<Seq>,
    /// It says of the next commit that it refuses it, and takes it.
    pub(crate) denies_commit: Option<ErrorCode>,
    /// Welcomes reach nobody.
    pub(crate) withholds_welcomes: bool,
    /// Devices that it keeps a vault apart for, as it was when that began.
    vaults_apart: BTreeMap<DeviceId, vault::Vault>,
    /// It has shown a device another vault than the account's.
    pub(crate) has_lied_about_vaults: bool,
    /// It takes nothing into the vault.
    pub(crate) refuses_vault: bool,
    /// All mail about history, in the order of its way through the server.
    pub(crate) history_mails: Vec<Mail>,
    /// It lists no device but the account's first, and says nothing when one comes.
    pub(crate) hides_new_devices: bool,
    /// A removal ends no link.
    pub(crate) keeps_links: bool,
    /// What it says for reports is not under the key that it shows.
    pub(crate) signs_with_another_key: bool,
    /// All that was said over the unlogged channel.
    pub(crate) heard: Vec<Ephemeral>,
    /// All that it was given to keep or to pass on, whether it took it or not.
    given: Vec<Given>,
    last_entry: u64,
    last_mail: u64,
    /// When old commits were last looked for.
    swept: Timestamp,
}

impl ModelServer {
    /// An empty server.
    pub(crate) fn new(seed: u64) -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        Self {
            limits: Limits::default(),
            spoils_bundles: false,
            hastens_resets: false,
            keeps_revoked: false,
            withholds_account_keys: false,
            withholds_welcomes: false,
            misplaces: None,
            denies_commit: None,
            hides_new_devices: false,
            keeps_links: false,
            signs_with_another_key: false,
            refuses: None,
            min_protocol: PROTOCOL_VERSION,
            passwords: Passwords::new(&mut rng),
            rng,
            now: Timestamp::default(),
            accounts: BTreeMap::new(),
            names: BTreeMap::new(),
            sessions: BTreeMap::new(),
            logins: BTreeMap::new(),
            factors: second_factor::Factors::default(),
            deleted: BTreeSet::new(),
            resets: BTreeMap::new(),
            meetings: meetings::Meetings::default(),
            rooms: BTreeMap::new(),
            revoked: BTreeSet::new(),
            sockets: BTreeMap::new(),
            outgoing: Vec::new(),
            vaults_apart: BTreeMap::new(),
            has_lied_about_vaults: false,
            refuses_vault: false,
            history_mails: Vec::new(),
            heard: Vec::new(),
            given: Vec::new(),
            last_entry: 0,
            last_mail: 0,
            swept: Timestamp::default(),
        }
    }

    /// Draws from another seed from now on: clones of one server must not answer alike.
    pub(crate) fn reseed(&mut self, seed: u64) {
        self.rng = ChaCha20Rng::seed_from_u64(seed);
    }

    /// The devices of an account, in an order that is the same in each run of a seed.
    pub(crate) fn devices_of(&self, account: AccountId) -> Vec<DeviceId> {
        let record = self.accounts.get(&account);
        let devices = record.map(|record| record.devices.keys().copied());
        devices.into_iter().flatten().collect()
    }

    /// Whether a device was taken out of its account.
    pub(crate) fn has_revoked(&self, device: DeviceId) -> bool {
        self.revoked.contains(&device)
    }

    /// How many there are.
    pub(crate) fn revoked_devices(&self) -> usize {
        self.revoked.len()
    }

    /// The rooms, for the checks after a run.
    pub(crate) fn rooms(&self) -> &BTreeMap<RoomId, RoomRecord> {
        &self.rooms
    }

    /// Answers one call.
    pub(crate) fn call(&mut self, origin: &Origin, call: Call, now: Timestamp) -> Answer {
        self.now = now;
        self.drop_handshakes();
        let noted = self.note(origin, &call);
        let answer = self.dispatch(origin, call);
        self.note_answer(noted, answer.is_ok());
        answer.map_err(|refusal| match refusal {
            Refusal::Code(code) => ErrorBody::new(code, now),
            Refusal::Body(body) => *body,
        })
    }

    fn dispatch(&mut self, origin: &Origin, call: Call) -> Result<Reply, Refusal> {
        if let Some(code) = self.refuses
            && !matches!(call, Call::ServerInfo)
        {
            return Err(code.into());
        }
        match call {
            Call::ServerInfo => Ok(Reply::ServerInfo(self.info())),
            Call::RegisterStart(start) => self.register_start(&start),
            Call::RegisterFinish(finish) => self.register_finish(*finish),
            Call::LoginStart(start) => self.login_start(&start),
            Call::LoginFinish(finish) => self.login_finish(&finish),
            Call::RecoveryLogin(login) => self.recovery_login(&login),
            Call::LoginCode(leg) => self.login_code(&leg),
            Call::TicketLogin(login) => self.ticket_login(&login),
            Call::OpenMeeting(open) => self.open_meeting(open),
            Call::SayInMeeting(id, said) => self.say_in_meeting(id, &said),
            Call::HearInMeeting(id, hear) => self.hear_in_meeting(id, &hear),
            Call::EndMeeting(id, end) => self.end_meeting(id, &end.token),
            Call::Sessions => self.list_sessions(origin),
            Call::EndSession(id) => self.end_session(origin, id),
            Call::EndOtherSessions => self.end_other_sessions(origin),
            Call::SecondFactor => self.second_factor(origin),
            Call::EnrolStart(start) => self.enrol_start(origin, &start),
            Call::EnrolFinish(finish) => self.enrol_finish(origin, &finish),
            Call::RemoveSecondFactor(shown) => self.remove_second_factor(origin, &shown),
            Call::NewBackupCodes(shown) => self.new_backup_codes(origin, &shown),
            Call::Logout => self.logout(origin),
            Call::AddDevice(request) => self.add_device(origin, *request),
            Call::Devices => self.devices(origin),
            // A new device reads its keys from the vault before it exists.
            Call::VaultListing => self.vault_listing(origin),
            Call::VaultItem(name) => self.vault_item(origin, &name),
            call => {
                let caller = self.caller(origin)?;
                self.dispatch_signed_in(caller, origin, call)
            }
        }
    }

    fn dispatch_signed_in(
        &mut self,
        caller: Caller,
        origin: &Origin,
        call: Call,
    ) -> Result<Reply, Refusal> {
        match call {
            Call::DrawTicket(draw) => self.draw_ticket(origin, &draw),
            Call::JoinMeeting(id) => self.join_meeting(id),
            Call::Account(name) => self.account_by_name(&name),
            Call::RootBoxes => self.root_boxes(caller),
            Call::PutRecovery(put) => self.put_recovery(caller, origin, put),
            Call::DeleteAccount(delete) => self.delete_account(caller, origin, &delete),
            Call::Reset => Ok(self.reset(caller.account)),
            Call::AskReset(ask) => self.ask_reset(caller, origin, &ask),
            Call::CancelReset => self.cancel_reset(caller.account),
            Call::FinishReset(finish) => self.finish_reset(caller, origin, *finish),
            Call::PasswordStart(start) => self.password_start(caller, &start),
            Call::PasswordFinish(finish) => self.password_finish(caller, origin, *finish),
            Call::KeyPackageCount => self.key_package_count(caller),
            Call::UploadKeyPackages(upload) => self.upload_key_packages(caller, upload),
            Call::ClaimKeyPackages(account) => self.claim_key_packages(account),
            Call::Mailbox { after } => self.mailbox(caller, after),
            Call::AckMail(ack) => self.ack_mail(caller, ack),
            Call::RevokeDevices(request) => self.revoke_devices(caller, *request),
            Call::SendMail(send) => self.send_mail(caller, send),
            Call::WriteVault(write) => self.write_vault(caller, write),
            Call::Rooms => self.list_rooms(caller),
            Call::CreateRoom(new) => self.create_room(caller, new),
            Call::Members(room) => self.members(caller, room),
            // The model has sealed rooms only.
            Call::LeaveRoom(_) => Err(ErrorCode::WrongRoomKind.into()),
            Call::SideFiles(room) => self.side_files(caller, room),
            Call::RepairSide(room, repair) => self.repair_side(caller, room, *repair),
            Call::PutLink(room, link, put) => self.put_link(caller, room, link, put),
            Call::Links(room) => self.links(caller, room),
            Call::DeleteLink(room, link) => self.delete_link(caller, room, link),
            Call::EnterRoom(room, enter) => self.enter_room(caller, room, &enter),
            Call::AskReadmission(room, asked) => self.ask_readmission(caller, room, asked),
            Call::DropReadmission(room) => self.drop_readmission(caller, room),
            Call::Readmissions(room) => self.readmissions(caller, room),
            Call::FollowHandshakes(room, follow) => self.follow_handshakes(caller, room, &follow),
            Call::Commit(room, request) => {
                let taken = self.commit(caller, room, *request)?;
                match self.denies_commit.take() {
                    Some(code) => Err(code.into()),
                    None => Ok(taken),
                }
            }
            Call::Propose(room, request) => self.propose(caller, room, request),
            Call::Entry(room, seq) => self.entry(caller, room, seq),
            Call::Attestation(room, seq) => self.attest(caller, room, seq),
            Call::JoinRoom(join) => self.join_room(caller, origin, join.room_id),
            Call::SendMessage(message) => self.send_message(caller, *message),
            Call::RoomHistory(wanted) => self.history(caller, wanted),
            Call::Ephemeral(ephemeral) => self.ephemeral(caller, origin, ephemeral),
            Call::ServerInfo
            | Call::RegisterStart(_)
            | Call::RegisterFinish(_)
            | Call::LoginStart(_)
            | Call::LoginFinish(_)
            | Call::RecoveryLogin(_)
            | Call::LoginCode(_)
            | Call::TicketLogin(_)
            | Call::OpenMeeting(_)
            | Call::SayInMeeting(..)
            | Call::HearInMeeting(..)
            | Call::EndMeeting(..)
            | Call::Sessions
            | Call::EndSession(_)
            | Call::EndOtherSessions
            | Call::SecondFactor
            | Call::EnrolStart(_)
            | Call::EnrolFinish(_)
            | Call::RemoveSecondFactor(_)
            | Call::NewBackupCodes(_)
            // No engine rests on what a bot may do, or on passkeys: the shipped server says it.
            | Call::Passkeys
            | Call::RemovePasskey(_)
            | Call::ApiTokens
            | Call::MakeApiToken(_)
            | Call::EndApiToken(_)
            | Call::Logout
            | Call::AddDevice(_)
            | Call::Devices
            | Call::VaultListing
            | Call::VaultItem(_) => Err(ErrorCode::ServerError.into()),
        }
    }

    fn info(&self) -> ServerInfo {
        ServerInfo {
            protocol: PROTOCOL_VERSION,
            min_protocol: self.min_protocol,
            registration: Registration::Open,
            report_key: Some(self.report_key().public().as_bytes().as_slice().into()),
            pins: Vec::new(),
            timestamp: self.now,
        }
    }

    fn draw_16(&mut self) -> [u8; 16] {
        let mut bytes = [0; 16];
        self.rng.fill_bytes(&mut bytes);
        bytes
    }
}
