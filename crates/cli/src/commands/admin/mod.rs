//! `admin …`: looks after a server.

mod import;
mod invites;
mod look;
mod sees;
mod users;

use client::{admin::Admin, engine::Engine};
use protocol::error::ErrorCode;
use serde_json::Value;

use crate::{
    args::{AdminArgs, AdminCommand, Global, InviteCommand},
    exit::Problem,
    output::{Output, aligned, write_line},
    session::Session,
};

pub(super) async fn run(
    global: &Global,
    output: Output,
    AdminArgs { data, command }: AdminArgs,
) -> Result<(), Problem> {
    if let Some(data) = data {
        return match command {
            AdminCommand::Invite(InviteCommand::New(new)) if new.admin => {
                invites::on_the_machine(output, data, &new).await
            }
            AdminCommand::Import { file } => import::run(output, data, &file).await,
            _ => Err(Problem::usage(
                "With --data there are `import` and `invite new --admin` only. Everything else goes through the server, without --data.",
            )),
        };
    }
    if matches!(command, AdminCommand::Import { .. }) {
        return Err(Problem::usage(
            "Accounts are imported into the data of a server that does not run: say where with --data.",
        ));
    }
    if let AdminCommand::Sees { list_only } = command {
        return sees::run(global, output, list_only).await;
    }
    let session = Session::open(global).await?;
    let admin = admin(&session).await?;
    let done = match command {
        AdminCommand::Users => users::list(&admin, output).await,
        AdminCommand::User(command) => users::act(&admin, output, command).await,
        AdminCommand::Invites => invites::list(&admin, output).await,
        AdminCommand::Invite(InviteCommand::New(new)) => {
            invites::make(&admin, output, session.url(), new).await
        }
        AdminCommand::Invite(InviteCommand::Withdraw { invite }) => {
            invites::end(&admin, output, invite).await
        }
        AdminCommand::Rooms => look::rooms(&admin, output).await,
        AdminCommand::Storage => look::storage(&admin, output).await,
        AdminCommand::Limits => look::limits(&admin, output).await,
        AdminCommand::Audit => look::audit(&admin, output).await,
        AdminCommand::Sees { .. } | AdminCommand::Import { .. } => Ok(()),
    };
    session.close().await;
    done
}

/// The server's administration, in the session of this home.
pub(super) async fn admin(session: &Session) -> Result<Admin, Problem> {
    let token = session
        .client
        .read(|engine| Engine::session_token(engine).map(str::to_owned))
        .await?
        .ok_or_else(|| Problem::of(ErrorCode::NotLoggedIn))?;
    Ok(Admin::new(session.url().clone(), token)?)
}

/// Prints a table for people, or its rows as objects.
fn print(
    output: Output,
    head: &[&str],
    rows: Vec<(Vec<String>, Value)>,
    none: &str,
) -> Result<(), Problem> {
    if output.json {
        return rows
            .iter()
            .try_for_each(|(_, object)| write_line(&object.to_string()));
    }
    if rows.is_empty() {
        return write_line(none);
    }
    let mut table = vec![head.iter().map(|cell| (*cell).to_owned()).collect()];
    table.extend(rows.into_iter().map(|(row, _)| row));
    aligned(&table).iter().try_for_each(|line| write_line(line))
}

/// A struct of the wire as an object.
fn object(value: &impl serde::Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}
