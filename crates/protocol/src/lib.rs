//! Wire words.
