//! One order of a certificate, from the account to the chain.

use std::{fs, path::Path};

use instant_acme::{
    Account, AccountCredentials, AuthorizationStatus, ChallengeType, Identifier, NewAccount,
    NewOrder, Order, OrderStatus, RetryPolicy,
};
use rcgen::{CertificateParams, KeyPair};
use serde::{Deserialize, Serialize};

use super::files::{AcmeFilesError, place, write};
use crate::{config::Acme, tls::Shown};

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AcmeError {
    /// The authority, or the way to it.
    #[error("the authority: {0}")]
    Authority(#[from] instant_acme::Error),
    /// It has no way of convincing it that this server can go.
    #[error("the authority offers no tls-alpn-01 for {0}")]
    NoChallenge(String),
    /// It was not convinced.
    #[error(
        "the authority does not accept that {0} is this server: does the name point here, and is port 443 open?"
    )]
    NotConvinced(String),
    /// Certificates.
    #[error(transparent)]
    Certificate(#[from] rcgen::Error),
    /// TLS.
    #[error(transparent)]
    Tls(#[from] rustls::Error),
    /// Files.
    #[error(transparent)]
    Files(#[from] AcmeFilesError),
    /// The account's file.
    #[error("the account of the authority cannot be kept: {0}")]
    Account(#[from] serde_json::Error),
}

/// Gets one, and writes it where the server reads it.
pub(super) async fn certificate(acme: &Acme, data: &Path, shown: &Shown) -> Result<(), AcmeError> {
    let account = account(acme, data).await?;
    let names: Vec<_> = acme.names.iter().cloned().map(Identifier::Dns).collect();
    let mut order = account.new_order(&NewOrder::new(&names)).await?;
    let chain = signed(&mut order, acme, data, shown).await;
    shown.challenges.forget();
    Ok(write(&place(data).chain, &chain?)?)
}

async fn signed(
    order: &mut Order,
    acme: &Acme,
    data: &Path,
    shown: &Shown,
) -> Result<String, AcmeError> {
    let mut authorizations = order.authorizations();
    while let Some(authorization) = authorizations.next().await {
        let mut authorization = authorization?;
        if authorization.status == AuthorizationStatus::Valid {
            continue;
        }
        let name = authorization.identifier().to_string();
        let challenge = authorization.challenge(ChallengeType::TlsAlpn01);
        let mut challenge = challenge.ok_or_else(|| AcmeError::NoChallenge(name.clone()))?;
        let digest = challenge.key_authorization().digest();
        shown.challenges.answer(&name, digest.as_ref())?;
        challenge.set_ready().await?;
    }
    if order.poll_ready(&RetryPolicy::default()).await? != OrderStatus::Ready {
        return Err(AcmeError::NotConvinced(acme.names.join(", ")));
    }
    order.finalize_csr(&request(acme, data)?).await?;
    Ok(order.poll_certificate(&RetryPolicy::default()).await?)
}

/// The request for the names, by the key that is shown.
fn request(acme: &Acme, data: &Path) -> Result<Vec<u8>, AcmeError> {
    let path = place(data).key;
    let pem = fs::read_to_string(&path).map_err(|error| AcmeFilesError::Io(path, error))?;
    let key = KeyPair::from_pem(&pem)?;
    let mut params = CertificateParams::new(acme.names.clone())?;
    params.distinguished_name = rcgen::DistinguishedName::new();
    Ok(params.serialize_request(&key)?.der().to_vec())
}

/// An account at one authority.
#[derive(Serialize, Deserialize)]
struct Kept {
    directory: String,
    credentials: AccountCredentials,
}

/// The account of before, else a new one.
async fn account(acme: &Acme, data: &Path) -> Result<Account, AcmeError> {
    let builder = match &acme.root {
        Some(root) => Account::builder_with_root(root)?,
        None => Account::builder()?,
    };
    let path = data.join("acme").join("account.json");
    let kept = fs::read_to_string(&path).ok();
    let kept = kept.and_then(|text| serde_json::from_str::<Kept>(&text).ok());
    if let Some(kept) = kept.filter(|kept| kept.directory == acme.directory) {
        return Ok(builder.from_credentials(kept.credentials).await?);
    }
    let contact: Vec<_> = acme.contact.iter().map(String::as_str).collect();
    let wanted = NewAccount {
        contact: &contact,
        terms_of_service_agreed: true,
        only_return_existing: false,
    };
    let made = builder
        .create(&wanted, acme.directory.clone(), None)
        .await?;
    let (account, credentials) = made;
    let kept = Kept {
        directory: acme.directory.clone(),
        credentials,
    };
    write(&path, &serde_json::to_string(&kept)?)?;
    Ok(account)
}
