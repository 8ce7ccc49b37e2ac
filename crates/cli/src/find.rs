//! Rooms and people by the words of a command line.

use client::engine::{
    Engine,
    api::{MemberView, RoomStage, RoomView},
};
use protocol::{
    error::ErrorCode,
    ids::{AccountId, RoomId},
    names::UserName,
};

use crate::{exit::Problem, session::Session};

/// A user name.
pub(crate) fn user_name(text: &str) -> Result<UserName, Problem> {
    UserName::parse(text).map_err(|_| Problem::of(ErrorCode::NameInvalid))
}

/// A room by id, or by name if only one has it.
pub(crate) async fn room(session: &Session, text: &str) -> Result<RoomView, Problem> {
    let rooms = session.client.read(Engine::rooms).await?;
    pick(rooms, text)
}

fn pick(rooms: Vec<RoomView>, text: &str) -> Result<RoomView, Problem> {
    if let Ok(id) = text.parse::<RoomId>()
        && let Some(room) = rooms.iter().find(|room| room.room == id)
    {
        return Ok(room.clone());
    }
    let mut named: Vec<RoomView> = rooms
        .into_iter()
        .filter(|room| room.name.as_deref() == Some(text))
        .collect();
    if named.len() > 1 {
        // Rooms that are over do not stand in the way of one that is not.
        named.retain(|room| !is_over(room.stage));
    }
    match (named.pop(), named.is_empty()) {
        (Some(room), true) => Ok(room),
        (Some(_), false) => Err(Problem::of(ErrorCode::RoomAmbiguous)),
        (None, _) => Err(Problem::of(ErrorCode::RoomNotFound)),
    }
}

const fn is_over(stage: RoomStage) -> bool {
    matches!(
        stage,
        RoomStage::Left | RoomStage::Removed | RoomStage::RemovedUnconfirmed
    )
}

/// A member of a room by name; two accounts of one name are told apart by account id.
pub(crate) async fn member(
    session: &Session,
    room: RoomId,
    text: &str,
) -> Result<AccountId, Problem> {
    let members = session
        .client
        .read(move |engine| engine.members(room))
        .await?;
    one(members, text)
}

/// A person of any room by name.
pub(crate) async fn person(session: &Session, text: &str) -> Result<AccountId, Problem> {
    let everyone = session.client.read(|engine| {
        let rooms = engine.rooms().into_iter();
        let mut all: Vec<MemberView> = rooms.flat_map(|room| engine.members(room.room)).collect();
        all.sort_by_key(|member| member.account);
        all.dedup_by_key(|member| member.account);
        all
    });
    one(everyone.await?, text)
}

fn one(members: Vec<MemberView>, text: &str) -> Result<AccountId, Problem> {
    if let Ok(account) = text.parse::<AccountId>() {
        let known = members.iter().any(|member| member.account == account);
        return known
            .then_some(account)
            .ok_or_else(|| Problem::of(ErrorCode::AccountNotFound));
    }
    let name = user_name(text)?;
    let mut named = members
        .iter()
        .filter(|member| member.user == name.as_str())
        .map(|member| member.account);
    match (named.next(), named.next()) {
        (Some(account), None) => Ok(account),
        (None, _) => Err(Problem::of(ErrorCode::AccountNotFound)),
        (Some(first), Some(second)) => Err(Problem::usage(format!(
            "Two accounts show that name. Use the account id: {first} or {second}."
        ))),
    }
}

#[cfg(test)]
mod tests {
    use client::engine::api::HistoryChoice;
    use protocol::{ids::Seq, role::Role};

    use super::*;

    fn view(id: u64, name: Option<&str>, stage: RoomStage) -> RoomView {
        RoomView {
            room: RoomId::new(id).unwrap(),
            name: name.map(str::to_owned),
            topic: None,
            stage,
            history: HistoryChoice::SinceJoin,
            role: Role::Member,
            inviter: None,
            accounts: 1,
            last_seq: Seq::START,
            known_seq: Seq::START,
            epoch: 0,
            authenticator: Vec::new(),
            head: [0; 32],
            tombstones: 0,
            unread: 0,
            muted: false,
            unconfirmed: false,
            waiting: false,
            shared_key: None,
        }
    }

    #[test]
    fn a_room_is_found_by_id_or_by_a_name_that_no_other_has() {
        let rooms = || {
            vec![
                view(7, Some("news"), RoomStage::Joined),
                view(8, Some("tea"), RoomStage::Joined),
                view(9, Some("tea"), RoomStage::Joined),
                view(10, Some("old"), RoomStage::Left),
                view(11, Some("old"), RoomStage::Joined),
                view(12, None, RoomStage::Invited),
                view(13, Some("7"), RoomStage::Joined),
            ]
        };
        let found = |text| pick(rooms(), text).map(|room| room.room.get());
        let code = |text| pick(rooms(), text).unwrap_err().code;
        assert_eq!(found("news"), Ok(7));
        assert_eq!(found("7"), Ok(7), "an id goes before a name");
        assert_eq!(found("12"), Ok(12));
        assert_eq!(found("old"), Ok(11));
        assert_eq!(code("tea"), ErrorCode::RoomAmbiguous);
        assert_eq!(code("99"), ErrorCode::RoomNotFound);
        assert_eq!(code(""), ErrorCode::RoomNotFound);
    }
}
