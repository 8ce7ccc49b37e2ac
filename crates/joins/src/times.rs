//! How long it takes to come in, step by step.

use std::fmt;

use anyhow::{Result, bail};
use e2ee::{
    counters::Counters,
    device::Device,
    group::{Draft, Entered, Group, Sealed, StageContext, Verdict},
    ids::ClientId,
    link::Link,
    message::Wire,
};
use rand_core::OsRng;

use crate::{
    fixture::Fixture,
    newcomer::{self, Offer},
    people::{NOW_MS, account, device},
};

/// Milliseconds since any moment.
pub type Clock<'a> = &'a dyn Fn() -> f64;

/// Medians, in milliseconds.
pub struct Times {
    /// By a link, or as a further device of a member.
    pub way: &'static str,
    /// Keys opened, snapshot checked, commits judged, door compared.
    pub follow: f64,
    /// The external commit with its side files.
    pub enter: f64,
    /// Room state and roster log.
    pub settle: f64,
    /// The first message.
    pub message: f64,
    /// All of it.
    pub whole: f64,
    /// Another member judges and merges the commit.
    pub judge: f64,
}

/// One arrival; the figures in the order of [`Times`].
type Steps = [f64; 6];

/// Comes in so many times by each way.
///
/// # Errors
/// An operation fails.
pub fn times(fixture: &Fixture, rounds: usize, clock: Clock<'_>) -> Result<Vec<Times>> {
    let mut list = Vec::new();
    for way in ["link", "own device"] {
        let mut steps = Vec::new();
        for _ in 0..rounds {
            steps.push(once(fixture, way == "link", clock)?);
        }
        let [follow, enter, settle, message, whole, judge] = [0, 1, 2, 3, 4, 5]
            .map(|step| median(steps.iter().filter_map(|s| s.get(step).copied())));
        list.push(Times {
            way,
            follow,
            enter,
            settle,
            message,
            whole,
            judge,
        });
    }
    Ok(list)
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

fn once(fixture: &Fixture, by_link: bool, clock: Clock<'_>) -> Result<Steps> {
    let guest = device("guest", &account())?;
    let mut member = fixture.group()?;
    let start = clock();
    let (device, keys) = if by_link {
        let link = Link::parse(&fixture.link)?;
        (guest, newcomer::by_link(&link, &fixture.grant)?)
    } else {
        newcomer::by_vault(fixture)?
    };
    let offer = Offer {
        door: &fixture.door,
        tree: &fixture.tree,
        commits: &fixture.commits,
    };
    let (door, tree) = newcomer::follow(&offer, &keys)?;
    let followed = clock();
    let context = StageContext {
        now_ms: NOW_MS,
        log: door.log,
        commits_since_tree: tree.commits_since_tree,
        bytes_since_tree: tree.bytes_since_tree,
    };
    let Entered {
        mut group, commit, ..
    } = newcomer::enter(&device, &door, tree, &keys, &context)?;
    let entered = clock();
    newcomer::settle(&mut group, fixture)?;
    let settled = clock();
    match member.judge(&commit.commit)? {
        Verdict::Merged(_) => {}
        other => bail!("an honest commit was not merged: {other:?}"),
    }
    let judged = clock();
    let owner = fixture.owner()?;
    let (client_id, sealed) = say(&mut member, &owner)?;
    let wire = Wire {
        encrypted_content: &sealed.encrypted_content,
        iv: &sealed.iv,
        message_hash: &sealed.message_hash,
        history_key: sealed.history_key.as_deref(),
        client_id,
        device: owner.id(),
    };
    let said = clock();
    group.open(&wire, &sealed.mls, &mut Counters::default())?;
    let message = clock() - said;
    Ok([
        followed - start,
        entered - followed,
        settled - entered,
        message,
        settled - start + message,
        judged - settled,
    ])
}

/// A message in the epoch that the newcomer started.
fn say(member: &mut Group, owner: &Device) -> Result<(ClientId, Sealed)> {
    let client_id = ClientId::random(&mut OsRng);
    let context = StageContext::start(member.room(), member.group_id());
    let draft = Draft {
        client_id,
        counter: 1,
        sent_at_ms: NOW_MS,
        seen: context.log.seen(),
        kind: 1,
        content: b"welcome",
        fleeting: false,
        mark: &[],
    };
    Ok((client_id, member.seal(owner, &draft, &mut OsRng)?))
}

impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let steps = [
            self.follow,
            self.enter,
            self.settle,
            self.message,
            self.whole,
            self.judge,
        ];
        write!(f, "{}", self.way)?;
        for step in steps {
            match step {
                ..10.0 => write!(f, " | {step:.2}")?,
                10.0..100.0 => write!(f, " | {step:.1}")?,
                _ => write!(f, " | {step:.0}")?,
            }
        }
        Ok(())
    }
}
