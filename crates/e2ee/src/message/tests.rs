//! One test per condition of PROTOCOL section 7.
