//! An authority that the people of a world trust, and what it signs for the server.

use std::{fs, path::Path};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};

/// The file that people's programs take authorities from.
pub(crate) const AUTHORITY: &str = "authority.pem";

pub(crate) struct Authority(Issuer<'static, KeyPair>);

/// For the name by which people reach the server.
fn params() -> CertificateParams {
    CertificateParams::new(vec!["localhost".to_owned()]).unwrap()
}

fn write(dir: &Path, chain: &str, key: &KeyPair) {
    fs::write(dir.join("chain.pem"), chain).unwrap();
    fs::write(dir.join("key.pem"), key.serialize_pem()).unwrap();
}

impl Authority {
    /// One whose certificate lies in the world's directory.
    pub(crate) fn new(dir: &Path) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
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
