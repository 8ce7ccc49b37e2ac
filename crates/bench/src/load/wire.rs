//! The way to a server on loopback: in the clear, or over TLS with a certificate that was made for it.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context as _, Result};
use rustls::{
    ClientConfig, RootCertStore, crypto::aws_lc_rs, pki_types::CertificateDer,
    pki_types::ServerName,
};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_tungstenite::MaybeTlsStream;

const HOST: &str = "localhost";

/// A port, and what is spoken there.
#[derive(Clone)]
pub(crate) struct Wire {
    pub(crate) port: u16,
    tls: Option<Arc<ClientConfig>>,
}

/// A certificate and its key, in files.
pub(super) struct Certificate {
    dir: tempfile::TempDir,
    own: CertificateDer<'static>,
}

impl Certificate {
    /// A new one, which only those trust that are told to.
    ///
    /// # Errors
    /// No place for it.
    pub(super) fn new() -> Result<Self> {
        let made = rcgen::generate_simple_self_signed([HOST.to_owned()])?;
        let certificate = Self {
            dir: tempfile::tempdir().context("no place for a certificate")?,
            own: made.cert.der().clone(),
        };
        fs::write(certificate.chain(), made.cert.pem())?;
        fs::write(certificate.key(), made.signing_key.serialize_pem())?;
        Ok(certificate)
    }

    pub(super) fn chain(&self) -> PathBuf {
        self.file("chain.pem")
    }

    pub(super) fn key(&self) -> PathBuf {
        self.file("key.pem")
    }

    fn file(&self, name: &str) -> PathBuf {
        Path::join(self.dir.path(), name)
    }
}

impl Wire {
    pub(crate) const fn plain(port: u16) -> Self {
        Self { port, tls: None }
    }

    /// Over TLS, with nothing trusted but this certificate.
    ///
    /// # Errors
    /// It is none that can be trusted.
    pub(super) fn over_tls(port: u16, certificate: &Certificate) -> Result<Self> {
        let mut roots = RootCertStore::empty();
        roots.add(certificate.own.clone())?;
        let tls = Some(Arc::new(config(roots)?));
        Ok(Self { port, tls })
    }

    /// A client for requests. The library wants to know of TLS also where there is none.
    ///
    /// # Errors
    /// The network's library does not start.
    pub(super) fn http(&self) -> Result<reqwest::Client> {
        let none = || config(RootCertStore::empty());
        let tls = self
            .tls
            .as_ref()
            .map_or_else(none, |tls| Ok(tls.as_ref().clone()))?;
        let http = reqwest::Client::builder().no_proxy();
        Ok(http.tls_backend_preconfigured(tls).build()?)
    }

    /// Scheme, host and port.
    pub(super) fn base(&self) -> String {
        match self.tls {
            Some(_) => format!("https://{HOST}:{}", self.port),
            None => format!("http://127.0.0.1:{}", self.port),
        }
    }

    /// A connection, without Nagle's delay.
    ///
    /// # Errors
    /// Nobody listens, or shows another certificate.
    pub(super) async fn connect(&self) -> Result<MaybeTlsStream<TcpStream>> {
        let stream = TcpStream::connect(("127.0.0.1", self.port))
            .await
            .context("cannot connect")?;
        stream.set_nodelay(true).context("no nodelay")?;
        let Some(tls) = &self.tls else {
            return Ok(MaybeTlsStream::Plain(stream));
        };
        let name = ServerName::try_from(HOST)?;
        let connector = TlsConnector::from(Arc::clone(tls));
        let stream = connector.connect(name, stream).await.context("no TLS")?;
        Ok(MaybeTlsStream::Rustls(stream))
    }
}

fn config(roots: RootCertStore) -> Result<ClientConfig> {
    let builder = ClientConfig::builder_with_provider(aws_lc_rs::default_provider().into());
    let builder = builder.with_safe_default_protocol_versions()?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}
