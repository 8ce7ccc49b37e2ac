//! Sealing and opening one message.

use std::time::Duration;

use anyhow::{Context, Result};
use e2ee::{
    counters::Counters,
    device::Device,
    group::{Draft, Group, Intent, Sealed},
    ids::ClientId,
    log_head::Seen,
    message::Wire,
};
use rand_core::OsRng;

use super::people::{Invitee, device, merge, room, stage};
use crate::stopwatch::{millis, now, percentile};

const MESSAGES: u64 = 2_000;
const CONTENT: [u8; 1_024] = [b'a'; 1_024];

pub(super) fn run() -> Result<()> {
    println!("One message of 1 KiB, median of {MESSAGES}, post-quantum suite, rows in memory.\n");
    println!("| members | seal ms | open ms | bytes sealed | MLS bytes |");
    println!("| --- | --- | --- | --- | --- |");
    for members in [2, 250] {
        line(members)?;
    }
    Ok(())
}

fn line(members: usize) -> Result<()> {
    let owner = device("alice")?;
    let (mut alice, mut bob) = two_of(members, &owner)?;
    let (mut sealing, mut opening) = (Vec::new(), Vec::new());
    let mut counters = Counters::default();
    let mut last = None;
    for counter in 1..=MESSAGES {
        let client_id = ClientId::random(&mut OsRng);
        let start = now();
        let sealed = seal(&mut alice, &owner, client_id, counter)?;
        sealing.push(now() - start);
        let wire = Wire {
            encrypted_content: &sealed.encrypted_content,
            iv: &sealed.iv,
            message_hash: &sealed.message_hash,
            history_key: sealed.history_key.as_deref(),
            client_id,
            device: owner.id(),
        };
        let start = now();
        bob.open(&wire, &sealed.mls, &mut counters)?;
        opening.push(now() - start);
        // What a batch would take: without it the rows that changed pile up.
        drop((alice.take_changes(), bob.take_changes()));
        last = Some(sealed);
    }
    let last = last.context("no message was sealed")?;
    println!(
        "| {members} | {} | {} | {} | {} |",
        median(&mut sealing),
        median(&mut opening),
        last.encrypted_content.len(),
        last.mls.len()
    );
    Ok(())
}

fn seal(group: &mut Group, device: &Device, client_id: ClientId, counter: u64) -> Result<Sealed> {
    let draft = Draft {
        client_id,
        counter,
        sent_at_ms: super::people::NOW_MS,
        seen: Seen {
            seq: counter,
            head: [0; 16],
        },
        kind: 1,
        content: &CONTENT,
        fleeting: false,
        mark: &[],
    };
    Ok(group.seal(device, &draft, &mut OsRng)?)
}

/// The owner and the first invitee of a room with so many members.
fn two_of(members: usize, owner: &Device) -> Result<(Group, Group)> {
    let invitees = (1..members)
        .map(|number| Invitee::new(&format!("member{number}")))
        .collect::<Result<Vec<_>>>()?;
    let packages = invitees
        .iter()
        .map(Invitee::peer)
        .collect::<Result<Vec<_>>>()?;
    let mut alice = room(owner)?;
    let commit = stage(&mut alice, owner, &Intent::invite(packages))?;
    merge(&mut alice, &commit)?;
    let bob = invitees
        .first()
        .context("a room has two members")?
        .join(&commit)?;
    Ok((alice, bob))
}

fn median(took: &mut [Duration]) -> String {
    millis(percentile(took, 50))
}
