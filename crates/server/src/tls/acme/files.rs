//! Where certificate, key and account lie: in the data directory, for their owner alone.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use rcgen::{CertificateParams, KeyPair};

use crate::{
    config::CertificateFiles,
    data_dir::{create_private, write_private},
    tls::Certificate,
};

/// The first certificate cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum AcmeFilesError {
    /// The file system says no.
    #[error("{path}: {error}", path = .0.display(), error = .1)]
    Io(PathBuf, #[source] io::Error),
    /// A name that no certificate is for.
    #[error("no certificate can be made for these names: {0}")]
    Names(#[from] rcgen::Error),
}

/// The places of chain and key below the data.
pub(crate) fn place(data: &Path) -> CertificateFiles {
    let dir = data.join("acme");
    CertificateFiles {
        chain: dir.join("chain.pem"),
        key: dir.join("key.pem"),
    }
}

/// What to show until an authority has signed: what is there, else a certificate that the server signs itself. The key stays
/// the same over all renewals, so that its pin does.
///
/// # Errors
/// [`AcmeFilesError`].
pub(crate) fn prepare(data: &Path, names: &[String]) -> Result<CertificateFiles, AcmeFilesError> {
    let files = place(data);
    let covers = |certificate: &Certificate| {
        let of = &certificate.facts.names;
        names.iter().all(|name| of.contains(name))
    };
    if Certificate::read(&files).is_ok_and(|it| covers(&it)) {
        return Ok(files);
    }
    let dir = data.join("acme");
    create_private(&dir).map_err(|error| AcmeFilesError::Io(dir, error))?;
    let key = key(&files.key)?;
    let own = CertificateParams::new(names)?.self_signed(&key)?;
    write(&files.chain, &own.pem())?;
    Ok(files)
}

/// The key that is there, else a new one.
fn key(path: &Path) -> Result<KeyPair, AcmeFilesError> {
    match fs::read_to_string(path) {
        Ok(pem) => Ok(KeyPair::from_pem(&pem)?),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let key = KeyPair::generate()?;
            write(path, &key.serialize_pem())?;
            Ok(key)
        }
        Err(error) => Err(AcmeFilesError::Io(path.to_owned(), error)),
    }
}

/// Writes a file, whole or not at all.
pub(super) fn write(path: &Path, text: &str) -> Result<(), AcmeFilesError> {
    write_private(path, text).map_err(|error| AcmeFilesError::Io(path.to_owned(), error))
}
