//! Somebody with a terminal, in a home of their own.

#![expect(
    clippy::indexing_slicing,
    reason = "JSON gives null for what is not there"
)]

use std::{
    io::{BufRead, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    thread::{self, JoinHandle},
};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

/// Good enough for the password rule.
const PASSWORD: &str = "marble tugboat whispers 42";

/// An account of the shipped program.
pub(super) struct Person {
    name: String,
    home: PathBuf,
}

impl Person {
    /// Makes the account; `directory` holds all homes.
    ///
    /// # Errors
    /// The server refuses.
    pub(super) fn register(directory: &Path, port: u16, name: &str) -> Result<Self> {
        let person = Self {
            name: name.to_owned(),
            home: directory.join(name),
        };
        let server = format!("http://127.0.0.1:{port}");
        let arguments = [
            "register",
            "--server",
            &server,
            "--user",
            name,
            "--password-stdin",
        ];
        person.run(&arguments, &format!("{PASSWORD}\n"))?;
        Ok(person)
    }

    fn program(&self) -> Result<Command> {
        let binary = std::env::var_os("SECURE_CHAT_BIN").context("SECURE_CHAT_BIN is not set")?;
        let mut command = Command::new(binary);
        command
            .env("SECURE_CHAT_HOME", &self.home)
            .env("SECURE_CHAT_INSECURE_STORE", "1")
            .stdin(Stdio::piped());
        Ok(command)
    }

    /// Runs a command to its end and gives what it says.
    ///
    /// # Errors
    /// It fails.
    pub(super) fn run(&self, arguments: &[&str], input: &str) -> Result<String> {
        let mut command = self.program()?;
        command
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().context("cannot start secure-chat")?;
        // What reads no input may have ended already.
        let _ = child
            .stdin
            .take()
            .map(|mut pipe| pipe.write_all(input.as_bytes()));
        let output = child.wait_with_output()?;
        if !output.status.success() {
            let why = String::from_utf8_lossy(&output.stderr);
            bail!("{} {arguments:?}: {why}", self.name);
        }
        Ok(String::from_utf8(output.stdout)?.trim().to_owned())
    }

    /// Says many things as fast as it goes: the words and a number, which counts.
    ///
    /// # Errors
    /// The program does not start.
    pub(super) fn says(&self, room: u64, words: &str, count: usize) -> Result<Bot> {
        let lines = (0..count).map(|number| {
            let text = format!("{words} {number}");
            json!({ "id": number, "command": "send", "room": room, "text": text })
        });
        self.bot(lines.collect())
    }

    /// A bot that does all this.
    ///
    /// # Errors
    /// As [`Person::says`].
    pub(super) fn bot(&self, commands: Vec<Value>) -> Result<Bot> {
        let mut command = self.program()?;
        command
            .arg("bot")
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command.spawn().context("cannot start secure-chat")?;
        let output = child.stdout.take().context("a bot speaks")?;
        let mut input = child.stdin.take().context("a bot listens")?;
        let open = commands.len();
        // A pipe holds little, and the caller has more to do than to fill it. The bot ends with its input.
        let writing = thread::spawn(move || {
            let told = commands
                .iter()
                .try_for_each(|command| writeln!(input, "{command}"));
            told.map(|()| input)
        });
        let reading = thread::spawn(move || answered(BufReader::new(output), open));
        Ok(Bot {
            child,
            writing,
            reading,
        })
    }
}

/// A bot at work.
pub(super) struct Bot {
    child: Child,
    writing: JoinHandle<std::io::Result<ChildStdin>>,
    reading: JoinHandle<Result<()>>,
}

impl Bot {
    /// Waits until all is done, and ends it.
    ///
    /// # Errors
    /// Something is refused.
    pub(super) fn ends(mut self) -> Result<()> {
        let input = self.writing.join().ok().context("the bot's input")??;
        self.reading.join().ok().context("the bot's answers")??;
        drop(input);
        self.child.wait()?;
        Ok(())
    }
}

/// Reads until so many commands are answered; what comes after that is read as well, so that the bot never waits.
fn answered(output: impl BufRead + Send + 'static, mut open: usize) -> Result<()> {
    let mut lines = output.lines();
    while open > 0 {
        let line = lines.next().context("the bot ended")??;
        let said: Value = serde_json::from_str(&line)?;
        match said["ok"].as_bool() {
            Some(true) => open -= 1,
            Some(false) => bail!("{line}"),
            None => {}
        }
    }
    thread::spawn(move || lines.for_each(drop));
    Ok(())
}
