//! The mailbox of a device.

use std::sync::Arc;

use protocol::{
    ids::{AccountId, DeviceId, MailId, RoomId, Seq},
    rest::{Mail, MailBody, MailDrop},
};

use super::{Never, devices::belongs, effects::is_in, inside::role_inside};
use crate::store::{
    Committed, Failure, StoreError,
    mail::{MailPost, MailRefusal},
    sqlite::{
        columns::{int, number},
        operation::Apply,
        scope::Scope,
    },
};

/// Deletes mail up to and with one.
pub(in crate::store::sqlite) struct AckMail {
    pub(in crate::store::sqlite) device: DeviceId,
    pub(in crate::store::sqlite) up_to: MailId,
}

impl Apply for AckMail {
    type Output = ();
    type Refusal = Never;

    async fn apply(self, scope: &mut Scope<'_>) -> Result<(), Failure<Never>> {
        sqlx::query("DELETE FROM mails WHERE device_id = ? AND id <= ?")
            .bind(self.device.as_bytes().as_slice())
            .bind(int(self.up_to.get()))
            .execute(&mut *scope.db)
            .await?;
        Ok(())
    }
}

/// Drops mail without a commit.
pub(in crate::store::sqlite) struct SendMail(pub(in crate::store::sqlite) MailPost);

impl Apply for SendMail {
    type Output = ();
    type Refusal = MailRefusal;

    async fn apply(self, scope: &mut Scope<'_>) -> Result<(), Failure<MailRefusal>> {
        let MailPost {
            sender,
            room,
            mails,
        } = self.0;
        if let Some(room) = room {
            role_inside::<MailRefusal>(scope, room, sender).await?;
        }
        let about = About { room, seq: None };
        for mail in mails {
            if !reaches(scope, sender, room, &mail).await? {
                return Err(Failure::Refused(MailRefusal::BadMail));
            }
            drop_mail(scope, about, sender, mail.device_id, mail.body).await?;
        }
        Ok(())
    }
}

async fn reaches(
    scope: &mut Scope<'_>,
    sender: AccountId,
    room: Option<RoomId>,
    mail: &MailDrop,
) -> Result<bool, StoreError> {
    let near = match room {
        Some(room) => is_in(scope, room, mail.account_id).await?,
        None => mail.account_id == sender,
    };
    Ok(near && belongs(scope, mail.device_id, mail.account_id).await?)
}

/// What a mail is about; the tables hold 0 where there is none.
#[derive(Clone, Copy)]
pub(super) struct About {
    pub(super) room: Option<RoomId>,
    /// The commit that it came with.
    pub(super) seq: Option<Seq>,
}

/// Drops a mail into a device's mailbox.
pub(super) async fn drop_mail(
    scope: &mut Scope<'_>,
    about: About,
    sender: AccountId,
    device: DeviceId,
    body: MailBody,
) -> Result<(), StoreError> {
    let json = serde_json::to_string(&body).map_err(|_| StoreError::Damaged("mail"))?;
    let row = sqlx::query(
        "INSERT INTO mails (device_id, sender, room_id, seq, posted_at, body)
         VALUES (?, ?, ?, ?, ?, ?) RETURNING id",
    )
    .bind(device.as_bytes().as_slice())
    .bind(sender.as_bytes().as_slice())
    .bind(int(about.room.map_or(0, RoomId::get)))
    .bind(int(about.seq.unwrap_or(Seq::START).0))
    .bind(int(scope.now.millis()))
    .bind(json)
    .fetch_one(&mut *scope.db)
    .await?;
    let id = MailId::new(number(&row, "id")?).map_err(|_| StoreError::Damaged("id"))?;
    let mail = Mail {
        id,
        sender,
        room_id: about.room,
        seq: about.seq,
        timestamp: scope.now,
        body,
    };
    scope.events.push(Committed::Mail(device, Arc::new(mail)));
    Ok(())
}
