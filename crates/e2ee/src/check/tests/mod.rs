//! The list as a table of cases: one real bad commit per row.
