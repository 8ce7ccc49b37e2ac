//! What administrators look at.

mod audit;
mod invites;
mod rooms;
mod sizes;
mod users;

pub(in crate::store::sqlite) use audit::audit;
pub(in crate::store::sqlite) use invites::{invite_counts, invites};
pub(in crate::store::sqlite) use rooms::all_rooms;
pub(in crate::store::sqlite) use sizes::{blob_sizes, file_sizes, table_sizes};
pub(in crate::store::sqlite) use users::{is_admin, user_at, users};

/// Takes a row too many away; whether there was one.
fn cut<T>(rows: &mut Vec<T>, page: usize) -> bool {
    let more = rows.len() > page;
    rows.truncate(page);
    more
}

/// A limit that leads to a row too many, where there is one.
fn one_more(page: usize) -> i64 {
    i64::try_from(page).map_or(i64::MAX, |page| page.saturating_add(1))
}
