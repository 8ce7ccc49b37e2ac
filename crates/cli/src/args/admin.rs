//! `admin …`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use protocol::{
    ids::{AccountId, InviteId},
    names::UserName,
    rest::InviteToken,
};

use super::Span;

#[derive(Debug, Args)]
pub(crate) struct AdminArgs {
    /// The data of a server that does not run, on this machine: for `import`, and for `invite new --admin` where no administrator is left
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) command: AdminCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AdminCommand {
    /// List accounts
    Users,
    /// Change what an account may do
    #[command(subcommand)]
    User(UserCommand),
    /// List invites that still count
    Invites,
    /// Make invites and take them back
    #[command(subcommand)]
    Invite(InviteCommand),
    /// Take classic accounts over from another server; needs --data
    Import {
        /// A file of lines NAME:HASH, as htpasswd has them: bcrypt, or PBKDF2 with SHA-256; - for standard input
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// List rooms as the server sees them: ids and sizes, no names
    Rooms,
    /// Show what is stored, in bytes
    Storage,
    /// Show what is kept for how long, and what an account may have
    Limits,
    /// List what administrators did, newest first
    Audit,
    /// Show what this server can see, and search it for what was just sealed here
    Sees {
        /// Only show; seal and search nothing
        #[arg(long)]
        list_only: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum UserCommand {
    /// End the account's sessions and keep it from logging in
    Disable(Whom),
    /// Let it log in again
    Enable(Whom),
    /// Give its name to whoever registers it next; it never logs in again, and its rooms live on
    FreeName(Whom),
    /// End its sessions: its devices have to log in again
    EndSessions(Whom),
    /// Make it an administrator of this server; that is nothing in any room
    Grant(Whom),
    /// Make it an ordinary account again
    Withdraw(Whom),
}

#[derive(Debug, Args)]
pub(crate) struct Whom {
    /// User name, or account id
    #[arg(value_name = "USER")]
    pub(crate) user: Who,
}

/// An account by name or id. An id that somebody has taken as a name still means the account.
#[derive(Debug, Clone)]
pub(crate) enum Who {
    Id(AccountId),
    Name(UserName),
}

impl std::str::FromStr for Who {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(account) = text.parse() {
            return Ok(Self::Id(account));
        }
        let name = UserName::parse(text);
        name.map(Self::Name).map_err(|error| error.to_string())
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum InviteCommand {
    /// Make an invite; prints its link once
    New(NewInvite),
    /// Take an invite back
    Withdraw {
        /// Its number, as `admin invites` lists it
        invite: InviteId,
    },
}

#[derive(Debug, Args)]
pub(crate) struct NewInvite {
    /// How many accounts may be made by it
    #[arg(long, value_name = "COUNT", default_value_t = 1)]
    pub(crate) uses: u32,
    /// When it ends, such as 30m, 12h or 7d [default: never]
    #[arg(long, value_name = "TIME")]
    pub(crate) expires: Option<Span>,
    /// What administrators call it
    #[arg(long, default_value = "")]
    pub(crate) label: String,
    /// Whoever uses it becomes an administrator
    #[arg(long)]
    pub(crate) admin: bool,
}

/// An invite as somebody got it: bare, or as a link.
#[derive(Debug, Clone)]
pub(crate) struct InviteArg(pub(crate) InviteToken);

/// What stands before an invite in a link.
pub(crate) const INVITE_FRAGMENT: &str = "#invite=";

impl std::str::FromStr for InviteArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let bare = text.rsplit_once(INVITE_FRAGMENT).map_or(text, |(_, it)| it);
        let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        if bare.len() == 43 && bare.bytes().all(plain) {
            return Ok(Self(InviteToken(bare.to_owned())));
        }
        Err("an invite is a link with #invite= in it, or the 43 characters behind that".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invite_is_read_bare_and_as_a_link() {
        let bare = "us0PqIeepN0QTEEvk-Gny6H1MZCtn8BOWv2EUVOm8R0";
        for text in [
            bare.to_owned(),
            format!("http://localhost:5000/#invite={bare}"),
        ] {
            let read: InviteArg = text.parse().unwrap();
            assert_eq!(read.0, InviteToken(bare.to_owned()), "{text}");
        }
        let short = &bare[1..];
        for bad in ["", "invite", short, "http://localhost:5000/#invite=", "ä"] {
            assert!(bad.parse::<InviteArg>().is_err(), "{bad}");
        }
    }

    #[test]
    fn an_id_goes_before_a_name() {
        let id = "1f0c6a5be2d94c7f8a3b5d6e7f809112";
        assert!(matches!(id.parse(), Ok(Who::Id(_))));
        assert!(matches!("alice".parse(), Ok(Who::Name(_))));
        assert!("Alice".parse::<Who>().is_err());
    }
}
