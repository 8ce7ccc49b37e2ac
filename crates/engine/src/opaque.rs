//! The client's side of OPAQUE (RFC 9807): the password never leaves this module, and the stretching parameters are
//! constants of the suite, so no server can lower them.

use e2ee::secret::Secret;
use opaque_ke::{
    ClientLogin, ClientLoginFinishParameters, ClientRegistration,
    ClientRegistrationFinishParameters, CredentialResponse, Identifiers, RegistrationResponse,
};
use protocol::{
    bytes::Bytes,
    error::ErrorCode,
    names::UserName,
    opaque::{CONTEXT, SERVER_IDENTITY, Suite},
};
use rand_core::CryptoRngCore;

use crate::api::Password;

/// A registration between its legs.
pub(crate) struct Registering(ClientRegistration<Suite>);

/// A login between its legs.
pub(crate) struct LoggingIn(ClientLogin<Suite>);

/// What a finished leg gives: the message for the server and the export key, which opens the root box.
pub(crate) struct Finished {
    pub(crate) message: Bytes,
    pub(crate) export_key: Secret<64>,
}

impl Registering {
    pub(crate) fn start(
        password: &Password,
        mut rng: &mut dyn CryptoRngCore,
    ) -> Result<(Self, Bytes), ErrorCode> {
        let start = ClientRegistration::start(&mut rng, password.expose().as_bytes())
            .map_err(|_| ErrorCode::WeakPassword)?;
        let message = start.message.serialize().to_vec();
        Ok((Self(start.state), message.into()))
    }

    pub(crate) fn finish(
        self,
        user: &UserName,
        password: &Password,
        response: &Bytes,
        mut rng: &mut dyn CryptoRngCore,
    ) -> Result<Finished, ErrorCode> {
        let response = RegistrationResponse::deserialize(response.as_slice())
            .map_err(|_| ErrorCode::BadAnswer)?;
        let parameters = ClientRegistrationFinishParameters::new(identifiers(user), None);
        let finish = self
            .0
            .finish(&mut rng, password.expose().as_bytes(), response, parameters)
            .map_err(|_| ErrorCode::BadAnswer)?;
        Ok(Finished {
            message: finish.message.serialize().to_vec().into(),
            export_key: Secret::from_slice(&finish.export_key).ok_or(ErrorCode::BadAnswer)?,
        })
    }
}

impl LoggingIn {
    pub(crate) fn start(
        password: &Password,
        mut rng: &mut dyn CryptoRngCore,
    ) -> Result<(Self, Bytes), ErrorCode> {
        let start = ClientLogin::start(&mut rng, password.expose().as_bytes())
            .map_err(|_| ErrorCode::LoginFailed)?;
        let message = start.message.serialize().to_vec();
        Ok((Self(start.state), message.into()))
    }

    /// A wrong password and an unknown name end here, and look the same.
    pub(crate) fn finish(
        self,
        user: &UserName,
        password: &Password,
        response: &Bytes,
        mut rng: &mut dyn CryptoRngCore,
    ) -> Result<Finished, ErrorCode> {
        let response = CredentialResponse::deserialize(response.as_slice())
            .map_err(|_| ErrorCode::BadAnswer)?;
        let parameters = ClientLoginFinishParameters::new(Some(CONTEXT), identifiers(user), None);
        let finish = self
            .0
            .finish(&mut rng, password.expose().as_bytes(), response, parameters)
            .map_err(|_| ErrorCode::LoginFailed)?;
        Ok(Finished {
            message: finish.message.serialize().to_vec().into(),
            export_key: Secret::from_slice(&finish.export_key).ok_or(ErrorCode::BadAnswer)?,
        })
    }
}

fn identifiers(user: &UserName) -> Identifiers<'_> {
    Identifiers {
        client: Some(user.as_str().as_bytes()),
        server: Some(SERVER_IDENTITY),
    }
}
