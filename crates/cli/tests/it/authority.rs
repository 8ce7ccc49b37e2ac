//! An authority that the people of a world trust, and what it signs for the server.

use std::{
    fs,
    path::Path,
    time::{Duration, SystemTime},
};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rustls::{
    ClientConfig, RootCertStore,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, pem::PemObject as _},
};

/// The file that people's programs take authorities from.
pub(crate) const AUTHORITY: &str = "authority.pem";

pub(crate) struct Authority(Issuer<'static, KeyPair>);

const DAY: Duration = Duration::from_secs(24 * 3_600);

/// For the name by which people reach the server.
fn params() -> CertificateParams {
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    // As long as those of authorities are.
    #[allow(
        clippy::disallowed_methods,
        reason = "programs of others judge a certificate by the machine's clock"
    )]
    let now = SystemTime::now();
    params.not_before = (now - DAY).into();
    params.not_after = (now + 60 * DAY).into();
    params.use_authority_key_identifier_extension = true;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params
}

fn write(dir: &Path, chain: &str, key: &KeyPair) {
    fs::write(dir.join("chain.pem"), chain).unwrap();
    fs::write(dir.join("key.pem"), key.serialize_pem()).unwrap();
}

impl Authority {
    /// One whose certificate lies in the world's directory.
    pub(crate) fn new(dir: &Path) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        let name = "An authority of tests";
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate().unwrap();
        let own = params.self_signed(&key).unwrap();
        fs::write(dir.join(AUTHORITY), own.pem()).unwrap();
        Self(Issuer::new(params, key))
    }

    /// Signs for a new key.
    pub(crate) fn sign(&self, dir: &Path) {
        self.sign_key(dir, &KeyPair::generate().unwrap());
    }

    /// Signs for the key in a file.
    pub(crate) fn sign_file(&self, dir: &Path, file: &str) {
        let pem = fs::read_to_string(dir.join(file)).unwrap();
        self.sign_key(dir, &KeyPair::from_pem(&pem).unwrap());
    }

    fn sign_key(&self, dir: &Path, key: &KeyPair) {
        let certificate = params().signed_by(key, &self.0).unwrap();
        write(dir, &certificate.pem(), key);
    }
}

/// A certificate that nobody but itself vouches for.
pub(crate) fn sign_oneself(dir: &Path) {
    let key = KeyPair::generate().unwrap();
    write(dir, &params().self_signed(&key).unwrap().pem(), &key);
}

/// A client of https that trusts the authority in a directory, and follows nothing.
pub(crate) fn https(dir: &Path) -> reqwest::ClientBuilder {
    let authority = fs::read(dir.join(AUTHORITY)).unwrap();
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(&authority).unwrap())
        .unwrap();
    let config = ClientConfig::builder_with_provider(aws_lc_rs::default_provider().into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    reqwest::ClientBuilder::new()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .tls_backend_preconfigured(config)
}
