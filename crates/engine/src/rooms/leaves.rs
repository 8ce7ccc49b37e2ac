//! Whose leaves there are, and whose there were: keys and names by device.

use e2ee::group::{Change, DeviceRef};

use super::{FormerLeaf, Names, Room};
use crate::{convert, timeline::Author};

/// Leaves that went and are remembered in one room.
const FORMER_KEPT: usize = 32;

impl Room {
    /// The keys of all leaves, before a commit takes some of them away.
    pub(super) fn leaf_keys(&self) -> Vec<FormerLeaf> {
        let leaves = self.group.iter().flat_map(e2ee::group::Group::leaves);
        leaves
            .map(|leaf| FormerLeaf {
                account: convert::account_out(leaf.account()),
                device: convert::device_out(leaf.device()),
                key: *leaf.certificate.device_key().as_bytes(),
            })
            .collect()
    }

    /// Keeps the keys of those who went.
    pub(super) fn remember_former(&mut self, before: &[FormerLeaf], change: &Change) {
        if change.removed.is_empty() {
            return;
        }
        let gone = |leaf: &&FormerLeaf| {
            let device = convert::device(leaf.device);
            change
                .removed
                .iter()
                .any(|removed| removed.device == device)
        };
        let former: Vec<FormerLeaf> = before.iter().filter(gone).copied().collect();
        let record = self.change();
        record.former.extend(former);
        let surplus = record.former.len().saturating_sub(FORMER_KEPT);
        record.former.drain(..surplus);
    }

    /// Names by device, as they are before a commit takes some of them away.
    pub(super) fn names(&self) -> Names {
        let leaves = self.group.iter().flat_map(e2ee::group::Group::leaves);
        leaves
            .map(|leaf| {
                let name = leaf.certificate.name().as_str().to_owned();
                (convert::device_out(leaf.device()), name)
            })
            .collect()
    }

    /// The name of somebody who has just come in.
    fn name_of(&self, by: DeviceRef) -> Option<String> {
        let leaf = self.group.as_ref()?.leaf(by.device)?;
        Some(leaf.certificate.name().as_str().to_owned())
    }

    pub(super) fn author(&self, by: DeviceRef, names: &Names) -> Author {
        let device = convert::device_out(by.device);
        Author {
            account: convert::account_out(by.account),
            device,
            name: names.get(&device).cloned().or_else(|| self.name_of(by)),
        }
    }
}
