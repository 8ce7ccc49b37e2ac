//! A server that nobody administrates yet, and one whose administrator is lost.

use std::path::Path;

use protocol::{names::UserName, rest::InviteToken};

use crate::{
    clock::{Clock as _, SystemClock},
    data_dir::DataDir,
    serve::{ServeError, Server, Surroundings},
    session::Token,
    store::{
        Failure,
        admin::{Actor, AdminStore as _, InviteHash, NewInvite, SetUp, SetUpNeed},
        sqlite,
    },
};

/// What a server needs before somebody administrates it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Setup {
    /// Nothing.
    Done,
    /// A development server made its first account earlier, and nobody has logged in to it yet.
    NewPassword,
    /// Whoever registers by this invite administrates the server.
    Administrator(InviteToken),
    /// The program registers the default account by this invite; the server demands a new password at its first login.
    DefaultAccount(InviteToken),
}

impl Server {
    /// What this server needs now. The invite counts until the next time that this is asked. `default_name` is the name of
    /// the account that a development server on loopback begins with.
    ///
    /// # Errors
    /// The database.
    pub async fn set_up(&self, default_name: &UserName) -> Result<Setup, ServeError> {
        let token = Token::draw(&self.app.entropy);
        let setup = SetUp {
            hash: InviteHash(token.hash().0),
            default_name: self.default_admin.then(|| default_name.clone()),
        };
        let invite = InviteToken(token.reveal().to_owned());
        Ok(match self.app.store.set_up(setup).await? {
            SetUpNeed::Nothing => Setup::Done,
            SetUpNeed::NewPassword => Setup::NewPassword,
            SetUpNeed::Administrator => Setup::Administrator(invite),
            SetUpNeed::DefaultAccount => Setup::DefaultAccount(invite),
        })
    }

    /// Forgets the device and the session by which the program registered the default account: neither exists any more.
    ///
    /// # Errors
    /// The database.
    pub async fn forget_default_device(&self, name: &UserName) -> Result<(), ServeError> {
        Ok(self.app.store.forget_default_device(name).await?)
    }
}

/// Makes an invite that makes an administrator, in the data of a server that does not run: for an operator who has lost
/// the last one.
///
/// # Errors
/// [`ServeError::NoData`] where no server was; [`ServeError::DataDir`] while one runs; the database.
pub async fn admin_invite(data: &Path, database: &Path) -> Result<InviteToken, ServeError> {
    if !database.is_file() {
        return Err(ServeError::NoData(database.to_owned()));
    }
    // Its locks keep a server out as they keep this out while one runs.
    let _held = DataDir::open(data, database)?;
    let Surroundings { clock, entropy, .. } = Surroundings::of_the_machine()?;
    let limits = sqlite::Limits::default();
    let (store, events) = sqlite::open(database, limits, clock, entropy.fork()).await?;
    drop(events);
    let token = Token::draw(&entropy);
    let made = store
        .make_invite(NewInvite {
            actor: Actor::Machine,
            hash: InviteHash(token.hash().0),
            label: format!("made on the machine, {}", SystemClock.now()),
            uses: 1,
            lasts_millis: None,
            makes_admin: true,
        })
        .await;
    store.close().await;
    match made {
        Ok(_) => Ok(InviteToken(token.reveal().to_owned())),
        Err(Failure::Store(error)) => Err(error.into()),
        Err(Failure::Refused(refusal)) => Err(ServeError::Database(format!("{refusal:?}"))),
    }
}
