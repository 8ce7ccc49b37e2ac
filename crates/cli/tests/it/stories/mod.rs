//! The main job, told as stories.

mod canary;
mod first_chat;
mod history;
