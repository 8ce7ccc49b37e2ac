//! The command line.

mod admin;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use client::engine::api::{HistoryChoice, ReportKey};
use protocol::{ids::Seq, role::Role};

pub(crate) use admin::{
    AdminArgs, AdminCommand, INVITE_FRAGMENT, InviteArg, InviteCommand, NewInvite, UserCommand,
    Who, Whom,
};

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

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the server
    Serve {
        /// Address and port [default: 127.0.0.1:5000, or the port in PORT]
        #[arg(long, value_name = "ADDR")]
        listen: Option<String>,
        /// Where the server keeps its data [default: ./data]
        #[arg(long, value_name = "DIR")]
        data: Option<PathBuf>,
    },
    /// Make an account; prints its recovery code once
    Register(Registering),
    /// Log in to an account
    Login {
        #[command(flatten)]
        sign_in: SignIn,
        /// Log in with the recovery code, where the password is forgotten; asks for the code, and then for a new password.
        /// From standard input: the code on the first line, the new password on the second
        #[arg(long)]
        recovery_code: bool,
    },
    /// Change the password
    #[command(subcommand)]
    Password(PasswordCommand),
    /// End the session; rooms and messages stay in this home
    Logout,
    /// List the devices of the account
    Devices,
    /// Put out a device that was lost or stolen
    #[command(subcommand)]
    Device(DeviceCommand),
    /// Use the recovery code
    #[command(subcommand)]
    Recovery(RecoveryCommand),
    /// Print the session's bearer token, for scripts
    Token,
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
    /// Look after a server, for its administrators
    Admin(AdminArgs),
    /// Show account, server and rooms
    Status,
    /// Speak JSON lines on standard input and output (see docs/BOT.md)
    Bot,
}

#[derive(Debug, Args)]
pub(crate) struct SignIn {
    /// The server, such as http://localhost:5000
    #[arg(long, value_name = "URL")]
    pub(crate) server: String,
    /// User name
    #[arg(long, value_name = "NAME")]
    pub(crate) user: String,
    /// Read the password from the first line of standard input
    #[arg(long)]
    pub(crate) password_stdin: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Registering {
    #[command(flatten)]
    pub(crate) sign_in: SignIn,
    /// An invite, or the link that it came as, where the server wants one
    #[arg(long, value_name = "INVITE")]
    pub(crate) invite: Option<InviteArg>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PasswordCommand {
    /// Set another password; asks for the old one first
    Change {
        /// End all other sessions of your account: the other devices log in again with the new password
        #[arg(long)]
        end_others: bool,
        /// Put out all other devices for good, and go on with new keys
        #[arg(long, conflicts_with = "end_others")]
        end_devices: bool,
        #[command(flatten)]
        opener: Opener,
    },
}

/// What opens the account.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Opener {
    /// Use the recovery code in place of the password
    #[arg(long)]
    pub(crate) recovery_code: bool,
    /// Read from standard input, one a line: first what opens the account, then a new password where one is wanted
    #[arg(long)]
    pub(crate) password_stdin: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DeviceCommand {
    /// End devices for good: new keys for the others, and out of every room; asks for the password
    Revoke {
        /// Ids, or their beginnings, as `devices` lists them
        #[arg(required = true, value_name = "DEVICE")]
        devices: Vec<String>,
        #[command(flatten)]
        opener: Opener,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum RecoveryCommand {
    /// See whether the code that you kept opens your account; nothing changes by it
    Test {
        /// Read the code from the first line of standard input
        #[arg(long)]
        code_stdin: bool,
    },
    /// Make another recovery code and print it once; the one that you have opens nothing any more
    Replace {
        #[command(flatten)]
        opener: Opener,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum RoomCommand {
    /// Make a room; prints its id
    Create {
        /// What members see
        name: String,
        /// A line below the name
        #[arg(long, default_value = "")]
        topic: String,
        /// What people who join later can read
        #[arg(long, value_enum, default_value = "since-join")]
        history: History,
    },
    /// Invite a person
    Invite {
        /// Id or name
        room: String,
        /// User name
        user: String,
    },
    /// Say yes to an invitation
    Accept {
        /// Id
        room: String,
    },
    /// Say no to an invitation
    Decline {
        /// Id
        room: String,
    },
    /// Leave
    Leave {
        /// Id or name
        room: String,
    },
    /// Remove a person: she keeps what she has read and sees nothing new
    Remove {
        /// Id or name
        room: String,
        /// User name
        user: String,
    },
    /// Give the room another name
    Rename {
        /// Id or name
        room: String,
        /// The new name
        name: String,
    },
    /// Change the line below the name
    Topic {
        /// Id or name
        room: String,
        /// The new text
        text: String,
    },
    /// Make a link that lets people in, with nobody online; prints it
    Link {
        /// Id or name
        room: String,
        /// When it ends, such as 30m, 12h or 7d [default: never]
        #[arg(long, value_name = "TIME")]
        expires: Option<Span>,
        /// How many people come in by it [default: any number]
        #[arg(long, value_name = "COUNT")]
        uses: Option<u32>,
        /// What members call it
        #[arg(long, default_value = "")]
        label: String,
        /// A link to be said: the room's number and six words
        #[arg(long)]
        spoken: bool,
    },
    /// List the links of a room
    Links {
        /// Id or name
        room: String,
        /// Print your own links too: whoever reads one comes in
        #[arg(long)]
        show: bool,
    },
    /// End a link
    Unlink {
        /// Id or name
        room: String,
        /// Id of the link, or its beginning
        link: String,
    },
    /// Come in by a link; shows first what it leads to
    Join {
        /// The link, or the number and the six words of one that was said
        #[arg(required = true, value_name = "LINK")]
        link: Vec<String>,
    },
    /// Give a person a role
    Role {
        /// Id or name
        room: String,
        /// User name
        user: String,
        /// The role
        role: RoleName,
    },
}

/// The server that keeps the room of a report. Without it the report's place and time are not verified.
#[derive(Debug, Args)]
pub(crate) struct ServerOf {
    /// The server that keeps the room; its key is fetched
    #[arg(long, value_name = "URL", conflicts_with = "report_key")]
    pub(crate) server: Option<String>,
    /// Its key in hex, to verify offline
    #[arg(long, value_name = "HEX")]
    pub(crate) report_key: Option<HexKey>,
}

/// A server's key from the command line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HexKey(pub(crate) ReportKey);

impl std::str::FromStr for HexKey {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let pairs = text.as_bytes().chunks(2);
        let byte = |pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
        let bytes: Option<Vec<u8>> = pairs.map(byte).collect();
        let key = bytes.and_then(|bytes| ReportKey::parse(&bytes));
        key.map(Self)
            .ok_or_else(|| "a key is 64 hex digits, as `verify-report` prints them".to_owned())
    }
}

/// What people who join later can read.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum History {
    /// Nothing from before, not even on a new device of one's own
    None,
    /// Messages from when they joined
    SinceJoin,
    /// Everything
    Shared,
}

impl From<History> for HistoryChoice {
    fn from(history: History) -> Self {
        match history {
            History::None => Self::None,
            History::SinceJoin => Self::SinceJoin,
            History::Shared => Self::Shared,
        }
    }
}

/// Roles by name.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum RoleName {
    /// Reads and writes
    Member,
    /// Removes members
    Moderator,
    /// Gives roles below the own
    Admin,
    /// Gives every role
    Owner,
}

impl From<RoleName> for Role {
    fn from(role: RoleName) -> Self {
        match role {
            RoleName::Member => Self::Member,
            RoleName::Moderator => Self::Moderator,
            RoleName::Admin => Self::Admin,
            RoleName::Owner => Self::Owner,
        }
    }
}

/// A time from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) millis: u64,
}

impl std::str::FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let units = [
            ('s', 1_000),
            ('m', 60_000),
            ('h', 3_600_000),
            ('d', 86_400_000),
        ];
        let parsed = units.into_iter().find_map(|(unit, millis)| {
            let count: u64 = text.strip_suffix(unit)?.parse().ok()?;
            count.checked_mul(millis).filter(|millis| *millis > 0)
        });
        // A hundred years is as good as never, and stays within what a time can say.
        match parsed.filter(|millis| *millis <= 36_500 * 86_400_000) {
            Some(millis) => Ok(Self { millis }),
            None => Err("a time is a number and s, m, h or d, such as 12h".to_owned()),
        }
    }
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
    fn times_have_a_number_and_a_unit() {
        let millis = |text: &str| text.parse::<Span>().map(|span| span.millis);
        assert_eq!(millis("30m"), Ok(1_800_000));
        assert_eq!(millis("12h"), Ok(43_200_000));
        assert_eq!(millis("7d"), Ok(604_800_000));
        for bad in [
            "",
            "7",
            "d",
            "0d",
            "-1d",
            "1.5h",
            "7 d",
            "36501d",
            "99999999999999999999d",
            "ä",
        ] {
            assert!(millis(bad).is_err(), "{bad}");
        }
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
