//! What it costs to come into a large room by a door, with the shipped code of `e2ee` and the shipped suite.
//!
//! A room is grown once and kept as a [`Fixture`]: what a newcomer downloads, and a member who can answer. The figures
//! are taken from it natively and, compiled for the browser, under node: the same functions on the same bytes.

mod behind;
mod fixture;
mod grow;
mod newcomer;
mod people;
mod sizes;
mod times;
mod web;

pub use fixture::{Fixture, Grown, VERSION};
pub use grow::{entered, invited};
pub use sizes::{Posted, Sizes, sizes};
pub use times::{Clock, Times, times};
pub use web::lines;
