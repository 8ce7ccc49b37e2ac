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
        let bytes = response.as_slice();
        let response =
            RegistrationResponse::deserialize(bytes).map_err(|_| ErrorCode::BadAnswer)?;
        check_whole(&response.serialize(), bytes)?;
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
        let bytes = response.as_slice();
        let response = CredentialResponse::deserialize(bytes).map_err(|_| ErrorCode::BadAnswer)?;
        check_whole(&response.serialize(), bytes)?;
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

/// A message has one encoding; the library also takes one with more behind it.
fn check_whole(written: &[u8], read: &[u8]) -> Result<(), ErrorCode> {
    if written == read {
        Ok(())
    } else {
        Err(ErrorCode::BadAnswer)
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
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use opaque_ke::{
        CredentialFinalization, CredentialRequest, RegistrationRequest, RegistrationUpload,
        ServerLogin, ServerLoginParameters, ServerRegistration, ServerSetup,
    };
    use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng as _};

    use super::*;

    fn password(text: &str) -> Password {
        Password::new(text.to_owned())
    }

    /// What is no element of ristretto255 (RFC 9496 section 4.3.1 and appendix A.3): the neutral one, which OPAQUE
    /// excludes; encodings that are not canonical, negative, and of no point; the points of small order of the curve.
    const BAD: [&str; 11] = [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "f3ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "26948d35ca62e643e26a83177332e6b6afeb9d08e4268b650f1f5bbd8d81d371",
        "4eac077a713c57b4f4397629a4145982c661f48044dd3f96427d40b147d9742f",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    ];

    /// A message with each bad element in the place of the one at each of these offsets, and of other lengths.
    fn spoilt(message: &[u8], elements: &[usize]) -> Vec<Vec<u8>> {
        let mut all = vec![Vec::new(), message[1..].to_vec(), [message, &[0]].concat()];
        for at in elements {
            for hex in BAD {
                let bad = (0..32).map(|n| u8::from_str_radix(&hex[2 * n..2 * n + 2], 16).unwrap());
                let mut bytes = message.to_vec();
                bytes.splice(*at..at + 32, bad);
                all.push(bytes);
            }
        }
        all
    }

    /// Neither leg of the server's gets a bad element past the reading: nothing is stretched, and nothing is sent.
    #[test]
    fn a_server_that_answers_with_a_bad_element_is_refused() {
        let rng = &mut ChaCha20Rng::from_seed([1; 32]);
        let user = UserName::parse("alice").unwrap();
        let setup = ServerSetup::<Suite>::new(rng);
        let (_, request) = Registering::start(&password("one"), rng).unwrap();
        let request = RegistrationRequest::deserialize(request.as_slice()).unwrap();
        let answer = ServerRegistration::start(&setup, request, b"alice").unwrap();
        // The evaluated element, and the server's public key.
        for bad in spoilt(&answer.message.serialize(), &[0, 32]) {
            let (state, _) = Registering::start(&password("one"), rng).unwrap();
            let finished = state.finish(&user, &password("one"), &bad.into(), rng);
            assert_eq!(finished.err(), Some(ErrorCode::BadAnswer));
        }
        let (_, request) = LoggingIn::start(&password("one"), rng).unwrap();
        let request = CredentialRequest::deserialize(request.as_slice()).unwrap();
        let parameters = ServerLoginParameters {
            context: Some(CONTEXT),
            identifiers: identifiers(&user),
        };
        let login = ServerLogin::start(rng, &setup, None, request, b"alice", parameters).unwrap();
        let message = login.message.serialize();
        // The evaluated element, and the server's share of the key exchange in front of its MAC.
        for bad in spoilt(&message, &[0, message.len() - 64 - 32]) {
            let (state, _) = LoggingIn::start(&password("one"), rng).unwrap();
            let finished = state.finish(&user, &password("one"), &bad.into(), rng);
            assert_eq!(finished.err(), Some(ErrorCode::BadAnswer));
        }
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
