//! `second-factor`: logins are guarded by codes of an authenticator app.

use client::engine::api::{Command, Enrolment, Outcome};
use protocol::{
    error::ErrorCode,
    ids::PasskeyId,
    rest::{Passkey, SecondFactor},
};
use serde_json::json;
use zeroize::Zeroizing;

use crate::{
    args::{Global, SecondFactorCommand},
    describe::day,
    exit::Problem,
    output::{self, Output, clean_line},
    prompt, qr,
    session::Session,
};

pub(super) async fn run(
    global: &Global,
    output: Output,
    command: SecondFactorCommand,
) -> Result<(), Problem> {
    let session = Session::synced(global).await?;
    match command {
        SecondFactorCommand::Status => status(&session, output).await?,
        SecondFactorCommand::Enable { password_stdin } => {
            enable(&session, output, password_stdin).await?;
        }
        SecondFactorCommand::Disable { password_stdin } => {
            let password = prompt::password(password_stdin)?;
            let code = prompt::needed_code(password_stdin)?;
            let remove = Command::RemoveSecondFactor { password, code };
            session.command(remove).await?;
            output.say("A login needs no code any more. The backup codes count no more either.")?;
        }
        SecondFactorCommand::Passkeys => {
            for one in passkeys(&session).await? {
                output.line(&line(&one), || json!(one))?;
            }
        }
        SecondFactorCommand::RemovePasskey {
            passkey,
            password_stdin,
        } => {
            let passkey = pick(&passkeys(&session).await?, &passkey)?;
            let password = prompt::password(password_stdin)?;
            let code = prompt::needed_code(password_stdin)?;
            let remove = Command::RemovePasskey {
                passkey,
                password,
                code,
            };
            session.command(remove).await?;
            output.say("That passkey counts no more. Take it out of your authenticator too.")?;
        }
        SecondFactorCommand::BackupCodes { password_stdin } => {
            let password = prompt::password(password_stdin)?;
            let code = prompt::needed_code(password_stdin)?;
            let new = Command::NewBackupCodes { password, code };
            show_codes(output, session.command(new).await?)?;
        }
    }
    session.finish().await
}

async fn status(session: &Session, output: Output) -> Result<(), Problem> {
    let Outcome::SecondFactor(has) = session.command(Command::SecondFactor).await? else {
        return Err(Problem::of(ErrorCode::BadAnswer));
    };
    let SecondFactor {
        kinds,
        backup_codes_left: left,
    } = &has;
    let text = if kinds.is_empty() {
        "Logins need no code. `second-factor enable` changes that.".to_owned()
    } else {
        format!("Logins need a code. Backup codes left: {left}.")
    };
    output.line(
        &text,
        || json!({ "enabled": !kinds.is_empty(), "backup_codes_left": left }),
    )
}

async fn passkeys(session: &Session) -> Result<Vec<Passkey>, Problem> {
    match session.command(Command::Passkeys).await? {
        Outcome::Passkeys(listed) => Ok(listed),
        _ => Err(Problem::of(ErrorCode::BadAnswer)),
    }
}

fn line(one: &Passkey) -> String {
    let used = one.last_used.map_or_else(
        || "never used".to_owned(),
        |last| format!("last used {}", day(last)),
    );
    let cloned = one.cloned.map_or_else(String::new, |at| {
        format!("; shut out {}, because there is a copy of it", day(at))
    });
    format!(
        "{}  {}, since {}, {used}{cloned}",
        one.passkey_id,
        clean_line(&one.name),
        day(one.created)
    )
}

/// The passkey whose id begins so.
fn pick(listed: &[Passkey], text: &str) -> Result<PasskeyId, Problem> {
    let begins = |one: &&Passkey| one.passkey_id.to_string().starts_with(text);
    let mut matching = listed.iter().filter(begins);
    match (matching.next(), matching.next()) {
        (Some(one), None) if !text.is_empty() => Ok(one.passkey_id),
        _ => Err(Problem::new(
            ErrorCode::NotFound,
            "No passkey has that id, or more than one begins so.",
        )),
    }
}

async fn enable(session: &Session, output: Output, from_stdin: bool) -> Result<(), Problem> {
    let password = prompt::password(from_stdin)?;
    let Outcome::Enrolment(made) = session.command(Command::Enrol { password }).await? else {
        return Err(Problem::of(ErrorCode::BadAnswer));
    };
    show(output, &made)?;
    let code = prompt::needed_code(from_stdin)?;
    let confirm = Command::ConfirmEnrolment { code };
    show_codes(output, session.command(confirm).await?)
}

fn show(output: Output, made: &Enrolment) -> Result<(), Problem> {
    let Enrolment { secret, uri } = made;
    if output.json {
        let line = json!({ "secret": secret.as_str(), "uri": uri.as_str() });
        return output::write_line(&line.to_string());
    }
    output::write_line("Take this into your authenticator app; it is shown only now.\n")?;
    if let Some(picture) = qr::picture(uri) {
        output::write_line(&picture)?;
    }
    output::write_line(&format!("{}\n\nTo type: {}\n", **uri, **secret))?;
    output::write_line("Nothing has changed yet: give the code that the app shows.")
}

fn show_codes(output: Output, outcome: Outcome) -> Result<(), Problem> {
    let Outcome::BackupCodes(codes) = outcome else {
        return Err(Problem::of(ErrorCode::BadAnswer));
    };
    let codes: Vec<&str> = codes.iter().map(|code| code.as_str()).collect();
    if output.json {
        let line = Zeroizing::new(json!({ "backup_codes": codes }).to_string());
        return output::write_line(&line);
    }
    output::write_line(
        "From now on a login needs a code. Your backup codes, each for one login without the app:\n",
    )?;
    for code in codes {
        output::write_line(&format!("    {code}"))?;
    }
    output::write_line(
        "\nKeep them apart from your password; they are shown only now. Without the app and without a code, nobody gets into this account on a new device.",
    )
}
