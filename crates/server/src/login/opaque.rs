//! OPAQUE with the suite of [`protocol::opaque`]. The setup is drawn once and rests sealed; a name that does not exist
//! gets a fake record, with the same sizes and the same steps.

use opaque_ke::{
    CredentialFinalization, CredentialRequest, Identifiers, RegistrationRequest,
    RegistrationUpload, ServerLogin, ServerLoginParameters, ServerRegistration, ServerSetup,
};
use protocol::{
    names::UserName,
    opaque::{CONTEXT, SERVER_IDENTITY, Suite},
};
use zeroize::Zeroizing;

use crate::{
    entropy::Entropy,
    secrets::{NotOpened, Sealed, Sealer},
    store::{Store, StoreError},
};

const SECRET: &str = "opaque-setup";

/// Why the server's OPAQUE setup is not there.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SetupError {
    /// It was sealed under another key.
    #[error(
        "the data was sealed under another SECRET_KEY; start with the one that it was made with"
    )]
    OtherKey,
    /// What was opened is no setup.
    #[error("the stored OPAQUE setup is damaged")]
    Damaged,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a message of a login or registration is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OpaqueRefusal {
    /// It is not the message that it should be.
    Malformed,
    /// Wrong password, or no such account.
    Failed,
}

/// The server's half of OPAQUE.
pub(crate) struct OpaqueServer {
    setup: ServerSetup<Suite>,
    sealer: Sealer,
}

/// A login between its legs.
pub(crate) type LoginState = ServerLogin<Suite>;

impl OpaqueServer {
    /// Opens the setup that is kept, or draws and keeps one.
    pub(crate) async fn load(
        store: &impl Store,
        sealer: Sealer,
        entropy: &Entropy,
    ) -> Result<Self, SetupError> {
        if store.secret(SECRET).await?.is_none() {
            let mut rng = entropy.fork();
            let drawn = Zeroizing::new(ServerSetup::<Suite>::new(&mut rng).serialize().to_vec());
            let sealed = sealer
                .seal(Sealed::OpaqueSetup, &drawn, &mut rng)
                .map_err(|NotOpened| SetupError::Damaged)?;
            store.keep_secret(SECRET, sealed).await?;
        }
        let sealed = store.secret(SECRET).await?.ok_or(SetupError::Damaged)?;
        let opened = sealer
            .open(Sealed::OpaqueSetup, &sealed)
            .map_err(|NotOpened| SetupError::OtherKey)?;
        let setup = ServerSetup::deserialize(&opened).map_err(|_| SetupError::Damaged)?;
        Ok(Self { setup, sealer })
    }

    /// First leg of a registration: RegistrationRequest to RegistrationResponse.
    pub(crate) fn register_start(
        &self,
        name: &UserName,
        request: &[u8],
    ) -> Result<Vec<u8>, OpaqueRefusal> {
        let request =
            RegistrationRequest::deserialize(request).map_err(|_| OpaqueRefusal::Malformed)?;
        let started =
            ServerRegistration::<Suite>::start(&self.setup, request, name.as_str().as_bytes())
                .map_err(|_| OpaqueRefusal::Malformed)?;
        Ok(started.message.serialize().to_vec())
    }

    /// Second leg of a registration: RegistrationUpload to the sealed password file.
    pub(crate) fn register_finish(
        &self,
        name: &UserName,
        upload: &[u8],
        entropy: &Entropy,
    ) -> Result<Vec<u8>, OpaqueRefusal> {
        let upload = RegistrationUpload::<Suite>::deserialize(upload)
            .map_err(|_| OpaqueRefusal::Malformed)?;
        let file = Zeroizing::new(ServerRegistration::finish(upload).serialize().to_vec());
        self.sealer
            .seal(
                Sealed::PasswordFile(name.as_str()),
                &file,
                &mut entropy.fork(),
            )
            .map_err(|NotOpened| OpaqueRefusal::Malformed)
    }

    /// First leg of a login: KE1 to KE2. Without a password file the answer is a fake one.
    pub(crate) fn login_start(
        &self,
        name: &UserName,
        password_file: Option<&[u8]>,
        ke1: &[u8],
        entropy: &Entropy,
    ) -> Result<(LoginState, Vec<u8>), OpaqueRefusal> {
        let request = CredentialRequest::deserialize(ke1).map_err(|_| OpaqueRefusal::Malformed)?;
        let file = password_file
            .map(|sealed| self.open_file(name, sealed))
            .transpose()?;
        let started = ServerLogin::start(
            &mut entropy.fork(),
            &self.setup,
            file,
            request,
            name.as_str().as_bytes(),
            parameters(name),
        )
        .map_err(|_| OpaqueRefusal::Malformed)?;
        Ok((started.state, started.message.serialize().to_vec()))
    }

    /// Second leg of a login: KE3 proves the password.
    pub(crate) fn login_finish(
        name: &UserName,
        state: LoginState,
        ke3: &[u8],
    ) -> Result<(), OpaqueRefusal> {
        let finalization =
            CredentialFinalization::deserialize(ke3).map_err(|_| OpaqueRefusal::Failed)?;
        state
            .finish(finalization, parameters(name))
            .map_err(|_| OpaqueRefusal::Failed)?;
        Ok(())
    }

    fn open_file(
        &self,
        name: &UserName,
        sealed: &[u8],
    ) -> Result<ServerRegistration<Suite>, OpaqueRefusal> {
        let file = self
            .sealer
            .open(Sealed::PasswordFile(name.as_str()), sealed)
            .map_err(|NotOpened| OpaqueRefusal::Failed)?;
        ServerRegistration::deserialize(&file).map_err(|_| OpaqueRefusal::Failed)
    }
}

fn parameters(name: &UserName) -> ServerLoginParameters<'_, '_> {
    ServerLoginParameters {
        context: Some(CONTEXT),
        identifiers: Identifiers {
            client: Some(name.as_str().as_bytes()),
            server: Some(SERVER_IDENTITY),
        },
    }
}
