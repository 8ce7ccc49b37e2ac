//! The command line.

mod account;
mod admin;
mod report;
mod room;
mod web;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use protocol::ids::Seq;

pub(crate) use account::{
    AccountCommand, At, DeviceCommand, LoggingIn, Opener, PasswordCommand, RecoveryCommand,
    Registering, Resetting, ScopeArg, SecondFactorCommand, SessionsCommand, SignIn, TokenCommand,
};
pub(crate) use admin::{
    AdminArgs, AdminCommand, INVITE_FRAGMENT, InviteArg, InviteCommand, NewInvite, UserCommand,
    Who, Whom,
};
pub(crate) use report::ServerOf;
pub(crate) use room::{RoomCommand, Span};
pub(crate) use web::WebCheck;

const AFTER_HELP: &str = "\
ROOM is a room's id, or its name if no other room has it.

Environment:
  SECURE_CHAT_HOME               Where this device's state is kept, like --home
  SECURE_CHAT_STORE_PASSPHRASE   Opens the local store, instead of keyring or prompt
  SECURE_CHAT_INSECURE_STORE=1   New homes keep their key in a file beside the store
  SECURE_CHAT_LOG                What to log to standard error, such as `info`

Exit codes:
  0  done
  1  refused or failed; the code stands in parentheses
  2  the command line is wrong
  3  not logged in, or signed out
  4  the server can't be reached or understood
  5  the local store is locked, in use, damaged or not writable
  70 a mistake of this program";

/// Secure Chat: a chat whose server cannot read it.
#[derive(Debug, Parser)]
#[command(name = "secure-chat", version, after_help = AFTER_HELP, disable_help_subcommand = true)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Flags before or after the command.
#[derive(Debug, Clone, Args)]
pub(crate) struct Global {
    /// Where this device's state is kept [default: ~/.local/share/secure-chat]
    #[arg(long, global = true, value_name = "DIR", env = "SECURE_CHAT_HOME")]
    pub(crate) home: Option<PathBuf>,
    /// Print one JSON object a line; errors too
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// How many days the clock is ahead, to see what becomes of things in time
    #[arg(
        long,
        global = true,
        hide = true,
        default_value_t = 0,
        env = "SECURE_CHAT_DAYS_AHEAD"
    )]
    pub(crate) days_ahead: u32,
}

/// Which server.
#[derive(Debug, Clone, Args)]
pub(crate) struct ServerPlace {
    /// Address and port [default: 127.0.0.1:5000, or the port in PORT]
    #[arg(long, value_name = "ADDR")]
    pub(crate) listen: Option<String>,
    /// Where the server keeps its data [default: ./data]
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Say whether a server starts with it, and what it comes to
    Check(ServerPlace),
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the server
    Serve(ServerPlace),
    /// Look at what a server stands on: configuration, certificate, data, disk, clock; and say what to do
    Doctor(ServerPlace),
    /// Look at the configuration of a server alone
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Print what a shell needs to complete the commands
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man,
    /// Print the pin of a server's key, which clients take with `--pin`
    Pin {
        /// A PEM file with a certificate or a key [default: SSL_CERT_PATH]
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
        /// Make a key there that can take the place of the one in use, and print its pin, for SECURE_CHAT_PINS
        #[arg(long, value_name = "FILE", conflicts_with = "file")]
        spare: Option<PathBuf>,
    },
    /// Make an account; prints its recovery code once
    Register(Registering),
    /// Log in to an account
    Login(LoggingIn),
    /// Delete your account
    #[command(subcommand)]
    Account(AccountCommand),
    /// Change the password
    #[command(subcommand)]
    Password(PasswordCommand),
    /// End the session; rooms and messages stay in this home
    Logout,
    /// List the sessions of the account, or end some
    Sessions {
        #[command(subcommand)]
        command: Option<SessionsCommand>,
    },
    /// Guard logins by codes of an authenticator app
    #[command(subcommand)]
    SecondFactor(SecondFactorCommand),
    /// List the devices of the account
    Devices,
    /// Let a new device in, or put out one that was lost or stolen
    #[command(subcommand)]
    Device(DeviceCommand),
    /// Use the recovery code
    #[command(subcommand)]
    Recovery(RecoveryCommand),
    /// Print the session's bearer token, for scripts; or make tokens for bots
    Token {
        #[command(subcommand)]
        command: Option<TokenCommand>,
    },
    /// List rooms
    Rooms,
    /// Make rooms and change them
    #[command(subcommand)]
    Room(RoomCommand),
    /// List who is in a room
    Members {
        /// Id or name
        room: String,
    },
    /// Show the safety number with a person, to compare by another way
    Verify {
        /// User name
        user: String,
        /// Note that you compared it and it is the same
        #[arg(long)]
        yes: bool,
        /// Take back that you compared it
        #[arg(long, conflicts_with = "yes")]
        undo: bool,
    },
    /// Send a message or a file; prints its place in the room
    Send {
        /// Id or name
        room: String,
        /// The text, or - to read it from standard input
        #[arg(required_unless_present = "file", conflicts_with = "file")]
        text: Option<String>,
        /// A file to send; what a camera wrote into a picture (place, time, owner) stays here
        #[arg(long, value_name = "PATH")]
        file: Option<PathBuf>,
        /// Send a picture with everything that is in it
        #[arg(long, requires = "file")]
        as_is: bool,
    },
    /// Save a file that somebody sent; prints where
    Save {
        /// Id or name
        room: String,
        /// The place of its message, as `send` and `tail` print it
        seq: u64,
        /// Where to: a name that is free, or a directory [default: its own name, here]
        path: Option<PathBuf>,
    },
    /// Print messages
    Tail {
        /// Id or name
        room: String,
        /// Only what comes after this place
        #[arg(long, value_name = "SEQ")]
        since: Option<u64>,
        /// Go on as messages come
        #[arg(long, short)]
        follow: bool,
        /// Print the place of each line before it
        #[arg(long, short)]
        numbers: bool,
    },
    /// Write everything that this device can read into a directory, as JSON and as pages for a browser
    Export {
        /// A name that is free
        directory: PathBuf,
        /// Without what was sent as files
        #[arg(long)]
        no_files: bool,
    },
    /// Put one message into a file that proves to somebody outside of the room who said it; opens no other message
    Report {
        /// Id or name
        room: String,
        /// The place of the message, as `send` and `tail --numbers` print it
        seq: u64,
        /// Where to: a name that is free [default: report-ROOM-SEQ.bin, here]
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Say what such a file proves; needs no account
    VerifyReport {
        /// The file
        file: PathBuf,
        #[command(flatten)]
        server: ServerOf,
    },
    /// Check that a server gives browsers the web client of this release, byte for byte; by default your own server, as anybody
    /// and as your account
    VerifyWeb(WebCheck),
    /// Look after a server, for its administrators
    Admin(AdminArgs),
    /// Show account, server and rooms
    Status,
    /// Speak JSON lines on standard input and output (see docs/BOT.md)
    Bot,
}

/// A place from the command line; none is the start.
pub(crate) fn since(since: Option<u64>) -> Seq {
    Seq(since.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definition_holds_together() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn an_invite_may_begin_with_a_hyphen() {
        let invite = format!("-V{}", "a".repeat(41));
        let line = ["secure-chat", "register", "--server", "x", "--user", "al"];
        let line = line.into_iter().chain(["--invite", &invite]);
        let arguments = Arguments::try_parse_from(line).unwrap();
        let Command::Register(registering) = arguments.command else {
            panic!("another command");
        };
        assert_eq!(registering.invite.unwrap().0.0, invite);
    }

    #[test]
    fn global_flags_stand_before_or_after() {
        for line in [
            ["secure-chat", "--json", "--home", "x", "rooms"],
            ["secure-chat", "rooms", "--home", "x", "--json"],
        ] {
            let arguments = Arguments::try_parse_from(line).unwrap();
            assert!(arguments.global.json);
            assert_eq!(arguments.global.home, Some(PathBuf::from("x")));
        }
    }
}
