//! This device's mailbox. A mail is durable here before it is acknowledged: as a room that was joined, or as a
//! Welcome that waits until the log has come to it.

use protocol::{
    call::Call,
    ids::MailId,
    rest::{self, Mail, MailAck, MailBody},
};
use serde::{Deserialize, Serialize};

use crate::{
    api::Space,
    engine::Engine,
    jobs::Job,
    records::{self, RecordError},
    rooms::Welcome,
    turn::Turn,
};

pub(crate) const ROW: &[u8] = b"mail";

/// How far the mailbox is read.
#[derive(Default)]
pub(crate) struct Mailbox {
    place: Place,
    /// There may be more on the server.
    pub(crate) wanted: bool,
    /// A mail was pushed while an answer was on its way, which may be older than the mail.
    pushed_meanwhile: bool,
    /// Up to where the acknowledgement in flight goes.
    acking: Option<MailId>,
}

#[derive(Default, Clone, Copy, Serialize, Deserialize)]
struct Place {
    /// The last mail taken in.
    read: Option<MailId>,
    /// The last mail that the server knows to be taken in.
    acked: Option<MailId>,
}

impl Mailbox {
    pub(crate) fn load(row: &[u8]) -> Result<Self, RecordError> {
        Ok(Self {
            place: records::decode(row)?,
            ..Self::default()
        })
    }

    /// Asks for what came since, and does not take an answer for it that is on its way already.
    pub(crate) const fn read_again(&mut self) {
        self.wanted = true;
        self.pushed_meanwhile = true;
    }

    pub(crate) fn is_behind(&self) -> bool {
        self.wanted || self.place.read > self.place.acked
    }
}

impl Engine {
    pub(crate) fn mailbox_work(&mut self, turn: &mut Turn<'_>) {
        let place = self.mailbox.place;
        if let Some(up_to) = place.read
            && place.read > place.acked
            && self.jobs.may_start(&Job::AckMail, turn.now)
        {
            self.mailbox.acking = Some(up_to);
            self.jobs
                .start(Job::AckMail, Call::AckMail(MailAck { up_to }), turn);
        }
        if self.mailbox.wanted && self.jobs.may_start(&Job::Mailbox, turn.now) {
            let call = Call::Mailbox { after: place.read };
            self.jobs.start(Job::Mailbox, call, turn);
        }
    }

    pub(crate) fn mailbox_came(&mut self, mailbox: &rest::Mailbox, turn: &mut Turn<'_>) {
        let before = self.mailbox.place.read;
        for mail in &mailbox.mails {
            self.take_mail(mail, turn);
        }
        self.mailbox.wanted = mailbox.more || std::mem::take(&mut self.mailbox.pushed_meanwhile);
        if mailbox.more && self.mailbox.place.read == before {
            // "More", and nothing new: asked again, but not at once.
            self.jobs.back_off(Job::Mailbox, turn.now, turn.rng);
        } else {
            self.jobs.clear(&Job::Mailbox);
        }
        if !self.mailbox.wanted {
            self.vault.mail_is_read();
        }
    }

    pub(crate) fn mail_pushed(&mut self, mail: &Mail, turn: &mut Turn<'_>) {
        // While the mailbox is being read, a pushed mail could come before older ones that are still on their way.
        if self.mailbox.wanted || self.jobs.is_in_flight(&Job::Mailbox) {
            self.mailbox.read_again();
        } else {
            self.take_mail(mail, turn);
        }
    }

    fn take_mail(&mut self, mail: &Mail, turn: &mut Turn<'_>) {
        if Some(mail.id) <= self.mailbox.place.read {
            return;
        }
        match (&mail.body, mail.room_id) {
            (MailBody::AccountKey { sealed }, _) => {
                self.account_key_mailed(sealed.as_slice(), turn)
            }
            (MailBody::HistoryRequest { sealed }, Some(room)) => {
                self.history_request_mailed(room, sealed.as_slice(), turn);
            }
            (MailBody::HistoryKeys { sealed }, Some(room)) => {
                self.history_keys_mailed(room, sealed.as_slice(), turn);
            }
            // What names no room where it should is taken in and lapses.
            _ => {
                if let Some(welcome) = Welcome::of(mail) {
                    self.welcome_came(&welcome, turn);
                }
            }
        }
        self.mailbox.place.read = Some(mail.id);
        self.save_mailbox(turn);
    }

    /// The server has taken an acknowledgement. More may have been read meanwhile.
    pub(crate) fn mail_acked(&mut self, turn: &mut Turn<'_>) {
        self.mailbox.place.acked = self.mailbox.acking.take();
        self.save_mailbox(turn);
    }

    fn save_mailbox(&self, turn: &mut Turn<'_>) {
        turn.put(Space::Account, ROW, records::encode(&self.mailbox.place));
    }
}
