//! `devices`, `device link` and `device revoke`: the account's devices, how a new one is let in, and how one that was lost
//! is put out.

use client::engine::{
    Engine,
    api::{Command, DeviceView, Outcome},
};
use protocol::{error::ErrorCode, ids::DeviceId};
use serde_json::json;

use super::with_code;
use crate::{
    args::{DeviceCommand, Global, Opener},
    exit::Problem,
    output::{Output, note},
    prompt,
    session::Session,
};

/// Lists them, oldest first.
pub(super) async fn list(global: &Global, output: Output) -> Result<(), Problem> {
    let session = Session::current(global).await?;
    let listed = devices(&session).await?;
    let news = session.client.read(Engine::new_devices).await?;
    let news: Vec<DeviceId> = news.into_iter().map(|news| news.device).collect();
    for device in &listed {
        let new = news.contains(&device.device);
        output.line(&line(device, new), || {
            json!({
                "id": device.device,
                "created": device.created,
                "last_seen": device.last_seen,
                "current": device.current,
                "generation": device.generation,
                "outdated": device.outdated,
                "new": new,
            })
        })?;
    }
    let hidden: Vec<&DeviceId> = news
        .iter()
        .filter(|device| listed.iter().all(|listed| listed.device != **device))
        .collect();
    for device in hidden {
        note(&format!(
            "secure-chat: Warning: device {device} of your account is in a room and the server does not list it. The server may be lying."
        ));
    }
    let changes = session.client.read(Engine::changes).await?;
    for change in &changes {
        note(&format!("secure-chat: {}", client::words::changed(change)));
    }
    if !news.is_empty() || !changes.is_empty() {
        let looked = Command::AcknowledgeDevices { devices: news };
        session.command(looked).await?;
    }
    session.finish().await
}

pub(super) async fn run(
    global: &Global,
    output: Output,
    command: DeviceCommand,
) -> Result<(), Problem> {
    match command {
        DeviceCommand::Link {
            code,
            password_stdin,
        } => link(global, output, &code.join(" "), password_stdin).await,
        DeviceCommand::Revoke { devices, opener } => revoke(global, output, &devices, opener).await,
    }
}

/// Lets a new device in.
async fn link(
    global: &Global,
    output: Output,
    code: &str,
    from_stdin: bool,
) -> Result<(), Problem> {
    let session = Session::synced(global).await?;
    let password = prompt::password(from_stdin)?;
    let attempt = async |second_factor| {
        let (code, password) = (code.to_owned(), password.clone());
        let answer = Command::AnswerDevice {
            code,
            password,
            second_factor,
        };
        session.command(answer).await
    };
    with_code(from_stdin, attempt).await.map_err(own_password)?;
    let end = || Problem::usage("There is no number. Nothing was handed over.");
    let Some(number) = prompt::number()? else {
        session.command(Command::EndDeviceLink).await?;
        return Err(end());
    };
    session.command(Command::ConfirmNumber { number }).await?;
    output.say("Done: the new device is one of yours, and reads what you may read.")?;
    session.finish().await
}

/// There is one name that it can be.
fn own_password(problem: Problem) -> Problem {
    match problem.code {
        ErrorCode::LoginFailed => Problem::new(problem.code, "That is not your password."),
        _ => problem,
    }
}

async fn revoke(
    global: &Global,
    output: Output,
    wanted: &[String],
    opener: Opener,
) -> Result<(), Problem> {
    let session = Session::current(global).await?;
    let known = devices(&session).await?;
    let chosen = wanted
        .iter()
        .map(|text| pick(&known, text))
        .collect::<Result<Vec<_>, _>>()?;
    let revoke = Command::RevokeDevices {
        devices: chosen,
        unlock: prompt::opener(opener)?,
    };
    session.command(revoke).await?;
    output.say(
        "Revoked. It is out of your account, and out of your rooms as soon as this device has told them. It keeps what it has read.",
    )?;
    session.finish().await
}

async fn devices(session: &Session) -> Result<Vec<DeviceView>, Problem> {
    match session.command(Command::Devices).await? {
        Outcome::Devices(devices) => Ok(devices),
        _ => Err(Problem::of(ErrorCode::BadAnswer)),
    }
}

/// A device by its id or the beginning of it.
fn pick(known: &[DeviceView], text: &str) -> Result<DeviceId, Problem> {
    let begins = |device: &&DeviceView| device.device.to_string().starts_with(text);
    let mut matching = known.iter().filter(begins);
    match (matching.next(), matching.next()) {
        (Some(device), None) if device.current => Err(Problem::new(
            ErrorCode::BadRequest,
            "A device cannot revoke itself. Use another one, or log out.",
        )),
        (Some(device), None) if !text.is_empty() => Ok(device.device),
        _ => {
            let sentence = "No device has that id, or more than one begins so.";
            Err(Problem::new(ErrorCode::NotFound, sentence))
        }
    }
}

fn line(device: &DeviceView, new: bool) -> String {
    let seen = device.last_seen.to_string();
    let day = seen.split('T').next().unwrap_or_default();
    let keys = match device.generation {
        Some(generation) => format!("keys {generation}"),
        None => "its certificate is not this account's".to_owned(),
    };
    let marks = [
        (device.current, ", this device"),
        (new, ", new"),
        (device.outdated, ", has yet to take the newest keys"),
    ];
    let marks: String = marks
        .iter()
        .filter_map(|(on, mark)| on.then_some(*mark))
        .collect();
    format!(
        "{}  added {}, last seen {day}, {keys}{marks}",
        device.device, device.created
    )
}

#[cfg(test)]
mod tests {
    use protocol::time::Timestamp;

    use super::*;

    fn device(first: u8, current: bool) -> DeviceView {
        DeviceView {
            device: DeviceId::from_bytes([first; 16]),
            created: Timestamp::from_millis(1_800_000_000_000),
            last_seen: Timestamp::from_millis(1_800_000_000_000),
            current,
            generation: Some(1),
            outdated: false,
        }
    }

    #[test]
    fn a_device_is_found_by_the_beginning_of_its_id() {
        let known = [
            device(0x11, true),
            device(0x22, false),
            device(0x33, false),
            device(0x33, false),
        ];
        let code = |text| pick(&known, text).unwrap_err().code;
        assert_eq!(pick(&known, "22"), Ok(known[1].device));
        assert_eq!(code("11"), ErrorCode::BadRequest);
        assert_eq!(code("33"), ErrorCode::NotFound);
        assert_eq!(code("4"), ErrorCode::NotFound);
        assert_eq!(code(""), ErrorCode::NotFound);
        let alone = [device(0x22, false)];
        assert_eq!(pick(&alone, "").unwrap_err().code, ErrorCode::NotFound);
    }
}
