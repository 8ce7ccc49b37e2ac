//! Answers of the server, each handed to the part of the engine that asked.

use protocol::{
    call::Reply,
    error::{ErrorBody, ErrorCode},
};

use crate::{api::CallError, engine::Engine, jobs::Job, turn::Turn};

/// So often the server may fail to answer one question before a sync gives up.
const SYNC_TRIES: u32 = 3;

impl Engine {
    pub(crate) fn answered(
        &mut self,
        job: Job,
        answer: Result<Reply, CallError>,
        turn: &mut Turn<'_>,
    ) {
        if let Err(CallError::Refused(body)) = &answer
            && body.code == ErrorCode::UpgradeRequired
        {
            self.pause_for_upgrade(turn);
        }
        match (job, answer) {
            (Job::SignIn, answer) => self.sign_in_answered(answer, turn),
            (Job::Logout, answer) => self.logged_out(&answer.map(|_| ()), turn),
            (Job::Meeting, answer) => self.meeting_answered(answer, turn),
            (Job::LeaveMeeting, _) => self.meeting_left(turn),
            (Job::Request, answer) => self.request_answered(answer, turn),
            (_, Err(CallError::Refused(body))) if body.code == ErrorCode::AccountDeleted => {
                self.account_gone(turn);
            }
            (job, Err(CallError::Refused(body)))
                if ends_session(body.code) && self.requests.turns_token() =>
            {
                // The old token; what was asked under it is asked again under the new one.
                self.requests.session_ended();
                self.jobs.back_off(job, turn.now, turn.rng);
            }
            (_, Err(CallError::Refused(body))) if ends_session(body.code) => {
                self.signed_out(turn);
            }
            (Job::Revoke, answer) => self.revocation_answered(answer, turn),
            (Job::Reseal, answer) => self.reseal_answered(answer, turn),
            (Job::VaultWrite, answer) => self.vault_written(&answer.map(|_| ()), turn),
            (Job::Shared(id, leg), Ok(reply)) => self.shared_replied((id, leg), reply, turn),
            (job, Ok(reply)) => self.replied(job, reply, turn),
            (job, Err(error)) => self.failed(job, &error, turn),
        }
    }

    fn replied(&mut self, job: Job, reply: Reply, turn: &mut Turn<'_>) {
        match (&job, reply) {
            (Job::ServerInfo, Reply::ServerInfo(info)) => self.server_told(&info, turn),
            // Answers after which the job may have something to do again at once.
            (Job::Mailbox, Reply::Mailbox(mailbox)) => return self.mailbox_came(&mailbox, turn),
            (Job::AckMail, Reply::Done) => self.mail_acked(turn),
            (Job::Rooms, Reply::Rooms(rooms)) => self.rooms_listed(&rooms, turn),
            (Job::KeyPackageCount, Reply::KeyPackageCount(count)) => {
                self.key_packages_counted(count, false, turn);
            }
            (Job::KeyPackageUpload, Reply::KeyPackageCount(count)) => {
                self.key_packages_counted(count, true, turn);
            }
            (Job::Devices, Reply::Devices(listing)) => self.devices_listed(&listing, turn),
            (Job::Recovery, Reply::RootBoxes(found)) => self.recovery_box_came(&found, turn),
            (Job::VaultRead, Reply::VaultItem(item)) => return self.vault_read(&item, turn),
            (Job::Create(id), Reply::Room(room)) if room.room_id == *id => {
                self.room_created(&room, turn)
            }
            (Job::Join(id), Reply::JoinedRoom(joined)) if joined.room_id == *id => {
                self.room_joined(&joined, turn)
            }
            (Job::History(id), Reply::History(history)) if history.room_id == *id => {
                self.jobs.clear(&job);
                return self.history_came(&history, turn);
            }
            (Job::Backfill(id), Reply::History(history)) if history.room_id == *id => {
                self.jobs.clear(&job);
                return self.former_entries_came(&history, turn);
            }
            (Job::Entry(id), Reply::Entry(entry)) if entry.room_id == *id => {
                return self.large_entry_came(&entry, turn);
            }
            (Job::Attestation(room, seq), Reply::Attestation(attestation)) => {
                self.attestation_came((*room, *seq), &attestation, turn);
            }
            (Job::Side(id), Reply::SideFiles(side)) => {
                return self.side_files_came(*id, &side, turn);
            }
            (Job::Lookup(id), Reply::Account(account)) => self.account_came(*id, &account, turn),
            (Job::Claim(id), Reply::ClaimedKeyPackages(claimed)) => {
                self.key_packages_claimed(*id, &claimed, turn);
            }
            (Job::Commit(id, client_id) | Job::Propose(id, client_id), Reply::Receipt(receipt)) => {
                self.change_accepted(*id, *client_id, &receipt, turn);
            }
            (Job::Send(id, client_id), Reply::Receipt(receipt)) => {
                return self.message_sent(*id, *client_id, &receipt, turn);
            }
            (Job::Links(id), Reply::Links(links)) => self.links_came(*id, &links, turn),
            (Job::PutLink(id, link), Reply::Done) => self.link_put(*id, *link, turn),
            (Job::EndLink(id, link), Reply::Done) => self.link_ended(*id, *link, turn),
            (Job::Enter(id), Reply::Entrance(entrance)) => {
                self.jobs.clear(&job);
                return self.entrance_came(*id, *entrance, turn);
            }
            (Job::Follow(id), Reply::Handshakes(handshakes)) => {
                self.jobs.clear(&job);
                return self.handshakes_came(*id, handshakes, turn);
            }
            (Job::Seat(id, client_id), Reply::Receipt(receipt)) => {
                self.jobs.clear(&job);
                return self.seat_taken(*id, *client_id, &receipt, turn);
            }
            (Job::AskReadmission(_), Reply::Done) => return self.readmission_out(job, turn),
            (Job::DropReadmission(id), Reply::Done) => self.readmission_dropped(*id, turn),
            (Job::AskHistory(id), Reply::Done) => return self.history_asked(*id, turn),
            (Job::AnswerHistory(id), Reply::Done) => return self.history_answered(*id, turn),
            (Job::Readmissions(id), Reply::Readmissions(waiting)) => {
                self.readmissions_came(*id, &waiting, turn);
            }
            (Job::AskStatus(_), Reply::Done) => {
                // The request is out; the next one follows if this one brings nothing.
                return self.jobs.back_off(job, turn.now, turn.rng);
            }
            (Job::AnswerStatus(_) | Job::AskRepair(_), Reply::Done) => {}
            (Job::TellStatus(_), Reply::Done) => return self.status_is_told(job, turn),
            (Job::Inspect(id), Reply::SideFiles(side)) => self.side_inspected(*id, &side, turn),
            (Job::Repair(id), Reply::Done) => self.side_repaired(*id, turn),
            // An answer to another question than was asked.
            _ => return self.failed(job, &CallError::Malformed, turn),
        }
        self.jobs.clear(&job);
    }

    /// No answer, or a refusal.
    pub(crate) fn failed(&mut self, job: Job, error: &CallError, turn: &mut Turn<'_>) {
        let asked = job.clone();
        self.try_later(job, error, turn);
        // Whoever waits for a sync hears what is in the way, rather than nothing for a long time.
        if asked.is_of_sync() && self.jobs.failures(&asked) >= SYNC_TRIES {
            for command in std::mem::take(&mut self.syncing) {
                turn.done(command, Err(error.code().into()));
            }
        }
    }

    fn try_later(&mut self, job: Job, error: &CallError, turn: &mut Turn<'_>) {
        if matches!(job, Job::KeyPackageUpload) {
            self.key_package_upload_lost();
        }
        if let Job::Shared(id, leg) = &job
            && self.shared_unanswered((*id, leg), error, turn)
        {
            return;
        }
        let CallError::Refused(body) = error else {
            return self.jobs.back_off(job, turn.now, turn.rng);
        };
        // Somebody waits for a report, and can ask again.
        if is_passing(body.code) && !matches!(job, Job::Attestation(..)) {
            match body.retry_after_ms {
                Some(wait) => self.jobs.delay(job, turn.now, wait),
                None => self.jobs.back_off(job, turn.now, turn.rng),
            }
            return;
        }
        self.refused(job, body, turn);
    }

    fn refused(&mut self, job: Job, body: &ErrorBody, turn: &mut Turn<'_>) {
        match job {
            Job::Recovery => {
                self.jobs.clear(&job);
                self.recovery_refused(body.code, turn);
            }
            Job::Attestation(room, seq) => {
                self.jobs.clear(&job);
                self.attestation_refused((room, seq), body.code, turn);
            }
            Job::Create(id) => {
                self.jobs.clear(&job);
                self.creation_refused(id, body.code, turn);
            }
            Job::Send(id, client_id) if body.code == ErrorCode::StaleMessage => {
                self.message_stale(id, client_id, turn);
            }
            Job::Send(id, client_id) => self.message_refused(id, client_id, body.code, turn),
            Job::Commit(..) | Job::Propose(..) => self.change_refused(job, body, turn),
            Job::Links(id) => self.links_refused(id, body.code, turn),
            Job::PutLink(id, link) | Job::EndLink(id, link) => {
                self.link_refused(id, link, body.code, turn);
            }
            Job::Enter(id) | Job::Follow(id) => {
                self.jobs.clear(&job);
                self.arrival_refused(id, body.code, turn);
            }
            Job::Seat(id, _) => self.seat_refused(job.clone(), id, body, turn),
            Job::DropReadmission(id) => {
                // Not in the room any more: nothing of this device waits there.
                self.jobs.clear(&job);
                self.readmission_dropped(id, turn);
            }
            Job::AskHistory(id) => self.history_asked(id, turn),
            Job::AnswerHistory(id) => self.history_answered(id, turn),
            Job::Lookup(id) | Job::Claim(id) => {
                self.jobs.clear(&job);
                self.guest_refused(id, body.code, turn);
            }
            Job::Join(id) => {
                self.jobs.back_off(job, turn.now, turn.rng);
                self.room_refused(id, body.code, turn);
            }
            Job::History(id) => {
                self.jobs.back_off(job, turn.now, turn.rng);
                self.history_refused(id, body.code, turn);
            }
            Job::Shared(id, leg) => self.shared_refused((id, leg), body.code, turn),
            Job::Repair(id) => {
                // The room went on: who still misses something asks again.
                self.jobs.clear(&job);
                self.side_repaired(id, turn);
            }
            job => self.jobs.back_off(job, turn.now, turn.rng),
        }
    }
}

const fn ends_session(code: ErrorCode) -> bool {
    matches!(code, ErrorCode::Unauthenticated | ErrorCode::SessionExpired)
}

/// Whether the same question may be answered better later.
const fn is_passing(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::RateLimited | ErrorCode::ServerError | ErrorCode::ShuttingDown
    )
}
