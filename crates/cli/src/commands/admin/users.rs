//! `admin users` and `admin user …`.

use client::admin::{Admin, words};
use protocol::rest::{Act, AdminUser};

use super::{object, print};
use crate::{
    args::{UserCommand, Who, Whom},
    exit::Problem,
    output::Output,
};

pub(super) async fn list(admin: &Admin, output: Output) -> Result<(), Problem> {
    let mut users = Vec::new();
    loop {
        let last = users.last().map(|user: &AdminUser| user.username.clone());
        let page = admin.users(last.as_ref()).await?;
        // A page that brings nothing would come again and again.
        let more = page.more && !page.users.is_empty();
        users.extend(page.users);
        if !more {
            break;
        }
    }
    let rows = users.iter().map(|user| (row(user), object(user))).collect();
    let head = [
        "name",
        "registered",
        "last seen",
        "devices",
        "state",
        "account",
    ];
    print(output, &head, rows, "There are no accounts yet.")
}

fn row(user: &AdminUser) -> Vec<String> {
    let day = |time: protocol::time::Timestamp| time.to_string().chars().take(10).collect();
    let marks = words::marks(user);
    vec![
        user.username.to_string(),
        day(user.created),
        user.last_seen.map_or_else(|| "—".to_owned(), day),
        user.devices.to_string(),
        if marks.is_empty() {
            "—".to_owned()
        } else {
            marks
        },
        user.account_id.to_string(),
    ]
}

pub(super) async fn act(
    admin: &Admin,
    output: Output,
    command: UserCommand,
) -> Result<(), Problem> {
    let (act, Whom { user }) = match command {
        UserCommand::Disable(whom) => (Act::Disable, whom),
        UserCommand::Enable(whom) => (Act::Enable, whom),
        UserCommand::FreeName(whom) => (Act::FreeName, whom),
        UserCommand::EndSessions(whom) => (Act::EndSessions, whom),
        UserCommand::Grant(whom) => (Act::Grant, whom),
        UserCommand::Withdraw(whom) => (Act::Withdraw, whom),
    };
    let (account, name) = match user {
        Who::Id(account) => (account, account.to_string()),
        Who::Name(name) => (admin.account(&name).await?.account_id, name.to_string()),
    };
    let user = admin.act(account, act).await?;
    output.line(&words::done(act, &name), || object(&user))
}
