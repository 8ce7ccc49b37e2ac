//! A client by JSON lines: commands in, answers and events out, as `docs/BOT.md` has them. The terminal's `bot` and the npm
//! package are both this.

mod event;
mod link;
mod request;
mod run;

pub use event::lines;
pub use link::{handed_on, of_server};
pub use request::{History, Request, Wish, failed, parse};
pub use run::{answer, queued, run};
