//! An account's devices: listed, revoked, and written to without a commit.

use std::collections::BTreeSet;

use protocol::{
    call::Reply,
    error::ErrorCode,
    ids::{AccountId, DeviceId},
    limits,
    rest::{Changed, Device, Devices, MailBody, MailDrop, RevokeDevices, SendMail},
    time::Timestamp,
};

use super::{Caller, ModelServer, Origin, Refusal, accounts::AccountRecord};

const DAY: u64 = 86_400_000;

impl ModelServer {
    pub(super) fn devices(&self, origin: &Origin) -> Result<Reply, Refusal> {
        let session = self.session(origin)?;
        let record = self
            .accounts
            .get(&session.account)
            .ok_or(ErrorCode::AccountNotFound)?;
        let devices = record.devices.iter().map(|(id, device)| {
            let used = device.used.millis();
            Device {
                device_id: *id,
                certificate: device.certificate.clone(),
                last_resort: device.last_resort.clone(),
                created: device.created,
                last_seen: Timestamp::from_millis(used - used % DAY),
                current: session.device == Some(*id),
            }
        });
        let mut devices: Vec<_> = devices.collect();
        devices.sort_by_key(|device| (device.created, device.device_id));
        if self.hides_new_devices {
            devices.truncate(1);
        }
        Ok(Reply::Devices(Devices {
            devices,
            password_changed: record.password_changed,
            recovery_changed: record.recovery_changed,
            reset_asked: self.resets.get(&session.account).map(|reset| Changed {
                at: reset.asked,
                device_id: reset.device_id,
            }),
        }))
    }

    /// Everything is checked before anything changes.
    pub(super) fn revoke_devices(
        &mut self,
        caller: Caller,
        request: RevokeDevices,
    ) -> Result<Reply, Refusal> {
        if request.devices.is_empty() || request.devices.contains(&caller.device) {
            return Err(ErrorCode::BadRequest.into());
        }
        if request.devices.len() > limits::DEVICES_MAX
            || request.mails.len() > limits::MAILS_PER_REQUEST
            || request.key_packages.len() > limits::KEY_PACKAGES_MAX
        {
            return Err(ErrorCode::TooLarge.into());
        }
        let record = self
            .accounts
            .get_mut(&caller.account)
            .ok_or(ErrorCode::AccountNotFound)?;
        let goes = |device: &DeviceId| *device == caller.device || request.devices.contains(device);
        let remaining = record.devices.keys().filter(|device| !goes(device));
        if remaining.copied().collect::<BTreeSet<_>>()
            != request.remaining.iter().copied().collect()
        {
            return Err(ErrorCode::VersionConflict.into());
        }
        if !record.vault_fits(&request.vault) {
            return Err(ErrorCode::VersionConflict.into());
        }
        let remains = |mail: &MailDrop| {
            mail.account_id == caller.account
                && mail.device_id != caller.device
                && !request.devices.contains(&mail.device_id)
                && record.devices.contains_key(&mail.device_id)
                && matches!(mail.body, MailBody::AccountKey { .. })
        };
        if !request.mails.iter().all(remains) {
            return Err(ErrorCode::BadRequest.into());
        }
        let revoked = if self.keeps_revoked {
            BTreeSet::new()
        } else {
            record.revoke(&request.devices)
        };
        record.write_vault(request.vault);
        let own = record
            .devices
            .get_mut(&caller.device)
            .ok_or(ErrorCode::SessionExpired)?;
        own.certificate = request.certificate;
        own.one_time = request.key_packages.into();
        own.last_resort = request.last_resort;
        self.cancel_reset(caller.account)?;
        self.end_devices(&revoked);
        for mail in request.mails {
            self.deliver(caller, None, None, mail);
        }
        Ok(Reply::Done)
    }

    fn end_devices(&mut self, revoked: &BTreeSet<DeviceId>) {
        let of_revoked = self.sessions.iter_mut().filter(|(_, session)| {
            let device = session.device;
            device.is_some_and(|device| revoked.contains(&device))
        });
        let tokens: Vec<String> = of_revoked
            .map(|(token, session)| {
                session.ended = true;
                token.clone()
            })
            .collect();
        for token in tokens {
            self.close_sockets_of(&token);
        }
        for room in self.rooms.values_mut() {
            room.readmissions
                .retain(|device, _| !revoked.contains(device));
        }
        self.revoked.extend(revoked);
    }

    pub(super) fn send_mail(&mut self, caller: Caller, send: SendMail) -> Result<Reply, Refusal> {
        if let Some(room) = send.room_id {
            self.room_of_member(caller, room)?;
        }
        if send.mails.is_empty() {
            return Err(ErrorCode::BadRequest.into());
        }
        if send.mails.len() > limits::MAILS_PER_REQUEST {
            return Err(ErrorCode::TooLarge.into());
        }
        for mail in &send.mails {
            let own = mail.account_id == caller.account;
            let near = match send.room_id {
                Some(room) => self.is_in(room, mail.account_id),
                None => own,
            };
            let kind = match mail.body {
                MailBody::Welcome { .. } => false,
                MailBody::AccountKey { .. } => own,
                MailBody::HistoryRequest { .. } | MailBody::HistoryKeys { .. } => true,
            };
            if !(near && kind && self.mail_has_address(mail)) {
                return Err(ErrorCode::BadRequest.into());
            }
        }
        for mail in send.mails {
            self.deliver(caller, send.room_id, None, mail);
        }
        Ok(Reply::Done)
    }

    fn is_in(&self, room: protocol::ids::RoomId, account: AccountId) -> bool {
        let room = self.rooms.get(&room);
        room.is_some_and(|room| room.table.role(account).is_some())
    }
}

impl AccountRecord {
    /// Takes devices out; answers those that there were.
    fn revoke(&mut self, devices: &[DeviceId]) -> BTreeSet<DeviceId> {
        let known = devices.iter().copied();
        known
            .filter(|device| self.devices.remove(device).is_some())
            .collect()
    }
}
