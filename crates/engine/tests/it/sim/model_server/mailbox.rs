//! One mailbox per device: mail stays until the device says that it is durable there.

use std::ops::Bound;

use protocol::{
    call::Reply,
    events::Push,
    ids::RoomId,
    ids::{MailId, Seq},
    rest::{Mail, MailAck, MailBody, MailDrop, Mailbox},
};

use super::{Caller, ModelServer, Refusal};

impl ModelServer {
    pub(super) fn mailbox(
        &mut self,
        caller: Caller,
        after: Option<MailId>,
    ) -> Result<Reply, Refusal> {
        let page = self.limits.mail_page;
        let withheld = self.withheld();
        let device = self.device(caller)?;
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let mut rest = device
            .mails
            .range((from, Bound::Unbounded))
            .map(|(_, mail)| mail)
            .filter(|mail| !withheld(mail));
        let mails: Vec<Mail> = rest.by_ref().take(page).cloned().collect();
        let more = rest.next().is_some();
        Ok(Reply::Mailbox(Mailbox { mails, more }))
    }

    pub(super) fn ack_mail(&mut self, caller: Caller, ack: MailAck) -> Result<Reply, Refusal> {
        self.device(caller)?.mails.retain(|id, _| *id > ack.up_to);
        Ok(Reply::Done)
    }

    /// Whether a mail's device exists and belongs to its account.
    pub(super) fn mail_has_address(&self, mail: &MailDrop) -> bool {
        self.accounts
            .get(&mail.account_id)
            .is_some_and(|account| account.devices.contains_key(&mail.device_id))
    }

    /// Drops a mail and pushes it to the device's sockets.
    pub(super) fn deliver(
        &mut self,
        sender: Caller,
        room_id: Option<RoomId>,
        seq: Option<Seq>,
        mail: MailDrop,
    ) {
        self.last_mail += 1;
        let Ok(id) = MailId::new(self.last_mail) else {
            return;
        };
        let to = Caller {
            account: mail.account_id,
            device: mail.device_id,
        };
        let mut mail = mail;
        if self.spoils_bundles
            && let MailBody::Welcome { bundle, .. } = &mut mail.body
        {
            bundle.0.iter_mut().for_each(|byte| *byte ^= 1);
        }
        let mail = Mail {
            id,
            sender: sender.account,
            room_id,
            seq: seq.map(|seq| self.misplaces.unwrap_or(seq)),
            timestamp: self.now,
            body: mail.body,
        };
        if let MailBody::HistoryRequest { .. } | MailBody::HistoryKeys { .. } = mail.body {
            self.history_mails.push(mail.clone());
        }
        if let Ok(device) = self.device(to) {
            device.mails.insert(id, mail.clone());
        }
        if !self.withheld()(&mail) {
            self.push_to_device(to, &Push::Mail(Box::new(mail)));
        }
    }

    /// Forgets all mail that waits.
    pub(crate) fn lose_mail(&mut self) {
        let devices = self
            .accounts
            .values_mut()
            .flat_map(|it| it.devices.values_mut());
        devices.for_each(|device| device.mails.clear());
    }

    /// Which mail does not reach its device.
    fn withheld(&self) -> impl Fn(&Mail) -> bool + use<> {
        let (keys, welcomes) = (self.withholds_account_keys, self.withholds_welcomes);
        move |mail| match mail.body {
            MailBody::AccountKey { .. } => keys,
            MailBody::Welcome { .. } => welcomes,
            _ => false,
        }
    }
}
