//! Reports: one message shown to somebody outside of the room (PROTOCOL section 7).
//!
//! What was said is here, and so is what opens it; what proves where it stands is asked of the server, and held against
//! this device's own record of the log.

mod certificates;
mod make;
mod refusal;
mod view;

pub(crate) use certificates::keep_certificates;
pub use refusal::ReportRefusal;
pub use view::{ReportKey, ReportView, verify_report};

use protocol::{
    call::Call,
    error::ErrorCode,
    ids::{RoomId, Seq},
    rest::Attestation,
};

use crate::{
    api::{CommandId, KeptLine, Outcome},
    engine::Engine,
    jobs::Job,
    turn::Turn,
};

/// Reports that wait for the server's word.
#[derive(Default)]
pub(crate) struct Reports(Vec<Waiting>);

struct Waiting {
    command: CommandId,
    line: (RoomId, Seq),
    kept: KeptLine,
}

impl Reports {
    /// How much is not finished.
    pub(crate) fn pending(&self) -> usize {
        self.0.len()
    }

    /// Nothing comes of them; whoever waits.
    pub(crate) fn end(&mut self) -> impl Iterator<Item = CommandId> {
        let waiting = std::mem::take(&mut self.0).into_iter();
        waiting.map(|waiting| waiting.command)
    }
}

impl Engine {
    pub(crate) fn report(
        &mut self,
        command: CommandId,
        line: (RoomId, Seq),
        kept: KeptLine,
        turn: &mut Turn<'_>,
    ) {
        let (room, _) = line;
        let refused = if self.session.is_none() {
            Some(ErrorCode::NotLoggedIn.into())
        } else if !self.rooms.contains_key(&room) {
            Some(ErrorCode::RoomNotFound.into())
        } else {
            make::shown(&kept).err().map(Into::into)
        };
        match refused {
            Some(failure) => turn.done(command, Err(failure)),
            None => self.reports.0.push(Waiting {
                command,
                line,
                kept,
            }),
        }
    }

    pub(crate) fn report_work(&mut self, turn: &mut Turn<'_>) {
        for (room, seq) in self.reports.0.iter().map(|waiting| waiting.line) {
            let job = Job::Attestation(room, seq);
            if self.jobs.may_start(&job, turn.now) {
                self.jobs.start(job, Call::Attestation(room, seq), turn);
            }
        }
    }

    pub(crate) fn attestation_came(
        &mut self,
        line: (RoomId, Seq),
        attestation: &Attestation,
        turn: &mut Turn<'_>,
    ) {
        for waiting in self.take_reports(line) {
            let (room, seq) = line;
            let made = self.make_report(room, seq, &waiting.kept, attestation);
            if made.as_ref().err() == Some(&ReportRefusal::OtherEntry) {
                self.with_room(room, turn, |_, room, turn| room.log_broken(seq, turn));
            }
            let made = made.map(Outcome::Report).map_err(Into::into);
            turn.done(waiting.command, made);
        }
    }

    /// The server does not show the entry to this account, or does not have it.
    pub(crate) fn attestation_refused(
        &mut self,
        line: (RoomId, Seq),
        code: ErrorCode,
        turn: &mut Turn<'_>,
    ) {
        for waiting in self.take_reports(line) {
            turn.done(waiting.command, Err(code.into()));
        }
    }

    fn take_reports(&mut self, line: (RoomId, Seq)) -> Vec<Waiting> {
        let waiting = std::mem::take(&mut self.reports.0).into_iter();
        let (taken, kept) = waiting.partition(|waiting| waiting.line == line);
        self.reports.0 = kept;
        taken
    }
}
