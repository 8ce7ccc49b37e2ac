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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use opaque_ke::{
        CredentialFinalization, CredentialRequest, RegistrationRequest, RegistrationUpload,
        ServerLogin, ServerLoginParameters, ServerRegistration, ServerSetup,
    };
    use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng as _};

    use super::*;

    fn password(text: &str) -> Password {
        Password::new(text.to_owned())
    }

    #[test]
    fn the_same_password_opens_the_same_box_and_another_opens_none() {
        let rng = &mut ChaCha20Rng::from_seed([1; 32]);
        let user = UserName::parse("alice").unwrap();
        let setup = ServerSetup::<Suite>::new(rng);
        let (state, request) = Registering::start(&password("one"), rng).unwrap();
        let request = RegistrationRequest::deserialize(request.as_slice()).unwrap();
        let answer = ServerRegistration::start(&setup, request, b"alice").unwrap();
        let response = answer.message.serialize().to_vec().into();
        let registered = state
            .finish(&user, &password("one"), &response, rng)
            .unwrap();
        let upload = RegistrationUpload::deserialize(registered.message.as_slice()).unwrap();
        let record = ServerRegistration::finish(upload);

        for (typed, opens) in [("one", true), ("two", false)] {
            let (state, request) = LoggingIn::start(&password(typed), rng).unwrap();
            let request = CredentialRequest::deserialize(request.as_slice()).unwrap();
            let parameters = || ServerLoginParameters {
                context: Some(CONTEXT),
                identifiers: identifiers(&user),
            };
            let record = Some(record.clone());
            let login =
                ServerLogin::start(rng, &setup, record, request, b"alice", parameters()).unwrap();
            let response = login.message.serialize().to_vec().into();
            let finished = state.finish(&user, &password(typed), &response, rng);
            match finished {
                Ok(finished) => {
                    assert!(opens && finished.export_key.same_as(&registered.export_key));
                    let message = finished.message.as_slice();
                    let message = CredentialFinalization::deserialize(message).unwrap();
                    assert!(login.state.finish(message, parameters()).is_ok());
                }
                Err(code) => assert!(!opens && code == ErrorCode::LoginFailed),
            }
        }
    }
}
