//! Which TLS keys a server may show: what authorities vouch for, and of that, where there are pins, the pinned ones alone.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use protocol::{error::ErrorCode, pin::Pin};
use rustls::{
    CertificateError, ClientConfig, ConfigBuilder, DigitallySignedStruct, Error, RootCertStore,
    SignatureScheme, WantsVerifier,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime},
    server::ParsedCertificate,
};
use rustls_platform_verifier::Verifier;
use sha2::{Digest as _, Sha256};

/// What a server's key must be.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pins {
    /// None says nothing.
    pub pins: Vec<Pin>,
    /// A person brought them here, so they stand in for any authority: a server may then have signed its certificate
    /// itself.
    pub alone: bool,
}

/// How one server is trusted, shared by all connections to it.
#[derive(Debug, Clone)]
pub struct Trust(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    pins: Pins,
    config: OnceLock<Arc<ClientConfig>>,
    seen: Arc<Mutex<Seen>>,
}

/// The last handshake.
#[derive(Debug, Default)]
struct Seen {
    pin: Option<Pin>,
    problem: Option<ErrorCode>,
}

impl Trust {
    /// Trust in authorities alone.
    pub(crate) fn none() -> Self {
        Self::of(Pins::default())
    }

    /// Trust in these.
    pub(crate) fn of(pins: Pins) -> Self {
        Self(Arc::new(Inner {
            pins,
            ..Inner::default()
        }))
    }

    /// What is pinned.
    pub fn pins(&self) -> &Pins {
        &self.0.pins
    }

    /// The key that the server showed last, if it was accepted.
    pub fn shown(&self) -> Option<Pin> {
        self.seen().pin
    }

    /// Why the last handshake ended, if what the server showed was at fault.
    pub fn problem(&self) -> Option<ErrorCode> {
        self.seen().problem
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.0.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The client's side of TLS. The authorities are those of the system, read once.
    pub(crate) fn config(&self) -> Arc<ClientConfig> {
        self.0.config.get_or_init(|| self.make()).clone()
    }

    fn make(&self) -> Arc<ClientConfig> {
        let builder = builder();
        let provider = Arc::clone(builder.crypto_provider());
        let check = Check {
            pins: self.0.pins.clone(),
            // A machine without any authorities trusts pins alone.
            authorities: Verifier::new(Arc::clone(&provider)).ok(),
            provider,
            seen: Arc::clone(&self.0.seen),
        };
        let builder = builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(check));
        Arc::new(builder.with_no_client_auth())
    }
}

/// For connections in the clear, where the library wants to know of TLS all the same.
pub(super) fn of_nobody() -> ClientConfig {
    let builder = builder().with_root_certificates(RootCertStore::empty());
    builder.with_no_client_auth()
}

#[expect(
    clippy::expect_used,
    reason = "the library's own versions and key exchanges fit together"
)]
fn builder() -> ConfigBuilder<ClientConfig, WantsVerifier> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the library's own defaults")
}

/// The check of what a server shows.
#[derive(Debug)]
struct Check {
    pins: Pins,
    authorities: Option<Verifier>,
    provider: Arc<CryptoProvider>,
    seen: Arc<Mutex<Seen>>,
}

impl Check {
    fn judge(
        &self,
        leaf: &CertificateDer<'_>,
        authorities: impl FnOnce(&Verifier) -> Result<ServerCertVerified, Error>,
    ) -> Result<(Pin, ServerCertVerified), (ErrorCode, Error)> {
        let pin = pin_of(leaf).map_err(|error| (ErrorCode::ServerUntrusted, error))?;
        let Pins { pins, alone } = &self.pins;
        if !pins.is_empty() && !pins.contains(&pin) {
            let refused =
                Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure);
            return Err((ErrorCode::ServerKeyChanged, refused));
        }
        if *alone && !pins.is_empty() {
            return Ok((pin, ServerCertVerified::assertion()));
        }
        let unknown = || Err(Error::InvalidCertificate(CertificateError::UnknownIssuer));
        let verdict = self.authorities.as_ref().map_or_else(unknown, authorities);
        let verified = verdict.map_err(|error| (ErrorCode::ServerUntrusted, error))?;
        Ok((pin, verified))
    }
}

/// SHA-256 of the SubjectPublicKeyInfo.
fn pin_of(leaf: &CertificateDer<'_>) -> Result<Pin, Error> {
    let key = ParsedCertificate::try_from(leaf)?.subject_public_key_info();
    Ok(Pin::from_bytes(Sha256::digest(&key).into()))
}

impl ServerCertVerifier for Check {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let judged = self.judge(leaf, |authorities| {
            authorities.verify_server_cert(leaf, between, name, ocsp, now)
        });
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        match judged {
            Ok((pin, verified)) => {
                *seen = Seen {
                    pin: Some(pin),
                    problem: None,
                };
                Ok(verified)
            }
            Err((code, error)) => {
                seen.problem = Some(code);
                Err(error)
            }
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}
