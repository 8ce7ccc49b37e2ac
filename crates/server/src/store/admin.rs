//! Administrators of the server: their acts, invites, and what they may look at. None of it reaches a room's keys, members
//! or content.

use protocol::{
    ids::{AccountId, ActId, InviteId, RoomId},
    names::UserName,
    rest::{
        Act, AdminRooms, AdminUser, AdminUsers, Audit, Canaries, CanaryReport, Invites,
        StoredColumn, StoredTable,
    },
};

use super::{Failure, StoreError, session::TokenHash};

/// Most rows of one page.
pub(crate) const PAGE: usize = 100;
/// Rooms are counted entry by entry.
pub(crate) const ROOMS_PAGE: usize = 50;

/// Who acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Actor {
    /// This account, if it is an administrator at that moment.
    Account(AccountId),
    /// The operator, on the machine itself.
    Machine,
}

/// Why an act was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ActRefusal {
    /// The actor is no administrator.
    NotAdmin,
    /// Nobody could administrate afterwards.
    LastAdmin,
    /// No such account, or one whose name was freed.
    NoAccount,
    /// No such invite, or it has ended.
    NoInvite,
    /// A classic account administrates nothing.
    Classic,
}

/// Something to do to an account.
pub(crate) struct UserActing {
    pub(crate) actor: Actor,
    pub(crate) target: AccountId,
    pub(crate) act: Act,
    /// The name that the account has from then on, if its own is freed; drawn, so that nobody can take it first.
    pub(crate) drawn: UserName,
}

/// What became of the account.
pub(crate) struct Acted {
    pub(crate) user: AdminUser,
    /// Sessions that ended.
    pub(crate) ended: Vec<TokenHash>,
}

/// SHA-256 of an invite's token.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct InviteHash(pub(crate) [u8; 32]);

/// An invite to make.
pub(crate) struct NewInvite {
    pub(crate) actor: Actor,
    pub(crate) hash: InviteHash,
    pub(crate) label: String,
    pub(crate) uses: u32,
    pub(crate) lasts_millis: Option<u64>,
    pub(crate) makes_admin: bool,
}

/// An invite that somebody shows to register.
#[derive(Clone, Copy)]
pub(crate) struct ShownInvite {
    pub(crate) hash: InviteHash,
    /// Only one that makes an administrator counts: the server takes no others.
    pub(crate) admin_only: bool,
    /// The server is one for development, on loopback: only there its own first invite counts.
    pub(crate) development: bool,
}

/// A server starts; this is what it could hand out.
pub(crate) struct SetUp {
    pub(crate) hash: InviteHash,
    /// In development on loopback: the name of the account that the server's own program makes.
    pub(crate) default_name: Option<UserName>,
}

/// What a server needs at its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SetUpNeed {
    /// Nothing: somebody administrates it.
    Nothing,
    /// Somebody has to log in to the account that it made, and set a password.
    NewPassword,
    /// The invite counts, for whoever gets it.
    Administrator,
    /// The invite counts, for the server's own program.
    DefaultAccount,
}

/// The administrators' part of the storage. Every act is one atomic step with its record in the audit log.
#[allow(
    async_fn_in_trait,
    reason = "used through its concrete types, whose futures are Send"
)]
pub(crate) trait AdminStore {
    /// Whether the account is an administrator who may act.
    async fn is_admin(&self, account: AccountId) -> Result<bool, StoreError>;
    /// Does something to an account.
    async fn act_on_user(&self, acting: UserActing) -> Result<Acted, Failure<ActRefusal>>;
    /// Records that an administrator has the stored files searched.
    async fn note_search(&self, actor: Actor) -> Result<(), Failure<ActRefusal>>;

    /// Makes an invite.
    async fn make_invite(&self, new: NewInvite) -> Result<InviteId, Failure<ActRefusal>>;
    /// Takes an invite back.
    async fn end_invite(&self, actor: Actor, invite: InviteId) -> Result<(), Failure<ActRefusal>>;
    /// Invites that still count.
    async fn invites(&self) -> Result<Invites, StoreError>;
    /// Whether an invite would let somebody register now. The registration itself asks again.
    async fn invite_counts(&self, shown: ShownInvite) -> Result<bool, StoreError>;

    /// What a server needs at its start; invites of its former starts end.
    async fn set_up(&self, setup: SetUp) -> Result<SetUpNeed, StoreError>;
    /// Forgets the device and the sessions by which the default account of that name was made.
    async fn forget_default_device(&self, name: &UserName) -> Result<(), StoreError>;

    /// A page of accounts, by name.
    async fn users(&self, after: Option<UserName>) -> Result<AdminUsers, StoreError>;
    /// A page of rooms, by id.
    async fn all_rooms(&self, after: Option<RoomId>) -> Result<AdminRooms, StoreError>;
    /// A page of acts, newest first.
    async fn audit(&self, before: Option<ActId>) -> Result<Audit, StoreError>;

    /// What each table takes, largest first.
    async fn table_sizes(&self) -> Result<Vec<StoredTable>, StoreError>;
    /// The bytes of the database file and of its write-ahead log.
    async fn file_sizes(&self) -> Result<(u64, u64), StoreError>;
    /// How many sealed files there are, and their bytes.
    async fn blob_sizes(&self) -> Result<(u64, u64), StoreError>;
    /// Every stored column with its meaning.
    async fn columns(&self) -> Result<Vec<StoredColumn>, StoreError>;
    /// Searches everything that is stored, and what else lies in files of this process, for canaries; and for what is known
    /// to be there, the account that asks.
    async fn search(
        &self,
        canaries: Canaries,
        asking: AccountId,
    ) -> Result<CanaryReport, StoreError>;
}
