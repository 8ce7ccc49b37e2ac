//! An authority, what it signs, and clients that trust it.

use std::{fs, path::Path, sync::Arc};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::{
    ClientConfig, RootCertStore, SupportedProtocolVersion, crypto::aws_lc_rs,
    pki_types::CertificateDer, version,
};
use server::CertificateFiles;

pub const HOST: &str = "chat.example.org";

pub struct Authority {
    own: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let own = params.self_signed(&key).unwrap().der().clone();
        let issuer = Issuer::new(params, key);
        Self { own, issuer }
    }

    /// Signs for [`HOST`], into files with fixed names.
    pub fn sign(&self, dir: &Path) -> CertificateFiles {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![HOST.to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let files = CertificateFiles {
            chain: dir.join("fullchain.pem"),
            key: dir.join("privkey.pem"),
        };
        fs::write(&files.chain, certificate.pem()).unwrap();
        fs::write(&files.key, key.serialize_pem()).unwrap();
        files
    }

    /// What a client of this authority begins with.
    pub fn client(&self, versions: &[&'static SupportedProtocolVersion]) -> Arc<ClientConfig> {
        let mut roots = RootCertStore::empty();
        roots.add(self.own.clone()).unwrap();
        let builder = ClientConfig::builder_with_provider(aws_lc_rs::default_provider().into());
        let builder = builder.with_protocol_versions(versions).unwrap();
        Arc::new(builder.with_root_certificates(roots).with_no_client_auth())
    }

    /// An HTTP client, for the name at the server's address; of HTTP/2, or of HTTP/1.1.
    pub fn http(&self, address: &str, version_2: bool) -> reqwest::Client {
        let mut config = self.client(&[&version::TLS13]).as_ref().clone();
        if version_2 {
            config.alpn_protocols = vec![b"h2".to_vec()];
        }
        reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .resolve(HOST, address.parse().unwrap())
            .tls_backend_preconfigured(config)
            .build()
            .unwrap()
    }
}
