//! Attacks on the vault, and the rules of merging.
