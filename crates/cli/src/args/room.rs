//! Commands about rooms.

use clap::{Subcommand, ValueEnum};
use client::engine::api::HistoryChoice;
use protocol::role::Role;

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
        /// One key for all, made of a passphrase, for simple clients: no forward secrecy, a name that everybody on the server sees
        #[arg(long, conflicts_with_all = ["topic", "history"])]
        basic: bool,
        /// With --basic: read the passphrase from the first line of standard input
        #[arg(long, requires = "basic")]
        passphrase_stdin: bool,
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
        /// Into a room of basic encryption: read its passphrase from the first line of standard input
        #[arg(long)]
        passphrase_stdin: bool,
        /// Into a room of basic encryption: also where the passphrase opens nothing of what was said last
        #[arg(long)]
        anyway: bool,
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

#[cfg(test)]
mod tests {
    use super::*;

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
}
