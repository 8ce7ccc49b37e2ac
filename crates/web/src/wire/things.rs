//! A list of things of one kind, and what can be done to them: all that the page has to know of sessions, accounts, invites…

use serde::{Deserialize, Serialize};

use super::Wish;

/// A list, or a page of it.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Things {
    /// In order.
    pub things: Vec<Thing>,
    /// What is said where there are none.
    pub none: String,
    /// What belongs to all of them, below.
    pub notes: Vec<String>,
    /// By this the next page comes.
    pub more: Option<Box<Wish>>,
    /// What can be done to all at once.
    pub acts: Vec<Act>,
}

/// One of them.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thing {
    /// What it is called.
    pub name: String,
    /// More about it, in smaller letters; may be empty.
    pub about: String,
    /// What is worth a look; mostly empty.
    pub remark: String,
    /// What can be done to it.
    pub acts: Vec<Act>,
}

/// Something that can be done, after a question.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Act {
    /// On the button.
    pub label: String,
    /// What happens by it.
    pub text: String,
    /// On the button that does it.
    pub yes: String,
    /// Something is lost by it.
    pub loss: bool,
    /// That it is done.
    pub said: String,
    /// It.
    pub wish: Wish,
}
