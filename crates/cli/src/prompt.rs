//! Passwords and codes: from a terminal, or from standard input.

use std::io::{self, BufRead, IsTerminal, Read};

use client::{
    engine::api::{CodeText, Password, Unlock},
    native::Ask,
};
use zeroize::Zeroizing;

use crate::{args::Opener, exit::Problem};

/// Longer lines are no passwords.
const PASSWORD_BYTES: u64 = 4 * 1024;

/// Whether there is a person to ask.
fn has_terminal() -> bool {
    io::stderr().is_terminal()
}

/// The password of an account that exists.
pub(crate) fn password(from_stdin: bool) -> Result<Password, Problem> {
    if from_stdin {
        return first_line();
    }
    let text = asked("Password: ")?.ok_or_else(no_terminal)?;
    Ok(Password::new(text.to_string()))
}

/// A new password, asked twice.
pub(crate) fn new_password(from_stdin: bool) -> Result<Password, Problem> {
    if from_stdin {
        return first_line();
    }
    let text = asked("New password: ")?.ok_or_else(no_terminal)?;
    let again = asked("The same again: ")?.ok_or_else(no_terminal)?;
    if text != again {
        return Err(Problem::usage("The two passwords are not the same."));
    }
    Ok(Password::new(text.to_string()))
}

/// The passphrase of a room of basic encryption; asked twice where the room is new. Whatever keyboard it is typed on, its key is
/// the same: NFKC, as other clients have it.
pub(crate) fn room_passphrase(from_stdin: bool, new: bool) -> Result<Password, Problem> {
    let typed = if from_stdin {
        first_line()?
    } else if new {
        let text = asked("Passphrase of the room: ")?.ok_or_else(no_passphrase)?;
        let again = asked("The same again: ")?.ok_or_else(no_passphrase)?;
        if text != again {
            return Err(Problem::usage("The two passphrases are not the same."));
        }
        Password::new(text.to_string())
    } else {
        let text = asked("Passphrase of the room: ")?.ok_or_else(no_passphrase)?;
        Password::new(text.to_string())
    };
    Ok(Password::new(client::nfkc(typed.expose())))
}

fn no_passphrase() -> Problem {
    Problem::usage("There is no terminal to ask for the passphrase. Use --passphrase-stdin.")
}

/// The recovery code.
pub(crate) fn recovery_code(from_stdin: bool) -> Result<CodeText, Problem> {
    if from_stdin {
        return Ok(CodeText::new(first_line_as("code")?));
    }
    let no_terminal =
        || Problem::usage("There is no terminal to ask for the code. Use --code-stdin.");
    let text = asked("Recovery code: ")?.ok_or_else(no_terminal)?;
    Ok(CodeText::new(text.to_string()))
}

/// What opens the account: the password, or the recovery code.
pub(crate) fn opener(opener: Opener) -> Result<Unlock, Problem> {
    if opener.recovery_code {
        recovery_code(opener.password_stdin).map(Unlock::Code)
    } else {
        password(opener.password_stdin).map(Unlock::Password)
    }
}

/// A code of the second factor; none where there is nobody to ask.
pub(crate) fn code(from_stdin: bool) -> Result<Option<CodeText>, Problem> {
    let text = if from_stdin {
        Some(next_line()?)
    } else {
        asked(
            "Code of your authenticator app, or a backup code (a passkey works in the browser only): ",
        )?
    };
    Ok(text
        .filter(|text| !text.trim().is_empty())
        .map(|text| CodeText::new(text.trim().to_owned())))
}

/// The same where nothing can be done without.
pub(crate) fn needed_code(from_stdin: bool) -> Result<CodeText, Problem> {
    let none =
        || Problem::usage("There is no code. It stands on the second line of standard input.");
    code(from_stdin)?.ok_or_else(none)
}

/// The number that a new device shows; none where nobody types one.
pub(crate) fn number() -> Result<Option<String>, Problem> {
    if io::stdin().is_terminal() {
        ask("The number that the new device shows: ");
    }
    let text = next_line()?;
    let text = text.trim();
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

/// The passphrase of the local store, if there is a person to ask.
pub(crate) fn store_passphrase(ask: Ask) -> Option<Zeroizing<String>> {
    match ask {
        Ask::Passphrase => asked("Passphrase of the local store: ").ok()?,
        Ask::NewPassphrase => {
            let text = asked("New passphrase for the local store: ").ok()??;
            let again = asked("The same again: ").ok()??;
            (text == again).then_some(text)
        }
    }
}

fn asked(prompt: &str) -> Result<Option<Zeroizing<String>>, Problem> {
    if !has_terminal() {
        return Ok(None);
    }
    let text = rpassword::prompt_password(prompt)?;
    Ok(Some(Zeroizing::new(text)))
}

/// A yes or no, if there is a person at the keyboard; a script has said yes by its command.
pub(crate) fn agrees(question: &str) -> Result<bool, Problem> {
    if !io::stdin().is_terminal() {
        return Ok(true);
    }
    ask(&format!("{question} [y/N] "));
    let mut line = String::new();
    io::stdin()
        .lock()
        .take(PASSWORD_BYTES)
        .read_line(&mut line)?;
    Ok(matches!(line.trim(), "y" | "Y" | "yes"))
}

/// On standard error, so that standard output stays for what scripts read.
fn ask(prompt: &str) {
    use io::Write as _;
    let mut err = io::stderr().lock();
    let _written = write!(err, "{prompt}").and_then(|()| err.flush());
}

fn no_terminal() -> Problem {
    Problem::usage("There is no terminal to ask for the password. Use --password-stdin.")
}

fn first_line() -> Result<Password, Problem> {
    first_line_as("password").map(Password::new)
}

fn first_line_as(what: &str) -> Result<String, Problem> {
    let text = next_line()?;
    if text.is_empty() {
        let sentence = format!("There is no {what} on standard input.");
        return Err(Problem::usage(&sentence));
    }
    Ok(text.to_string())
}

/// What is left of standard input up to its next line break, without it.
fn next_line() -> Result<Zeroizing<String>, Problem> {
    let mut line = Zeroizing::new(String::new());
    io::stdin()
        .lock()
        .take(PASSWORD_BYTES)
        .read_line(&mut line)?;
    let end = line.trim_end_matches(['\n', '\r']).len();
    line.truncate(end);
    Ok(line)
}
