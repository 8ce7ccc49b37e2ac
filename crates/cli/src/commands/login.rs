//! `login`: this home's own device goes on, or a new device is made in an empty home; by the password, or by the recovery code
//! and with another password, or by another device.

use client::engine::api::{Command, Others, Outcome, Password, Unlock};
use protocol::{error::ErrorCode, names::UserName};
use serde_json::json;

use super::with_code;
use crate::{
    args::{At, Global, SignIn},
    exit::Problem,
    find, home,
    output::{Output, note},
    prompt,
    session::Session,
};

pub(super) async fn run(global: &Global, output: Output, sign_in: &SignIn) -> Result<(), Problem> {
    let user = find::user_name(&sign_in.user)?;
    let session = begin(global, &sign_in.at).await?;
    let password = prompt::password(sign_in.password_stdin)?;
    let attempt = async |code| {
        let (user, password) = (user.clone(), password.clone());
        let login = Command::Login {
            user,
            password,
            code,
        };
        session.sign_in(login).await
    };
    let outcome = match with_code(sign_in.password_stdin, attempt).await {
        Err(problem) if problem.code == ErrorCode::PasswordChangeRequired => {
            first(&session, (user, password), sign_in.password_stdin, problem).await?
        }
        outcome => outcome?,
    };
    session.online().await?;
    session.command(Command::Sync).await?;
    let new_device = matches!(outcome, Outcome::LoggedIn { new_device: true });
    let text = if new_device {
        format!(
            "You are logged in as {}. Your rooms open on this device by themselves.",
            sign_in.user
        )
    } else {
        format!("You are logged in as {}.", sign_in.user)
    };
    output.line(
        &text,
        || json!({ "user": sign_in.user, "new_device": new_device }),
    )?;
    session.finish().await
}

/// The account has a password that everybody knows: nothing is done before it has another one.
async fn first(
    session: &Session,
    (user, password): (UserName, Password),
    from_stdin: bool,
    asked: Problem,
) -> Result<Outcome, Problem> {
    if !from_stdin {
        note(&format!("secure-chat: {}", asked.sentence));
    }
    let new_password = prompt::new_password(from_stdin);
    let new_password = new_password.map_err(|problem| if from_stdin { asked } else { problem })?;
    check(&new_password, &user)?;
    let login = Command::FirstLogin {
        user,
        password,
        new_password,
    };
    session.sign_in(login).await.map_err(|problem| {
        if problem.code == ErrorCode::ServerGone {
            let sentence = "The server's answer got lost. Log in with the new password; if it does not count yet, with the old one.";
            return Problem::new(problem.code, sentence);
        }
        problem
    })
}

/// The password is forgotten: the code lets in, and another password takes its place at once.
pub(super) async fn by_code(
    global: &Global,
    output: Output,
    sign_in: &SignIn,
) -> Result<(), Problem> {
    let user = find::user_name(&sign_in.user)?;
    let session = begin(global, &sign_in.at).await?;
    let code = prompt::recovery_code(sign_in.password_stdin)?;
    // Asked for before anything happens, so that nobody gets in and then cannot think of one.
    let password = prompt::new_password(sign_in.password_stdin)?;
    check(&password, &user)?;
    let attempt = async |second_factor| {
        let (user, code) = (user.clone(), code.clone());
        let login = Command::LoginByCode {
            user,
            code,
            second_factor,
        };
        session.sign_in(login).await
    };
    let outcome = with_code(sign_in.password_stdin, attempt).await;
    let outcome = outcome.map_err(|problem| {
        if problem.code == ErrorCode::LoginFailed {
            let sentence = "That name and recovery code don't match.";
            return Problem::new(problem.code, sentence);
        }
        problem
    })?;
    session.online().await?;
    let change = Command::ChangePassword {
        unlock: Unlock::Code(code),
        password,
        others: Others::Stay,
        // The login has just shown one.
        second_factor: None,
    };
    session.command(change).await.map_err(|problem| {
        let sentence = format!(
            "You are logged in, and your password is still the old one. {} Try again: secure-chat password change --recovery-code",
            problem.sentence
        );
        Problem::new(problem.code, sentence)
    })?;
    session.command(Command::Sync).await?;
    let new_device = matches!(outcome, Outcome::LoggedIn { new_device: true });
    output.line(
        &format!(
            "You are logged in as {}, and your password is the new one. The recovery code stays as it is.",
            sign_in.user
        ),
        || json!({ "user": sign_in.user, "new_device": new_device }),
    )?;
    session.finish().await
}

/// Another device of the account lets this one in, once a person has typed there what is shown here.
pub(super) async fn by_device(global: &Global, output: Output, at: &At) -> Result<(), Problem> {
    let session = begin(global, at).await?;
    let waits = session.sign_in(Command::OpenDeviceLink).await?;
    let Outcome::DeviceWaits { words, code } = waits else {
        return Err(Problem::of(ErrorCode::BadAnswer));
    };
    let url = format!("{}/link#{code}", session.url());
    waiting(output, &words, &url)?;
    let answered = session.follow(Command::FollowDeviceLink).await?;
    let Outcome::DeviceAnswered { user, number } = answered else {
        return Err(Problem::of(ErrorCode::BadAnswer));
    };
    output.line(
        &format!(
            "A device of {user} answers. If that is you, type this number there:\n\n    {number}\n"
        ),
        || json!({ "user": user, "number": number }),
    )?;
    session.follow(Command::FollowDeviceLink).await?;
    session.online().await?;
    session.command(Command::Sync).await?;
    output.line(
        &format!("You are logged in as {user}. Your rooms open on this device by themselves."),
        || json!({ "user": user, "new_device": true }),
    )?;
    session.finish().await
}

/// What another device needs.
fn waiting(output: Output, words: &str, url: &str) -> Result<(), Problem> {
    output.line(
        &format!(
            "On a device of yours that is logged in, run this within ten minutes:\n\n    secure-chat device link {words}\n"
        ),
        || json!({ "words": words, "url": url }),
    )
}

fn check(password: &Password, user: &UserName) -> Result<(), Problem> {
    client::engine::password::check(password, user)
        .map_err(|weakness| Problem::new(ErrorCode::WeakPassword, weakness.to_string()))
}

/// Opens a home to sign in from, made if it is not there, and notes the server that it belongs to.
pub(super) async fn begin(global: &Global, at: &At) -> Result<Session, Problem> {
    let mut url = at.url()?;
    let home = home::take(global)?;
    let store = home::open_or_create(&home).await?;
    let known = home.server()?;
    if let Some(known) = known.as_ref().filter(|known| **known == url)
        && at.pin.is_empty()
    {
        // What was pinned stays so.
        url = known.clone();
    }
    let session = Session::start(home, store, url.clone(), global.days_ahead).await?;
    let has_account = session.account().await?.is_some();
    if has_account && known.is_some_and(|known| known != url) {
        return Err(Problem::new(
            ErrorCode::OtherAccount,
            "This home belongs to an account on another server.",
        ));
    }
    session.belongs_to(&url)?;
    Ok(session)
}
