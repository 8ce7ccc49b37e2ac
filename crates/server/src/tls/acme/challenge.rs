//! The certificates by which the server shows an authority that a name is its own (RFC 8737 section 3).

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use rcgen::{CertificateParams, CustomExtension, KeyPair};
use rustls::{
    crypto::aws_lc_rs,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    server::ClientHello,
    sign::CertifiedKey,
};

use super::order::AcmeError;

/// What an authority speaks, and nobody else.
pub(crate) const PROTOCOL: &[u8] = b"acme-tls/1";

/// By name, while an order is under way.
#[derive(Debug, Default)]
pub(crate) struct Challenges(Mutex<HashMap<String, Arc<CertifiedKey>>>);

impl Challenges {
    /// Whether this is an authority that looks.
    pub(crate) fn is_asked(hello: &ClientHello<'_>) -> bool {
        let mut protocols = hello.alpn().into_iter().flatten();
        protocols.any(|protocol| protocol == PROTOCOL)
    }

    /// What it is shown: nothing where no order is under way for that name.
    pub(crate) fn shown(&self, hello: &ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let name = hello.server_name()?;
        self.lock().get(&name.to_ascii_lowercase()).cloned()
    }

    /// Answers for a name, by the digest of what the authority has said.
    pub(super) fn answer(&self, name: &str, digest: &[u8]) -> Result<(), AcmeError> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::new(vec![name.to_owned()])?;
        params.custom_extensions = vec![CustomExtension::new_acme_identifier(digest)];
        let certificate = params.self_signed(&key)?;
        let private = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let signing = aws_lc_rs::sign::any_supported_type(&private)?;
        let shown = CertifiedKey::new(vec![certificate.der().clone()], signing);
        self.lock()
            .insert(name.to_ascii_lowercase(), Arc::new(shown));
        Ok(())
    }

    /// The order is over.
    pub(super) fn forget(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<CertifiedKey>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
