//! `admin users` and `admin user …`.

use client::admin::Admin;
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
    vec![
        user.username.to_string(),
        day(user.created),
        user.last_seen.map_or_else(|| "—".to_owned(), day),
        user.devices.to_string(),
        state(user),
        user.account_id.to_string(),
    ]
}

fn state(user: &AdminUser) -> String {
    let words = [
        (user.administrator, "administrator"),
        (user.disabled, "disabled"),
        (user.freed, "name freed"),
        (user.must_change_password, "needs a new password"),
    ];
    let words: Vec<&str> = words
        .into_iter()
        .filter_map(|(is, word)| is.then_some(word))
        .collect();
    if words.is_empty() {
        "—".to_owned()
    } else {
        words.join(", ")
    }
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
    output.line(&sentence(act, &name), || object(&user))
}

fn sentence(act: Act, name: &str) -> String {
    match act {
        Act::Disable => format!("{name} is signed out everywhere and can't log in."),
        Act::Enable => format!("{name} can log in again."),
        Act::FreeName => format!(
            "The name {name} is free. Who had it is signed out for good; the rooms go on without."
        ),
        Act::EndSessions => format!("{name} is signed out everywhere and can log in again."),
        Act::Grant => format!("{name} is an administrator of this server now."),
        Act::Withdraw => format!("{name} is no administrator of this server any more."),
        Act::MakeInvite | Act::WithdrawInvite | Act::BecomeAdmin | Act::SearchCanary => {
            String::new()
        }
    }
}
