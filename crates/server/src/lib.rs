//! The post office.
