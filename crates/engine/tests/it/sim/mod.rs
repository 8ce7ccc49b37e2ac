//! The simulation: many engines, one model server, one thread, one seed (PROTOCOL section 8, invariants 2, 3, 4, 5, 6, 9
//! and 10).
//!
//! A [`World`](world::World) holds people and a [model server](model_server). Calls and pushes are packets in
//! flight ([`network`]); time is virtual; whatever one seed draws, the same seed draws again. [`schedule`] lives a
//! random life with faults and crashes, [`quiesce`] heals everything, [`checks`] says what must hold then, and
//! [`stories`] are lives written by hand. [`seeds`] says which seeds run.

mod canary;
mod checks;
mod clock;
mod confinement;
mod faults;
mod fixture;
mod homes;
mod insiders;
mod liar;
mod misdeeds;
mod model_server;
mod network;
mod person;
mod quiesce;
mod recorder;
mod reports;
mod schedule;
mod seeds;
mod sockets;
mod store;
mod stories;
mod trace;
mod witness;
mod world;
