//! What whoever comes in from outside fetches: all of one moment, behind membership or a link.

use futures_util::TryStreamExt as _;
use protocol::{
    bytes::Bytes,
    ids::RoomId,
    limits::{HANDSHAKES_PAGE, HANDSHAKES_PAGE_BYTES},
    rest::{Encryption, Entrance, Handshakes, Link},
    time::Timestamp,
};
use sqlx::{Connection as _, SqliteConnection, SqlitePool};

use super::{log::from_row, rooms::view_at, side::side_files_at};
use crate::store::{
    Failure, StoreError,
    link::{EntranceRefusal, Entrant, Follow, ShownLink},
    room::{NotInside, RoomView},
    sqlite::{
        columns::{blob, int, text},
        link_rows::{SELECT_LINK, SELECT_LINKS, shown, stored},
    },
};

type Refused = Failure<EntranceRefusal>;

/// Commits and proposals after a place.
pub(in crate::store::sqlite) const HANDSHAKES_AFTER: &str =
    "SELECT entries.id, entries.room_id, entries.seq, entries.sender, entries.device_id, entries.posted_at,
            entries.client_id, entries.handshake_seq, entries.body
     FROM handshakes CROSS JOIN entries
     ON entries.room_id = handshakes.room_id AND entries.seq = handshakes.seq
     WHERE handshakes.room_id = ? AND handshakes.seq > ? ORDER BY handshakes.seq LIMIT ?";

pub(in crate::store::sqlite) async fn links(
    pool: &SqlitePool,
    room: RoomId,
    now: Timestamp,
) -> Result<Vec<Link>, StoreError> {
    let rows = sqlx::query(SELECT_LINKS)
        .bind(int(room.get()))
        .fetch_all(pool)
        .await?;
    let mut links = Vec::with_capacity(rows.len());
    for row in &rows {
        let stored = stored(row)?;
        if stored.is_live(now) {
            links.push(shown(row, &stored)?);
        }
    }
    Ok(links)
}

pub(in crate::store::sqlite) async fn entrance(
    pool: &SqlitePool,
    room: RoomId,
    entrant: Entrant,
) -> Result<Entrance, Refused> {
    let mut connection = pool.acquire().await?;
    let mut moment = connection.begin().await?;
    let view = admit(&mut moment, room, entrant).await?;
    let side = side_files_at(&mut moment, room).await?;
    let (Some(side), Some(group_id)) = (side, view.group) else {
        return Err(Failure::Store(StoreError::Damaged("side files")));
    };
    let grant = match entrant.shown {
        Some(shown) => Some(grant(&mut moment, room, shown).await?),
        None => None,
    };
    Ok(Entrance {
        group_id,
        grant,
        doors: side.doors,
        state: side.state,
        roster: side.roster,
        tree: side.tree,
        chain: side.chain,
        handshake_seq: view.handshake_seq,
        last_seq: view.last_seq,
    })
}

pub(in crate::store::sqlite) async fn handshakes(
    pool: &SqlitePool,
    Follow { room, after }: Follow,
    entrant: Entrant,
) -> Result<Handshakes, Refused> {
    let mut connection = pool.acquire().await?;
    let mut moment = connection.begin().await?;
    admit(&mut moment, room, entrant).await?;
    let mut rows = sqlx::query(HANDSHAKES_AFTER)
        .bind(int(room.get()))
        .bind(int(after.0))
        .bind(i64::from(HANDSHAKES_PAGE) + 1)
        .fetch(&mut *moment);
    let mut entries = Vec::new();
    let mut bytes = 0_usize;
    while let Some(row) = rows.try_next().await? {
        let body = text(&row, "body")?;
        bytes = bytes.saturating_add(body.len());
        // The first one always goes, however large, or a follower could never pass it.
        let full = entries.len() >= HANDSHAKES_PAGE as usize || bytes > HANDSHAKES_PAGE_BYTES;
        if full && !entries.is_empty() {
            return Ok(Handshakes {
                entries,
                more: true,
            });
        }
        entries.push(from_row(&row, &body)?);
    }
    Ok(Handshakes {
        entries,
        more: false,
    })
}

/// The room, for a member or for whoever shows a link that opens it.
async fn admit(
    moment: &mut SqliteConnection,
    room: RoomId,
    entrant: Entrant,
) -> Result<RoomView, Refused> {
    let view = view_at(moment, room, entrant.account).await?;
    let Some(shown) = entrant.shown else {
        return inside(view)
            .map_err(|refusal| Failure::Refused(EntranceRefusal::NotInside(refusal)));
    };
    let row = sqlx::query(SELECT_LINK)
        .bind(int(room.get()))
        .bind(shown.link.as_bytes().as_slice())
        .fetch_optional(&mut *moment)
        .await?;
    let link = row.as_ref().map(stored).transpose()?;
    let opens = shown.opens(link.as_ref(), entrant.now);
    view.filter(|view| opens && view.kind == Encryption::Mls)
        .ok_or(Failure::Refused(EntranceRefusal::LinkEnded))
}

fn inside(view: Option<RoomView>) -> Result<RoomView, NotInside> {
    let view = view.ok_or(NotInside::RoomNotFound)?;
    NotInside::judge(view.kind == Encryption::Mls, view.standing)?;
    Ok(view)
}

async fn grant(
    moment: &mut SqliteConnection,
    room: RoomId,
    shown: ShownLink,
) -> Result<Bytes, StoreError> {
    let row = sqlx::query("SELECT sealed FROM links WHERE room_id = ? AND link_id = ?")
        .bind(int(room.get()))
        .bind(shown.link.as_bytes().as_slice())
        .fetch_one(moment)
        .await?;
    blob(&row, "sealed").map(Bytes)
}
