//! What the key table of PROTOCOL section 3 lets a coalition open, from who was in the room when.

use std::collections::BTreeSet;

use engine::api::HistoryChoice;
use protocol::ids::LinkId;

use super::{
    coalition::Holder,
    past::Chronicle,
    stays::{Course, Span},
};

/// What a thing is to a coalition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// The table says that it opens.
    Opens,
    /// The table allows it, and whether it happened depends on who was there to pass a key on.
    May,
    /// It must not open.
    Shut,
}

/// The expectation for one coalition in one room.
pub(super) struct Expected {
    history: HistoryChoice,
    /// Epochs in which one of the coalition's devices has a leaf.
    leaves: BTreeSet<u64>,
    /// Epochs in which the account has one, up to where a revoked device is locked out.
    stays: Vec<Span>,
    /// Epochs in which a link that the coalition knows lives.
    links: Vec<Span>,
    /// Where the room's keys begin.
    rotations: Vec<u64>,
}

impl Expected {
    /// For the server alone.
    pub(super) fn nothing(history: HistoryChoice) -> Self {
        Self {
            history,
            leaves: BTreeSet::new(),
            stays: Vec::new(),
            links: Vec::new(),
            rotations: vec![0],
        }
    }

    pub(super) fn of_links(
        course: &Course<'_>,
        chronicle: &Chronicle,
        history: HistoryChoice,
        links: impl IntoIterator<Item = LinkId>,
    ) -> Self {
        let rotations = course.rotations(chronicle);
        let shared = history == HistoryChoice::Shared;
        let links = links.into_iter();
        Self {
            history,
            leaves: BTreeSet::new(),
            stays: Vec::new(),
            links: links
                .filter_map(|link| course.link(link, &rotations, shared, chronicle))
                .collect(),
            rotations,
        }
    }

    pub(super) fn of_device(
        course: &Course<'_>,
        chronicle: &Chronicle,
        history: HistoryChoice,
        holder: &Holder,
        links: impl IntoIterator<Item = LinkId>,
    ) -> Self {
        let mut own = Self::of_links(course, chronicle, history, links);
        let Some(account) = holder.account else {
            return own;
        };
        let locked = course.locked_out(account, &holder.wire_devices(), chronicle);
        let end = locked.unwrap_or(u64::MAX);
        let stays = course.stays(account).into_iter();
        own.stays = stays.map(|span| span.before(end)).collect();
        own.stays.retain(|span| span.from < span.to);
        // A link of the account ends for its revoked device where the device does.
        own.links = own.links.into_iter().map(|span| span.before(end)).collect();
        let seated = |epoch: &u64| {
            let states = chronicle.at(*epoch).iter();
            let mut seats = states.flat_map(|state| {
                let devices = holder.devices.iter();
                devices.map(|device| state.seats(*device))
            });
            seats.any(|seated| seated)
        };
        own.leaves = chronicle.states.keys().copied().filter(seated).collect();
        own
    }

    /// Whether the secrets of an epoch are known.
    pub(super) fn epoch(&self, epoch: u64) -> Due {
        if self.leaves.contains(&epoch) {
            Due::Opens
        } else {
            Due::Shut
        }
    }

    /// Whether a message of an epoch opens.
    pub(super) fn message(&self, epoch: u64) -> Due {
        let inside = || self.stays.iter().any(|span| span.holds(epoch));
        match self.history {
            _ if self.leaves.contains(&epoch) => Due::Opens,
            HistoryChoice::None => Due::Shut,
            HistoryChoice::SinceJoin if inside() => Due::May,
            HistoryChoice::SinceJoin => Due::Shut,
            HistoryChoice::Shared => self.reaches_back(epoch),
        }
    }

    /// The door of an epoch, whose key is that of its rotation.
    pub(super) fn door(&self, epoch: u64) -> Due {
        if self.leaves.contains(&epoch) {
            return Due::Opens;
        }
        let began = self.rotations.iter().rev().find(|began| **began <= epoch);
        let next = self.rotations.iter().find(|began| **began > epoch);
        let of_keys = Span {
            from: began.copied().unwrap_or_default(),
            to: next.copied().unwrap_or(u64::MAX),
        };
        let spans = self.stays.iter().chain(&self.links);
        let meets = |span: &Span| span.from < of_keys.to && of_keys.from < span.to;
        // The keys of a rotation stay until the next one; who is locked out by something else than that is not to have
        // the doors behind it.
        let until = |span: &Span| meets(span) && epoch < span.to.max(of_keys.from);
        if spans.into_iter().any(until) {
            Due::May
        } else {
            Due::Shut
        }
    }

    /// With shared history all that was said before is open to whoever has a key of later.
    fn reaches_back(&self, epoch: u64) -> Due {
        if self.leaves.last().is_some_and(|last| epoch <= *last) {
            return Due::Opens;
        }
        // A grant that was on its way during a rotation holds the keys before it or behind it.
        let sure = |span: &Span| {
            let next = self.rotations.iter().find(|began| **began > span.from);
            span.to.min(next.copied().unwrap_or(u64::MAX))
        };
        let links = || self.links.iter().filter(|span| span.from < span.to);
        if links().any(|span| epoch < sure(span)) {
            return Due::Opens;
        }
        let mut spans = self.stays.iter().chain(links());
        if spans.any(|span| epoch < span.to) {
            Due::May
        } else {
            Due::Shut
        }
    }
}
