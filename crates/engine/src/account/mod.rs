//! The account on this device: who it is, its session, its vault, its KeyPackages.

pub(crate) mod home;
pub(crate) mod key_packages;
pub(crate) mod login;
pub(crate) mod logout;
pub(crate) mod register;
pub(crate) mod session;
pub(crate) mod sign_in;
pub(crate) mod vault;
