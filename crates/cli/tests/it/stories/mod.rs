//! The main job, told as stories.

mod admin;
mod away;
mod back;
pub(crate) mod basic;
mod canary;
mod credentials;
mod deletion;
mod device_link;
mod devices;
mod doctor;
mod export;
pub(crate) mod files;
mod first_chat;
mod first_run;
mod history;
mod links;
mod report;
mod reset;
mod revocation;
mod sdk;
pub(crate) mod second_factor;
mod secret_key;
mod tls;
mod tokens;
mod traces;
