//! Single flows of one engine, with every answer written by hand.

mod shown;
mod sign_in;
mod store;
