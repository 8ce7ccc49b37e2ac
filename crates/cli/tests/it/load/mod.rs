//! Many at once: people who write, and connections that want nothing but to be there. What counts is that nothing is lost and
//! nobody is kept from anything; how fast it is, `cargo xtask bench load` measures.

mod crowds;
mod people;
