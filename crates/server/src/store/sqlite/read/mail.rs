//! Mail.

use futures_util::TryStreamExt as _;
use protocol::{
    ids::{AccountId, DeviceId, MailId, RoomId, Seq},
    limits::MAIL_PAGE,
    rest::{Mail, Mailbox},
};
use sqlx::{SqlitePool, sqlite::SqliteRow};

use crate::store::{
    StoreError,
    sqlite::columns::{id16, int, number, seq, text, time},
};

/// A page stops before its bodies grow past this many bytes.
const PAGE_BYTES: usize = 8 * 1024 * 1024;

pub(in crate::store::sqlite) async fn mailbox(
    pool: &SqlitePool,
    device: DeviceId,
    after: Option<MailId>,
) -> Result<Mailbox, StoreError> {
    let mut rows = sqlx::query(
        "SELECT id, sender, room_id, seq, posted_at, body FROM mails
         WHERE device_id = ? AND id > ? ORDER BY id LIMIT ?",
    )
    .bind(device.as_bytes().as_slice())
    .bind(after.map_or(0, |id| int(id.get())))
    .bind(i64::from(MAIL_PAGE) + 1)
    .fetch(pool);
    let mut mails = Vec::new();
    let mut bytes = 0_usize;
    while let Some(row) = rows.try_next().await? {
        let body = text(&row, "body")?;
        bytes = bytes.saturating_add(body.len());
        let full = mails.len() >= MAIL_PAGE as usize || bytes > PAGE_BYTES;
        if full && !mails.is_empty() {
            return Ok(Mailbox { mails, more: true });
        }
        mails.push(from_row(&row, &body)?);
    }
    Ok(Mailbox { mails, more: false })
}

/// The room, or none where the column is 0.
fn maybe_room(row: &SqliteRow) -> Result<Option<RoomId>, StoreError> {
    match number(row, "room_id")? {
        0 => Ok(None),
        number => RoomId::new(number)
            .map(Some)
            .map_err(|_| StoreError::Damaged("room_id")),
    }
}

fn from_row(row: &SqliteRow, body: &str) -> Result<Mail, StoreError> {
    Ok(Mail {
        id: MailId::new(number(row, "id")?).map_err(|_| StoreError::Damaged("id"))?,
        sender: AccountId::from_bytes(id16(row, "sender")?),
        room_id: maybe_room(row)?,
        seq: Some(seq(row, "seq")?).filter(|seq| *seq > Seq::START),
        timestamp: time(row, "posted_at")?,
        body: serde_json::from_str(body).map_err(|_| StoreError::Damaged("body"))?,
    })
}
