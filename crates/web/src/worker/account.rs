//! The own account: what opens it, what guards it, and where it is logged in.

use client::{
    Client, Link,
    engine::{
        Engine,
        api::{
            AccountChange, Changed, CodeText, Command, DeviceView, Failure, Outcome, Password,
            Settled, Unlock,
        },
        password,
    },
};
use protocol::{error::ErrorCode, rest::ListedSession};

use super::{command, ending, export, wish::refused};
use crate::{
    page::times,
    wire::{AccountWish, Act, Done, Others, Proof, Thing, Things, Trouble, Wish},
    words,
};

/// A recovery code has so many letters and digits.
const CODE_SIGNS: usize = 28;
/// The server notes the day, by Greenwich: its noon is on the same day nearly everywhere.
const HALF_DAY: u64 = 12 * 60 * 60 * 1_000;

/// Grants a wish, or says why not.
pub(super) async fn grant(
    client: &Client<Engine>,
    origin: &str,
    wish: AccountWish,
) -> Result<Done, Trouble> {
    let command = match wish {
        AccountWish::ChangePassword {
            proof,
            password,
            others,
        } => return change_password(client, &proof, &password, others).await,
        AccountWish::ReplaceCode { proof } => {
            let replace = |unlock| Command::ReplaceCode {
                unlock,
                second_factor: code(&proof),
            };
            return by_proof(client, &proof, &replace).await;
        }
        AccountWish::LogInByCode {
            user,
            proof,
            password,
        } => return log_in(client, &user, proof, password).await,
        AccountWish::Sessions => return sessions(client).await,
        AccountWish::CodeKept => Command::CodeKept,
        AccountWish::EndSession {
            session: Some(session),
        } => Command::EndSession { session },
        AccountWish::EndSession { session: None } => Command::EndOtherSessions,
        AccountWish::SecondFactor => Command::SecondFactor,
        AccountWish::Enrol { password } => Command::Enrol {
            password: Password::new(password),
        },
        AccountWish::ConfirmEnrolment { code } => Command::ConfirmEnrolment {
            code: CodeText::new(code),
        },
        AccountWish::RemoveSecondFactor { proof } => Command::RemoveSecondFactor {
            password: Password::new(proof.secret),
            code: CodeText::new(proof.code),
        },
        AccountWish::NewBackupCodes { proof } => Command::NewBackupCodes {
            password: Password::new(proof.secret),
            code: CodeText::new(proof.code),
        },
        AccountWish::Reset => return reset(client).await,
        AccountWish::AskReset { code } => Command::AskReset {
            second_factor: some(&code),
        },
        AccountWish::CancelReset => Command::CancelReset,
        AccountWish::FinishReset { password, code } => Command::FinishReset {
            password: Password::new(password),
            second_factor: some(&code),
        },
        AccountWish::Copy { for_machines } => {
            return export::all(client, origin, for_machines).await;
        }
        AccountWish::Delete { proof, at_once } => {
            return ending::delete(client, origin, &proof, at_once).await;
        }
        AccountWish::OpenDeviceLink => Command::OpenDeviceLink,
        AccountWish::FollowDeviceLink => Command::FollowDeviceLink,
        AccountWish::EndDeviceLink => Command::EndDeviceLink,
        AccountWish::AnswerDevice { code: at, proof } => Command::AnswerDevice {
            code: at,
            second_factor: code(&proof),
            password: Password::new(proof.secret),
        },
        AccountWish::ConfirmNumber { number } => Command::ConfirmNumber { number },
    };
    let done = client.command(command).await.map_err(|why| match why.code {
        // There is one name that it can be.
        ErrorCode::LoginFailed => said(why.code, "That is not your password."),
        _ => refused(&why),
    });
    done.map(shown)
}

fn shown(outcome: Outcome) -> Done {
    match outcome {
        Outcome::CodeReplaced { recovery_code } => Done::Code(recovery_code.to_string()),
        Outcome::SecondFactor(has) => {
            Done::SecondFactor((!has.kinds.is_empty()).then_some(has.backup_codes_left))
        }
        Outcome::Enrolment(made) => Done::Enrolment(made.secret.to_string(), made.uri.to_string()),
        Outcome::BackupCodes(codes) => {
            Done::BackupCodes(codes.iter().map(|code| code.to_string()).collect())
        }
        Outcome::DeviceWaits { words, code } => Done::Waits(words, code),
        Outcome::DeviceAnswered { user, number } => Done::Answered(user.to_string(), number),
        _ => Done::Yes,
    }
}

pub(super) fn said(code: ErrorCode, sentence: &str) -> Trouble {
    Trouble {
        code,
        sentence: sentence.to_owned(),
    }
}

pub(super) fn code(proof: &Proof) -> Option<CodeText> {
    some(&proof.code)
}

fn some(code: &str) -> Option<CodeText> {
    let code = code.trim();
    (!code.is_empty()).then(|| CodeText::new(code.to_owned()))
}

/// What has the form of a recovery code is taken for one, and then for a password: one may look like it.
pub(super) fn readings(secret: &str) -> Vec<Unlock> {
    let signs = secret.chars().filter(|sign| !matches!(sign, '-' | ' '));
    let is_code =
        signs.clone().count() == CODE_SIGNS && signs.clone().all(|it| it.is_ascii_alphanumeric());
    let code = is_code.then(|| Unlock::Code(CodeText::new(secret.to_owned())));
    let password = Unlock::Password(Password::new(secret.to_owned()));
    code.into_iter().chain([password]).collect()
}

/// Does what the password opens, or the recovery code.
async fn by_proof(
    client: &Client<Engine>,
    proof: &Proof,
    command: &dyn Fn(Unlock) -> Command,
) -> Result<Done, Trouble> {
    for unlock in readings(&proof.secret) {
        match client.command(command(unlock)).await {
            Ok(outcome) => return Ok(shown(outcome)),
            Err(Failure {
                code: ErrorCode::LoginFailed | ErrorCode::RecoveryCodeWrong,
                ..
            }) => {}
            Err(why) => return Err(refused(&why)),
        }
    }
    Err(neither())
}

pub(super) fn neither() -> Trouble {
    let sentence = "That is neither your password nor your recovery code.";
    said(ErrorCode::LoginFailed, sentence)
}

async fn change_password(
    client: &Client<Engine>,
    proof: &Proof,
    password: &str,
    others: Others,
) -> Result<Done, Trouble> {
    let (others, words) = match others {
        Others::Stay => (
            client::engine::api::Others::Stay,
            "Your password is changed. Your other devices go on as they are, and are told of it.",
        ),
        Others::SignedOut => (
            client::engine::api::Others::SignedOut,
            "Your password is changed, and all other sessions have ended. Your other devices log in with the new password.",
        ),
        Others::Removed => (
            client::engine::api::Others::Revoked,
            "Your password is changed and your other devices are removed. They are out of your rooms as soon as this device \
             has told them, and keep what they have read.",
        ),
    };
    let change = |unlock| Command::ChangePassword {
        unlock,
        password: Password::new(password.to_owned()),
        others,
        second_factor: code(proof),
    };
    by_proof(client, proof, &change).await?;
    Ok(Done::Said(words.to_owned()))
}

/// In by the recovery code; then another password takes the place of the one that is forgotten.
async fn log_in(
    client: &Client<Engine>,
    user: &str,
    proof: Proof,
    new: String,
) -> Result<Done, Trouble> {
    let user = command::name(user)?;
    let new = Password::new(new);
    // Looked at before anything happens, so that nobody gets in and then cannot think of one.
    password::check(&new, &user).map_err(|_| words::trouble(ErrorCode::WeakPassword))?;
    let second_factor = code(&proof);
    let recovery_code = CodeText::new(proof.secret);
    let login = Command::LoginByCode {
        user,
        code: recovery_code.clone(),
        second_factor,
    };
    client.command(login).await.map_err(|why| match why.code {
        ErrorCode::LoginFailed => said(why.code, "That name and recovery code don't match."),
        _ => refused(&why),
    })?;
    let mut link = client.link();
    // Where the driver has ended, the next command says so.
    let _ = link
        .wait_for(|link| !matches!(link, Link::Connecting | Link::SignedOut))
        .await;
    let change = Command::ChangePassword {
        unlock: Unlock::Code(recovery_code),
        password: new,
        others: client::engine::api::Others::Stay,
        // The login has just shown one.
        second_factor: None,
    };
    Ok(Done::Said(match client.command(change).await {
        Ok(_) => {
            "You are logged in, and your password is the new one. The recovery code stays as it is."
                .to_owned()
        }
        Err(why) => format!(
            "You are logged in, and your password is still the old one. {} Try again under “Password” in the settings, by \
             your recovery code.",
            refused(&why).sentence
        ),
    }))
}

/// The reset that waits, in words.
async fn reset(client: &Client<Engine>) -> Result<Done, Trouble> {
    let asked = client.command(Command::Reset).await;
    let Outcome::Reset(pending) = asked.map_err(|why| refused(&why))? else {
        return Err(words::trouble(ErrorCode::BadAnswer));
    };
    let account = client.read(Engine::account).await.ok().flatten();
    Ok(Done::Reset(pending.map(|reset| {
        let own = account.is_some_and(|account| account.device == reset.device_id);
        let [asked, ready] = [reset.asked, reset.ready].map(|at| times::moment(at.millis()));
        let words = if own {
            format!(
                "This browser asked on {asked} to reset your account. From {ready} on you can set a new password here, unless \
                 somebody cancels it before."
            )
        } else {
            format!(
                "Another device of yours asked on {asked} to reset your account. From {ready} on it may set a new password and \
                 a new recovery code. If that is not you, cancel it."
            )
        };
        (words, own)
    })))
}

/// Where the account is logged in, by the devices.
async fn sessions(client: &Client<Engine>) -> Result<Done, Trouble> {
    let asked = client.command(Command::Sessions).await;
    let Outcome::Sessions(sessions) = asked.map_err(|why| refused(&why))? else {
        return Err(words::trouble(ErrorCode::BadAnswer));
    };
    let asked = client.command(Command::Devices).await;
    let Outcome::Devices(devices) = asked.map_err(|why| refused(&why))? else {
        return Err(words::trouble(ErrorCode::BadAnswer));
    };
    let others = sessions.iter().any(|session| !session.current);
    let end_all = Act {
        label: "End all others".to_owned(),
        text: "Whoever is logged in elsewhere is signed out there, and can log in again with the password.".to_owned(),
        yes: "End them all".to_owned(),
        loss: true,
        said: "All other sessions of your account have ended.".to_owned(),
        wish: Wish::Account(AccountWish::EndSession { session: None }),
    };
    Ok(Done::Things(Things {
        things: sessions.iter().map(|it| session(it, &devices)).collect(),
        acts: others.then_some(end_all).into_iter().collect(),
        ..Things::default()
    }))
}

fn session(session: &ListedSession, devices: &[DeviceView]) -> Thing {
    let device = devices
        .iter()
        .find(|device| session.device_id == Some(device.device));
    let name = match (session.current, device) {
        (true, _) => "This browser".to_owned(),
        (false, Some(device)) => {
            format!("Device added {}", times::moment(device.created.millis()))
        }
        (false, None) if session.device_id.is_some() => "A device that was removed".to_owned(),
        (false, None) => "No device yet".to_owned(),
    };
    let end = Act {
        label: "End".to_owned(),
        text: format!(
            "End the session of “{name}”? Its device can log in again with the password; to remove the device puts it out for \
             good."
        ),
        yes: "End it".to_owned(),
        loss: true,
        said: "Ended.".to_owned(),
        wish: Wish::Account(AccountWish::EndSession {
            session: Some(session.id),
        }),
    };
    Thing {
        name,
        about: format!(
            "Since {}, last used {}. Unused, it ends {}.",
            times::moment(session.created.millis()),
            times::calendar(session.last_used.millis() + HALF_DAY),
            times::calendar(session.expires.millis()),
        ),
        remark: String::new(),
        acts: (!session.current).then_some(end).into_iter().collect(),
    }
}

/// A change that another device made, in words.
pub(super) fn changed(change: &AccountChange) -> String {
    let what = match change.what {
        Changed::Password => "password was changed",
        Changed::Code => "recovery code was replaced",
        Changed::Reset => {
            return format!(
                "Another device of yours asked on {} to reset your account, knowing neither password nor recovery code. After \
                 72 hours it may set new ones. If that was not you, cancel it in the settings.",
                times::moment(change.at.millis())
            );
        }
    };
    format!(
        "Your {what} on {} by another device of yours. If that was you, this ends when you look at your devices in the \
         settings. If not, somebody knows what opens your account: make a new one, and tell the people whom you write to.",
        times::moment(change.at.millis())
    )
}

/// What became of a change that an earlier tab had begun, in words.
pub(super) const fn settled(settled: Settled) -> &'static str {
    match settled {
        Settled::PasswordChanged => {
            "Your password was changed before the page was closed: the new one counts."
        }
        Settled::PasswordKept => {
            "Your password was not changed before the page was closed: the old one counts."
        }
        Settled::CodeReplaced => {
            "Your recovery code was replaced before the page was closed. Reload the page to see the new one."
        }
        Settled::CodeKept => {
            "Your recovery code was not replaced before the page was closed: the one that you have counts."
        }
        Settled::AccountReset => {
            "Your account was reset before the page was closed. Reload the page to see the new recovery code."
        }
        Settled::AccountKept => "Your account was not reset before the page was closed.",
    }
}
