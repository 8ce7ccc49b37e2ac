//! Answering who asks for keys.

use e2ee::ordered::Map;

use e2ee::history_request::SignedRequest;
use protocol::{
    call::Call,
    ids::{AccountId, DeviceId, RoomId},
    rest::{MailBody, MailDrop, SendMail},
};

use crate::{
    api::{HistoryChoice, RoomStage, Space},
    convert,
    engine::Engine,
    jobs::Job,
    records::RecordError,
    rooms::Room,
    turn::Turn,
};

/// The prefix of rows with requests that wait for an answer, in a room's outbox space.
pub(crate) const REQUEST_PREFIX: &[u8] = b"history/";
/// Devices of a room whose requests wait at most.
const WAITING_MAX: usize = 64;
/// At most one answer in this time.
const PAUSE_MS: u64 = 2_000;

/// Requests that wait until this device has read the log, the last of each device.
#[derive(Default)]
pub(crate) struct Requests {
    waiting: Map<DeviceId, Vec<u8>>,
}

impl Requests {
    pub(crate) fn load(&mut self, device: &[u8], request: Vec<u8>) -> Result<(), RecordError> {
        let device = device.try_into().map_err(|_| RecordError::Damaged)?;
        self.waiting.insert(DeviceId::from_bytes(device), request);
        Ok(())
    }
}

impl Engine {
    /// Somebody asks. Whether anything is answered shows when the log is read: then it is known who is in the room.
    pub(crate) fn history_request_mailed(
        &mut self,
        id: RoomId,
        request: &[u8],
        turn: &mut Turn<'_>,
    ) {
        self.with_room(id, turn, |_, room, turn| {
            let Ok(asked) = SignedRequest::read(request) else {
                return;
            };
            let device = convert::device_out(asked.request.device);
            let waiting = &mut room.requests.waiting;
            if waiting.len() < WAITING_MAX || waiting.contains_key(&device) {
                waiting.insert(device, request.to_vec());
                turn.put(Space::Outbox(room.id), &row(device), request.to_vec());
            }
        });
    }

    pub(crate) fn requests_work(&mut self, room: &mut Room, turn: &mut Turn<'_>) {
        let job = Job::AnswerHistory(room.id);
        let ready = room.stage() == RoomStage::Joined && !room.is_paused() && room.is_caught_up();
        while ready && self.jobs.may_start(&job, turn.now) {
            let Some((device, request)) = room.requests.waiting.first_key_value() else {
                return;
            };
            let device = *device;
            let Some((account, answer)) = self.answer(room, request) else {
                room.request_done(device, turn);
                continue;
            };
            room.live.answering = Some(device);
            if room.record().history == HistoryChoice::Shared {
                // Who is in such a room reads by the chain, if that is whole.
                room.live.repair.chain_doubted(device, turn.now);
            }
            let mail = MailDrop {
                account_id: account,
                device_id: device,
                body: MailBody::HistoryKeys {
                    sealed: answer.into(),
                },
            };
            let call = Call::SendMail(SendMail {
                room_id: Some(room.id),
                mails: vec![mail],
            });
            self.jobs.start(job.clone(), call, turn);
        }
    }

    /// The answer, if there is one for whoever signed the request.
    fn answer(&self, room: &Room, request: &[u8]) -> Option<(AccountId, Vec<u8>)> {
        let (home, group) = (self.home.as_ref()?, room.group.as_ref()?);
        let asked = SignedRequest::read(request).ok()?.request;
        let leaf = group.leaf(asked.device)?;
        // A revoked device has its leaf until a commit takes it; the account's devices, and all who have met a newer
        // one, know better.
        let newest = if asked.account == home.device.account() {
            home.device.certificate().generation()
        } else {
            let pin = self.contacts.pin(asked.account);
            pin.map_or(0, e2ee::contacts::Pin::generation)
        };
        if asked.device == home.device.id() || leaf.certificate.generation() < newest {
            return None;
        }
        let answer = group.answer_history(request, &home.device).ok()?;
        Some((convert::account_out(asked.account), answer))
    }

    /// The answer is in the mailbox of whoever asked, or there is no such mailbox.
    pub(crate) fn history_answered(&mut self, id: RoomId, turn: &mut Turn<'_>) {
        self.with_room(id, turn, |_, room, turn| {
            if let Some(device) = room.live.answering.take() {
                room.request_done(device, turn);
            }
        });
        self.jobs.delay(Job::AnswerHistory(id), turn.now, PAUSE_MS);
    }
}

impl Room {
    fn request_done(&mut self, device: DeviceId, turn: &mut Turn<'_>) {
        self.requests.waiting.remove(&device);
        turn.delete(Space::Outbox(self.id), &row(device));
    }
}

fn row(device: DeviceId) -> Vec<u8> {
    [REQUEST_PREFIX, device.as_bytes()].concat()
}
