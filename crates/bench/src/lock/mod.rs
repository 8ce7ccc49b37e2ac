//! What `e2ee` costs: time and bytes of the operations that a chat is made of, with the shipped suite. Storage and
//! network are not in it: the rows stay in memory, as they do until a batch is written.

mod commits;
mod messages;
mod people;

use anyhow::Result;

/// Prints both tables.
///
/// # Errors
/// An operation fails.
pub(crate) fn run() -> Result<()> {
    messages::run()?;
    println!();
    commits::run()
}
