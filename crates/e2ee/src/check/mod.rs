//! What a commit may do: the closed list of PROTOCOL section 5, judged from public content alone by
//! the policy before the commit.

mod reason;

pub use reason::PublicReason;
