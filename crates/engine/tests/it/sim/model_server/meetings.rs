//! Meetings of a new device with one of its account as a server must hold them: two sides, two messages of each, ten
//! minutes; and one session for each ticket.

use std::collections::BTreeMap;

use protocol::{
    bytes::Bytes,
    call::Reply,
    error::ErrorCode,
    ids::{AccountId, MeetingId},
    limits,
    rest::{
        DeviceTicket, DrawTicket, HearMeeting, Heard, MeetingJoined, MeetingMessage, MeetingOpened,
        OpenMeeting, ShownToken, TicketLogin,
    },
    time::Timestamp,
};

use super::{ModelServer, Origin, Refusal};

/// What waits.
#[derive(Clone, Default)]
pub(super) struct Meetings {
    waiting: BTreeMap<MeetingId, Meeting>,
    /// By their text; the session that drew each.
    tickets: BTreeMap<String, (AccountId, String, Timestamp)>,
}

#[derive(Clone)]
struct Meeting {
    opened: Timestamp,
    ended: bool,
    /// The new device, and the account's.
    tokens: [Option<String>; 2],
    said: [Vec<Bytes>; 2],
}

impl ModelServer {
    pub(super) fn open_meeting(&mut self, open: OpenMeeting) -> Result<Reply, Refusal> {
        let now = self.now;
        let over = |meeting: &Meeting| now.since(meeting.opened) >= limits::MEETING_MILLIS;
        self.meetings.waiting.retain(|_, meeting| !over(meeting));
        if self.meetings.waiting.contains_key(&open.meeting_id) {
            return Err(ErrorCode::NoDeviceWaits.into());
        }
        let token = self.draw_token();
        let meeting = Meeting {
            opened: now,
            ended: false,
            tokens: [Some(token.clone()), None],
            said: [vec![open.commitment], vec![]],
        };
        self.meetings.waiting.insert(open.meeting_id, meeting);
        Ok(Reply::MeetingOpened(MeetingOpened {
            token: ShownToken(token),
            expires: now.plus(limits::MEETING_MILLIS),
        }))
    }

    pub(super) fn join_meeting(&mut self, id: MeetingId) -> Result<Reply, Refusal> {
        let token = self.draw_token();
        let meeting = self.meeting(id)?;
        if meeting.tokens[1].is_some() && !meeting.said[1].is_empty() {
            return Err(ErrorCode::NoDeviceWaits.into());
        }
        meeting.tokens[1] = Some(token.clone());
        Ok(Reply::MeetingJoined(MeetingJoined {
            token: ShownToken(token),
            commitment: meeting.said[0][0].clone(),
        }))
    }

    pub(super) fn say_in_meeting(
        &mut self,
        id: MeetingId,
        said: &MeetingMessage,
    ) -> Result<Reply, Refusal> {
        let (meeting, side) = self.side(id, &said.token)?;
        let number = said.number as usize;
        let own = &mut meeting.said[side];
        if number == own.len() && number < limits::MEETING_MESSAGES {
            own.push(said.message.clone());
        }
        if own.get(number) == Some(&said.message) {
            Ok(Reply::Done)
        } else {
            Err(ErrorCode::BadRequest.into())
        }
    }

    pub(super) fn hear_in_meeting(
        &mut self,
        id: MeetingId,
        hear: &HearMeeting,
    ) -> Result<Reply, Refusal> {
        let (meeting, side) = self.side(id, &hear.token)?;
        let said = meeting.said[1 - side].iter().skip(hear.number as usize);
        let messages = said.cloned().collect();
        Ok(Reply::Heard(Heard { messages }))
    }

    pub(super) fn end_meeting(
        &mut self,
        id: MeetingId,
        token: &ShownToken,
    ) -> Result<Reply, Refusal> {
        self.side(id, token)?.0.ended = true;
        Ok(Reply::Done)
    }

    pub(super) fn draw_ticket(
        &mut self,
        origin: &Origin,
        draw: &DrawTicket,
    ) -> Result<Reply, Refusal> {
        let account = self.session_account(origin)?;
        if self.knows_password(draw.proof.login_id, &draw.proof.finish)? != account {
            return Err(ErrorCode::LoginFailed.into());
        }
        if self.devices_of(account).len() >= limits::DEVICES_MAX {
            return Err(ErrorCode::DeviceLimit.into());
        }
        self.show_code(account, draw.code.as_ref())?;
        let ticket = self.draw_token();
        let drawn_by = origin.token.clone().unwrap_or_default();
        let drawn = (account, drawn_by, self.now);
        self.meetings.tickets.insert(ticket.clone(), drawn);
        let ticket = ShownToken(ticket);
        Ok(Reply::DeviceTicket(DeviceTicket { ticket }))
    }

    pub(super) fn ticket_login(&mut self, login: &TicketLogin) -> Result<Reply, Refusal> {
        let drawn = self.meetings.tickets.remove(&login.ticket.0);
        let (account, drawn_by, at) = drawn.ok_or(ErrorCode::NoDeviceWaits)?;
        let by = self.sessions.get(&drawn_by).filter(|by| !by.ended);
        if by.is_none() || self.now.since(at) >= limits::MEETING_MILLIS {
            return Err(ErrorCode::NoDeviceWaits.into());
        }
        self.log_in(account, login.device_id)
    }

    fn meeting(&mut self, id: MeetingId) -> Result<&mut Meeting, Refusal> {
        let now = self.now;
        let meeting = self.meetings.waiting.get_mut(&id);
        let meeting = meeting.filter(|it| now.since(it.opened) < limits::MEETING_MILLIS);
        match meeting {
            None => Err(ErrorCode::NoDeviceWaits.into()),
            Some(meeting) if meeting.ended => Err(ErrorCode::LinkStopped.into()),
            Some(meeting) => Ok(meeting),
        }
    }

    fn side(
        &mut self,
        id: MeetingId,
        token: &ShownToken,
    ) -> Result<(&mut Meeting, usize), Refusal> {
        let meeting = self.meeting(id)?;
        let is_of = |side: &Option<String>| side.as_ref() == Some(&token.0);
        let side = meeting.tokens.iter().position(is_of);
        Ok((meeting, side.ok_or(ErrorCode::NoDeviceWaits)?))
    }

    fn draw_token(&mut self) -> String {
        AccountId::from_bytes(self.draw_16()).to_string()
    }
}
