//! A certificate with its chain and key, as PEM files hold them.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use protocol::{pin::Pin, time::Timestamp};
use rustls::{
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    sign::CertifiedKey,
};
use sha2::{Digest as _, Sha256};
use x509_cert::{
    der::{Decode as _, Encode as _},
    ext::pkix::{SubjectAltName, name::GeneralName},
};
use zeroize::Zeroizing;

use crate::config::CertificateFiles;

/// A certificate that can be shown.
#[derive(Debug)]
pub struct Certificate {
    pub(super) certified: Arc<CertifiedKey>,
    /// What it says.
    pub facts: Facts,
}

/// What a certificate says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// SHA-256 of its public key.
    pub pin: Pin,
    /// When it begins to hold.
    pub from: Timestamp,
    /// When it ceases to hold.
    pub until: Timestamp,
    /// The names of hosts that it is for.
    pub names: Vec<String>,
    /// Nobody but itself vouches for it.
    pub self_signed: bool,
}

/// Why files hold no certificate that can be shown.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// The file system says no.
    #[error("{path}: {error}", path = .0.display(), error = .1)]
    Io(PathBuf, #[source] io::Error),
    /// No `CERTIFICATE` in it, or a damaged one.
    #[error("{} holds no PEM certificate", .0.display())]
    NoCertificate(PathBuf),
    /// No private key in it, or a damaged one.
    #[error("{} holds no PEM private key", .0.display())]
    NoKey(PathBuf),
    /// A key that TLS has no use for.
    #[error("the key in {} is of no kind that TLS knows: use ECDSA P-256, Ed25519 or RSA", .0.display())]
    KindOfKey(PathBuf),
    /// Files of two different certificates.
    #[error("the key in {} is not the one of the certificate in {}", .1.display(), .0.display())]
    OtherKey(PathBuf, PathBuf),
}

impl Certificate {
    /// Reads both files.
    ///
    /// # Errors
    /// [`CertificateError`] names the file and says what is wrong with it.
    pub fn read(files: &CertificateFiles) -> Result<Self, CertificateError> {
        let CertificateFiles { chain, key } = files;
        let no_certificate = || CertificateError::NoCertificate(chain.clone());
        let chained: Vec<_> = CertificateDer::pem_slice_iter(&read(chain)?)
            .collect::<Result<_, _>>()
            .map_err(|_| no_certificate())?;
        let leaf = chained.first().ok_or_else(no_certificate)?;
        let facts = Facts::of(leaf).ok_or_else(no_certificate)?;
        let private = PrivateKeyDer::from_pem_slice(&read(key)?)
            .map_err(|_| CertificateError::NoKey(key.clone()))?;
        let signing = aws_lc_rs::sign::any_supported_type(&private)
            .map_err(|_| CertificateError::KindOfKey(key.clone()))?;
        let certified = CertifiedKey::new(chained, signing);
        certified
            .keys_match()
            .map_err(|_| CertificateError::OtherKey(chain.clone(), key.clone()))?;
        Ok(Self {
            certified: Arc::new(certified),
            facts,
        })
    }
}

impl Facts {
    /// Reads a certificate (RFC 5280) in DER. `None` where it is none.
    pub(super) fn of(der: &[u8]) -> Option<Self> {
        let certificate = x509_cert::Certificate::from_der(der).ok()?.tbs_certificate;
        let key = certificate.subject_public_key_info.to_der().ok()?;
        let time = |time: x509_cert::time::Time| {
            let since = time.to_unix_duration().as_millis();
            u64::try_from(since).ok().map(Timestamp::from_millis)
        };
        let names = certificate.get::<SubjectAltName>().ok()?;
        let names = names.map_or_else(Vec::new, |(_critical, names)| names.0);
        let names = names.into_iter().filter_map(|name| match name {
            GeneralName::DnsName(name) => Some(name.to_string()),
            _ => None,
        });
        Some(Self {
            pin: Pin::from_bytes(Sha256::digest(key).into()),
            from: time(certificate.validity.not_before)?,
            until: time(certificate.validity.not_after)?,
            names: names.collect(),
            self_signed: certificate.issuer == certificate.subject,
        })
    }

    /// Whether it holds at that time.
    pub fn holds_at(&self, now: Timestamp) -> bool {
        self.from <= now && now < self.until
    }
}

/// One of the two holds a secret.
pub(super) fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, CertificateError> {
    let bytes = fs::read(path);
    bytes
        .map(Zeroizing::new)
        .map_err(|error| CertificateError::Io(path.to_owned(), error))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    fn files(dir: &Path, name: &str) -> CertificateFiles {
        CertificateFiles {
            chain: dir.join(format!("{name}.pem")),
            key: dir.join(format!("{name}.key")),
        }
    }

    fn make(dir: &Path, name: &str) -> CertificateFiles {
        let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
        let files = files(dir, name);
        fs::write(&files.chain, made.cert.pem()).unwrap();
        fs::write(&files.key, made.signing_key.serialize_pem()).unwrap();
        files
    }

    #[test]
    fn the_pin_is_what_openssl_computes() {
        let dir = tempfile::tempdir().unwrap();
        let files = make(dir.path(), "chat.example.org");
        let facts = Certificate::read(&files).unwrap().facts;
        assert_eq!(facts.names, ["chat.example.org"]);
        assert!(facts.holds_at(Timestamp::from_millis(1_795_000_000_000)));
        assert!(!facts.holds_at(Timestamp::from_millis(0)));
        let line = "openssl x509 -in \"$0\" -pubkey -noout | openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | openssl base64";
        let mut shell = Command::new("sh");
        let ran = shell.args(["-c", line]).arg(&files.chain).output().unwrap();
        let said = String::from_utf8(ran.stdout).unwrap();
        assert_eq!(facts.pin.to_string(), format!("sha256/{}", said.trim()));
    }

    #[test]
    fn files_that_do_not_fit_are_named() {
        let dir = tempfile::tempdir().unwrap();
        let (one, other) = (make(dir.path(), "a.example"), make(dir.path(), "b.example"));
        let mixed = CertificateFiles {
            chain: one.chain.clone(),
            key: other.key.clone(),
        };
        let why = |files: &CertificateFiles| Certificate::read(files).unwrap_err().to_string();
        assert!(why(&mixed).contains("is not the one of"), "{}", why(&mixed));
        let swapped = CertificateFiles {
            chain: one.key,
            key: one.chain,
        };
        assert!(why(&swapped).contains("a.example.key holds no PEM certificate"));
        let nothing = files(dir.path(), "c.example");
        assert!(
            why(&nothing).contains("c.example.pem: "),
            "{}",
            why(&nothing)
        );
        fs::write(&nothing.chain, fs::read(&mixed.chain).unwrap()).unwrap();
        fs::write(
            &nothing.key,
            "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        )
        .unwrap();
        assert!(why(&nothing).contains("is of no kind"), "{}", why(&nothing));
    }
}
