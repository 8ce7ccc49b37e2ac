//! The account on this device: who it is, its session, its vault, its KeyPackages.

pub(crate) mod deletion;
pub(crate) mod devices;
mod first_password;
pub(crate) mod home;
pub(crate) mod key_packages;
pub(crate) mod login;
pub(crate) mod logout;
pub(crate) mod meeting;
pub(crate) mod new_devices;
mod next_keys;
mod otpauth;
pub(crate) mod recovery;
pub(crate) mod refusal;
pub(crate) mod register;
pub(crate) mod requests;
pub(crate) mod reseal;
pub(crate) mod revoke;
pub(crate) mod session;
pub(crate) mod sign_in;
pub(crate) mod unlock;
pub(crate) mod vault;
