//! How each call travels and how its answer is read: one table.

use engine::{api::CallError, json};
use protocol::{
    call::{Call, Reply},
    error::ErrorBody,
    events,
    ids::{LinkId, RoomId},
    limits::{COMMIT_REQUEST_BYTES, LARGE_SIDE_FILE_BYTES, MAIL_BYTES, MAIL_PAGE},
    rest::Empty,
};
use serde::Serialize;

use super::reader::{Read, reader};

/// What to send and what to expect.
pub(super) struct Plan {
    pub(super) road: Road,
    pub(super) read: Read,
}

/// Which way a call goes.
pub(super) enum Road {
    Http(Request),
    Event(Event),
}

/// An HTTP request.
pub(super) struct Request {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) body: Option<String>,
}

/// The methods that the protocol uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    Get,
    Post,
    Put,
    Delete,
}

/// A Socket.IO event that wants an acknowledgement.
pub(super) struct Event {
    pub(super) name: &'static str,
    pub(super) payload: String,
}

/// No answer is larger: the side files of a large room, or a page of mails of which each may be large.
pub(crate) const ANSWER_BYTES: usize = {
    // Base64 takes four bytes for three.
    let side = (5 * LARGE_SIDE_FILE_BYTES / 3) * 2 + COMMIT_REQUEST_BYTES;
    let mails = MAIL_PAGE as usize * (MAIL_BYTES / 4);
    if side > mails { side } else { mails }
};

impl Plan {
    /// The plan for a call.
    ///
    /// # Errors
    /// A value that has no JSON form; the types of `protocol` all have one.
    pub(super) fn of(call: &Call) -> serde_json::Result<Self> {
        Ok(Self {
            road: road(call)?,
            read: reader(call),
        })
    }
}

/// Reads an answer to a call: the reply, or the server's error.
pub(super) fn read(text: &str, read: Read) -> Result<Reply, CallError> {
    // An error body first: a reply without fields would read anything.
    let error = |text| json::read::<ErrorBody>(text).map(CallError::Refused);
    match read(text) {
        Ok(Reply::Done) => match error(text) {
            Ok(refused) => Err(refused),
            Err(_) => Ok(Reply::Done),
        },
        Ok(reply) => Ok(reply),
        Err(_) => Err(error(text).unwrap_or(CallError::Malformed)),
    }
}

fn road(call: &Call) -> serde_json::Result<Road> {
    Ok(match call {
        Call::ServerInfo => get("/api/server".into()),
        Call::RegisterStart(body) => post("/register".into(), body)?,
        Call::RegisterFinish(body) => post("/register".into(), body)?,
        Call::LoginStart(body) => post("/login".into(), body)?,
        Call::LoginFinish(body) => post("/login".into(), body)?,
        Call::RecoveryLogin(body) => post("/login".into(), body)?,
        Call::LoginCode(body) => post("/login".into(), body)?,
        Call::TicketLogin(body) => post("/login/ticket".into(), body)?,
        Call::Sessions => get("/api/sessions".into()),
        Call::EndSession(id) => delete(format!("/api/sessions/{id}")),
        Call::EndOtherSessions => delete("/api/sessions".into()),
        Call::SecondFactor => get("/api/second_factor".into()),
        Call::EnrolStart(body) => post("/api/second_factor".into(), body)?,
        Call::EnrolFinish(body) => post("/api/second_factor".into(), body)?,
        Call::RemoveSecondFactor(body) => post("/api/second_factor/remove".into(), body)?,
        Call::NewBackupCodes(body) => post("/api/second_factor/backup_codes".into(), body)?,
        Call::Passkeys => get("/api/passkeys".into()),
        Call::RemovePasskey(body) => post("/api/passkeys/remove".into(), body)?,
        Call::ApiTokens => get("/api/tokens".into()),
        Call::MakeApiToken(body) => post("/api/tokens".into(), body)?,
        Call::EndApiToken(id) => delete(format!("/api/tokens/{id}")),
        Call::Logout => post("/logout".into(), &Empty {})?,
        Call::AddDevice(body) => post("/api/devices".into(), body)?,
        Call::DrawTicket(body) => post("/api/devices/ticket".into(), body)?,
        Call::OpenMeeting(body) => post("/api/meetings".into(), body)?,
        Call::JoinMeeting(id) => post(format!("/api/meetings/{id}/join"), &Empty {})?,
        Call::SayInMeeting(id, body) => post(format!("/api/meetings/{id}/say"), body)?,
        Call::HearInMeeting(id, body) => post(format!("/api/meetings/{id}/hear"), body)?,
        Call::EndMeeting(id, body) => post(format!("/api/meetings/{id}/end"), body)?,
        Call::Devices => get("/api/devices".into()),
        Call::RevokeDevices(body) => post("/api/devices/revoke".into(), body)?,
        Call::Account(name) => get(format!("/api/accounts/{name}")),
        Call::RootBoxes => get("/api/recovery".into()),
        Call::PutRecovery(body) => put("/api/recovery".into(), body)?,
        Call::PasswordStart(body) => post("/api/password".into(), body)?,
        Call::PasswordFinish(body) => post("/api/password".into(), body)?,
        Call::DeleteAccount(body) => post("/api/account/delete".into(), body)?,
        Call::Reset => get("/api/reset".into()),
        Call::AskReset(body) => put("/api/reset".into(), body)?,
        Call::CancelReset => delete("/api/reset".into()),
        Call::FinishReset(body) => post("/api/reset".into(), body)?,
        Call::KeyPackageCount => get("/api/key_packages".into()),
        Call::UploadKeyPackages(body) => post("/api/key_packages".into(), body)?,
        Call::ClaimKeyPackages(account) => {
            post(format!("/api/accounts/{account}/key_packages"), &Empty {})?
        }
        Call::Mailbox { after: None } => get("/api/mailbox".into()),
        Call::Mailbox { after: Some(mail) } => get(format!("/api/mailbox?after={mail}")),
        Call::AckMail(body) => post("/api/mailbox/ack".into(), body)?,
        Call::SendMail(body) => post("/api/mail".into(), body)?,
        Call::VaultListing => get("/api/vault".into()),
        Call::VaultItem(name) => get(format!("/api/vault/item?name={}", query(name))),
        Call::WriteVault(body) => put("/api/vault".into(), body)?,
        Call::Rooms => get("/api/rooms".into()),
        Call::CreateRoom(body) => post("/api/rooms".into(), body)?,
        Call::Members(room) => get(format!("/api/rooms/{room}/members")),
        Call::LeaveRoom(room) => post(format!("/api/rooms/{room}/leave"), &Empty {})?,
        Call::SideFiles(room) => get(format!("/api/rooms/{room}/side")),
        Call::RepairSide(room, body) => put(format!("/api/rooms/{room}/side"), body)?,
        Call::PutLink(room, link, body) => put(link_path(*room, *link), body)?,
        Call::Links(room) => get(format!("/api/rooms/{room}/links")),
        Call::DeleteLink(room, link) => delete(link_path(*room, *link)),
        Call::EnterRoom(room, body) => post(format!("/api/rooms/{room}/enter"), body)?,
        Call::FollowHandshakes(room, body) => post(format!("/api/rooms/{room}/handshakes"), body)?,
        Call::AskReadmission(room, body) => put(format!("/api/rooms/{room}/readmission"), body)?,
        Call::DropReadmission(room) => delete(format!("/api/rooms/{room}/readmission")),
        Call::Readmissions(room) => get(format!("/api/rooms/{room}/readmissions")),
        Call::Commit(room, body) => post(format!("/api/rooms/{room}/commits"), body)?,
        Call::Propose(room, body) => post(format!("/api/rooms/{room}/proposals"), body)?,
        Call::Entry(room, seq) => get(format!("/api/rooms/{room}/entries/{seq}")),
        Call::Attestation(room, seq) => get(format!("/api/rooms/{room}/entries/{seq}/attestation")),
        Call::JoinRoom(payload) => event(events::name::JOIN_ROOM, payload)?,
        Call::SendMessage(payload) => event(events::name::SEND_MESSAGE, payload)?,
        Call::RoomHistory(payload) => event(events::name::ROOM_HISTORY, payload)?,
        Call::Ephemeral(payload) => event(events::name::EPHEMERAL, payload)?,
    })
}

fn get(path: String) -> Road {
    Road::Http(Request {
        method: Method::Get,
        path,
        body: None,
    })
}

fn delete(path: String) -> Road {
    Road::Http(Request {
        method: Method::Delete,
        path,
        body: None,
    })
}

fn link_path(room: RoomId, link: LinkId) -> String {
    format!("/api/rooms/{room}/links/{link}")
}

fn post(path: String, body: &impl Serialize) -> serde_json::Result<Road> {
    with_body(Method::Post, path, body)
}

fn put(path: String, body: &impl Serialize) -> serde_json::Result<Road> {
    with_body(Method::Put, path, body)
}

fn with_body(method: Method, path: String, body: &impl Serialize) -> serde_json::Result<Road> {
    let body = Some(serde_json::to_string(body)?);
    Ok(Road::Http(Request { method, path, body }))
}

fn event(name: &'static str, payload: &impl Serialize) -> serde_json::Result<Road> {
    let payload = serde_json::to_string(payload)?;
    Ok(Road::Event(Event { name, payload }))
}

/// A value inside a query: everything but plain characters in percent form.
fn query(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for byte in value.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'/' => {
                out.push(char::from(byte));
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use protocol::{
        error::ErrorCode,
        events::JoinRoom,
        ids::{AccountId, MailId, Seq, SessionId},
        names::UserName,
        rest::{
            AskReset, EnrolFinish, EnterRoom, FactorCode, FollowHandshakes, LinkPass, LoginCode,
            LoginFinish, PutLink, Readmission, SendMail,
        },
    };

    use super::*;

    fn room() -> RoomId {
        RoomId::new(42).unwrap()
    }

    fn line(call: &Call) -> String {
        match Plan::of(call).unwrap().road {
            Road::Http(request) => format!(
                "{:?} {} {}",
                request.method,
                request.path,
                request.body.unwrap_or_default()
            ),
            Road::Event(event) => format!("event {} {}", event.name, event.payload),
        }
    }

    #[test]
    fn calls_take_the_documented_roads() {
        let account = AccountId::from_bytes([7; 16]);
        let rows = [
            (Call::ServerInfo, "Get /api/server "),
            (Call::Logout, "Post /logout {}"),
            (
                Call::Account(UserName::parse("a.b-c").unwrap()),
                "Get /api/accounts/a.b-c ",
            ),
            (
                Call::ClaimKeyPackages(account),
                "Post /api/accounts/07070707070707070707070707070707/key_packages {}",
            ),
            (Call::Mailbox { after: None }, "Get /api/mailbox "),
            (
                Call::Mailbox {
                    after: Some(MailId::new(9).unwrap()),
                },
                "Get /api/mailbox?after=9 ",
            ),
            (
                Call::VaultItem("room/4 &".into()),
                "Get /api/vault/item?name=room/4%20%26 ",
            ),
            (Call::Devices, "Get /api/devices "),
            (Call::Sessions, "Get /api/sessions "),
            (Call::EndOtherSessions, "Delete /api/sessions "),
            (
                Call::EndSession(SessionId::from_bytes([7; 16])),
                "Delete /api/sessions/07070707070707070707070707070707 ",
            ),
            (Call::SecondFactor, "Get /api/second_factor "),
            (Call::Reset, "Get /api/reset "),
            (Call::AskReset(AskReset::default()), "Put /api/reset {}"),
            (Call::CancelReset, "Delete /api/reset "),
            (
                Call::EnrolFinish(EnrolFinish {
                    code: FactorCode("123456".into()),
                }),
                "Post /api/second_factor {\"code\":\"123456\"}",
            ),
            (
                Call::SendMail(SendMail {
                    room_id: None,
                    mails: vec![],
                }),
                "Post /api/mail {\"mails\":[]}",
            ),
            (Call::Entry(room(), Seq(3)), "Get /api/rooms/42/entries/3 "),
            (
                Call::Attestation(room(), Seq(3)),
                "Get /api/rooms/42/entries/3/attestation ",
            ),
            (
                Call::JoinRoom(JoinRoom { room_id: room() }),
                "event join_room {\"room_id\":42}",
            ),
        ];
        for (call, wanted) in rows {
            assert_eq!(line(&call), wanted);
        }
    }

    #[test]
    fn ways_in_take_the_documented_roads() {
        let link = LinkId::from_bytes([9; 16]);
        let pass = LinkPass {
            link_id: link,
            token: vec![1].into(),
        };
        let path = "/api/rooms/42/links/09090909090909090909090909090909";
        let shown =
            "\"link\":{\"link_id\":\"09090909090909090909090909090909\",\"token\":\"AQ==\"}";
        let grant = PutLink {
            token_hash: vec![2].into(),
            grant: vec![3].into(),
            expires: None,
            uses: Some(5),
        };
        let rows = [
            (
                Call::PutLink(room(), link, grant),
                format!("Put {path} {{\"token_hash\":\"Ag==\",\"grant\":\"Aw==\",\"uses\":5}}"),
            ),
            (Call::DeleteLink(room(), link), format!("Delete {path} ")),
            (Call::Links(room()), "Get /api/rooms/42/links ".to_owned()),
            (
                Call::EnterRoom(room(), EnterRoom::default()),
                "Post /api/rooms/42/enter {}".to_owned(),
            ),
            (
                Call::FollowHandshakes(
                    room(),
                    FollowHandshakes {
                        after: Seq(4),
                        link: Some(pass),
                    },
                ),
                format!("Post /api/rooms/42/handshakes {{\"after\":4,{shown}}}"),
            ),
            (
                Call::AskReadmission(
                    room(),
                    Readmission {
                        request: vec![4].into(),
                    },
                ),
                "Put /api/rooms/42/readmission {\"request\":\"BA==\"}".to_owned(),
            ),
            (
                Call::DropReadmission(room()),
                "Delete /api/rooms/42/readmission ".to_owned(),
            ),
            (
                Call::LeaveRoom(room()),
                "Post /api/rooms/42/leave {}".to_owned(),
            ),
            (
                Call::Readmissions(room()),
                "Get /api/rooms/42/readmissions ".to_owned(),
            ),
        ];
        for (call, wanted) in rows {
            assert_eq!(line(&call), wanted);
        }
    }

    #[test]
    fn a_login_that_wants_a_code_is_told_from_one_that_is_done() {
        let id = "1f0c6a5be2d94c7f8a3b5d6e7f809112";
        let leg = |call: &Call, text: &str| read(text, reader(call));
        let finish = Call::LoginFinish(LoginFinish {
            login_id: id.parse().unwrap(),
            finish: vec![1].into(),
            device_id: None,
        });
        let wanted = format!(
            "{{\"second_factor\":{{\"login_id\":\"{id}\",\"kinds\":[\"totp\",\"of_later\"]}}}}"
        );
        assert!(matches!(
            leg(&finish, &wanted),
            Ok(Reply::SecondFactorWanted(it)) if it.second_factor.login_id.to_string() == id
        ));
        // A third leg is not asked for a fourth.
        let code = Call::LoginCode(LoginCode {
            login_id: id.parse().unwrap(),
            code: FactorCode("123456".into()),
        });
        assert_eq!(leg(&code, &wanted), Err(CallError::Malformed));
        assert_eq!(leg(&finish, "{}"), Err(CallError::Malformed));
    }

    #[test]
    fn an_error_is_told_from_a_reply_even_where_the_reply_is_empty() {
        let error = "{\"error\":\"no\",\"code\":\"ROLE_TOO_LOW\",\"timestamp\":\"2026-11-30T12:00:00.000Z\"}";
        let refused = read(error, reader(&Call::Logout)).unwrap_err();
        assert!(matches!(refused, CallError::Refused(body) if body.code == ErrorCode::RoleTooLow));
        assert_eq!(read("{}", reader(&Call::Logout)), Ok(Reply::Done));
        assert_eq!(read("", reader(&Call::Logout)), Ok(Reply::Done));
        assert_eq!(
            read("[1]", reader(&Call::Logout)),
            Err(CallError::Malformed)
        );
        let rooms = reader(&Call::Rooms);
        assert!(matches!(read(error, rooms), Err(CallError::Refused(_))));
        assert_eq!(read("{\"rooms\":3}", rooms), Err(CallError::Malformed));
    }
}
