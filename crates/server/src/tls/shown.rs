//! The certificate that is shown now, and the one that takes its place.

use std::sync::{Arc, PoisonError, RwLock};

use rustls::{
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};

use super::{Certificate, CertificateError, acme::Challenges};
use crate::config::CertificateFiles;

/// What every new connection is shown; those that are open go on with what they began with.
#[derive(Debug)]
pub(crate) struct Shown {
    files: CertificateFiles,
    now: RwLock<Arc<Certificate>>,
    /// What an authority is shown that looks.
    pub(super) challenges: Challenges,
}

impl Shown {
    /// Reads the files.
    pub(crate) fn of(files: CertificateFiles) -> Result<Self, CertificateError> {
        let now = RwLock::new(Arc::new(Certificate::read(&files)?));
        Ok(Self {
            files,
            now,
            challenges: Challenges::default(),
        })
    }

    /// The certificate of now.
    pub(crate) fn certificate(&self) -> Arc<Certificate> {
        let now = self.now.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&now)
    }

    /// Reads the files again, and whether they hold another certificate, which is shown from now on. Where they hold none
    /// the old one stays.
    ///
    /// # Errors
    /// What is wrong with them: an authority may be writing just now.
    pub(crate) fn look_again(&self) -> Result<bool, CertificateError> {
        let read = Certificate::read(&self.files)?;
        if read.certified.cert == self.certificate().certified.cert {
            return Ok(false);
        }
        *self.now.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(read);
        Ok(true)
    }
}

impl ResolvesServerCert for Shown {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        if Challenges::is_asked(&hello) {
            return self.challenges.shown(&hello);
        }
        Some(Arc::clone(&self.certificate().certified))
    }
}
