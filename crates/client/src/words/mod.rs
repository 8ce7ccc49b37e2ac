//! Rooms, members and lines as JSON, and what happens in words: the one description that the terminal, its bot and the npm
//! package share (`docs/BOT.md`).

mod account;
mod item;
mod names;
mod notice;
mod room;

pub use account::{alarm, changed, settled};
pub use item::{item, put};
pub use names::Names;
pub use notice::{notice_words, tombstone_words};
pub use room::{history_word, member, role_word, room, stage_word};
