//! OPAQUE, the server's side (RFC 9807): what it keeps never opens a password by itself.

use opaque_ke::{
    CredentialFinalization, CredentialRequest, Identifiers, RegistrationRequest,
    RegistrationUpload, ServerLogin, ServerLoginParameters, ServerRegistration, ServerSetup,
};
use protocol::{
    bytes::Bytes,
    error::ErrorCode,
    ids::AccountId,
    names::UserName,
    opaque::{CONTEXT, SERVER_IDENTITY, Suite},
    time::Timestamp,
};
use rand_core::CryptoRngCore;

/// The key pair and seed of this server.
#[derive(Clone)]
pub(super) struct Passwords {
    setup: ServerSetup<Suite>,
}

/// What the server keeps of one password.
pub(super) type PasswordFile = ServerRegistration<Suite>;

/// A login between its two legs.
#[derive(Clone)]
pub(super) struct PendingLogin {
    state: ServerLogin<Suite>,
    name: UserName,
    /// None for a name that nobody has: the first leg looks the same, the second fails.
    pub(super) account: Option<AccountId>,
    pub(super) started: Timestamp,
}

fn parameters<'a>(name: &'a UserName) -> ServerLoginParameters<'a, 'a> {
    ServerLoginParameters {
        context: Some(CONTEXT),
        identifiers: Identifiers {
            client: Some(name.as_str().as_bytes()),
            server: Some(SERVER_IDENTITY),
        },
    }
}

impl Passwords {
    pub(super) fn new(rng: &mut impl CryptoRngCore) -> Self {
        Self {
            setup: ServerSetup::new(rng),
        }
    }

    /// First leg of a registration.
    pub(super) fn register(&self, name: &UserName, start: &Bytes) -> Result<Bytes, ErrorCode> {
        let request = RegistrationRequest::deserialize(start.as_slice())
            .map_err(|_| ErrorCode::BadRequest)?;
        let started = PasswordFile::start(&self.setup, request, name.as_str().as_bytes())
            .map_err(|_| ErrorCode::BadRequest)?;
        Ok(started.message.serialize().to_vec().into())
    }

    /// Second leg of a registration: what is kept.
    pub(super) fn file(finish: &Bytes) -> Result<PasswordFile, ErrorCode> {
        let upload = RegistrationUpload::deserialize(finish.as_slice())
            .map_err(|_| ErrorCode::BadRequest)?;
        Ok(PasswordFile::finish(upload))
    }

    /// First leg of a login; an unknown name gets an answer that looks the same.
    pub(super) fn login(
        &self,
        name: &UserName,
        known: Option<(AccountId, PasswordFile)>,
        start: &Bytes,
        now: Timestamp,
        rng: &mut impl CryptoRngCore,
    ) -> Result<(PendingLogin, Bytes), ErrorCode> {
        let request =
            CredentialRequest::deserialize(start.as_slice()).map_err(|_| ErrorCode::BadRequest)?;
        let (account, file) = known.unzip();
        let started = ServerLogin::start(
            rng,
            &self.setup,
            file,
            request,
            name.as_str().as_bytes(),
            parameters(name),
        )
        .map_err(|_| ErrorCode::BadRequest)?;
        let pending = PendingLogin {
            state: started.state,
            name: name.clone(),
            account,
            started: now,
        };
        Ok((pending, started.message.serialize().to_vec().into()))
    }

    /// Second leg of a login: whether the client knows the password.
    pub(super) fn check(login: PendingLogin, finish: &Bytes) -> Result<AccountId, ErrorCode> {
        let message = CredentialFinalization::deserialize(finish.as_slice())
            .map_err(|_| ErrorCode::BadRequest)?;
        login
            .state
            .finish(message, parameters(&login.name))
            .map_err(|_| ErrorCode::LoginFailed)?;
        login.account.ok_or(ErrorCode::LoginFailed)
    }
}
