//! The lock: what makes a message readable by the members of its room and by nobody else.
//!
//! Bytes in, bytes and rows out. Nothing here does I/O, reads a clock or draws randomness of its own: time is a `now_ms`
//! argument (unix milliseconds) and randomness is an `rng` argument. The protocol is `docs/PROTOCOL.md`; comments name
//! its sections.
//!
//! What a leaf of the ratchet tree proves, from the identity down to the device:
//!
//! ```
//! use e2ee::{certificate::DeviceCertificate, device::{Device, Validity}, identity::Identity};
//! use e2ee::{signing::SigningKey, user_name::UserName};
//! # use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
//! # let rng = &mut ChaCha20Rng::seed_from_u64(1);
//! # let now_ms = 1_800_000_000_000;
//!
//! let identity = Identity::generate(rng);
//! let signing = SigningKey::generate(&identity, 0, rng);
//! let device = Device::create(UserName::new("alice")?, &signing, Validity::days(now_ms, 90), rng);
//!
//! let shown = DeviceCertificate::validate(device.certificate().as_bytes())?;
//! assert_eq!(shown.account(), identity.account_id());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

// Words
pub mod cbor;
pub mod codec;
pub mod ids;
pub mod labels;
pub mod ordered;

// Primitives
pub mod ed25519;
pub mod kdf;
pub mod seal;
pub mod secret;

// Identity (section 2)
pub mod certificate;
pub mod contacts;
pub mod device;
pub mod device_link;
pub mod identity;
pub mod safety_number;
pub mod signing;
pub mod user_name;

// What the server keeps for an account, sealed (sections 2 and 3)
pub mod account_key;
pub mod account_key_mail;
pub mod recovery_code;
pub mod root_box;
pub mod vault;

// Groups (sections 1, 3, 4 and 5)
pub mod bundle;
pub mod check;
mod crypto;
pub mod door;
pub mod grant;
pub mod group;
mod handshake;
mod history_answer;
pub mod history_chain;
pub mod history_request;
mod kem_keys;
pub mod key_package;
mod keys;
pub mod leaf;
pub mod link;
pub mod policy;
mod provider;
pub mod readmission;
pub mod roles;
pub mod room_state;
pub mod roster_log;
pub mod rows;
pub mod spoken;
pub mod suite;
pub mod tree;

// The message and what goes beside it (sections 6 and 7)
pub mod counters;
pub mod ephemeral;
pub mod file;
pub mod log_head;
pub mod message;
mod padding;
pub mod payload;
pub mod report;
mod said;
pub mod shared_key;
pub mod status;

// For tests
#[cfg(test)]
mod bad_keys;
#[cfg(feature = "classical-suite-for-tests")]
pub use crypto::seeded;
#[cfg(any(test, feature = "hostile-members-for-tests"))]
pub mod closure;
#[cfg(any(test, feature = "fuzzing-for-tests"))]
pub mod fuzzing;
#[cfg(any(test, feature = "hostile-members-for-tests"))]
pub mod hostile;
#[cfg(test)]
mod testing;
