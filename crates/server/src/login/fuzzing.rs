//! What a client says in OPAQUE.

use opaque_ke::{
    CredentialFinalization, CredentialRequest, RegistrationRequest, RegistrationUpload,
};
use protocol::opaque::Suite;

/// Any of a client's four messages; the library does not look at what follows one.
pub(crate) fn opaque(bytes: &[u8]) -> bool {
    let written = [
        RegistrationRequest::<Suite>::deserialize(bytes).map(|it| it.serialize().to_vec()),
        RegistrationUpload::<Suite>::deserialize(bytes).map(|it| it.serialize().to_vec()),
        CredentialRequest::<Suite>::deserialize(bytes).map(|it| it.serialize().to_vec()),
        CredentialFinalization::<Suite>::deserialize(bytes).map(|it| it.serialize().to_vec()),
    ];
    let mut taken = false;
    for written in written.iter().flatten() {
        assert!(bytes.starts_with(written), "a second spelling");
        taken = true;
    }
    taken
}
