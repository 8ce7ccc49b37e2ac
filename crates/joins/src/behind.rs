//! The worst moment for a newcomer: as many commits lie behind the tree snapshot as the rule for snapshots permits.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use e2ee::group::{Intent, RosterWrite, Verdict};
use rand_core::OsRng;
use serde_bytes::ByteBuf;

use crate::fixture::Fixture;

impl Fixture {
    /// Commits of the owner that change nothing but its leaf, until the next one would bring a snapshot.
    ///
    /// # Errors
    /// An operation fails.
    pub fn fall_behind(&mut self) -> Result<()> {
        let owner = self.owner()?;
        let mut group = self.group()?;
        let mut rows: BTreeMap<_, _> = std::mem::take(&mut self.rows).into_iter().collect();
        loop {
            let context = self.context(&group);
            let own = group.stage(&owner, &Intent::housekeeping(), &context, &mut OsRng)?;
            if own.tree.is_some() || own.roster != RosterWrite::Keep || own.state.is_some() {
                break;
            }
            match group.judge(&own.commit)? {
                Verdict::Merged(_) => {}
                other => bail!("an honest commit was not merged: {other:?}"),
            }
            let changes = group.take_changes();
            for name in changes.deletes {
                rows.remove(&ByteBuf::from(name));
            }
            for (name, value) in changes.puts {
                rows.insert(ByteBuf::from(name), ByteBuf::from(value.to_vec()));
            }
            self.door = ByteBuf::from(own.door);
            self.commits.push(ByteBuf::from(own.commit));
        }
        self.rows = rows.into_iter().collect();
        Ok(())
    }
}
