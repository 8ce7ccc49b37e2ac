//! A real browser against the shipped program.
//!
//! `cargo xtask ci browser` builds what these tests need and says so by a variable; then a missing browser is a failure.
//! A plain `cargo test` leaves them out and says so.

mod chromium;
mod person;
mod store;
mod story;
mod tabs;

#[expect(
    clippy::print_stderr,
    reason = "whoever runs the tests is to see what was left out"
)]
/// Where the store's check lies, if these tests are to run.
fn wanted() -> Option<std::path::PathBuf> {
    let directory = std::env::var_os("SECURE_CHAT_STORE_CHECK");
    if directory.is_none() {
        eprintln!("skipped: run it by `cargo xtask ci browser`");
    }
    directory.map(Into::into)
}
