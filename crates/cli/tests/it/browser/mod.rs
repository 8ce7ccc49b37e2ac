//! A real browser against the shipped program.
//!
//! `cargo xtask ci browser` builds what these tests need and runs them. A plain `cargo test` leaves them out and says so;
//! there a missing browser is no failure.

mod account;
mod admin;
mod basic;
mod cable;
mod chromium;
mod code;
mod deletion;
mod export;
mod factor;
mod faults;
mod files;
mod first_run;
mod hostile;
mod keys;
mod leaving;
mod lied_to;
mod linking;
mod lock;
mod long;
mod loss;
mod newsroom;
mod other_page;
mod package;
mod passkeys;
mod person;
mod reset;
mod room;
mod screen;
mod start;
mod store;
mod story;
mod tabs;
mod typed;
mod unread;
mod verify_web;
