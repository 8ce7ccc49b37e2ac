//! The main job, told as stories.

mod away;
mod back;
mod canary;
mod devices;
mod first_chat;
mod history;
mod links;
mod revocation;
