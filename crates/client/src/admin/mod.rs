//! The administration of a server. Nothing of it touches rooms or keys, so it goes past the engine: questions and answers, in
//! the session of an administrator's account.

pub mod canary;
pub mod words;

use engine::{
    api::{CallError, Failure},
    json,
};
use futures_util::future::LocalBoxFuture;
use protocol::{
    error::{ErrorBody, ErrorCode},
    ids::{AccountId, ActId, InviteId, RoomId},
    names::UserName,
    rest::{
        Account, Act, AdminRooms, AdminStanding, AdminUser, AdminUsers, Audit, Canaries,
        CanaryReport, Empty, Invites, Limits, MadeInvite, MakeInvite, Sees, Storage, UserAct,
    },
};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    platform::HttpClient,
    transport::{
        ServerUrl,
        http::{Body, Outgoing},
        plan::{ANSWER_BYTES, Method},
    },
};

/// The way to a server's administration.
#[derive(Clone)]
pub struct Admin {
    http: HttpClient,
    url: ServerUrl,
    token: String,
}

type Answer<T> = Result<T, Failure>;

/// Each fails with `FORBIDDEN` where the account is no administrator, and with the errors of the network.
#[allow(clippy::missing_errors_doc, reason = "they are alike, and said once")]
impl Admin {
    /// A way to the server at `url`, with a session's token. Connects to nothing yet.
    pub fn new(url: ServerUrl, token: String) -> Answer<Self> {
        let http = HttpClient::new(&url).map_err(|_| Failure::from(ErrorCode::ServerGone))?;
        Ok(Self { http, url, token })
    }

    /// The account that a name points at.
    pub async fn account(&self, name: &UserName) -> Answer<Account> {
        self.get(format!("/api/accounts/{name}")).await
    }

    /// Whether the account is an administrator.
    pub async fn standing(&self) -> Answer<AdminStanding> {
        self.get("/api/admin".to_owned()).await
    }

    /// A page of accounts, by name.
    pub async fn users(&self, after: Option<&UserName>) -> Answer<AdminUsers> {
        self.get(page("/api/admin/users", "after", after)).await
    }

    /// Does something to an account. Also `ACCOUNT_NOT_FOUND`, and `LAST_ADMIN` where nobody could administrate afterwards.
    pub async fn act(&self, account: AccountId, act: Act) -> Answer<AdminUser> {
        let path = format!("/api/admin/users/{account}");
        self.post(path, &UserAct { act }).await
    }

    /// Invites that count.
    pub async fn invites(&self) -> Answer<Invites> {
        self.get("/api/admin/invites".to_owned()).await
    }

    /// Makes an invite.
    pub async fn make_invite(&self, invite: &MakeInvite) -> Answer<MadeInvite> {
        self.post("/api/admin/invites".to_owned(), invite).await
    }

    /// Takes an invite back. Also `NOT_FOUND`.
    pub async fn end_invite(&self, invite: InviteId) -> Answer<()> {
        let path = format!("/api/admin/invites/{invite}");
        let done = self.ask(Method::Delete, path, Body::Nothing);
        read::<Empty>(&done.await?).map(|_| ())
    }

    /// A page of rooms, by id.
    pub async fn rooms(&self, after: Option<RoomId>) -> Answer<AdminRooms> {
        self.get(page("/api/admin/rooms", "after", after)).await
    }

    /// What is stored, in bytes.
    pub async fn storage(&self) -> Answer<Storage> {
        self.get("/api/admin/storage".to_owned()).await
    }

    /// What is kept for how long, and what an account may have.
    pub async fn limits(&self) -> Answer<Limits> {
        self.get("/api/admin/limits".to_owned()).await
    }

    /// A page of acts, newest first.
    pub async fn audit(&self, before: Option<ActId>) -> Answer<Audit> {
        self.get(page("/api/admin/audit", "before", before)).await
    }

    /// What the server can see.
    pub async fn sees(&self) -> Answer<Sees> {
        self.get("/api/admin/sees".to_owned()).await
    }

    /// Has the server search its files for texts that were sealed here.
    pub async fn search(&self, canaries: &Canaries) -> Answer<CanaryReport> {
        self.post("/api/admin/canary".to_owned(), canaries).await
    }

    async fn get<T: DeserializeOwned>(&self, path: String) -> Answer<T> {
        read(&self.ask(Method::Get, path, Body::Nothing).await?)
    }

    async fn post<T: DeserializeOwned>(&self, path: String, body: &impl Serialize) -> Answer<T> {
        let body = serde_json::to_string(body).map_err(|_| Failure::from(ErrorCode::BadRequest))?;
        read(&self.ask(Method::Post, path, Body::Json(body)).await?)
    }

    /// One code for all answers, which a browser downloads once: only their reading is of a type.
    fn ask(
        &self,
        method: Method,
        path: String,
        body: Body,
    ) -> LocalBoxFuture<'static, Answer<String>> {
        let outgoing = Outgoing {
            method,
            address: self.url.at(&path),
            token: Some(self.token.clone()),
            body,
        };
        let http = self.http.clone();
        Box::pin(async move {
            let sent = http.send(outgoing, ANSWER_BYTES).await;
            let answer = sent.map_err(|error: CallError| Failure::from(error.code()))?;
            let text = String::from_utf8(answer.body).unwrap_or_default();
            match answer.status {
                200..300 => Ok(text),
                // A gateway in front of a server that is away answers in its own words.
                502 | 504 => Err(Failure::from(ErrorCode::ServerGone)),
                _ => {
                    let error = json::read::<ErrorBody>(&text);
                    let code = error.map_or(ErrorCode::BadAnswer, |error| error.code);
                    Err(Failure::from(code))
                }
            }
        })
    }
}

fn read<T: DeserializeOwned>(text: &str) -> Answer<T> {
    json::read(text).map_err(|_| Failure::from(ErrorCode::BadAnswer))
}

/// The path of a page that begins somewhere. What names a place has plain characters only.
fn page(path: &str, field: &str, place: Option<impl std::fmt::Display>) -> String {
    place.map_or_else(
        || path.to_owned(),
        |place| format!("{path}?{field}={place}"),
    )
}
