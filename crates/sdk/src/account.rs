//! Commands that a bot does not have, because it runs in a home with an account: getting one, and leaving it.

use client::{
    Client,
    engine::{
        Engine,
        api::{CodeText, Command, Failure, Outcome, Password},
    },
};
use protocol::{error::ErrorCode, names::UserName, rest::InviteToken};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
enum Wish {
    Account,
    Register {
        user: String,
        password: String,
        invite: Option<String>,
    },
    Login {
        user: String,
        password: String,
        code: Option<String>,
        new_password: Option<String>,
    },
    Logout,
}

/// Does what is asked; what comes back is the answer without `id` and `ok`.
pub(crate) async fn run(client: &Client<Engine>, line: &str) -> Result<Value, Failure> {
    let wish = serde_json::from_str(line).map_err(|_| Failure::from(ErrorCode::BadJson))?;
    let command = match wish {
        Wish::Account => return account(client).await,
        Wish::Register {
            user,
            password,
            invite,
        } => Command::Register {
            user: name(&user)?,
            password: Password::new(password),
            invite: invite.map(InviteToken),
        },
        Wish::Login {
            user,
            password,
            new_password: Some(new),
            ..
        } => Command::FirstLogin {
            user: name(&user)?,
            password: Password::new(password),
            new_password: Password::new(new),
        },
        Wish::Login {
            user,
            password,
            code,
            new_password: None,
        } => Command::Login {
            user: name(&user)?,
            password: Password::new(password),
            code: code.map(CodeText::new),
        },
        Wish::Logout => Command::Logout,
    };
    Ok(match client.command(command).await? {
        Outcome::Registered { recovery_code } => {
            json!({ "recovery_code": recovery_code.as_str() })
        }
        Outcome::LoggedIn { new_device } => json!({ "new_device": new_device }),
        _ => json!({}),
    })
}

async fn account(client: &Client<Engine>) -> Result<Value, Failure> {
    let account = client.read(Engine::account).await?;
    let account = account.map(|account| {
        json!({
            "account": account.account,
            "user": account.user,
            "device": account.device,
            "signed_in": account.signed_in,
            "deleted": account.deleted,
        })
    });
    Ok(json!({ "account": account }))
}

fn name(text: &str) -> Result<UserName, Failure> {
    UserName::parse(text.trim()).map_err(|_| Failure::from(ErrorCode::NameInvalid))
}
