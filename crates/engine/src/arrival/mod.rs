//! Coming into a room without being added: by a link (way b of PROTOCOL section 4), or as a further device of an
//! account that is in (way c), or because the others went on without this device (way e). Each fetches what the way
//! needs, follows the public tree to the door's epoch, makes an external commit and posts it. What a rejected commit made
//! is thrown away; the room, if there is one, never saw it. Where no door opens, others are asked (way d).

#[cfg(feature = "hostile-members-for-tests")]
mod hostile;
mod link;
mod others;
mod readmission;
mod seat;
mod walk;

use e2ee::ordered::Map;

use protocol::{
    bytes::Bytes,
    ids::{AccountId, ClientId, GroupId, RoomId, Ticket},
    log::Entry,
    rest::{CommitRequest, Entrance, LinkPass, Shut},
};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use readmission::Asked;

use crate::{
    api::{CommandId, LinkText, RoomStage, Space},
    convert,
    engine::Engine,
    jobs::Job,
    links::LinkKey,
    records::{self, RecordError},
    rooms::{PassedOver, Room},
    turn::Turn,
};

/// The prefix of the rows of arrivals, in the account's space.
pub(crate) const PREFIX: &[u8] = b"arrival/";

/// So often a door is looked for before nobody is kept waiting for it.
const PATIENCE: u32 = 4;

/// All arrivals under way, by room.
pub(crate) type Arrivals = Map<RoomId, Arrival>;

/// One way into one room.
pub(crate) struct Arrival {
    pub(super) way: Way,
    /// Only to look: nothing of it is kept.
    pub(super) preview: bool,
    /// The commit that is on its way.
    pub(super) posted: Option<Posted>,
    /// What was fetched so far, in this life.
    pub(super) found: Option<Found>,
    /// The right to go first, after a lost race.
    pub(super) ticket: Option<Ticket>,
    /// What kept this device out at the last look.
    pub(super) shut: Option<Shut>,
    /// How often the room changed while this device was at its door.
    pub(super) races: u32,
    /// What the others were asked, because no door opens.
    asked: Option<Asked>,
    pub(super) command: Option<CommandId>,
}

/// What opens the way.
pub(super) enum Way {
    /// A link, and how it is written.
    Link(Box<LinkKey>, LinkText),
    /// The account is in already, and its vault has the keys.
    OwnDevice,
    /// This device could not follow a commit that others followed: it replaces its own leaf.
    Resync,
}

/// What was fetched.
pub(super) struct Found {
    pub(super) entrance: Entrance,
    /// Commits and proposals since the tree snapshot.
    pub(super) entries: Vec<Entry>,
    pub(super) more: bool,
}

/// A commit that was posted, and the group that it makes: tentative until the log has it.
#[derive(Serialize, Deserialize)]
pub(super) struct Posted {
    pub(super) client_id: ClientId,
    pub(super) request: CommitRequest,
    pub(super) rows: Vec<(serde_bytes::ByteBuf, serde_bytes::ByteBuf)>,
    /// Where the log stood for the maker of the door.
    pub(super) log: (u64, serde_bytes::ByteArray<32>),
    /// Who made the link.
    pub(super) maker: Option<AccountId>,
    /// Commits since the tree snapshot that the server has, and their bytes, before this one.
    pub(super) since_tree: (u32, u64),
    #[serde(default)]
    pub(super) passed_over: Option<PassedOver>,
    /// The entry of the tree snapshot at which its way began.
    #[serde(default)]
    pub(super) begun_at: u64,
}

/// The row of an arrival.
#[derive(Serialize, Deserialize)]
struct Row {
    /// The link, as it is written; none for a further device.
    link: Option<Zeroizing<String>>,
    #[serde(default)]
    resync: bool,
    posted: Option<Posted>,
    #[serde(default)]
    asked: Option<Asked>,
}

impl Arrival {
    pub(super) fn new(way: Way, preview: bool, command: Option<CommandId>) -> Self {
        Self {
            way,
            preview,
            posted: None,
            found: None,
            ticket: None,
            shut: None,
            races: 0,
            asked: None,
            command,
        }
    }

    /// Whether a person wants it, and hears how it ends; the others go on until they succeed.
    pub(super) const fn is_asked_for(&self) -> bool {
        matches!(self.way, Way::Link(..))
    }

    /// As a further device of an account that is in the room.
    pub(crate) fn own_device() -> Self {
        Self::new(Way::OwnDevice, false, None)
    }

    pub(crate) fn load(bytes: &[u8]) -> Result<Self, RecordError> {
        let row: Row = records::decode(bytes)?;
        let way = match row.link {
            Some(text) => {
                let text = LinkText::new(text.to_string());
                let key = LinkKey::read(&text).map_err(|_| RecordError::Damaged)?;
                Way::Link(Box::new(key), text)
            }
            None if row.resync => Way::Resync,
            None => Way::OwnDevice,
        };
        Ok(Self {
            posted: row.posted,
            asked: row.asked,
            ..Self::new(way, false, None)
        })
    }

    /// Whether its commit is on its way: what becomes of it decides.
    pub(crate) const fn is_posted(&self) -> bool {
        self.posted.is_some()
    }

    /// What the server asks to see.
    pub(super) fn pass(&self) -> Option<LinkPass> {
        match &self.way {
            Way::Link(link, _) => Some(LinkPass {
                link_id: convert::link_out(link.id),
                token: Bytes(link.secret.token().expose().to_vec()),
            }),
            Way::OwnDevice | Way::Resync => None,
        }
    }

    fn row(&self) -> Vec<u8> {
        let link = match &self.way {
            Way::Link(_, text) => Some(text.expose()),
            Way::OwnDevice | Way::Resync => None,
        };
        let resync = matches!(self.way, Way::Resync);
        let posted = self.posted.as_ref();
        // The same form as `Row`, without a copy of the commit.
        #[derive(Serialize)]
        struct Borrowed<'a> {
            link: Option<&'a str>,
            resync: bool,
            posted: Option<&'a Posted>,
            asked: Option<&'a Asked>,
        }
        records::encode(&Borrowed {
            link,
            resync,
            posted,
            asked: self.asked.as_ref(),
        })
    }
}

/// The name of an arrival's row.
pub(super) fn row_name(room: RoomId) -> Vec<u8> {
    [PREFIX, &room.get().to_be_bytes()].concat()
}

/// The room of an arrival's row.
pub(crate) fn room_of(name: &[u8]) -> Option<RoomId> {
    let number = name.strip_prefix(PREFIX)?.try_into().ok()?;
    RoomId::new(u64::from_be_bytes(number)).ok()
}

impl Engine {
    /// Starts what each arrival lacks.
    pub(crate) fn arrivals_work(&mut self, turn: &mut Turn<'_>) {
        self.plan_own_arrivals();
        let rooms: Vec<RoomId> = self.arrivals.keys().copied().collect();
        for room in rooms {
            self.with_arrival(room, turn, |engine, arrival, turn| {
                engine.arrival_work(room, arrival, turn)
            });
        }
    }

    /// What this device does by itself: where the account is in a room and this device is not, it comes in by what the
    /// vault keeps; where the others went on without it, it comes back.
    fn plan_own_arrivals(&mut self) {
        let rooms = &self.rooms;
        let wanted = |room: &RoomId, way: &Way| match way {
            Way::Link(..) => true,
            Way::OwnDevice => rooms.get(room).map(Room::stage) == Some(RoomStage::NotOnThisDevice),
            Way::Resync => rooms.get(room).is_some_and(Room::is_left_behind),
        };
        self.arrivals.retain(|room, arrival| {
            // What others were asked is taken back before it is forgotten.
            let under_way = arrival.posted.is_some() || arrival.asked.is_some();
            under_way || wanted(room, &arrival.way)
        });
        for room in self.rooms.values() {
            let way = if room.stage() == RoomStage::NotOnThisDevice {
                Way::OwnDevice
            } else if room.is_left_behind() {
                Way::Resync
            } else {
                continue;
            };
            self.arrivals
                .entry(room.id)
                .or_insert_with(|| Arrival::new(way, false, None));
        }
    }

    /// Takes an arrival out for the time of a change; it goes back unless the change ends it.
    pub(super) fn with_arrival(
        &mut self,
        room: RoomId,
        turn: &mut Turn<'_>,
        change: impl FnOnce(&mut Self, &mut Arrival, &mut Turn<'_>) -> Goes,
    ) {
        let Some(mut arrival) = self.arrivals.remove(&room) else {
            return;
        };
        match change(self, &mut arrival, turn) {
            Goes::On => {
                self.arrivals.insert(room, arrival);
            }
            Goes::Saved => {
                turn.put(Space::Account, &row_name(room), arrival.row());
                self.arrivals.insert(room, arrival);
            }
            Goes::Ends(result) => {
                turn.delete(Space::Account, &row_name(room));
                for job in [Job::Enter(room), Job::Follow(room)] {
                    self.jobs.clear(&job);
                }
                if let Some(command) = arrival.command {
                    turn.done(command, result.map_err(Into::into));
                }
            }
        }
    }

    /// How many arrivals make progress: one that has found no door time and again waits for somebody else.
    pub(crate) fn arrivals_pending(&self) -> usize {
        let waits = |(room, arrival): &(&RoomId, &Arrival)| {
            let failures = self.jobs.failures(&Job::Enter(**room));
            arrival.posted.is_none() && failures.max(arrival.races) >= PATIENCE
        };
        self.arrivals.iter().filter(|one| !waits(one)).count()
    }
}

/// What becomes of an arrival.
pub(super) enum Goes {
    /// It goes on as before.
    On,
    /// It goes on, and its row is to be written.
    Saved,
    /// It is over.
    Ends(Result<crate::api::Outcome, protocol::error::ErrorCode>),
}

/// The group that an entrance speaks of.
pub(super) fn group_of(entrance: &Entrance) -> e2ee::ids::GroupId {
    convert::group(GroupId::from_bytes(*entrance.group_id.as_bytes()))
}
