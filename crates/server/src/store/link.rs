//! Links as stored, and how somebody shows one (PROTOCOL section 4).

use protocol::{
    ids::{AccountId, LinkId, RoomId, Seq},
    rest::LinkPass,
    time::Timestamp,
};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::room::NotInside;

/// A link that somebody shows: the token itself goes no further.
#[derive(Clone, Copy)]
pub(crate) struct ShownLink {
    pub(crate) link: LinkId,
    hash: [u8; 32],
}

impl ShownLink {
    /// What a request shows.
    pub(crate) fn of(pass: &LinkPass) -> Self {
        Self {
            link: pass.link_id,
            hash: Sha256::digest(pass.token.as_slice()).into(),
        }
    }

    /// Whether it opens `stored` at `now`. No link at all is compared like any other, so that an unknown one, a wrong
    /// token and one that ended take the same time.
    pub(crate) fn opens(&self, stored: Option<&StoredLink>, now: Timestamp) -> bool {
        let hash = stored.map_or([0; 32], |stored| stored.hash);
        let same = bool::from(self.hash.ct_eq(&hash));
        same & stored.is_some_and(|stored| stored.is_live(now))
    }
}

/// A link's row without its grant.
pub(crate) struct StoredLink {
    pub(crate) creator: AccountId,
    pub(crate) hash: [u8; 32],
    /// When it ends, if it has a date.
    pub(crate) expires: Option<Timestamp>,
    /// How many accounts may come in by it, if they are counted.
    pub(crate) uses: Option<u32>,
    pub(crate) used: u32,
    /// Whether it was taken back.
    pub(crate) ended: bool,
}

impl StoredLink {
    /// Whether it lets anybody in.
    pub(crate) fn is_live(&self, now: Timestamp) -> bool {
        let in_time = self.expires.is_none_or(|expires| now < expires);
        let uses_left = self.uses.is_none_or(|uses| self.used < uses);
        in_time & uses_left & !self.ended
    }
}

/// A link to make, or whose grant to replace.
pub(crate) struct LinkPut {
    pub(crate) room: RoomId,
    pub(crate) account: AccountId,
    pub(crate) link: LinkId,
    pub(crate) token_hash: [u8; 32],
    pub(crate) grant: Vec<u8>,
    pub(crate) expires: Option<Timestamp>,
    pub(crate) uses: Option<u32>,
}

/// Why a link was not made, renewed or taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LinkRefusal {
    /// The account may do nothing in the room.
    NotInside(NotInside),
    /// Another account made it, or it has another token.
    NotTheSame,
    /// It has ended, and does not come back.
    Ended,
    /// It would have ended before it began.
    Past,
    /// The room has as many as it may have.
    TooMany,
    /// Only its creator and moderators take it back.
    RoleTooLow,
}

impl From<NotInside> for LinkRefusal {
    fn from(refusal: NotInside) -> Self {
        Self::NotInside(refusal)
    }
}

/// Who wants to see what one needs to come in.
#[derive(Clone, Copy)]
pub(crate) struct Entrant {
    pub(crate) account: AccountId,
    /// Without a link the account must be in the room.
    pub(crate) shown: Option<ShownLink>,
    /// The time at which the link counts.
    pub(crate) now: Timestamp,
}

/// Why nobody is let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EntranceRefusal {
    /// No link was shown, and the account may do nothing in the room.
    NotInside(NotInside),
    /// The link is not good, for whatever reason.
    LinkEnded,
}

/// Which commits and proposals.
#[derive(Clone, Copy)]
pub(crate) struct Follow {
    pub(crate) room: RoomId,
    pub(crate) after: Seq,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pass(token: &[u8]) -> ShownLink {
        ShownLink::of(&LinkPass {
            link_id: LinkId::from_bytes([1; 16]),
            token: token.into(),
        })
    }

    #[test]
    fn a_link_opens_for_its_token_within_its_limits() {
        let now = Timestamp::from_millis(1_000);
        let link = |expires, uses, used, ended| StoredLink {
            creator: AccountId::from_bytes([2; 16]),
            hash: Sha256::digest([7; 32]).into(),
            expires,
            uses,
            used,
            ended,
        };
        let good = pass(&[7; 32]);
        for (stored, opens) in [
            (link(None, None, 9, false), true),
            (link(Some(now.plus(1)), Some(2), 1, false), true),
            (link(Some(now), None, 0, false), false),
            (link(None, Some(2), 2, false), false),
            (link(None, None, 0, true), false),
        ] {
            assert_eq!(good.opens(Some(&stored), now), opens);
            assert!(!pass(&[8; 32]).opens(Some(&stored), now));
        }
        assert!(!good.opens(None, now));
    }
}
