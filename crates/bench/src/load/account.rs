//! An account on the server: what a client of our own would post, with random bytes where keys would be sealed.

use anyhow::{Context, Result, bail};
use opaque_ke::{
    ClientRegistration, ClientRegistrationFinishParameters, Identifiers, RegistrationResponse,
};
use protocol::{
    bytes::Bytes,
    ids::{AccountId, DeviceId},
    names::UserName,
    opaque::{SERVER_IDENTITY, Suite},
    rest::{
        NewDevice, RegisterFinish, RegisterStart, RegisterStarted, RootBoxes, Session, VaultPut,
    },
};
use rand_core::{OsRng, RngCore as _};
use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest as _, Sha256};

use super::wire::Wire;

const PASSWORD: &[u8] = b"a long passphrase that nobody uses";

/// Somebody with a session.
pub(super) struct Account {
    pub(super) token: String,
}

/// The server's REST side.
pub(super) struct Rest {
    client: reqwest::Client,
    base: String,
}

impl Rest {
    /// # Errors
    /// The network's library does not start.
    pub(super) fn new(wire: &Wire) -> Result<Self> {
        Ok(Self {
            client: wire.http()?,
            base: wire.base(),
        })
    }

    /// `POST path` with a JSON body.
    ///
    /// # Errors
    /// The server refuses, or answers something else.
    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        token: Option<&str>,
        body: &impl Serialize,
    ) -> Result<T> {
        let mut request = self.client.post(format!("{}{path}", self.base)).json(body);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let answer = request
            .send()
            .await
            .with_context(|| format!("POST {path}"))?;
        let status = answer.status();
        let text = answer
            .text()
            .await
            .with_context(|| format!("POST {path}"))?;
        if !status.is_success() {
            bail!("POST {path}: {status} {text}");
        }
        serde_json::from_str(&text).with_context(|| format!("POST {path} answered {text}"))
    }

    /// Registers an account of this name with its first device.
    ///
    /// # Errors
    /// As [`Rest::post`].
    pub(super) async fn register(&self, name: &str) -> Result<Account> {
        let username = UserName::parse(name)?;
        let started = ClientRegistration::<Suite>::start(&mut OsRng, PASSWORD)?;
        let start = RegisterStart {
            username: username.clone(),
            start: bytes(&started.message.serialize()),
            invite: None,
        };
        let answer: RegisterStarted = self.post("/register", None, &start).await?;
        let identifiers = Identifiers {
            client: Some(name.as_bytes()),
            server: Some(SERVER_IDENTITY),
        };
        let finished = started.state.finish(
            &mut OsRng,
            PASSWORD,
            RegistrationResponse::deserialize(answer.response.as_slice())?,
            ClientRegistrationFinishParameters::new(identifiers, None),
        )?;
        let finish = request(username, bytes(&finished.message.serialize()));
        let session: Session = self.post("/register", None, &finish).await?;
        Ok(Account {
            token: session.token,
        })
    }
}

fn request(username: UserName, finish: Bytes) -> RegisterFinish {
    let identity = random::<32>();
    RegisterFinish {
        username,
        finish,
        account_id: account_id(&identity),
        identity_key: bytes(&identity),
        root_box: RootBoxes {
            by_password: bytes(&random::<92>()),
            by_code: bytes(&random::<92>()),
        },
        token_hash: bytes(&random::<32>()),
        vault: vec![VaultPut {
            name: "account".to_owned(),
            expected: 0,
            sealed: bytes(&random::<256>()),
        }],
        device: NewDevice {
            device_id: DeviceId::from_bytes(random()),
            certificate: bytes(&random::<400>()),
            key_packages: vec![bytes(&random::<2_662>())],
            last_resort: bytes(&random::<2_662>()),
        },
        invite: None,
    }
}

/// PROTOCOL section 2.
fn account_id(identity: &[u8; 32]) -> AccountId {
    let hash = Sha256::new()
        .chain_update(b"secure-chat/1 account")
        .chain_update(identity)
        .finalize();
    let mut id = [0; 16];
    for (to, from) in id.iter_mut().zip(hash) {
        *to = from;
    }
    AccountId::from_bytes(id)
}

pub(super) fn bytes(bytes: &[u8]) -> Bytes {
    bytes.to_vec().into()
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    OsRng.fill_bytes(&mut bytes);
    bytes
}
