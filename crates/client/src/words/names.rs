//! Names of accounts.

use std::collections::{BTreeMap, BTreeSet};

use engine::{
    Engine,
    api::{Failure, TimelineItem},
};
use protocol::ids::AccountId;

use crate::Client;

/// Names of accounts, from their certificates.
#[derive(Default)]
pub struct Names(BTreeMap<AccountId, String>);

impl Names {
    /// The names of everybody that some lines speak of.
    ///
    /// # Errors
    /// The driver has ended.
    pub async fn of(
        client: &Client<Engine>,
        lines: impl IntoIterator<Item = &TimelineItem>,
    ) -> Result<Self, Failure> {
        let accounts: BTreeSet<AccountId> = lines
            .into_iter()
            .flat_map(TimelineItem::mentioned)
            .collect();
        Self::known(client, accounts).await
    }

    /// The names of some accounts.
    ///
    /// # Errors
    /// The driver has ended.
    pub async fn known(
        client: &Client<Engine>,
        accounts: BTreeSet<AccountId>,
    ) -> Result<Self, Failure> {
        if accounts.is_empty() {
            return Ok(Self::default());
        }
        let names = client.read(move |engine| {
            let name = |account| Some((account, engine.known_name(account)?));
            accounts.into_iter().filter_map(name).collect()
        });
        Ok(Self(names.await?))
    }

    /// The name of an account; of a stranger, the beginning of its id.
    pub fn get(&self, account: AccountId) -> String {
        let unknown = || account.to_string().chars().take(8).collect();
        self.0.get(&account).cloned().unwrap_or_else(unknown)
    }

    /// Who said a line, and that nothing proves it, where nothing does.
    pub fn sender(&self, item: &TimelineItem) -> String {
        let name = item.sender.map(|account| {
            item.sender_name
                .clone()
                .unwrap_or_else(|| self.get(account))
        });
        let name = name.unwrap_or_else(|| "someone".to_owned());
        if item.is_unproven() {
            return format!("{name} (unverified)");
        }
        name
    }

    pub(super) fn list(&self, accounts: &[AccountId]) -> String {
        let names: Vec<String> = accounts.iter().map(|account| self.get(*account)).collect();
        names.join(", ")
    }
}
