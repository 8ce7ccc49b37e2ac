//! TLS: which certificate is shown, which versions and key exchanges are spoken, and how a renewed certificate takes the
//! place of the old one while connections go on.

pub(crate) mod acme;
mod certificate;
mod key;
mod renewal;
mod shown;

use std::{path::Path, sync::Arc};

use protocol::pin::Pin;
use rustls::{ServerConfig, crypto::aws_lc_rs, version};

pub use acme::AcmeFilesError;
pub use certificate::{Certificate, CertificateError, Facts};
pub use key::{make_key, pin_of_file};
pub(crate) use renewal::{look, watch};
pub(crate) use shown::Shown;

use crate::config::Transport;

/// HTTP versions by ALPN (RFC 7301), the better first.
const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The certificate.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// The one that the server signs itself until an authority has.
    #[error(transparent)]
    Own(#[from] AcmeFilesError),
    /// A library that does not take its own defaults.
    #[error("TLS cannot be set up: {0}")]
    Library(#[from] rustls::Error),
}

/// The side of this server in TLS.
pub(crate) struct Tls {
    /// What is shown.
    pub(crate) shown: Arc<Shown>,
    /// What every connection begins with.
    pub(crate) config: Arc<ServerConfig>,
    spare_pins: Vec<Pin>,
}

impl Tls {
    /// Reads the certificate, where there is to be one.
    ///
    /// # Errors
    /// The files hold none, or TLS cannot be set up.
    pub(crate) fn of(transport: &Transport, data: &Path) -> Result<Option<Self>, TlsError> {
        let files = match (&transport.certificate, &transport.acme) {
            (Some(files), _) => files.clone(),
            (None, Some(acme)) => acme::prepare(data, &acme.names)?,
            (None, None) => return Ok(None),
        };
        let shown = Arc::new(Shown::of(files)?);
        let config = config(transport, Arc::clone(&shown))?;
        let spare_pins = transport.spare_pins.clone();
        Ok(Some(Self {
            shown,
            config,
            spare_pins,
        }))
    }

    /// What clients are told to pin: nothing where no other key waits, as they would be locked out with this one.
    pub(crate) fn pins(&self) -> Vec<Pin> {
        if self.spare_pins.is_empty() {
            return Vec::new();
        }
        let own = self.shown.certificate().facts.pin;
        let spare = self.spare_pins.iter().copied();
        std::iter::once(own)
            .chain(spare.filter(|pin| *pin != own))
            .collect()
    }
}

/// What a TLS connection begins with. The key exchange is the hybrid X25519MLKEM768 wherever the client knows it.
fn config(transport: &Transport, shown: Arc<Shown>) -> Result<Arc<ServerConfig>, TlsError> {
    let versions: &[_] = if transport.tls_1_2 {
        &[&version::TLS13, &version::TLS12]
    } else {
        &[&version::TLS13]
    };
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(versions)?
        .with_no_client_auth()
        .with_cert_resolver(shown);
    config.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).to_vec();
    if transport.acme.is_some() {
        config.alpn_protocols.push(acme::PROTOCOL.to_vec());
    }
    Ok(Arc::new(config))
}
