//! Pins of files, and a key that waits for its turn.

use std::{fs::OpenOptions, io::Write as _, path::Path};

use p256::{
    SecretKey,
    pkcs8::{EncodePrivateKey as _, EncodePublicKey as _, LineEnding},
};
use protocol::pin::Pin;
use rand_core::OsRng;
use rustls::{
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};
use sha2::{Digest as _, Sha256};

use super::{
    CertificateError,
    certificate::{Facts, read},
};

/// The pin of the key that a PEM file holds, or of the first certificate in it.
///
/// # Errors
/// [`CertificateError`] says what is wrong with the file.
pub fn pin_of_file(path: &Path) -> Result<Pin, CertificateError> {
    let bytes = read(path)?;
    if let Ok(leaf) = CertificateDer::from_pem_slice(&bytes) {
        let facts = Facts::of(&leaf);
        let facts = facts.ok_or_else(|| CertificateError::NoCertificate(path.to_owned()))?;
        return Ok(facts.pin);
    }
    let private = PrivateKeyDer::from_pem_slice(&bytes)
        .map_err(|_| CertificateError::NoKey(path.to_owned()))?;
    let signing = aws_lc_rs::sign::any_supported_type(&private).ok();
    let public = signing.as_ref().and_then(|key| key.public_key());
    let public = public.ok_or_else(|| CertificateError::KindOfKey(path.to_owned()))?;
    Ok(Pin::from_bytes(Sha256::digest(&public).into()))
}

/// Makes a key (ECDSA P-256) for a certificate to come, in a new file for its owner only; its pin.
///
/// # Errors
/// The file cannot be written, or is there already.
pub fn make_key(path: &Path) -> Result<Pin, CertificateError> {
    let failed = |error| CertificateError::Io(path.to_owned(), error);
    let key = SecretKey::random(&mut OsRng);
    let (Ok(pem), Ok(public)) = (
        key.to_pkcs8_pem(LineEnding::LF),
        key.public_key().to_public_key_der(),
    ) else {
        return Err(CertificateError::KindOfKey(path.to_owned()));
    };
    let mut options = OpenOptions::new();
    options.create_new(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).map_err(failed)?;
    file.write_all(pem.as_bytes()).map_err(failed)?;
    file.sync_all().map_err(failed)?;
    Ok(Pin::from_bytes(Sha256::digest(public.as_bytes()).into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_waits_has_the_pin_of_its_certificate_to_come() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("spare.pem");
        let pin = make_key(&path).unwrap();
        assert_eq!(pin_of_file(&path).unwrap(), pin);
        let again = make_key(&path).unwrap_err();
        assert!(matches!(again, CertificateError::Io(..)), "{again}");
        let key = rcgen::KeyPair::from_pem(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let names = rcgen::CertificateParams::new(vec!["chat.example.org".to_owned()]);
        let certificate = names.unwrap().self_signed(&key).unwrap();
        let chain = dir.path().join("chain.pem");
        std::fs::write(&chain, certificate.pem()).unwrap();
        assert_eq!(pin_of_file(&chain).unwrap(), pin);
    }

    #[test]
    fn a_file_without_key_and_certificate_has_no_pin() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("letter.txt");
        std::fs::write(&path, "nothing").unwrap();
        assert!(matches!(
            pin_of_file(&path),
            Err(CertificateError::NoKey(_))
        ));
    }
}
