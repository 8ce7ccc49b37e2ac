//! OPAQUE with the suite of [`protocol::opaque`]. The setup is drawn once and rests sealed; a name that does not exist
//! gets a fake record, with the same sizes and the same steps.

use std::hint::black_box;

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
    secrets::{NotOpened, Sealed, Sealer, Secret, SetupError, keep_or_draw},
    store::Store,
};

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
    /// The sealed password file of nobody. A login of a name that does not exist opens it, for that takes as long as
    /// opening one that does.
    decoy: Vec<u8>,
}

/// Whose the decoy is: no user has this name.
const NOBODY: &str = "";
/// Masking key (64 bytes), nonce (32) and authentication tag (64) of a password file (RFC 9807 section 3.3.1), behind
/// the public key.
const FILE_REST: usize = 160;

/// A login between its legs.
pub(crate) type LoginState = ServerLogin<Suite>;

impl OpaqueServer {
    /// Opens the setup that is kept, or draws and keeps one.
    pub(crate) async fn load(
        store: &impl Store,
        sealer: Sealer,
        entropy: &Entropy,
    ) -> Result<Self, SetupError> {
        let draw = || {
            let drawn = ServerSetup::<Suite>::new(&mut entropy.fork());
            Zeroizing::new(drawn.serialize().to_vec())
        };
        let opened = keep_or_draw(store, &sealer, Secret::OpaqueSetup, entropy, draw).await?;
        let setup = ServerSetup::deserialize(&opened).map_err(|_| SetupError::Damaged)?;
        Self::new(setup, sealer, entropy)
    }

    fn new(
        setup: ServerSetup<Suite>,
        sealer: Sealer,
        entropy: &Entropy,
    ) -> Result<Self, SetupError> {
        let mut file = setup.keypair().public().serialize().to_vec();
        file.extend(entropy.bytes::<FILE_REST>());
        let decoy = sealer.seal(Sealed::PasswordFile(NOBODY), &file, &mut entropy.fork());
        let server = Self {
            setup,
            sealer,
            decoy: decoy.map_err(|NotOpened| SetupError::Damaged)?,
        };
        let whole = server.open_file(NOBODY, &server.decoy);
        whole.map_err(|_| SetupError::Damaged)?;
        Ok(server)
    }

    /// First leg of a registration: RegistrationRequest to RegistrationResponse.
    pub(crate) fn register_start(
        &self,
        name: &UserName,
        request: &[u8],
    ) -> Result<Vec<u8>, OpaqueRefusal> {
        let bytes = request;
        let request =
            RegistrationRequest::deserialize(bytes).map_err(|_| OpaqueRefusal::Malformed)?;
        check_whole(&request.serialize(), bytes)?;
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
        let bytes = upload;
        let upload = RegistrationUpload::<Suite>::deserialize(bytes)
            .map_err(|_| OpaqueRefusal::Malformed)?;
        check_whole(&upload.serialize(), bytes)?;
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
        check_whole(&request.serialize(), ke1)?;
        let file = match password_file {
            Some(sealed) => Some(self.open_file(name.as_str(), sealed)?),
            None => {
                black_box(self.open_file(NOBODY, &self.decoy)?);
                None
            }
        };
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
            CredentialFinalization::<Suite>::deserialize(ke3).map_err(|_| OpaqueRefusal::Failed)?;
        check_whole(&finalization.serialize(), ke3).map_err(|_| OpaqueRefusal::Failed)?;
        state
            .finish(finalization, parameters(name))
            .map_err(|_| OpaqueRefusal::Failed)?;
        Ok(())
    }

    fn open_file(
        &self,
        name: &str,
        sealed: &[u8],
    ) -> Result<ServerRegistration<Suite>, OpaqueRefusal> {
        let file = self
            .sealer
            .open(Sealed::PasswordFile(name), sealed)
            .map_err(|NotOpened| OpaqueRefusal::Failed)?;
        ServerRegistration::deserialize(&file).map_err(|_| OpaqueRefusal::Failed)
    }
}

/// A message has one encoding; the library also takes one with more behind it.
fn check_whole(written: &[u8], read: &[u8]) -> Result<(), OpaqueRefusal> {
    if written == read {
        Ok(())
    } else {
        Err(OpaqueRefusal::Malformed)
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use opaque_ke::{
        ClientLogin, ClientRegistration, ClientRegistrationFinishParameters, RegistrationResponse,
    };

    use super::*;
    use crate::secrets::SecretKey;

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

    fn server(entropy: &Entropy) -> OpaqueServer {
        let key = SecretKey::from_text("a key of more than 16 characters").unwrap();
        let setup = ServerSetup::new(&mut entropy.fork());
        OpaqueServer::new(setup, Sealer::new(&key).unwrap(), entropy).unwrap()
    }

    #[test]
    fn a_client_that_comes_with_a_bad_element_is_refused() {
        let entropy = Entropy::from_seed([1; 32]);
        let (server, rng) = (server(&entropy), &mut entropy.fork());
        let name = UserName::parse("alice").unwrap();
        let start = ClientRegistration::<Suite>::start(rng, b"password").unwrap();
        let request = start.message.serialize();
        for bad in spoilt(&request, &[0]) {
            let refused = server.register_start(&name, &bad).err();
            assert_eq!(refused, Some(OpaqueRefusal::Malformed));
        }
        let answer = server.register_start(&name, &request).unwrap();
        let response = RegistrationResponse::deserialize(&answer).unwrap();
        let parameters = ClientRegistrationFinishParameters::default();
        let finish = start
            .state
            .finish(rng, b"password", response, parameters)
            .unwrap();
        // The client's public key.
        for bad in spoilt(&finish.message.serialize(), &[0]) {
            let refused = server.register_finish(&name, &bad, &entropy).err();
            assert_eq!(refused, Some(OpaqueRefusal::Malformed));
        }
        let file = server
            .register_finish(&name, &finish.message.serialize(), &entropy)
            .unwrap();
        let start = ClientLogin::<Suite>::start(rng, b"password").unwrap();
        let ke1 = start.message.serialize();
        // The blinded element, and the client's share of the key exchange behind its nonce.
        for bad in spoilt(&ke1, &[0, 64]) {
            for file in [Some(file.as_slice()), None] {
                let refused = server.login_start(&name, file, &bad, &entropy).err();
                assert_eq!(refused, Some(OpaqueRefusal::Malformed));
            }
        }
        for bad in spoilt(&[0; 64], &[]) {
            let (state, _) = server
                .login_start(&name, Some(&file), &ke1, &entropy)
                .unwrap();
            let refused = OpaqueServer::login_finish(&name, state, &bad);
            assert_eq!(refused, Err(OpaqueRefusal::Failed));
        }
    }
}
