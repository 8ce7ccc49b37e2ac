//! Changing a room: KeyPackages, inviting everyone at once, joining, and one more commit.

use anyhow::{Context, Result};
use e2ee::{
    device::Device,
    group::{Group, Intent, OwnCommit},
    key_package::OwnKeyPackage,
};
use rand_core::OsRng;

use super::people::{Invitee, SUITE, device, merge, room, stage};
use crate::stopwatch::{median, millis};

const ROUNDS: usize = 5;

pub(super) fn run() -> Result<()> {
    let owner = device("alice")?;
    let took = median(
        100,
        || Ok::<_, anyhow::Error>(()),
        |()| OwnKeyPackage::make(&owner, SUITE, 1, &mut OsRng).context("a KeyPackage"),
    )?;
    let bytes = Invitee::new("bob")?.package.bytes.len();
    println!(
        "A KeyPackage: {} ms, {bytes} B. Commits, medians of {ROUNDS}, each with its side files:\n",
        millis(took)
    );
    println!("| members | operation | ms | bytes |");
    println!("| --- | --- | --- | --- |");
    for members in [2, 50, 250] {
        lines(members, &owner)?;
    }
    Ok(())
}

fn lines(members: usize, owner: &Device) -> Result<()> {
    let invitees = (1..members)
        .map(|number| Invitee::new(&format!("member{number}")))
        .collect::<Result<Vec<_>>>()?;
    let packages = invitees
        .iter()
        .map(Invitee::peer)
        .collect::<Result<Vec<_>>>()?;
    let everyone = Intent::invite(packages);

    let inviting = median(
        ROUNDS,
        || room(owner),
        |mut group| stage(&mut group, owner, &everyone),
    )?;
    let mut alice = room(owner)?;
    let invitation = stage(&mut alice, owner, &everyone)?;
    merge(&mut alice, &invitation)?;
    let welcome = invitation
        .welcome
        .as_ref()
        .map_or(0, |welcome| welcome.welcome.len());
    line(
        members,
        "invite all others at once, staged",
        inviting,
        invitation.commit.len(),
    );

    let bob = invitees.first().context("a room has two members")?;
    let joining = median(
        ROUNDS,
        || Ok::<_, anyhow::Error>(()),
        |()| bob.join(&invitation),
    )?;
    line(members, "join by the Welcome", joining, welcome);

    // Nothing was taken before: these are all rows, as a store would have them.
    let rows = alice.take_changes().puts;
    let updating = median(
        ROUNDS,
        || Ok(Group::load(rows.clone())?),
        |mut group| stage(&mut group, owner, &Intent::housekeeping()).map(|commit| (group, commit)),
    )?;
    let update = stage(&mut alice, owner, &Intent::housekeeping())?;
    line(
        members,
        "one more commit, staged",
        updating,
        update.commit.len(),
    );

    let merging = median(
        ROUNDS,
        || bob.join(&invitation),
        |mut group| take(&mut group, &update).map(|()| group),
    )?;
    line(
        members,
        "that commit, judged and merged by another member",
        merging,
        update.commit.len(),
    );
    Ok(())
}

fn take(group: &mut Group, commit: &OwnCommit) -> Result<()> {
    merge(group, commit).map(|_| ())
}

fn line(members: usize, operation: &str, took: std::time::Duration, bytes: usize) {
    println!("| {members} | {operation} | {} | {bytes} |", millis(took));
}
