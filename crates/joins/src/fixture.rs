//! A grown room as bytes.

use std::fmt;

use anyhow::{Context, Result};
use e2ee::{
    device::Device,
    group::{Group, StageContext},
    rows::Row,
};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use zeroize::Zeroizing;

use crate::people::NOW_MS;

/// The version of the form below and of what the rooms are grown with; part of a file's name.
pub const VERSION: u32 = 4;

/// How the members came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Grown {
    /// The owner added all of them: most nodes of the tree are blank.
    Invited,
    /// Each came by a link, with a commit of its own: the tree is populated.
    Entered,
}

/// What the server keeps of a room for whoever comes in, what opens it, and the owner's device.
#[derive(Serialize, Deserialize)]
pub struct Fixture {
    /// How many members there are.
    pub members: usize,
    /// How they came in.
    pub grown: Grown,
    pub(crate) door: ByteBuf,
    pub(crate) state: ByteBuf,
    pub(crate) roster: ByteBuf,
    pub(crate) tree: ByteBuf,
    /// The commits since the tree snapshot.
    pub(crate) commits: Vec<ByteBuf>,
    /// The link as its URL says it, and what it opens.
    pub(crate) link: String,
    pub(crate) grant: ByteBuf,
    /// The owner's vault: the key that opens it, the account's item and the pages of the room.
    pub(crate) account_key: ByteBuf,
    pub(crate) account_item: ByteBuf,
    pub(crate) pages: Vec<(u64, ByteBuf)>,
    /// The owner's device and its rows of the group.
    pub(crate) device: ByteBuf,
    pub(crate) rows: Vec<(ByteBuf, ByteBuf)>,
}

impl Fixture {
    /// Reads a fixture.
    ///
    /// # Errors
    /// The bytes are not those of [`Fixture::encode`].
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        ciborium::from_reader(bytes).context("not a room of this version: remove the file")
    }

    /// The bytes to keep.
    ///
    /// # Errors
    /// None in practice: memory takes all that is written.
    pub fn encode(&self) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        ciborium::into_writer(self, &mut bytes)?;
        Ok(bytes)
    }

    pub(crate) fn owner(&self) -> Result<Device> {
        Ok(Device::decode(&self.device)?)
    }

    /// The owner's group, loaded anew.
    pub(crate) fn group(&self) -> Result<Group> {
        let row = |(name, value): &(ByteBuf, ByteBuf)| -> Row {
            (name.to_vec(), Zeroizing::new(value.to_vec()))
        };
        Ok(Group::load(self.rows.iter().map(row))?)
    }

    /// What the owner knows of the log.
    pub(crate) fn context(&self, group: &Group) -> StageContext {
        StageContext {
            now_ms: NOW_MS,
            commits_since_tree: u32::try_from(self.commits.len()).unwrap_or(u32::MAX),
            bytes_since_tree: self.commit_bytes(),
            ..StageContext::start(group.room(), group.group_id())
        }
    }

    pub(crate) fn commit_bytes(&self) -> u64 {
        self.commits.iter().map(|commit| commit.len() as u64).sum()
    }
}

impl fmt::Display for Grown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Invited => "invited",
            Self::Entered => "entered",
        })
    }
}
