//! Commands of a bot.

use std::path::PathBuf;

use engine::api::Failure;
use protocol::{
    error::ErrorCode,
    ids::{AccountId, LinkId, RoomId, Seq},
    names::UserName,
    role::Role,
};
use serde::Deserialize;
use serde_json::{Value, json};

/// One line of input.
#[derive(Deserialize)]
pub struct Request {
    #[serde(default)]
    /// Any value; the answer carries it.
    pub id: Value,
    #[serde(flatten)]
    /// What is asked.
    pub wish: Wish,
}

/// What is asked, told apart by `command`.
#[derive(Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
#[allow(missing_docs, reason = "the fields are described in docs/BOT.md")]
pub enum Wish {
    /// Fetch what there is and send what waits.
    Sync,
    /// The rooms of this account.
    Rooms,
    /// Who is in a room.
    Members { room: RoomId },
    /// Lines of the log after `since`, oldest first.
    Timeline {
        room: RoomId,
        #[serde(default)]
        since: Seq,
        limit: Option<usize>,
    },
    /// What is durable here and not in the log yet.
    Drafts { room: RoomId },
    /// Say something, or answer a place.
    Send {
        room: RoomId,
        text: String,
        #[serde(default)]
        to: Option<Seq>,
    },
    /// Send a file of this machine.
    SendFile {
        room: RoomId,
        path: PathBuf,
        #[serde(default)]
        as_is: bool,
    },
    /// Save the file of a place on this machine.
    Save {
        room: RoomId,
        seq: Seq,
        path: Option<PathBuf>,
    },
    /// Make a sealed room; with a passphrase, one of basic encryption.
    CreateRoom {
        name: String,
        #[serde(default)]
        topic: String,
        #[serde(default)]
        history: History,
        #[serde(default)]
        passphrase: Option<String>,
    },
    /// Bring an account in.
    Invite { room: RoomId, user: UserName },
    /// Say yes to an invitation.
    Accept { room: RoomId },
    /// Say no to one.
    Decline { room: RoomId },
    /// Leave.
    Leave { room: RoomId },
    /// Remove an account of lower role.
    Remove { room: RoomId, account: AccountId },
    /// Give a room another name.
    Rename { room: RoomId, name: String },
    /// Give it another topic.
    Topic { room: RoomId, text: String },
    /// Give an account a role.
    Role {
        room: RoomId,
        account: AccountId,
        role: Role,
    },
    /// Make a link that lets people in, with nobody online.
    CreateLink {
        room: RoomId,
        #[serde(default)]
        label: String,
        #[serde(default)]
        lasts_ms: Option<u64>,
        #[serde(default)]
        uses: Option<u32>,
    },
    /// The links of a room.
    Links { room: RoomId },
    /// End a link.
    EndLink { room: RoomId, link: LinkId },
    /// Come in by a link; into a room of basic encryption, with its passphrase.
    JoinByLink {
        link: String,
        #[serde(default)]
        passphrase: Option<String>,
    },
}

/// What later members may read, as a command names it.
#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum History {
    /// Nothing.
    None,
    /// From when they joined.
    #[default]
    SinceJoin,
    /// Everything.
    Shared,
}

/// Reads a line; a refusal is the answer to print.
///
/// # Errors
/// It is no command: `BAD_JSON`.
pub fn parse(line: &str) -> Result<Request, Value> {
    serde_json::from_str(line).map_err(|error| {
        // Whatever else is wrong, the id helps the bot to match the answer.
        let id = serde_json::from_str::<Value>(line)
            .ok()
            .and_then(|value| value.get("id").cloned())
            .unwrap_or_default();
        let sentence = format!("That line is not a command: {error}.");
        let code = ErrorCode::BadJson;
        failed(&id, &Failure { code, sentence })
    })
}

/// The answer to a command that failed.
pub fn failed(id: &Value, failure: &Failure) -> Value {
    json!({
        "id": id,
        "ok": false,
        "error": failure.sentence,
        "code": failure.code,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_commands_or_refused_with_their_id() {
        for line in [
            r#"{"id":1,"command":"sync"}"#,
            r#"{"id":"a","command":"send","room":7,"text":"hi"}"#,
            r#"{"command":"timeline","room":7,"since":3}"#,
            r#"{"command":"create_room","name":"x","history":"shared"}"#,
            r#"{"command":"create_link","room":7,"uses":3}"#,
        ] {
            assert!(parse(line).is_ok(), "{line}");
        }
        let rows = [
            (r#"{"id":5,"command":"fly"}"#, json!(5)),
            (
                r#"{"id":6,"command":"send","room":0,"text":"hi"}"#,
                json!(6),
            ),
            (r#"{"id":"x","command":"send","room":7}"#, json!("x")),
            ("not json", Value::Null),
            ("[]", Value::Null),
        ];
        for (line, id) in rows {
            let refused = parse(line).err().unwrap();
            assert_eq!(refused["id"], id);
            assert_eq!(refused["code"], "BAD_JSON");
        }
    }
}
