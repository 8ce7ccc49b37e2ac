//! What a member wants to change with its next commit.

use crate::{
    ids::{AccountId, DeviceId, LinkId},
    key_package::PeerKeyPackage,
    policy::{Access, Permissions},
    roles::Role,
};

/// The changes that one commit is to make; all of them, or the staging fails.
///
/// Every commit also takes in the pending wishes to leave, strips the roles of accounts that
/// depart, and renews the committer's leaf. An empty intent does only that.
#[derive(Clone, Default)]
pub struct Intent {
    /// KeyPackages of all devices to add.
    pub invite: Vec<PeerKeyPackage>,
    /// Those of the added devices whose own former leaves make room for them.
    pub readmit: Vec<DeviceId>,
    /// Accounts to remove with all of their leaves.
    pub remove: Vec<AccountId>,
    /// Devices of the own account to revoke.
    pub revoke: Vec<DeviceId>,
    /// New roles.
    pub roles: Vec<(AccountId, Role)>,
    /// New permissions.
    pub permissions: Option<Permissions>,
    /// New ways in.
    pub access: Option<Access>,
    /// A new name.
    pub name: Option<String>,
    /// A new topic.
    pub topic: Option<String>,
    /// Links of the own account to list in the room state, with their labels; a listed one gets a
    /// new label.
    pub list_links: Vec<(LinkId, String)>,
    /// Links to take from the list. One that is not listed is no fault: somebody else was faster.
    pub unlist_links: Vec<LinkId>,
    /// Whether to rotate the room's keys though nobody departs.
    pub rotate: bool,
    /// Whether the state that this device knew last takes the place of one that it does not know.
    pub renew_state: bool,
}

impl Intent {
    /// Only what is pending, and a fresh leaf.
    #[must_use]
    pub fn housekeeping() -> Self {
        Self::default()
    }

    /// Adds devices.
    #[must_use]
    pub fn invite(key_packages: Vec<PeerKeyPackage>) -> Self {
        Self {
            invite: key_packages,
            ..Self::default()
        }
    }

    /// Lets devices in that asked for it (way d of PROTOCOL section 4), in place of leaves that they have already.
    #[must_use]
    pub fn readmit(key_packages: Vec<PeerKeyPackage>) -> Self {
        let devices = key_packages.iter().map(|peer| peer.certificate().device());
        Self {
            readmit: devices.collect(),
            ..Self::invite(key_packages)
        }
    }

    /// Removes an account.
    #[must_use]
    pub fn remove(account: AccountId) -> Self {
        Self {
            remove: vec![account],
            ..Self::default()
        }
    }

    /// Revokes a device of the own account.
    #[must_use]
    pub fn revoke(device: DeviceId) -> Self {
        Self {
            revoke: vec![device],
            ..Self::default()
        }
    }

    /// Gives an account a role.
    #[must_use]
    pub fn set_role(account: AccountId, role: Role) -> Self {
        Self {
            roles: vec![(account, role)],
            ..Self::default()
        }
    }

    /// Names the room anew.
    #[must_use]
    pub fn rename(name: impl Into<String>) -> Self {
        Self {
            name: Some(name.into()),
            ..Self::default()
        }
    }

    /// Gives the room another topic.
    #[must_use]
    pub fn set_topic(topic: impl Into<String>) -> Self {
        Self {
            topic: Some(topic.into()),
            ..Self::default()
        }
    }

    /// Opens the room to links, or closes it.
    #[must_use]
    pub fn set_access(access: Access) -> Self {
        Self {
            access: Some(access),
            ..Self::default()
        }
    }

    /// Lists a link.
    #[must_use]
    pub fn list_link(link: LinkId, label: impl Into<String>) -> Self {
        Self {
            list_links: vec![(link, label.into())],
            ..Self::default()
        }
    }

    /// Takes a link from the list.
    #[must_use]
    pub fn unlist_link(link: LinkId) -> Self {
        Self {
            unlist_links: vec![link],
            ..Self::default()
        }
    }
}
