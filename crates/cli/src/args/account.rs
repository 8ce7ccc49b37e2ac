//! Commands about the account: how one comes in, what opens it, its sessions and its second factor.

use clap::{Args, Subcommand, ValueEnum};
use client::{native::Pins, transport::ServerUrl};
use protocol::pin::Pin;

use super::InviteArg;
use crate::exit::Problem;

/// A server, and the key by which it is known.
#[derive(Debug, Args)]
pub(crate) struct At {
    /// The server's address.
    #[arg(
        long,
        value_name = "URL",
        help = "The server, such as https://chat.example.org"
    )]
    pub(crate) server: String,
    /// The server's key, as its operator tells it (`secure-chat pin`): nothing else is taken for that server, and no
    /// authority need vouch for it. May be given several times
    #[arg(long, value_name = "PIN")]
    pub(crate) pin: Vec<Pin>,
}

impl At {
    /// The server's address, with its pins.
    pub(crate) fn url(&self) -> Result<ServerUrl, Problem> {
        let url = ServerUrl::parse(&self.server);
        let url = url.map_err(|error| Problem::usage(error.to_string()))?;
        Ok(url.trusted(Pins {
            pins: self.pin.clone(),
            alone: !self.pin.is_empty(),
        }))
    }
}

#[derive(Debug, Args)]
pub(crate) struct SignIn {
    #[command(flatten)]
    pub(crate) at: At,
    /// User name
    #[arg(long, value_name = "NAME")]
    pub(crate) user: String,
    /// Read the password from the first line of standard input, and a code, if one is asked for, from the second
    #[arg(long)]
    pub(crate) password_stdin: bool,
}

#[derive(Debug, Args)]
pub(crate) struct LoggingIn {
    #[command(flatten)]
    pub(crate) at: At,
    /// User name
    #[arg(long, value_name = "NAME", required_unless_present = "by_device")]
    pub(crate) user: Option<String>,
    /// Read the password from the first line of standard input, and a code, if one is asked for, from the second
    #[arg(long)]
    pub(crate) password_stdin: bool,
    /// Log in with the recovery code, where the password is forgotten; asks for the code, and then for a new password.
    /// From standard input: the code on the first line, the new password on the second, and a code of the second factor,
    /// if one is asked for, on the third
    #[arg(long)]
    pub(crate) recovery_code: bool,
    /// Log in without typing a password here: prints three words for another device of yours, and then a number to be typed
    /// there
    #[arg(long, conflicts_with_all = ["user", "recovery_code", "password_stdin"])]
    pub(crate) by_device: bool,
}

impl LoggingIn {
    /// The same, with a name; that is there wherever no other device lets in.
    pub(crate) fn sign_in(self) -> SignIn {
        SignIn {
            at: self.at,
            user: self.user.unwrap_or_default(),
            password_stdin: self.password_stdin,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct Registering {
    #[command(flatten)]
    pub(crate) sign_in: SignIn,
    /// An invite, or the link that it came as, where the server wants one
    #[arg(long, value_name = "INVITE", allow_hyphen_values = true)]
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
    /// Password and recovery code are both lost, and this device is left: ask for new ones, which takes 72 hours
    Reset(Resetting),
}

/// What to do about a reset; nothing of it asks for one.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Resetting {
    /// Say whether one waits, since when and until when
    #[arg(long, group = "about_reset")]
    pub(crate) status: bool,
    /// Cancel it, from any device of your account
    #[arg(long, group = "about_reset")]
    pub(crate) cancel: bool,
    /// Set the new password after the 72 hours, and print a new recovery code once
    #[arg(long, group = "about_reset")]
    pub(crate) finish: bool,
    /// Read from standard input, one a line: the new password for --finish, and a code of the second factor where one is
    /// asked for
    #[arg(long)]
    pub(crate) password_stdin: bool,
}

/// What opens the account.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Opener {
    /// Use the recovery code in place of the password
    #[arg(long)]
    pub(crate) recovery_code: bool,
    /// Read from standard input, one a line: what opens the account, a new password where one is wanted, and a code of the
    /// second factor where one is asked for
    #[arg(long)]
    pub(crate) password_stdin: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AccountCommand {
    /// Leave every room, delete the account at the server, and empty this home; asks for the password
    Delete {
        /// Do not wait for rooms where nobody is there to let you go; the server tells them
        #[arg(long)]
        now: bool,
        #[command(flatten)]
        opener: Opener,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum DeviceCommand {
    /// Let a new device in: it shows three words, and then a number to be typed here; asks for the password
    Link {
        /// The three words that the new device shows, or its URL
        #[arg(required = true, value_name = "WORD")]
        code: Vec<String>,
        /// Read from standard input, one a line: the password, a code of the second factor where one is asked for, and the
        /// number
        #[arg(long)]
        password_stdin: bool,
    },
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
pub(crate) enum SessionsCommand {
    /// End a session; its device logs in again with the password
    End {
        /// Its id, or the beginning, as `sessions` lists it
        #[arg(required_unless_present = "others", value_name = "ID")]
        session: Option<String>,
        /// All but this one
        #[arg(long, conflicts_with = "session")]
        others: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum SecondFactorCommand {
    /// Say whether there is one, and how many backup codes are left
    Status,
    /// Ask for a code at every login from now on; prints ten backup codes once
    Enable {
        /// Read the password from the first line of standard input, and the code from the second
        #[arg(long)]
        password_stdin: bool,
    },
    /// Ask for no code any more; needs one
    Disable {
        /// Read the password from the first line of standard input, and the code from the second
        #[arg(long)]
        password_stdin: bool,
    },
    /// List the passkeys of the account: a browser adds them and shows them, in place of a code
    Passkeys,
    /// Take a passkey away; needs a code
    RemovePasskey {
        /// Its id, or the beginning, as `second-factor passkeys` lists it
        #[arg(value_name = "ID")]
        passkey: String,
        /// Read the password from the first line of standard input, and the code from the second
        #[arg(long)]
        password_stdin: bool,
    },
    /// Print ten new backup codes, in place of those of before; needs a code
    BackupCodes {
        /// Read the password from the first line of standard input, and the code from the second
        #[arg(long)]
        password_stdin: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// List the tokens for bots that count
    List,
    /// Make a token for a bot and print it once; asks for the password. It acts as this device
    New {
        /// What you call it
        name: String,
        /// What it may be used for: read rooms and hear what comes, write messages, handle files
        #[arg(
            long = "scope",
            value_name = "SCOPE",
            value_delimiter = ',',
            default_value = "read"
        )]
        scopes: Vec<ScopeArg>,
        /// For how many days it counts
        #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u64).range(1..=366))]
        days: u64,
        /// Read the password from the first line of standard input, and a code, if one is asked for, from the second
        #[arg(long)]
        password_stdin: bool,
    },
    /// Take a token back; it ends at once
    Revoke {
        /// Its id, or the beginning, as `token list` shows it
        #[arg(value_name = "ID")]
        token: String,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ScopeArg {
    Read,
    Write,
    Files,
}
