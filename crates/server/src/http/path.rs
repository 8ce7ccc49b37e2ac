//! Typed path segments: what is no id names nothing.

use std::{fmt::Display, str::FromStr};

use axum::{
    extract::{FromRequestParts, Path},
    http::request::Parts,
};
use protocol::{
    error::ErrorCode,
    ids::{ApiTokenId, BlobId, LinkId, MeetingId, RoomId, Seq, SessionId},
};

use crate::{app::Shared, failure::Refusal};

/// The room of a path.
pub(super) struct RoomPath(pub(super) RoomId);

impl FromRequestParts<Shared> for RoomPath {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, Refusal> {
        let Path(text) = segments::<String>(parts, app).await?;
        parse(&text, ErrorCode::RoomNotFound).map(Self)
    }
}

/// The session of a path.
pub(super) struct SessionPath(pub(super) SessionId);

impl FromRequestParts<Shared> for SessionPath {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, Refusal> {
        let Path(text) = segments::<String>(parts, app).await?;
        parse(&text, ErrorCode::NotFound).map(Self)
    }
}

/// The API token of a path.
pub(super) struct ApiTokenPath(pub(super) ApiTokenId);

impl FromRequestParts<Shared> for ApiTokenPath {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, Refusal> {
        let Path(text) = segments::<String>(parts, app).await?;
        parse(&text, ErrorCode::NotFound).map(Self)
    }
}

/// The meeting of a path.
pub(super) struct MeetingPath(pub(super) MeetingId);

impl FromRequestParts<Shared> for MeetingPath {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, Refusal> {
        let Path(text) = segments::<String>(parts, app).await?;
        parse(&text, ErrorCode::NotFound).map(Self)
    }
}

/// The room and entry of a path.
pub(super) struct EntryPath(pub(super) RoomId, pub(super) Seq);

impl FromRequestParts<Shared> for EntryPath {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, Refusal> {
        let Path((room, seq)) = segments::<(String, String)>(parts, app).await?;
        let seq = number(&seq)?;
        Ok(Self(parse(&room, ErrorCode::RoomNotFound)?, Seq(seq)))
    }
}

/// The room and link of a path.
pub(super) struct LinkPath(pub(super) RoomId, pub(super) LinkId);

impl FromRequestParts<Shared> for LinkPath {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, Refusal> {
        let Path((room, link)) = segments::<(String, String)>(parts, app).await?;
        let link = parse(&link, ErrorCode::NotFound)?;
        Ok(Self(parse(&room, ErrorCode::RoomNotFound)?, link))
    }
}

/// The room and sealed file of a path.
pub(super) struct BlobPath(pub(super) RoomId, pub(super) BlobId);

impl FromRequestParts<Shared> for BlobPath {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, Refusal> {
        let Path((room, blob)) = segments::<(String, String)>(parts, app).await?;
        let blob = parse(&blob, ErrorCode::NotFound)?;
        Ok(Self(parse(&room, ErrorCode::RoomNotFound)?, blob))
    }
}

/// The room, sealed file and chunk of a path.
pub(super) struct ChunkPath(pub(super) RoomId, pub(super) BlobId, pub(super) u32);

impl FromRequestParts<Shared> for ChunkPath {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, Refusal> {
        let Path((room, blob, index)) = segments::<(String, String, String)>(parts, app).await?;
        let blob = parse(&blob, ErrorCode::NotFound)?;
        let index = number(&index)?;
        Ok(Self(parse(&room, ErrorCode::RoomNotFound)?, blob, index))
    }
}

async fn segments<T: serde::de::DeserializeOwned + Send>(
    parts: &mut Parts,
    app: &Shared,
) -> Result<Path<T>, Refusal> {
    let path = Path::from_request_parts(parts, app).await;
    path.map_err(|_| Refusal::of(ErrorCode::NotFound))
}

/// Reads a segment, or answers `otherwise`.
pub(super) fn parse<T: FromStr>(text: &str, otherwise: ErrorCode) -> Result<T, Refusal> {
    text.parse().map_err(|_| Refusal::of(otherwise))
}

/// Reads a number that is no id. As an id it has one spelling: a parser of integers would also take a sign and leading zeros.
pub(super) fn number<T: FromStr + Display>(text: &str) -> Result<T, Refusal> {
    let number: T = parse(text, ErrorCode::NotFound)?;
    if number.to_string() == text {
        Ok(number)
    } else {
        Err(Refusal::of(ErrorCode::NotFound))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_in_a_path_has_one_spelling() {
        assert_eq!(number::<u64>("0").ok(), Some(0));
        assert_eq!(number::<u32>("4294967295").ok(), Some(u32::MAX));
        for other in ["", "+1", "01", "-0", " 1", "1 ", "1.0", "4294967296"] {
            assert!(number::<u32>(other).is_err(), "{other}");
        }
    }
}
