//! Single flows of one engine, with every answer written by hand.

mod sign_in;
mod store;
